"""The job that opens names of classes."""

# ruff: noqa: PLC0415 - the engine is imported in the worker, after the window is painted

from pathlib import Path
from typing import TYPE_CHECKING

from core.monitor import Monitor
from gui.job_runner import Job

if TYPE_CHECKING:
    from core.images.class_names import ClassNames


def open_names(path: Path, *, class_count: int | None) -> Job:
    """Return a job that opens names of classes; it returns `ClassNames`.

    Args:
        path: the file.
        class_count: the number of classes of the open model; None without one.
    """

    def job(monitor: Monitor) -> "ClassNames":
        from core.images.class_names import open_class_names

        return open_class_names(path, class_count=class_count, monitor=monitor)

    return job
