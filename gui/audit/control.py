"""Watches and starts audits, shows them, and opens their models."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from core.audit.journal import FILE_NAME
from core.data.dataset import Dataset
from core.errors import AuditError
from core.records import target_text
from core.words import joined, printable, scale_name
from gui.audit import jobs
from gui.audit.form import NO_SETS, AuditForm
from gui.audit.jobs import Details
from gui.audit.opening import ModelOpening
from gui.audit.panel import AuditPanel
from gui.audit.process import CANCELLED, AuditProcess, why_no_audit
from gui.audit.watch import AuditWatch
from gui.files import dialogs
from gui.job_runner import JobRunner, Request
from gui.state.preferences import Preferences
from gui.state.session import Session

WATCH_TITLE, MODELS_TITLE = "Choose the folder of an audit", "Choose the folder of the models"
OUT_TITLE = "Choose the folder of the results"
AUDIT_FOLDER, MODELS_FOLDER = "audit", "audit-models"  # keys of folders in the preferences
NOT_RUNNING = "No audit that was started here runs."
STOPPING = "Stopping: the models under way are finished; Stop once more ends them too."


class AuditControl(QObject):
    """Connects the form, the panel, the watch and the process of an audit."""

    asked = Signal()
    refused = Signal(str)
    warned = Signal(str)
    said = Signal(str)
    changed = Signal()  # what can be started, stopped or opened

    def __init__(
        self,
        *,
        session: Session,
        runner: JobRunner,
        form: AuditForm,
        panel: AuditPanel,
        preferences: Preferences,
        window: QWidget,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._runner, self._form, self._panel = session, runner, form, panel
        self._preferences, self._window = preferences, window
        self.watch = AuditWatch(runner=runner, parent=self)
        self.process = AuditProcess(self)
        self.opening = ModelOpening(session=session, runner=runner, panel=panel, watch=self.watch, parent=self)
        form.set_unavailable(why_no_audit())
        form.models_requested.connect(self.ask_models)
        form.out_requested.connect(self._on_out_requested)
        form.start_requested.connect(self.start)
        form.cancel_requested.connect(self.stop)
        form.reason_changed.connect(self.changed)
        panel.watch_requested.connect(self.ask_folder)
        panel.start_requested.connect(self.ask_models)
        panel.again_requested.connect(self._on_again)
        panel.close_requested.connect(self.watch.close)
        panel.table.row_chosen.connect(self._on_row_chosen)
        panel.filter_changed.connect(self._show_current)
        panel.detail.report_requested.connect(self._on_report)
        self.watch.rows_changed.connect(self._on_rows)
        self.watch.changed.connect(self._on_state)
        self.process.began.connect(self._on_process)
        self.process.ended.connect(self._on_ended)
        session.files_changed.connect(self._show_sets)
        session.scale_changed.connect(self._show_sets)
        self._show_sets()

    @Slot()
    def ask_folder(self) -> None:
        """Ask for the folder of an audit, and watch it."""
        self.asked.emit()
        folder = dialogs.ask_export_folder(
            self._window, title=WATCH_TITLE, folder=self._preferences.folder(AUDIT_FOLDER)
        )
        if folder is not None:
            self.watch_folder(folder)

    def watch_folder(self, path: Path) -> None:
        """Watch an audit.

        Args:
            path: its folder, or its journal.
        """
        folder = (path.parent if path.name == FILE_NAME and not path.is_dir() else path).absolute()
        self._preferences.remember_folder(AUDIT_FOLDER, folder)
        self._preferences.audit_folder = str(folder)
        self._panel.show_folder(printable(str(folder)))
        self._panel.detail.show_row(None)
        self.watch.watch(folder)
        self.watch.set_own(self.process.is_running and str(folder) == self._form.choice.out)

    @Slot()
    def ask_models(self) -> None:
        """Ask for the folder of the models; then an audit can be started."""
        self.asked.emit()
        folder = dialogs.ask_export_folder(
            self._window, title=MODELS_TITLE, folder=self._preferences.folder(MODELS_FOLDER)
        )
        if folder is not None:
            self._preferences.remember_folder(MODELS_FOLDER, folder)
            self._form.choose_models(folder)
            self._form.start_button.setFocus()

    @Slot()
    def start(self) -> None:
        """Start an audit of the chosen models, and watch it."""
        self.asked.emit()
        if self.process.is_running or self._form.reason:
            self.warned.emit(self._form.reason or f"{self.running_name} is still running.")
            return
        out = Path(self._form.choice.out).absolute()
        try:
            self.process.start(self.words(), out)
        except AuditError as error:
            self.refused.emit(f"{str(error)[:1].upper()}{str(error)[1:]}.")
            return
        self._form.out_field.setText(str(out))
        self.watch_folder(out)

    def words(self) -> list[str]:
        """Return the words of the command, without the name of the application."""
        choice, session = self._form.choice, self._session
        words = ["audit", choice.models, "--out", str(Path(choice.out).absolute())]
        words += ["--checks", ",".join(each.value for each in choice.checks)]
        for option, data in (("--validation", session.validation), ("--test", session.test)):
            if data is not None and _is_usable(data):
                words += [option, str(data.path.absolute())]
        poisoned = [each for each in session.poisoned if _is_usable(each)]
        for each in poisoned:
            words += ["--poisoned", str(each.path.absolute())]
        if any(each.target is not None for each in poisoned):
            for each in poisoned:
                words += ["--target", target_text(each.target)]
        if session.settings.scale is not None:
            words += session.settings.scale.option_words
        return [*words, *(["--workers", str(choice.worker_count)] if choice.worker_count else [])]

    @Slot()
    def stop(self) -> None:
        """Stop the audit that was started here."""
        self.process.stop()
        if self.process.stop_count == 1:
            self.said.emit(STOPPING)

    @property
    def running_name(self) -> str:
        """The name of the audit that was started here and runs; empty for none."""
        return f"The audit of {printable(Path(self._form.choice.models).name)}" if self.process.is_running else ""

    def why_not_started(self) -> str:
        """Return why no audit can be started now; empty when one can."""
        return f"{self.running_name} is still running." if self.process.is_running else self._form.reason

    def why_not_stopped(self) -> str:
        """Return why no audit can be stopped now; empty when one can."""
        return "" if self.process.is_running else NOT_RUNNING

    def allows_quitting(self) -> bool:
        """Ask what becomes of the audit that was started here; return whether the window may close."""
        if not self.process.is_running:
            return True
        answer = dialogs.ask_running_audit(self._window, name=self.running_name)
        if answer == "end":
            self.process.end()
        elif answer == "keep":
            self.process.release()
        return answer in ("end", "keep")

    @Slot()
    def _show_sets(self) -> None:
        session = self._session
        sets = [session.validation, session.test, *session.poisoned]
        usable = [each for each in sets if each is not None and _is_usable(each)]
        left_out = [each for each in sets if each is not None and not _is_usable(each)]
        text = NO_SETS if session.validation is None else f"Measured on {joined([each.name for each in usable])}."
        if left_out:
            text += (
                f" Not used, as a command cannot open it in the same way: {joined([each.name for each in left_out])}."
            )
        if session.settings.scale is not None:
            text += f" Pixels {scale_name(session.settings.scale)}, as chosen."
        self._form.show_sets(text)

    @Slot()
    def _on_again(self) -> None:
        self.watch_folder(Path(self._preferences.audit_folder))

    @Slot()
    def _on_out_requested(self) -> None:
        self.asked.emit()
        folder = dialogs.ask_export_folder(self._window, title=OUT_TITLE, folder=self._preferences.folder(AUDIT_FOLDER))
        if folder is not None:
            self._form.out_field.setText(str(folder))

    @Slot()
    def _on_rows(self) -> None:
        self._panel.table.set_rows(self.watch.rows)
        self._panel.show_counts()
        self._show_current()

    @Slot()
    def _on_state(self) -> None:
        if self.watch.folder is None:
            self._panel.show_folder("")
            return
        words = self.watch.words()
        self._panel.banner.show_words(words.title, words.sentence, words.kind)

    @Slot()
    def _on_process(self) -> None:
        self._form.set_running(self.process.is_running)
        self._form.set_cancellable(self.process.is_running)
        self.watch.set_own(self.process.is_running and self.watch.folder == Path(self._form.choice.out))
        self.changed.emit()

    @Slot(int, str)
    def _on_ended(self, status: int, tail: str) -> None:
        self._on_process()
        self.watch.look()
        refusal = next((each for each in tail.splitlines() if each.startswith("refused [")), "")
        if status == CANCELLED or "stopped; " in tail:
            self.said.emit("The audit was stopped; the same settings go on with the rest.")
        elif status in (0, 3, 4) and not refusal:
            self.said.emit(f"The audit has ended: {self.watch.folder or self._form.choice.out}.")
        else:
            sentence = refusal or tail or f"exit status {status}"
            self.refused.emit(f"The audit could not be made: {sentence}")

    @Slot(int)
    def _on_row_chosen(self, _place: int) -> None:
        self._show_current()

    @Slot()
    def _show_current(self) -> None:
        """Show the chosen row; its triggers and reports are looked up where it is another one."""
        shown, folder = self._panel.table.current, self.watch.folder
        self.changed.emit()
        if not self._panel.detail.show_row(shown) or shown is None or folder is None:
            return
        self._runner.submit(
            Request(
                name="Opening reconstructed triggers",
                make=partial(jobs.find_details, folder, shown.row),
                on_succeeded=self._on_details,
                key="audit-detail",
                is_light=True,
            )
        )

    def _on_details(self, details: Details) -> None:
        self._panel.detail.show_details(details)

    @Slot(object)
    def _on_report(self, path: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self.refused.emit(f"No browser could be started for {printable(str(path))}.")


def _is_usable(data: Dataset) -> bool:
    """Return whether the command can open a set as the window did: from a file, without chosen keys."""
    return not data.is_stamped and (not any(data.keys) or data.keys[0] == "data")
