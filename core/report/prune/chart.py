"""The curve as drawing coordinates for the report page; style sheets colour it for light and dark mode."""

from collections.abc import Callable, Iterable, Sequence

from core.metrics.figures import figures_of
from core.metrics.network_scores import NetworkKind, NetworkScores
from core.records import Side
from core.report.drawing import (
    BOTTOM,
    HEIGHT,
    LABEL_HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    ChartLine,
    Mark,
    SvgChart,
    curves_of,
)
from core.sweep.records import Sweep
from core.sweep.stops import Stop
from core.words import points, points_text, printable


def draw_chart(sweep: Sweep, stops: Sequence[Stop]) -> SvgChart:
    """Draw B′'s curves, the thresholds and the stops."""
    channel_count = sweep.ranking.layer.channel_count

    def x(pruned_count: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * pruned_count / max(1, channel_count), 1)

    def y(rate: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * rate, 1)

    def line(label: str, style: str, rates: Sequence[float]) -> ChartLine:
        pairs = [f"{x(point.pruned_count)},{y(rate)}" for point, rate in zip(sweep.points, rates, strict=True)]
        return ChartLine(label, style, " ".join(pairs))

    names = [printable(each.name) for each in sweep.poisoned_sets]
    scores = [NetworkScores.of_point(point, NetworkKind.PRUNED) for point in sweep.points]
    lines = [
        line(label, style, [share.rate for share in shares if share is not None])
        for label, style, shares in curves_of(figures_of(NetworkKind.PRUNED), scores, names)
        if all(share is not None and share.total for share in shares)
    ]
    step = next((size for size in (1, 2, 5, 10, 20, 50, 100, 200, 500) if channel_count / size <= 13), 1000)
    start = sweep.points[0].validation
    return SvgChart(
        lines=tuple(lines),
        x_ticks=tuple(Mark(x(count), str(count)) for count in range(0, channel_count + 1, step)),
        y_ticks=tuple(Mark(y(rate / 100), f"{rate} %") for rate in range(0, 101, 20)),
        thresholds=_apart(
            Mark(y(max(0.0, start.pruned.rate - stop.threshold)), f"−{points(stop.threshold)}")
            for stop in stops
            if stop.threshold is not None and stop.side is Side.BEFORE and start is not None and start.pruned.total
        ),
        stops=_stop_marks(stops, x),
    )


def _apart(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Sort marks from top to bottom, and move their labels apart so that they do not overlap."""
    placed: list[Mark] = []
    lowest = -LABEL_HEIGHT
    for mark in sorted(marks, key=lambda each: each.position):
        lowest = max(mark.position, lowest + LABEL_HEIGHT)
        placed.append(Mark(mark.position, mark.label, lowest))
    return tuple(placed)


def _stop_marks(stops: Sequence[Stop], x: Callable[[float], float]) -> tuple[Mark, ...]:
    names: dict[int, list[str]] = {}
    for stop in stops:
        if stop.threshold is not None and stop.side is Side.BEFORE and stop.point is not None:
            names.setdefault(stop.point.pruned_count, []).append(points_text(stop.threshold))
    return tuple(Mark(x(count), ", ".join(thresholds)) for count, thresholds in names.items())
