"""The page of a pruning run: `report.html`."""

import os
from pathlib import Path

from core.export_file import write_file
from core.report import drawing
from core.report.page import render
from core.report.prune import chart
from core.report.prune.record import Report
from core.report.prune.shape_text import shape_definitions
from core.report.prune.table import find_tables
from core.report.prune.verdict import IN_VIEW_COUNT, bypass_sentence, find_verdict
from core.sweep.stops import Stop, stop_text
from core.words import channel_name, layer_title, scale_text, tensor_sentence, tensor_words


def write_html(path: str | os.PathLike[str], report: Report) -> None:
    """Write the page: verdict, tables, curve, channels, inputs with hashes, and the command that repeats it.

    It is self-contained; every untrusted name is escaped.

    Raises:
        ExportError: the file could not be written.
    """
    write_file(Path(path), page_text(report))


def page_text(report: Report) -> str:
    """Return the page as HTML text."""
    sweep = report.sweep
    verdict = find_verdict(sweep, report.stops, report.origin.cautions)
    order = [int(each) for each in sweep.ranking.order]
    return render(
        "report.html.j2",
        report.origin,
        report=report,
        sweep=sweep,
        layer=sweep.ranking.layer,
        tensor_words=tensor_words(sweep.ranking.layer),
        tensor_sentence=tensor_sentence(sweep.ranking.layer.tensor),
        layer_title=layer_title(sweep.ranking.layer),
        channel_names=[channel_name(sweep.ranking.layer, each) for each in range(sweep.ranking.layer.channel_count)],
        verdict=verdict,
        shape_words=shape_definitions() if verdict.shapes else (),
        in_view_count=IN_VIEW_COUNT,
        bypass=bypass_sentence(sweep),
        scale_text=scale_text(sweep.scale, report.origin.scale_finding),
        tables=find_tables(sweep, report.stops),
        chart=chart.draw_chart(sweep, report.stops),
        box={"width": drawing.WIDTH, "height": drawing.HEIGHT, "left": drawing.LEFT, "top": drawing.TOP}
        | {"right": drawing.WIDTH - drawing.RIGHT, "bottom": drawing.HEIGHT - drawing.BOTTOM},
        order=order,
        largest_activation=float(sweep.ranking.activations.max(initial=0.0)),
        stops_at=_stops_at(report.stops),
    )


def _stops_at(stops: tuple[Stop, ...]) -> dict[int, str]:
    """Return the stops of each step, for the list of channels: {44: "2 points, before crossing"}."""
    names: dict[int, list[str]] = {}
    for stop in stops:
        if stop.point is not None and stop.threshold is not None:
            names.setdefault(stop.point.pruned_count, []).append(stop_text(stop))
    return {count: "; ".join(each) for count, each in names.items()}
