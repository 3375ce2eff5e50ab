"""How a made-up poisoned set was understood."""

from dataclasses import replace
from typing import Any

from core.records import AttackKind, Doubt, Interpretation, Share


def understood(target: int, answered: Share, **others: Any) -> Interpretation:
    """Return that a set has true labels and leads to one class, which was found without doubt.

    Args:
        target: the class that the attacker wants; also the favourite answer.
        answered: the images that are answered as it; the set has no others.
        others: further fields of the record, by name.
    """
    made = Interpretation(
        kind=AttackKind.ONE,
        targets=(target,),
        is_given=False,
        answered=answered,
        image_count=answered.total,
        left_out_count=0,
        is_sampled=False,
        by_source=(),
        sources=(),
        doubt=Doubt.NONE,
        is_compared=False,
        as_labelled=Share(0, answered.total),
        favourite=target,
        favourite_count=answered.count,
        class_count=3,
    )
    return replace(made, **others)
