"""The predictions of a network on every set, from which its figures are computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.records import CleanScore, PoisonedScore, Share, SweepPoint


class NetworkKind(StrEnum):
    """The kind of a network; the value is the field of a score that counts its predictions."""

    PRUNED = "pruned"  # a class: B and B′
    REPAIRED = "repaired"  # a class, or "backdoored": G, by agreement or by confidence


class SetRole(StrEnum):
    """The images that a figure is counted on, in the order of tables."""

    HELD_OUT = "held-out"  # validation images that refitting did not train with
    OCCLUDED = "occluded"  # the same under random patches
    PATCHED = "patched"  # the same under the patches that fool B most
    VALIDATION = "validation"
    TEST = "test"
    POISONED = "poisoned"  # triggered images; the only role that several sets may have


SWEEP_ROLES = (SetRole.VALIDATION, SetRole.TEST, SetRole.POISONED)
"""The sets that a `SweepPoint` counts."""

EPOCH_ROLES = (SetRole.HELD_OUT, SetRole.OCCLUDED, SetRole.TEST, SetRole.POISONED)
"""The sets that a `RefitEpoch` counts."""

RECIPE_ROLES = (SetRole.HELD_OUT, SetRole.PATCHED)
"""The sets that an attempt of "repair for me" is judged by."""


@dataclass(frozen=True, slots=True)
class SetScore:
    """The predictions of one network on one set.

    Attributes:
        predicted: images predicted as the label in their file (the true label of clean images, the target label of
            triggered ones), and patched images predicted as the label to which the patch draws them.
        flagged: images predicted as "backdoored"; None for a network without that class.
    """

    predicted: Share
    flagged: Share | None = None


@dataclass(frozen=True, slots=True, eq=False)
class NetworkScores:
    """The predictions of one network on every loaded set.

    Attributes:
        by_role: the scores of the sets of each role; a role without sets may be left out.
    """

    by_role: Mapping[SetRole, Sequence[SetScore]]

    @classmethod
    def of_point(
        cls, point: SweepPoint, network: NetworkKind | str, *, held_out: Share | None = None
    ) -> "NetworkScores":
        """Return the scores of B′ or G at a step.

        Args:
            point: the step.
            network: B′ or G.
            held_out: held-out images that it predicts as their true label; None if none were held out.
        """
        scores = {role: [set_score(each, network) for each in scores_at(point, role)] for role in SWEEP_ROLES}
        return cls(scores | {SetRole.HELD_OUT: [] if held_out is None else [SetScore(held_out)]})

    @classmethod
    def of_predictions(
        cls,
        *,
        held_out: Share | None = None,
        occluded: Share | None = None,
        patched: Share | None = None,
        validation: Share | None = None,
        test: Share | None = None,
        poisoned: Sequence[Share] = (),
    ) -> "NetworkScores":
        """Return the scores of a network that flags nothing; None for a set that is not loaded."""
        shares: dict[SetRole, Sequence[Share | None]] = {
            SetRole.HELD_OUT: [held_out],
            SetRole.OCCLUDED: [occluded],
            SetRole.PATCHED: [patched],
            SetRole.VALIDATION: [validation],
            SetRole.TEST: [test],
            SetRole.POISONED: poisoned,
        }
        return cls({role: [SetScore(each) for each in of_role if each is not None] for role, of_role in shares.items()})

    def of(self, role: SetRole) -> Sequence[SetScore]:
        """Return the scores of the sets of a role; empty if no such set is loaded."""
        return self.by_role.get(role, ())


def set_score(score: CleanScore | PoisonedScore, network: NetworkKind | str) -> SetScore:
    """Return the predictions of B′ or G on a set."""
    if network == NetworkKind.REPAIRED:
        return SetScore(score.repaired, score.flagged)
    return SetScore(score.pruned)


def scores_at(point: SweepPoint, role: SetRole) -> Sequence[CleanScore | PoisonedScore]:
    """Return the scores of the sets of a role at a step."""
    if role is SetRole.POISONED:
        return point.poisoned
    score = {SetRole.VALIDATION: point.validation, SetRole.TEST: point.test}.get(role)
    return [] if score is None else [score]
