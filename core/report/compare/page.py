"""A comparison as one self-contained HTML page."""

from pathlib import Path

from core.export_file import write_file
from core.report.compare import scatter
from core.report.compare.record import ComparisonReport, columns_of, groups_of, levels_of, notes_of, sentences_of
from core.report.page import render
from core.words import scale_text

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
    """Write the page: table, scatter and inputs; it is self-contained, and every name is escaped.

    Raises:
        ExportError: the file could not be written.
    """
    write_file(path, comparison_page_text(report))


def comparison_page_text(report: ComparisonReport) -> str:
    """Return the page as HTML text."""
    comparison = report.comparison
    groups = groups_of(comparison)
    pairs = [(group, file) for group, file in zip(groups[1:], report.files, strict=True) if file is not None]
    return render(
        "compare.html.j2",
        report.origin,
        report=report,
        sentences=sentences_of(comparison),
        columns=columns_of(comparison),
        groups=groups,
        levels=levels_of(comparison),
        notes=notes_of(comparison),
        repaired_files=pairs,
        scatter=scatter.draw_scatter(comparison),
        box=BOX,
        scale_text=scale_text(comparison.scale, report.origin.scale_finding),
    )
