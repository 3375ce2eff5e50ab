"""The curves of a refit, epoch by epoch, as an SVG chart."""

from collections.abc import Sequence

from core.metrics.figures import figures_of
from core.metrics.network_scores import NetworkKind, SetRole
from core.records import Share
from core.report.drawing import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, ChartLine, Mark, SvgChart, curves_of
from core.report.repair.record import RepairReport, epoch_scores
from core.words import printable

BOX = {"width": WIDTH, "height": HEIGHT, "left": LEFT, "top": TOP, "right": WIDTH - RIGHT, "bottom": HEIGHT - BOTTOM}


def draw_history(report: RepairReport) -> SvgChart:
    """Held-out and test clean accuracy and the ASR of each set against the epoch; a line marks the kept epoch.

    Args:
        report: the report of a repair that refitted.
    """
    assert report.refit is not None
    history = report.refit.history
    last = max(1, len(history) - 1)

    def x(epoch: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * epoch / last, 1)

    def y(rate: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * rate, 1)

    def line(label: str, style: str, shares: Sequence[Share | None]) -> ChartLine:
        pairs = [f"{x(epoch)},{y(each.rate)}" for epoch, each in enumerate(shares) if each is not None]
        return ChartLine(label, style, " ".join(pairs))

    roles = [SetRole.HELD_OUT, *([SetRole.TEST] if report.origin.test else []), SetRole.POISONED]
    figures = figures_of(NetworkKind.PRUNED, roles=roles)
    names = [printable(each) for each in report.poisoned_names]
    lines = [line(*each) for each in curves_of(figures, [epoch_scores(each) for each in history], names)]
    step = next((size for size in (1, 2, 5, 10, 20, 50, 100) if last / size <= 13), 200)
    kept = report.refit.kept_epoch
    return SvgChart(
        lines=tuple(lines),
        x_ticks=tuple(Mark(x(epoch), str(epoch)) for epoch in range(0, last + 1, step)),
        y_ticks=tuple(Mark(y(rate / 100), f"{rate} %") for rate in range(0, 101, 20)),
        thresholds=(),
        stops=(Mark(x(kept), f"kept: epoch {kept}"),),
    )
