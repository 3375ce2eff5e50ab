"""Opens the model of a row of an audit in the other pages, with the sets that it was measured on."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from core.errors import AuditError
from core.words import printable
from gui.audit import jobs
from gui.audit.cells import ShownRow
from gui.audit.jobs import Compared
from gui.audit.panel import AuditPanel
from gui.audit.watch import AuditWatch
from gui.job_runner import JobRunner, Request
from gui.page import why_running
from gui.state.open_files import StartFiles
from gui.state.session import Session

NO_ROW = "Choose a row of the audit first."
_LONGEST_NAME = 60


class ModelOpening(QObject):
    """Compares the files of a row with what they were in the audit, and asks for them to be opened."""

    asked = Signal()
    refused = Signal(str)
    warned = Signal(str)
    files_requested = Signal(object)  # StartFiles
    opened = Signal(bool)  # the requested model; whether there are poisoned sets

    def __init__(
        self, *, session: Session, runner: JobRunner, panel: AuditPanel, watch: AuditWatch, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._runner, self._panel, self._watch = session, runner, panel, watch
        self._awaited: StartFiles | None = None  # a model that was asked for and is not open yet, and its sets
        panel.table.row_activated.connect(self._on_activated)
        panel.detail.open_requested.connect(self.open_model)
        session.files_changed.connect(self._on_files)

    def why_not_opened(self) -> str:
        """Return why no model can be opened now; empty when one can."""
        return why_running() if self._session.is_running else "" if self._panel.table.current is not None else NO_ROW

    @Slot()
    def open_model(self) -> None:
        """Open the model of the chosen row, and the sets that it was measured on."""
        shown, folder = self._panel.table.current, self._watch.folder
        self.asked.emit()
        if self.why_not_opened() or shown is None or folder is None:
            self.warned.emit(self.why_not_opened())
            return
        self._runner.submit(
            Request(
                name=f"Comparing {printable(shown.row.name[:_LONGEST_NAME])} with the audit",
                make=partial(jobs.compare_files, folder, shown.row),
                on_succeeded=partial(self._on_compared, shown),
                on_failed=self._on_not_opened,
                key="audit-open",
            )
        )

    def _on_compared(self, shown: ShownRow, compared: Compared) -> None:
        start, session = compared.start, self._session
        self._awaited = start
        open_paths = {each.path.absolute() for each in session.sets}

        def new(path: Path | None) -> Path | None:
            return None if path is None or path.absolute() in open_paths else path

        self.files_requested.emit(
            StartFiles(
                model=start.model,
                validation=new(start.validation),
                test=new(start.test),
                poisoned=tuple(each for each in start.poisoned if new(each) is not None),
            )
        )
        if compared.sentences:
            sentence = " ".join(compared.sentences)
            if self._panel.table.current is not None and self._panel.table.current.row.key == shown.row.key:
                self._panel.detail.notice.show_text(sentence)
            self.warned.emit(sentence)

    def _on_not_opened(self, error: Exception) -> None:
        if isinstance(error, AuditError):
            sentence = f"{error}."
            self._panel.detail.notice.show_text(sentence)
            self.refused.emit(sentence)

    @Slot(int)
    def _on_activated(self, _place: int) -> None:
        self.open_model()

    @Slot()
    def _on_files(self) -> None:
        """Say that the model is open that was asked for."""
        awaited, summary = self._awaited, self._session.summary
        if awaited is None or awaited.model is None or summary is None:
            return
        if summary.path.absolute() == awaited.model.absolute():
            self._awaited = None
            self.opened.emit(bool(awaited.poisoned or self._session.poisoned))
