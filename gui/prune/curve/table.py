"""The curves as a table: a row for each step, a column for each curve."""

from collections.abc import Sequence

from core.report.tables.plain_table import PlainTable, distinct_titles
from core.sweep.records import SweepEstimate
from core.words import channel_name
from gui.charts.curve_series import Series
from gui.state.pruning_run import Curve

NO_CHANNEL = "none"


def curve_table(curve: Curve | None, series: Sequence[Series], *, network: str) -> PlainTable:
    """Return the figures of the curves that are drawn; a table without columns if there are none.

    Args:
        curve: the curve.
        series: the lines of the chart.
        network: "B′" or "G".
    """
    ending = ", estimate" if isinstance(curve, SweepEstimate) else ""
    title = f"Pruning curve of {network}{ending}"
    if curve is None:
        return PlainTable(title, (), ())
    rows = []
    for point in curve.points:
        name = NO_CHANNEL if point.channel_index < 0 else channel_name(curve.ranking.layer, point.channel_index)
        rows.append((point.pruned_count, name, *(each.share(point) for each in series)))
    return PlainTable(
        title, distinct_titles(["channels pruned", "channel", *(each.data_name for each in series)]), tuple(rows)
    )
