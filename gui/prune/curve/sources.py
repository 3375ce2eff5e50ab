"""What can be exported from the Prune page."""

from gui.export.source import Drawing, LegendEntry, Source
from gui.prune.channels_panel import ChannelsPanel
from gui.prune.curves_panel import CurvesPanel
from gui.prune.results_panel import ResultsPanel
from gui.tables.plain import results_table
from gui.theme import theme

NO_RUN = "There is no run yet: press Run first."


def prune_sources(*, channels: ChannelsPanel, curves: CurvesPanel, results: ResultsPanel) -> tuple[Source, ...]:
    """Return the channels, the curves and the results."""

    def curve_legend() -> list[LegendEntry]:
        return [LegendEntry(each.name, each.colour(), each.dashes, each.width) for each in curves.series]

    def channel_legend() -> list[LegendEntry]:
        colours = theme.current()
        return [
            LegendEntry(text, getattr(colours, name), width=-1.0 if is_hollow else 0.0)
            for text, name, is_hollow in channels.legend.entries
        ]

    return (
        Source(
            "Channels",
            "channels",
            channels.table,
            (channels.chart, channels.twin),
            Drawing((channels.chart,), channel_legend, lambda: "channels", channels.redraw),
            NO_RUN,
        ),
        Source(
            "Pruning curve",
            "curve",
            curves.table,
            (curves.chart, curves.body.twin),
            Drawing((curves.chart,), curve_legend, curves.body.bar.axis_label.text, curves.restyle),
            NO_RUN,
        ),
        Source("Results", "results", lambda: results_table(results.model), (results.view,), why_empty=NO_RUN),
    )
