"""The first steps of a pruning curve, at which no figure changes because the pruned channels are silent."""

from dataclasses import dataclass

from core.records import SweepPoint
from core.sweep.records import Sweep, SweepEstimate


@dataclass(frozen=True, slots=True)
class SilentSteps:
    """The steps at the beginning that leave every figure as it was.

    Attributes:
        count: how many there are; step 0, which prunes nothing, is not counted.
        dead_count: how many of their channels are zero on all clean images that were measured.
    """

    count: int
    dead_count: int


def find_silent_steps(curve: Sweep | SweepEstimate) -> SilentSteps:
    """Return the steps before the first at which any figure of any set differs from those of the unpruned network.

    A dead channel may still answer to a trigger: then a figure changes, and its step is not silent.
    """
    start, ranking = curve.points[0], curve.ranking
    changed = next((point.pruned_count for point in curve.points if not _is_same(point, start)), len(curve.points))
    count = changed - 1
    dead = ranking.dead[ranking.order[:count]] if ranking.image_count else ()
    return SilentSteps(count, int(sum(dead)))


def _is_same(one: SweepPoint, other: SweepPoint) -> bool:
    return (one.validation, one.test, one.poisoned) == (other.validation, other.test, other.poisoned)
