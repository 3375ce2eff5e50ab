"""Opens the model of a row of an audit in the other pages, as it was measured: its sets, their targets, its scale."""

from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from core.errors import AuditError, DatasetError
from core.records import Target
from core.words import joined, printable
from gui.audit import jobs
from gui.audit.cells import ShownRow
from gui.audit.jobs import Compared
from gui.audit.panel import AuditPanel
from gui.audit.watch import AuditWatch
from gui.job_runner import JobRunner, Request
from gui.page import why_running
from gui.state.open_files import Role, StartFiles
from gui.state.session import Session

if TYPE_CHECKING:
    from core.network.network import Network

NO_ROW = "Choose a row of the audit first."
_LONGEST_NAME = 60


class ModelOpening(QObject):
    """Compares the files of a row with what they were in the audit, and asks for them to be opened.

    Once the model is open, the sets that it was not measured on are closed, and what the audit was told about pixels
    and targets is set.
    """

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
        self._awaited: Compared | None = None  # what was asked for
        self._earlier: Network | None = None  # what was open before
        self._targets: dict[Path, Target] = {}  # of sets that are not open yet
        self._later = QTimer(self, singleShot=True, interval=0)  # after all slots have seen the change of the files
        self._later.timeout.connect(self._put_back)
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
        self._awaited, self._earlier = compared, session.network
        targets = zip(start.poisoned, compared.targets, strict=True)
        self._targets = {path.absolute(): target for path, target in targets}
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
        if self._awaited is not None or self._targets:
            self._later.start()

    @Slot()
    def _put_back(self) -> None:
        """Say that the model is open that was asked for, and make its files what they were in the audit."""
        awaited, session = self._awaited, self._session
        if session.summary is None or session.network is self._earlier or session.is_running:
            return
        if awaited is None:
            self._aim()
            return
        self._awaited, self._earlier = None, None
        model = awaited.start.model
        if model is None or session.summary.path.absolute() != model.absolute():
            self._targets = {}  # another one was opened meanwhile
            return
        self._close_others(awaited)
        if awaited.scale is not None and awaited.scale.fits(session.summary.input_shape[-1]):
            session.choose_settings(replace(session.settings, scale=awaited.scale))
        self._aim()
        self.opened.emit(bool(awaited.start.poisoned or session.poisoned))

    def _close_others(self, awaited: Compared) -> None:
        """Close the sets for reporting that the model was not measured on, and say so."""
        session, start = self._session, awaited.start
        if not awaited.is_known:
            return
        wanted = {each.absolute() for each in (start.test, *start.poisoned) if each is not None}
        kept = tuple(each for each in session.poisoned if each.path.absolute() in wanted)
        others = [each for each in session.poisoned if each.path.absolute() not in wanted]
        with session.step_of("Close sets that the audit did not use"):
            if session.test is not None and start.test is None:
                others.insert(0, session.test)
                session.put_set(Role.TEST, None)
            if len(kept) < len(session.poisoned):
                session.set_poisoned(kept)
        if others:
            names = joined([each.name for each in others])
            self.warned.emit(f"Closed, as this model was not measured on it in the audit: {names}.")

    def _aim(self) -> None:
        """Give each set of the audit, as soon as it is open, the target that the audit was told."""
        session, summary = self._session, self._session.summary
        assert summary is not None
        aimed = []
        for each in session.poisoned:
            target = self._targets.pop(each.path.absolute(), each.target)
            with suppress(DatasetError):  # no class of this model
                each = each.aimed_at(target, class_count=summary.class_count)  # noqa: PLW2901
            aimed.append(each)
        if any(one.target != other.target for one, other in zip(aimed, session.poisoned, strict=True)):
            session.set_poisoned(tuple(aimed))
