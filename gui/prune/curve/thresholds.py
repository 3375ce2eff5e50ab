"""The thresholds as levels of the chart, and the thresholds that a dragged level asks for."""

from collections.abc import Sequence

from core import words
from core.records import Side
from core.sweep.stops import Stop
from gui.charts.threshold_lines import Threshold

STEP = 0.001  # a dragged threshold is a multiple of a tenth of a point
LEAST, LARGEST = 0.001, 0.999


def thresholds_of(stops: Sequence[Stop]) -> tuple[float, ...]:
    """Return the thresholds of the rows of the results table, ascending."""
    return tuple(sorted({stop.threshold for stop in stops if stop.threshold is not None}))


def levels_of(stops: Sequence[Stop], *, is_movable: bool = False) -> tuple[Threshold, ...]:
    """Return a level for each threshold, ascending, below the unpruned network's validation accuracy."""
    base = base_rate(stops)
    if base is None:
        return ()
    return tuple(
        Threshold(
            level=(base - value) * 100,
            label=words.points_text(value),
            before=_crossing(stops, value, Side.BEFORE),
            after=_crossing(stops, value, Side.AFTER),
            is_movable=is_movable,
        )
        for value in thresholds_of(stops)
    )


def base_rate(stops: Sequence[Stop]) -> float | None:
    """Return the unpruned network's validation accuracy; None if it is not among the rows."""
    start = next((stop.point for stop in stops if stop.threshold is None), None)
    return start.validation.pruned.rate if start is not None and start.validation is not None else None


def moved(thresholds: Sequence[float], index: int, level: float, *, base: float) -> tuple[float, ...]:
    """Return the thresholds with one of them moved to a level, rounded to a tenth of a point.

    Its place among the others stays: it stops in front of its neighbours.

    Args:
        thresholds: ascending.
        index: the one that is moved.
        level: in percent.
        base: the unpruned network's validation accuracy, in [0, 1].
    """
    low = thresholds[index - 1] + STEP if index > 0 else LEAST
    high = thresholds[index + 1] - STEP if index + 1 < len(thresholds) else LARGEST
    wanted = round(base - level / 100, 3)
    value = round(min(max(wanted, low), max(high, low)), 6)
    return (*thresholds[:index], value, *thresholds[index + 1 :])


def _crossing(stops: Sequence[Stop], threshold: float, side: Side) -> tuple[float, float] | None:
    for stop in stops:
        if stop.threshold == threshold and stop.side is side and stop.point and stop.point.validation:
            return (stop.point.pruned_count, stop.point.validation.pruned.rate * 100)
    return None
