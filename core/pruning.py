"""Pruning one channel after the other, and where a threshold stops it."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from core.dataset import distinct_names
from core.errors import PruningError
from core.monitor import Monitor
from core.records import Bypass, PoisonedSet, PrunableLayer, Ranking, Side, Stop, Sweep, SweepPoint
from core.workbench import Workbench

STAGE = "Pruning"


def sweep(workbench: Workbench, ranking: Ranking, *, monitor: Monitor) -> Iterator[SweepPoint]:
    """Prune every channel in the ranking's order; yields step 0 (unpruned) and then one point a channel.

    Raises:
        Cancelled: asked to stop.
    """
    total = len(ranking.order)
    # A dead channel takes no time, a lively one much: the work is told by the answers that can change.
    work = np.concatenate([[0], np.cumsum(workbench.work_per_channel()[ranking.order])]) + np.arange(total + 1)
    for pruned_count in range(total + 1):
        done_count = max(pruned_count - 1, 0)
        monitor.checkpoint(STAGE, done_count=done_count, total_count=total, fraction=work[done_count] / work[-1])
        yield workbench.score(
            ranking.channel_mask(pruned_count),
            pruned_count=pruned_count,
            channel_index=int(ranking.order[pruned_count - 1]) if pruned_count else -1,
            monitor=monitor,
        )
    monitor.checkpoint(STAGE, done_count=total, total_count=total)


def run_sweep(workbench: Workbench, ranking: Ranking, *, monitor: Monitor) -> Sweep:
    """The whole curve; publishes each `SweepPoint` as it is known.

    Raises:
        Cancelled: asked to stop.
    """
    points = []
    for point in sweep(workbench, ranking, monitor=monitor):
        monitor.publish(point)
        points.append(point)
    names = distinct_names([each.dataset for each in workbench.poisoned])
    return Sweep(
        ranking=ranking,
        reader=workbench.reader,
        points=tuple(points),
        poisoned_sets=tuple(
            PoisonedSet(name, each.dataset.target_labels, each.dataset.image_count)
            for name, each in zip(names, workbench.poisoned, strict=True)
        ),
        bypass=find_bypass(workbench.layer, reader=workbench.reader),
        scale=workbench.scale,
        settled_count=workbench.settled_count,
    )


def find_bypass(layer: PrunableLayer, *, reader: str | None) -> Bypass | None:
    """Who goes on reading a layer's channels when only `reader` stops; None when nobody does."""
    if reader is None:
        return None
    open_readers = tuple(each.layer for each in layer.readers if each.layer != reader)
    return Bypass(layer=layer.name, cut_reader=reader, open_readers=open_readers) if open_readers else None


def find_stops(sweep: Sweep, thresholds: Sequence[float]) -> tuple[Stop, ...]:
    """The rows of the results table: the unpruned network, then each threshold before and after crossing.

    A step crosses a threshold when clean validation accuracy has dropped by at least that much.

    Args:
        sweep: a whole curve.
        thresholds: allowed drops, each in (0, 1): 0.02 for 2 points.

    Raises:
        PruningError: a threshold is not in (0, 1).
    """
    channel_count = sweep.ranking.layer.channel_count
    rows = [Stop(threshold=None, side=None, point=sweep.points[0], channels_left=channel_count)]
    for threshold in thresholds:
        if not 0 < threshold < 1:
            raise PruningError(
                f"a threshold must lie between 0 and 100 points, got {100 * threshold:g}", code="bad-threshold"
            )
        after = _first_crossing(sweep.points, threshold)
        before = sweep.points[after.pruned_count - 1] if after else sweep.points[-1]
        rows.append(Stop(threshold, Side.BEFORE, before, channel_count - before.pruned_count))
        rows.append(Stop(threshold, Side.AFTER, after, channel_count - after.pruned_count if after else None))
    return tuple(rows)


def _first_crossing(points: Sequence[SweepPoint], threshold: float) -> SweepPoint | None:
    allowed = Fraction(threshold).limit_denominator(1_000_000)
    start = points[0].validation
    if start is None:
        raise PruningError("the curve has no clean validation accuracy to measure a drop of", code="no-validation")
    for point in points[1:]:
        score = point.validation
        if score and Fraction(start.pruned.count - score.pruned.count, start.pruned.total) >= allowed:
            return point
    return None
