"""Starts the job of a page when its form asks for it, and passes on what becomes of it."""

from typing import Any, ClassVar

from PySide6.QtCore import QObject, Signal, Slot

from core.errors import InspectorError
from gui.job_page.form import JobForm
from gui.job_runner import Job, JobRunner, Request
from gui.state.session import Session


class JobControl(QObject):
    """Runs one job at a time on the open files; a subclass makes the job and shows its results.

    Attributes:
        job_name: what the job does, as shown to the user.
        job_key: a waiting job with the same key is replaced by a newer one.
    """

    refused = Signal(str)
    warned = Signal(str)
    began = Signal()

    job_name: ClassVar[str]
    job_key: ClassVar[str]

    def __init__(self, *, session: Session, runner: JobRunner, form: JobForm, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        form.start_requested.connect(self.start)
        session.files_changed.connect(self.update)
        session.running_changed.connect(form.set_running)

    @property
    def is_running(self) -> bool:
        """Whether the job is in progress."""
        raise NotImplementedError

    @Slot()
    def start(self) -> None:
        """Start the job as soon as the files that are being opened are open."""
        self._runner.submit(
            Request(
                name=self.job_name,
                make=self._make,
                on_published=self._on_published,
                on_succeeded=self._on_succeeded,
                on_failed=self._on_failed,
                on_cancelled=self._on_cancelled,
                key=self.job_key,
            )
        )

    @Slot()
    def update(self) -> None:
        """Show what can be done, after a change of the files."""
        raise NotImplementedError

    def _make(self) -> Job | None:
        """Return the job, after `_begin`; None if something is missing, which is then said."""
        raise NotImplementedError

    def _begin(self) -> None:
        """Announce that the job begins; `is_running` holds from now on."""
        self._session.set_running(True)
        self._session.release_runs()
        self.began.emit()

    def _on_published(self, partial: Any) -> None:
        raise NotImplementedError

    def _on_succeeded(self, result: Any) -> None:
        raise NotImplementedError

    def _on_failed(self, error: Exception) -> None:
        self._go_back()
        if isinstance(error, InspectorError):
            self.refused.emit(str(error))

    def _on_cancelled(self) -> None:
        if self.is_running:  # it is not while it still waits
            self._say_stopped()

    def _say_stopped(self) -> None:
        """End a job that was stopped without a result, and say so."""
        raise NotImplementedError

    def _go_back(self) -> object:
        """Show again what was shown before a job that has no result."""
        raise NotImplementedError
