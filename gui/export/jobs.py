"""The jobs that write pictures and tables: plain callables `(Monitor) -> path` that touch no widget."""

from pathlib import Path

from PySide6.QtGui import QImage

from core.export_file import write_file
from core.monitor import Monitor
from core.report.tables.formats import write_table
from core.report.tables.plain_table import PlainTable
from gui.export.png import png_bytes
from gui.job_runner import Job


def write_png(path: Path, image: QImage) -> Job:
    """Return a job that writes an image as PNG; it may be encoded in another thread than it was drawn in."""

    def job(monitor: Monitor) -> Path:
        monitor.checkpoint(f"Writing {path.name}")
        write_file(path, png_bytes(image))
        return path

    return job


def write_bytes(path: Path, content: bytes) -> Job:
    """Return a job that writes a drawing."""

    def job(monitor: Monitor) -> Path:
        monitor.checkpoint(f"Writing {path.name}")
        write_file(path, content)
        return path

    return job


def write_plain_table(path: Path, table: PlainTable, kind: str) -> Job:
    """Return a job that writes a table in one of the formats of `core.report.tables.formats`."""

    def job(monitor: Monitor) -> Path:
        monitor.checkpoint(f"Writing {path.name}")
        write_table(path, table, kind)
        return path

    return job
