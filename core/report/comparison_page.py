"""A comparison as one self-contained HTML page."""

import shlex
from pathlib import Path, PurePath

from core.export_file import write_file
from core.report import scatter
from core.report.comparison_record import ComparisonReport, columns_of, groups_of, notes_of, sentences_of
from core.report.page import make_environment
from core.version import NAME, versions
from core.words import NOTHING, printable, scale_name

BOX = {
    "width": scatter.WIDTH,
    "height": scatter.HEIGHT,
    "left": scatter.LEFT,
    "top": scatter.TOP,
    "right": scatter.WIDTH - scatter.RIGHT,
    "bottom": scatter.HEIGHT - scatter.BOTTOM,
    "radius": scatter.RADIUS,
}


def write_comparison_html(path: Path, report: ComparisonReport) -> None:
    """Write the page: table, scatter and inputs; it refers to nothing outside itself, and every name is escaped.

    Raises:
        ExportError: it could not be written.
    """
    comparison = report.comparison
    groups = groups_of(comparison)
    pairs = [(group, file) for group, file in zip(groups[1:], report.files, strict=True) if file is not None]
    words = ("python", "main.py", *report.command_line)
    text = (
        make_environment()
        .get_template("compare.html.j2")
        .render(
            application=NAME,
            report=report,
            model_name=PurePath(report.model_path).name,
            sentences=sentences_of(comparison),
            columns=columns_of(comparison),
            groups=groups,
            notes=notes_of(comparison),
            repaired_files=pairs,
            scatter=scatter.draw_scatter(comparison),
            box=BOX,
            nothing=NOTHING,
            scale=scale_name(comparison.scale),
            versions=versions(),
            command=shlex.join(printable(word) for word in words) if report.command_line else "",
        )
    )
    write_file(path, text)
