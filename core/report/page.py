"""The report as one self-contained HTML page."""

import os
import re
import shlex
from pathlib import Path, PurePath

import jinja2

from core.export_file import write_file
from core.records import Stop
from core.report import chart
from core.report.origin import Origin
from core.report.record import Report
from core.report.table import find_tables
from core.report.verdict import IN_VIEW_COUNT, bypass_sentence, find_verdict
from core.version import NAME, versions
from core.words import (
    NOTHING,
    TARGET_NOTE,
    bounds,
    channel_name,
    layer_title,
    percent,
    printable,
    scale_name,
    stop_text,
)

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "resources" / "report"


def write_html(path: str | os.PathLike[str], report: Report) -> None:
    """Write the page: verdict, tables, curve, channels, inputs with hashes, and how to do it again.

    It refers to nothing outside itself; every name from outside is escaped.

    Raises:
        ExportError: it could not be written.
    """
    write_file(Path(path), page_text(report))


def render(template: str, origin: Origin, **parts: object) -> str:
    """A page as text; every name from outside is escaped.

    Args:
        template: its file's name.
        origin: where the figures come from.
        parts: what this template shows besides.
    """
    words = ("python", "main.py", *origin.command_line)
    return (
        _make_environment()
        .get_template(template)
        .render(
            application=NAME,
            origin=origin,
            nothing=NOTHING,
            target_note=TARGET_NOTE if origin.poisoned else "",
            versions=versions(),
            command=shlex.join(printable(word) for word in words) if origin.command_line else "",
            **parts,
        )
    )


def _make_environment() -> jinja2.Environment:
    """What pages are made with: whatever a template shows is escaped, and what it does not know is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=lambda share: _unbroken(percent(share)),
        bounds=bounds,
        stop_text=stop_text,
        scale_name=scale_name,
        printable=printable,
        unbroken=_unbroken,
        file_name=lambda path: PurePath(path).name,
    )
    return environment


def page_text(report: Report) -> str:
    """The page as text."""
    sweep = report.sweep
    order = [int(each) for each in sweep.ranking.order]
    return render(
        "report.html.j2",
        report.origin,
        report=report,
        sweep=sweep,
        layer=sweep.ranking.layer,
        layer_title=layer_title(sweep.ranking.layer),
        channel_names=[channel_name(sweep.ranking.layer, each) for each in range(sweep.ranking.layer.channel_count)],
        verdict=find_verdict(sweep, report.stops, report.origin.cautions),
        in_view_count=IN_VIEW_COUNT,
        bypass=bypass_sentence(sweep),
        tables=find_tables(sweep, report.stops),
        chart=chart.draw_chart(sweep, report.stops),
        box={"width": chart.WIDTH, "height": chart.HEIGHT, "left": chart.LEFT, "top": chart.TOP}
        | {"right": chart.WIDTH - chart.RIGHT, "bottom": chart.HEIGHT - chart.BOTTOM},
        order=order,
        largest_activation=float(sweep.ranking.activations.max(initial=0.0)),
        stops_at=_stops_at(report.stops),
    )


def _unbroken(text: str) -> str:
    """The same with its figures kept together with their % sign."""
    return re.sub(r"(?<=\d) (?=%)", "\N{NO-BREAK SPACE}", text)


def _stops_at(stops: tuple[Stop, ...]) -> dict[int, str]:
    """What stops at each step, for the list of channels: {44: "2 points, before crossing"}."""
    names: dict[int, list[str]] = {}
    for stop in stops:
        if stop.point is not None and stop.threshold is not None:
            names.setdefault(stop.point.pruned_count, []).append(stop_text(stop))
    return {count: "; ".join(each) for count, each in names.items()}
