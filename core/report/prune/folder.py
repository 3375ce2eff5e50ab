"""The files of a pruning run's report in a folder."""

from collections.abc import Sequence
from pathlib import Path

from core.monitor import Monitor
from core.report.prune.curve_csv import write_curve_csv
from core.report.prune.curve_image import write_curve_image
from core.report.prune.page import write_html
from core.report.prune.record import Report
from core.report.prune.results import write_results_json
from core.thread_pool import run_aside

FILES = ("curve.csv", "results.json", "curve.png", "report.html")


def write_pruning_files(folder: Path, report: Report, *, names: Sequence[str] = FILES, monitor: Monitor) -> None:
    """Write curve, figure, results and page of a pruning run.

    Args:
        folder: where to.
        report: the report.
        names: names of all files that are written together, for the results.
        monitor: receives progress, and can cancel.

    Raises:
        ExportError: a file could not be written.
        Cancelled: the job was cancelled.
    """
    monitor.checkpoint("Writing the report", done_count=0, total_count=1)
    write_curve_csv(folder / "curve.csv", report.sweep)
    write_results_json(folder / "results.json", report, files=names)
    # The first image of all takes seconds: Matplotlib looks for fonts.
    run_aside(
        lambda: write_curve_image(folder / "curve.png", report.sweep, report.stops), while_waiting=monitor.stop_if_asked
    )
    write_html(folder / "report.html", report)
