"""The steps at which accuracy thresholds stop the pruning."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from core.display import Row, TableRecord
from core.errors import PruningError
from core.metrics.cells import step_cells
from core.records import Side, SweepPoint
from core.sweep.records import Sweep, SweepEstimate
from core.words import points_text, side_text


@dataclass(frozen=True, slots=True)
class Stop(TableRecord):
    """A row of the results table: the step at which a threshold stops the pruning, with its figures.

    Attributes:
        threshold: allowed drop of clean validation accuracy, in [0, 1] (0.02 for 2 points); None for the unpruned row.
        side: whether `point` is the last step before or the first after crossing; None for the unpruned network.
        point: the step; None for the step after crossing if no step crosses the threshold.
        channels_left: number of channels kept at `point`; None if `point` is.
        poisoned_names: names of the poisoned sets, in the order of `SweepPoint.poisoned`; empty if unknown.
    """

    threshold: float | None
    side: Side | None
    point: SweepPoint | None
    channels_left: int | None
    poisoned_names: tuple[str, ...] = ()

    def as_rows(self) -> tuple[Row, ...]:
        """One row: where it stops, B′, then what G flags; the figures of a stop that is never reached are empty."""
        cells = step_cells(self.point, poisoned_names=self.poisoned_names)
        return ({"stop": stop_text(self), "channels_left": self.channels_left, **cells},)


def find_stops(sweep: Sweep | SweepEstimate, thresholds: Sequence[float]) -> tuple[Stop, ...]:
    """Return the rows of the results table: the unpruned network, then each threshold before and after crossing.

    A step crosses a threshold when clean validation accuracy has dropped by at least that much.

    Args:
        sweep: a complete curve, or an estimate of it.
        thresholds: allowed drops, each in (0, 1): 0.02 for 2 points.

    Raises:
        PruningError: a threshold is not in (0, 1).
    """
    channel_count = sweep.ranking.layer.channel_count
    names = tuple(each.name for each in sweep.poisoned_sets) if isinstance(sweep, Sweep) else ()
    rows = [Stop(None, None, sweep.points[0], channel_count, names)]
    for threshold in thresholds:
        if not 0 < threshold < 1:
            raise PruningError(
                f"a threshold must lie in (0, 1), such as 0.04 for 4 points, got {threshold:g}", code="bad-threshold"
            )
        after = _first_crossing(sweep.points, threshold)
        before = sweep.points[after.pruned_count - 1] if after else sweep.points[-1]
        rows.append(Stop(threshold, Side.BEFORE, before, channel_count - before.pruned_count, names))
        rows.append(Stop(threshold, Side.AFTER, after, channel_count - after.pruned_count if after else None, names))
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


def stop_text(stop: Stop) -> str:
    """Return the label of a row of the results table: "unpruned", or "2 points, before crossing"."""
    if stop.threshold is None:
        return "unpruned"
    return f"{points_text(stop.threshold)}, {side_text(stop.side or Side.BEFORE)}"
