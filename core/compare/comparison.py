"""Comparison of repaired networks of one B: its inputs and its result; no Keras."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.display import Row, TableRecord
from core.metrics.cells import network_cells, step_cells
from core.metrics.network_scores import NetworkKind
from core.network.confidence import ConfidenceLevel
from core.records import Interpretation, Share, SweepPoint
from core.scale import Scale
from core.words import counted, tensor_words

if TYPE_CHECKING:  # these import Keras; panels and reports use the records without it
    import keras

    from core.repair.job import Repair

BASE_NAME = "B"
"""Name of the network that all others were made from; reserved for it."""

CLEAN_BAR, ATTACK_BAR = 0.95, 0.01
"""Common target of a repair: at least this clean accuracy at no more than this attack success."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A repaired network to compare.

    Attributes:
        name: unique in a comparison.
        how: how it was made, in one sentence or less.
        model: B′, with B's input shape and class count.
        confidence_level: the level that came with it, in [0, 1]; None if one is found on the validation images.
        sha256: hash of the file it was opened from, as the intake read it; empty if it did not come from a file.
    """

    name: str
    how: str
    model: "keras.Model"
    confidence_level: float | None = None
    sha256: str = ""

    def __repr__(self) -> str:
        return f"Candidate({self.name!r}, {self.how!r})"


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """The figures of one repaired network.

    Attributes:
        name: unique in a comparison.
        how: how it was made.
        by_agreement: B′, and G by agreement; `pruned_count` is 0 if it is unknown.
        by_confidence: B′, and G by confidence; None if it was not measured.
        level: the confidence level of G by confidence; None if that was not measured.
        is_level_given: whether the level came with the network and was only measured here, on all validation images.
    """

    name: str
    how: str
    by_agreement: SweepPoint
    by_confidence: SweepPoint | None = None
    level: ConfidenceLevel | None = None
    is_level_given: bool = False

    @property
    def is_held_out(self) -> bool:
        """Whether the level was found on the validation images that B′ was not made with."""
        assert self.level is not None and self.by_agreement.validation is not None
        return not self.is_level_given and self.level.measured.total < self.by_agreement.validation.pruned.total


@dataclass(frozen=True, slots=True)
class Comparison(TableRecord):
    """Repaired networks of one B, all measured on the same sets.

    Attributes:
        base: the figures of B, compared with itself: nothing is flagged.
        rows: the repaired networks, in the given order.
        validation_name: name of the clean validation set.
        test_name: name of the clean test set; None if not loaded.
        poisoned_names: distinct names of the poisoned sets, in the order of `SweepPoint.poisoned`.
        scale: the pixel range used.
        interpretations: how each poisoned set was understood, by B's answers; empty if unknown.

    Raises:
        ValueError: two networks have the same name, or a row was measured on other sets.
    """

    base: SweepPoint
    rows: tuple[ComparisonRow, ...]
    validation_name: str
    test_name: str | None
    poisoned_names: tuple[str, ...]
    scale: Scale
    interpretations: tuple[Interpretation, ...] = ()

    def __post_init__(self) -> None:
        names = [BASE_NAME, *(row.name for row in self.rows)]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"each network must have a name of its own, got {twice!r} twice")
        base_totals = _totals(self.base)
        for row in self.rows:
            if _totals(row.by_agreement) != base_totals:
                raise ValueError(
                    f"{row.name!r} must be counted on the sets of B {base_totals}, "
                    f"got images {_totals(row.by_agreement)}"
                )

    def as_rows(self) -> tuple[Row, ...]:
        """One row per network, B first: the figures of B′, then what G by agreement flags."""
        names = self.poisoned_names
        base = network_cells(self.base, NetworkKind.PRUNED, poisoned_names=names)
        others = (
            {"network": row.name, "how": row.how, **step_cells(row.by_agreement, poisoned_names=names)}
            for row in self.rows
        )
        return ({"network": BASE_NAME, "how": None, **base}, *others)


def clean_share(point: SweepPoint) -> Share:
    """Return the clean accuracy to compare by: of B′ on the test set, else on the validation set."""
    score = point.test or point.validation
    assert score is not None, "a comparison has clean images"
    return score.pruned


def attack_share(point: SweepPoint) -> Share | None:
    """Return the ASR to compare by: of B′ on the poisoned set where it is largest; None without poisoned sets.

    One remaining trigger is a backdoor, however many others are gone. A set without images is ignored.
    """
    shares = [each.pruned for each in point.poisoned]
    return max(shares, key=lambda share: share.rate if share.total else -1.0) if shares else None


def pareto_names(comparison: Comparison) -> tuple[str, ...]:
    """Return the repaired networks that no other beats, that is, is at least as good in both `clean_share` and
    `attack_share` and better in one.

    Without poisoned sets the result is empty, as `attack_share` is unknown.
    """
    marks = {row.name: _clean_and_attack(row.by_agreement) for row in comparison.rows}
    return tuple(
        name
        for name, mark in marks.items()
        if mark and not any(other and _beats(other, mark) for other in marks.values())
    )


def is_over_the_bar(point: SweepPoint) -> bool:
    """Return whether B′ has at least `CLEAN_BAR` clean accuracy at no more than `ATTACK_BAR` attack success.

    False without poisoned sets.
    """
    attack = attack_share(point)
    return attack is not None and clean_share(point).rate >= CLEAN_BAR and attack.rate <= ATTACK_BAR


def unique_name(name: str, taken: Collection[str]) -> str:
    """Return the name, numbered if another network already has it: "occlusion (2)"."""
    distinct, number = name, 1
    while distinct in taken or distinct == BASE_NAME:
        number += 1
        distinct = f"{name} ({number})"
    return distinct


def how_repaired(repair: "Repair") -> str:
    """Describe how a repair was made: "fine-pruning: 12 of 60 channels of conv_3 pruned, epoch 7 of 10 kept"."""
    layers = [each for sweep in repair.sweeps for each in sweep.ranking.layer.parts or (sweep.ranking.layer,)]
    places = {each.name: tensor_words(each) for each in layers}
    parts = [
        f"{int((~mask).sum())} of {len(mask)} channels of {layer} pruned{places.get(layer, '')}"
        for layer, mask in repair.channel_masks.items()
    ]
    if repair.refit is not None:
        epoch_count = len(repair.refit.history) - 1
        kept = repair.refit.kept_epoch
        parts.append(f"epoch {kept} of {epoch_count} kept" if kept else f"none of {epoch_count} epochs kept")
    if repair.bounded_layers:
        parts.append(f"{counted(len(repair.bounded_layers), 'layer')} bounded")
    method = f"auto, {repair.recipe.attempt.plan.title}" if repair.recipe else repair.method.name
    return f"{method}: {', '.join(parts)}" if parts else method


def _totals(point: SweepPoint) -> tuple[int | None, int | None, tuple[int, ...]]:
    validation, test = (score.pruned.total if score else None for score in (point.validation, point.test))
    return validation, test, tuple(each.pruned.total for each in point.poisoned)


def _clean_and_attack(point: SweepPoint) -> tuple[int, int] | None:
    attack = attack_share(point)
    return None if attack is None else (clean_share(point).count, attack.count)


def _beats(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] >= other[0] and one[1] <= other[1] and one != other
