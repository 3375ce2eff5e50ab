"""The first steps of a pruning curve, at which nothing changes because the pruned channels are silent."""

from core.records import SweepPoint
from core.sweep.records import Sweep, SweepEstimate


def count_silent_steps(curve: Sweep | SweepEstimate) -> int:
    """Return how many steps at the beginning prune a dead channel and leave every figure as it is.

    A channel is dead if it is zero on all clean images that were measured. It may still answer to a trigger: then a
    figure changes, and the step is not silent.
    """
    ranking, start = curve.ranking, curve.points[0]
    if not ranking.image_count:
        return 0
    dead = ranking.dead
    count = 0
    for channel, point in zip(ranking.order, curve.points[1:], strict=False):
        if not dead[channel] or not _is_same(point, start):
            break
        count += 1
    return count


def _is_same(one: SweepPoint, other: SweepPoint) -> bool:
    return (one.validation, one.test, one.poisoned) == (other.validation, other.test, other.poisoned)
