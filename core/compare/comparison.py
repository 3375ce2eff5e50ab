"""Repaired networks of one B side by side: what is compared and what comes out; no Keras."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.display import Row, TableRecord
from core.metrics.cells import network_cells, step_cells
from core.metrics.network_scores import NetworkKind
from core.network.confidence import ConfidenceLevel
from core.records import Scale, Share, SweepPoint

if TYPE_CHECKING:  # Keras comes with them; panels and reports read the records without it.
    import keras

    from core.repair.job import Repair

BASE_NAME = "B"
"""Stands for the network that all were made of; no repaired one may be called so."""

CLEAN_BAR, ATTACK_BAR = 0.95, 0.01
"""What is commonly asked of a repair: at least so much clean accuracy at no more than so much attack success."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A repaired network that is to be compared.

    Attributes:
        name: what tells it apart; unique in a comparison.
        how: one sentence or less on how it came about.
        model: B′, with B's input shape and class count.
        confidence_level: that came with it, in [0, 1]; None: one is found on the validation images.
        sha256: of the file that it was opened from, as the intake read it; empty of others.
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
    """What one repaired network is worth.

    Attributes:
        name: what tells it apart.
        how: how it came about.
        by_agreement: B′, and G by the rule of agreement; `pruned_count` is 0 where nobody counted.
        by_confidence: B′, and G by the rule of confidence; None where that was not counted.
        level: the confidence that this rule asks for; None with it.
        is_level_given: whether it came with the network and was only counted here, on all validation images.
    """

    name: str
    how: str
    by_agreement: SweepPoint
    by_confidence: SweepPoint | None = None
    level: ConfidenceLevel | None = None
    is_level_given: bool = False

    @property
    def is_held_out(self) -> bool:
        """Whether the level was found on a part of the validation images that B′ was not refitted with."""
        assert self.level is not None and self.by_agreement.validation is not None
        return not self.is_level_given and self.level.measured.total < self.by_agreement.validation.pruned.total


@dataclass(frozen=True, slots=True)
class Comparison(TableRecord):
    """Repaired networks of one B, all counted on the same sets.

    Attributes:
        base: B, beside itself: nothing is flagged.
        rows: the repaired networks, in the order they were given.
        validation_name: the set of clean validation images.
        test_name: the set of clean test images; None where none is loaded.
        poisoned_names: of each poisoned set what tells it apart, as in `SweepPoint.poisoned`.
        scale: the pixel range that was fed.

    Raises:
        ValueError: two networks have one name, or a row was counted on other sets.
    """

    base: SweepPoint
    rows: tuple[ComparisonRow, ...]
    validation_name: str
    test_name: str | None
    poisoned_names: tuple[str, ...]
    scale: Scale

    def __post_init__(self) -> None:
        names = [BASE_NAME, *(row.name for row in self.rows)]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"each network must have a name of its own, got {twice!r} twice")
        wanted = _totals(self.base)
        for row in self.rows:
            if _totals(row.by_agreement) != wanted:
                raise ValueError(
                    f"{row.name!r} must be counted on the sets of B {wanted}, got images {_totals(row.by_agreement)}"
                )

    def as_rows(self) -> tuple[Row, ...]:
        """A row a network, B first: B′, then what G by agreement flags."""
        names = self.poisoned_names
        base = network_cells(self.base, NetworkKind.PRUNED, poisoned_names=names)
        others = (
            {"network": row.name, "how": row.how, **step_cells(row.by_agreement, poisoned_names=names)}
            for row in self.rows
        )
        return ({"network": BASE_NAME, "how": None, **base}, *others)


def clean_share(point: SweepPoint) -> Share:
    """Clean accuracy that a network is compared by: of B′ on the test set, on validation where there is none."""
    score = point.test or point.validation
    assert score is not None, "a comparison has clean images"
    return score.pruned


def attack_share(point: SweepPoint) -> Share | None:
    """ASR that a network is compared by: of B′ on the poisoned set where it is largest; None where there is none.

    One trigger that is left is a backdoor, however many others are gone. A set without a countable image says nothing.
    """
    shares = [each.pruned for each in point.poisoned]
    return max(shares, key=lambda share: share.rate if share.total else -1.0) if shares else None


def pareto_names(comparison: Comparison) -> tuple[str, ...]:
    """The repaired networks that no other beats: as good in both `clean_share` and `attack_share`, and better in one.

    Without poisoned sets there are none, as half of the question is open.
    """
    marks = {row.name: _clean_and_attack(row.by_agreement) for row in comparison.rows}
    return tuple(
        name
        for name, mark in marks.items()
        if mark and not any(other and _beats(other, mark) for other in marks.values())
    )


def is_over_the_bar(point: SweepPoint) -> bool:
    """Whether B′, as counted, keeps `CLEAN_BAR` of clean accuracy at no more than `ATTACK_BAR`.

    Without poisoned sets it is not.
    """
    attack = attack_share(point)
    return attack is not None and clean_share(point).rate >= CLEAN_BAR and attack.rate <= ATTACK_BAR


def unique_name(wanted: str, taken: Collection[str]) -> str:
    """The wanted name, numbered where another network is called so already: "occlusion (2)"."""
    name, number = wanted, 1
    while name in taken or name == BASE_NAME:
        number += 1
        name = f"{wanted} ({number})"
    return name


def how_repaired(repair: "Repair") -> str:
    """How a repair came about: "fine-pruning: 12 of 60 channels of conv_3 pruned, epoch 7 of 10 kept"."""
    told = [
        f"{int((~mask).sum())} of {len(mask)} channels of {layer} pruned"
        for layer, mask in repair.channel_masks.items()
    ]
    if repair.refit is not None:
        epoch_count = len(repair.refit.history) - 1
        kept = repair.refit.kept_epoch
        told.append(f"epoch {kept} of {epoch_count} kept" if kept else f"none of {epoch_count} epochs kept")
    method = f"auto, {repair.recipe.attempt.plan.title}" if repair.recipe else repair.method.name
    return f"{method}: {', '.join(told)}"


def _totals(point: SweepPoint) -> tuple[int | None, int | None, tuple[int, ...]]:
    validation, test = (score.pruned.total if score else None for score in (point.validation, point.test))
    return validation, test, tuple(each.pruned.total for each in point.poisoned)


def _clean_and_attack(point: SweepPoint) -> tuple[int, int] | None:
    attack = attack_share(point)
    return None if attack is None else (clean_share(point).count, attack.count)


def _beats(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] >= other[0] and one[1] <= other[1] and one != other
