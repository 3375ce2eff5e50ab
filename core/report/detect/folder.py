"""The files of a detection's report in a folder."""

from collections.abc import Sequence
from pathlib import Path

from core.monitor import Monitor
from core.report.detect.page import write_detection_html
from core.report.detect.record import DetectionReport
from core.report.detect.results import write_classes_csv, write_detection_json
from core.report.detect.trigger_file import write_trigger

FILES = ("results.json", "classes.csv", "report.html")


def write_detection_files(folder: Path, report: DetectionReport, *, names: Sequence[str], monitor: Monitor) -> None:
    """Write classes, triggers, results and page of a detection.

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
    write_classes_csv(folder / "classes.csv", report.detection)
    for shown in report.triggers:
        for name in shown.files:
            write_trigger(shown.trigger, folder / name)
    write_detection_json(folder / "results.json", report, files=names)
    write_detection_html(folder / "report.html", report)
    monitor.checkpoint("Writing the report", done_count=1, total_count=1)
