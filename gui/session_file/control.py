"""Saves and opens sessions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QDialog, QWidget

from core.errors import InspectorError
from core.words import joined
from gui.disk_watch.offer_bar import OfferBar
from gui.files import dialogs
from gui.files.saver import Saver
from gui.job_runner import Job, JobRunner, Request
from gui.page import why_running
from gui.session_file import jobs
from gui.session_file.autosave import Autosave
from gui.session_file.autosave_folder import LeftSession
from gui.session_file.jobs import OpenedSession, SavedAs, SavePlan
from gui.session_file.missing_dialog import MissingFilesDialog
from gui.session_file.save_dialog import SaveOptions, SaveSessionDialog
from gui.session_file.window_state import WindowState
from gui.state.compared import ComparedNetwork
from gui.state.preferences import Preferences

NOTHING = "Open a model or data first: there is nothing to save yet."
SESSION = "session"  # key of the folder of sessions in the preferences


def _nothing() -> None:
    """Do nothing."""


class SessionControl(QObject):
    """Saves and opens sessions.

    Attributes:
        autosave: saves the session automatically.
        allows: asked before what is open is replaced, with what is done and a call that does it later; returns whether
            it may be done now.
        path: the session that was saved or opened last; None for none.
    """

    said = Signal(str)
    warned = Signal(str)
    refused = Signal(str)
    asked = Signal()
    recent_changed = Signal()
    opened = Signal()

    def __init__(
        self,
        *,
        state: WindowState,
        runner: JobRunner,
        saver: Saver,
        preferences: Preferences,
        bar: OfferBar,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._state, self._runner, self._saver = state, runner, saver
        self._preferences, self._window = preferences, window
        self._plan: SavePlan | None = None
        self._showing: tuple[Iterator[None], OpenedSession, Callable[[OpenedSession], None]] | None = None
        self._next_step = QTimer(self, singleShot=True, interval=0)
        self._next_step.timeout.connect(self._show_next)
        self.allows: Callable[[str, Callable[[], object]], bool] = lambda _action, _later: True
        self.autosave = Autosave(state=state, runner=runner, bar=bar, open_session=self._open_left, parent=self)

    @property
    def path(self) -> Path | None:
        """The session that was saved or opened last; None for none."""
        return self._plan.path if self._plan is not None else None

    @property
    def is_showing(self) -> bool:
        """Whether an opened session is being shown."""
        return self._showing is not None

    @property
    def why_not_saved(self) -> str:
        """Why nothing can be saved; empty when it can."""
        return NOTHING if self._state.is_empty else ""

    @Slot()
    def save(self) -> None:
        """Save the session where it was saved before; ask where if it was not."""
        self.save_then(_nothing)

    @Slot()
    def save_as(self) -> None:
        """Ask where, and save the session there."""
        self._save_as(_nothing)

    def save_then(self, go_on: Callable[[], None]) -> None:
        """Save the session, and go on once it is saved."""
        if self._plan is None:
            self._save_as(go_on)
        else:
            self._submit_save(self._plan, go_on)

    @Slot()
    def ask_open(self) -> None:
        """Ask for a session, and open it."""
        path = dialogs.ask_session(self._window, folder=self._preferences.folder(SESSION))
        if path is not None:
            self.open_session(path)

    @Slot(object)
    def open_session(self, path: Path) -> None:
        """Open a session in place of everything that is open."""
        self.asked.emit()
        if self._state.session.is_running:
            self.warned.emit(why_running())
            return
        if self.allows("Opening a session", partial(self.open_session, path)):
            self._submit_open(path, {}, self._note_opened)

    def clear_up(self) -> None:
        """End when the window is closed by a person: nothing is left to go on with."""
        self._next_step.stop()
        self._showing = None
        self.autosave.clear()

    def _save_as(self, go_on: Callable[[], None]) -> None:
        if self.why_not_saved:
            self.refused.emit(self.why_not_saved)
            return
        before = self._plan or SavePlan(Path())
        options = ask_options(
            self._window,
            SaveOptions(before.is_folder, before.has_copies),
            size_bytes=sum(_size_of(each) for each in self._state.session.input_paths),
        )
        if options is None:
            return
        suffix, kind = (".session", "Session folder") if options.is_folder else (".zip", "Session")
        summary = self._state.session.summary
        name = before.path.stem or (summary.path.stem if summary is not None else "session")
        answer = self._saver.ask("Save session", f"{name}{suffix}", {suffix: kind})
        if answer is None:
            return
        path, may_replace = answer
        if path.exists() and not may_replace:
            self.refused.emit(f"There is already a file at '{path}', and you did not agree to replace it.")
        elif any(each.exists() and path.exists() and path.samefile(each) for each in self._state.session.input_paths):
            self.refused.emit(f"'{path}' is open here and is never overwritten.")
        else:
            self._submit_save(SavePlan(path, options.is_folder, options.has_copies), go_on)

    def _submit_save(self, plan: SavePlan, go_on: Callable[[], None]) -> None:
        if self.why_not_saved:
            self.refused.emit(self.why_not_saved)
            return
        kept: list[ComparedNetwork] = []

        def make() -> Job:
            stored = self._state.take()
            kept.extend(self._state.session.unsaved)
            return jobs.save_session(stored, plan, networks=self.autosave.networks)

        def succeed(saved: SavedAs) -> None:
            self._plan = plan
            if not saved.left_out:
                self._mark_saved(kept)
            self._remember(plan.path)
            if saved.left_out:
                self.warned.emit(f"Saved to {plan.path}. {' '.join(saved.left_out)}")
            else:
                self.said.emit(f"Saved the session to {plan.path}.")
            go_on()

        self._runner.submit(
            Request(name=f"Saving {plan.path.name}", make=make, on_succeeded=succeed, on_failed=self._on_failed)
        )

    def _submit_open(self, path: Path, found: Mapping[int, Path], on_opened: Callable[[OpenedSession], None]) -> None:
        self._runner.submit(
            Request(
                name=f"Opening {path.name}",
                make=lambda: jobs.open_session(path, found=found, copies=self.autosave.copies),
                on_succeeded=lambda opened: self._take(opened, found, on_opened),
                on_failed=self._on_failed,
                key="session",
            )
        )

    def _take(
        self, opened: OpenedSession, found: Mapping[int, Path], on_opened: Callable[[OpenedSession], None]
    ) -> None:
        """Show an opened session; first ask for files that are missing, as long as some are found."""
        if opened.missing:
            answer = ask_missing(self._window, opened, folder=self._preferences.folder("last"))
            if answer is None:
                return
            if answer:
                self._submit_open(opened.path, {**found, **answer}, on_opened)
                return
        if self._state.session.is_running:
            self.warned.emit(why_running())
            return
        self._showing = (self._state.put_back(opened), opened, on_opened)
        self._show_next()

    @Slot()
    def _show_next(self) -> None:
        """Show the next part of an opened session, and let the window answer before the one after it."""
        if self._showing is None:
            return
        steps, opened, on_opened = self._showing
        if next(steps, steps) is not steps:
            self._next_step.start()
            return
        self._showing = None
        on_opened(opened)
        self.opened.emit()
        names = joined([each.path.name for each in opened.missing])
        if opened.left_out or names:
            missing = f"Opened without {names}." if names else ""
            self.warned.emit(" ".join([missing, *opened.left_out]).strip())
        else:
            self.said.emit(f"Opened the session: {opened.stored.contents}.")

    def _note_opened(self, opened: OpenedSession) -> None:
        self._plan = SavePlan(opened.path, opened.is_folder, opened.has_copies)
        if not opened.left_out and not opened.missing:
            self._mark_saved(self._state.session.unsaved)
        self._remember(opened.path)

    def _open_left(self, left: LeftSession, on_taken: Callable[[], None]) -> None:
        """Open a session that a window left behind."""

        def note(_opened: OpenedSession) -> None:
            self._plan = None
            on_taken()

        self.asked.emit()
        if self.allows("Going on with the other session", partial(self._open_left, left, on_taken)):
            self._submit_open(left.path, {}, note)

    def _remember(self, path: Path) -> None:
        self._preferences.remember_folder(SESSION, path)
        self._preferences.remember_session(path)
        self.recent_changed.emit()

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, InspectorError):
            self.refused.emit(str(error))

    def _mark_saved(self, networks: Sequence[ComparedNetwork]) -> None:
        for each in networks:
            self._state.session.mark_saved(each.pruned)


def ask_options(parent: QWidget, options: SaveOptions, *, size_bytes: int) -> SaveOptions | None:
    """Ask how a session is saved; return None if the user cancels."""
    box = SaveSessionDialog(options, size_bytes=size_bytes, parent=parent)
    is_accepted = box.exec() == QDialog.DialogCode.Accepted
    chosen = box.options
    box.deleteLater()
    return chosen if is_accepted else None


def ask_missing(parent: QWidget, opened: OpenedSession, *, folder: str) -> Mapping[int, Path] | None:
    """Ask where the missing files of a session are; return None if the user cancels."""
    box = MissingFilesDialog(
        opened.missing, ask=lambda path: dialogs.ask_moved(box, path=path, folder=folder), parent=parent
    )
    is_accepted = box.exec() == QDialog.DialogCode.Accepted
    found = dict(box.found)
    box.deleteLater()
    return found if is_accepted else None


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0
