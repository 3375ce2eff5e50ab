"""Puts the points of a run, and of others beside it, on the chart."""

from collections.abc import Sequence

from core.records import Share
from core.sweep.records import SweepEstimate
from core.sweep.silent_steps import find_silent_steps
from gui.charts.curve_chart import CurveChart, Place
from gui.charts.curve_series import Series
from gui.prune.curve.body import CurveBody
from gui.prune.curve.overlay import OverlaidRun
from gui.state.pruning_run import Curve

X_TEXT = "channels pruned"
FOLDED_TEXT = " (1–{count} folded: no figure changes{dead})"


def draw_series(
    chart: CurveChart, series: Sequence[Series], curve: Curve | None, others: Sequence[OverlaidRun]
) -> None:
    """Draw the points of each curve, with bands where they are estimates.

    Args:
        chart: has a line for each of the curves.
        series: the curves of the shown run, and those of `others`.
        curve: the shown run's; None while there is none.
        others: the runs beside it.
    """
    places = {f"run{run.place}": run.curve for run in others}
    for each in series:
        of_run = places.get(each.key.split("-")[0], curve)
        shares = [(point.pruned_count, each.share(point)) for point in (of_run.points if of_run is not None else ())]
        has_band = isinstance(of_run, SweepEstimate)
        chart.set_points(
            each.key, [_place(step, share, has_band=has_band) for step, share in shares if share and share.total]
        )


def fit_axis(
    body: CurveBody, curve: Curve | None, others: Sequence[OverlaidRun], *, channel_count: int, place: str
) -> None:
    """Make room for the longest run; if it is wanted, fold the steps at which none of the runs changes.

    Args:
        body: the chart and what stands around it.
        curve: the shown run's; None while there is none.
        others: the runs beside it.
        channel_count: channels of the shown run's layer.
        place: where channels are zeroed, for the axis.
    """
    silent = [find_silent_steps(each) for each in (curve, *(run.curve for run in others)) if each is not None]
    count = min(each.count for each in silent) if curve is not None else 0
    body.set_silent_steps(count)
    folded = count if body.fold_button.isChecked() and count > 1 else 0
    body.chart.set_axis(max([channel_count, *(run.last_step for run in others)]), folded=folded)
    body.bar.set_folded(folded)
    dead = f", {silent[0].dead_count} dead" if folded and len(silent) == 1 and silent[0].dead_count else ""
    text = FOLDED_TEXT.format(count=folded, dead=dead) if folded else ""
    body.bar.axis_label.setText(f"{X_TEXT}{place}{text}")


def _place(step: int, share: Share, *, has_band: bool) -> Place:
    if not has_band:
        return Place(step, 100 * share.rate)
    low, high = share.interval
    return Place(step, 100 * share.rate, (100 * low, 100 * high))
