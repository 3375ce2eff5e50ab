"""Opens names of classes, and shows those that a model was shown with before."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from core.errors import InspectorError
from core.words import counted, printable
from gui.classes import jobs
from gui.files import dialogs
from gui.job_runner import Job, JobRunner, Request
from gui.state.preferences import Preferences
from gui.state.session import Session
from gui.theme import class_names

if TYPE_CHECKING:
    from core.images.class_names import ClassNames

FOLDER = "names"


@dataclass(frozen=True, slots=True)
class _NamesRequest:
    """A file of names that waits to be opened.

    Attributes:
        control: takes the names.
        path: the file.
        is_remembered: whether it was opened for the same model before; then its names are shown without a word.
    """

    control: "NamesControl"
    path: Path
    is_remembered: bool

    def make(self) -> Job:
        summary = self.control.session.summary
        return jobs.open_names(self.path, class_count=summary.class_count if summary is not None else None)

    def succeed(self, names: "ClassNames") -> None:
        self.control.take(names, is_remembered=self.is_remembered)

    def fail(self, error: Exception) -> None:
        if isinstance(error, InspectorError):
            start = "The names of classes that were shown with this model are missing: " if self.is_remembered else ""
            self.control.refused.emit(f"{start}{error}")


class NamesControl(QObject):
    """Opens and closes names of classes; they are remembered with the model."""

    refused = Signal(str)
    said = Signal(str)
    changed = Signal()

    def __init__(self, *, session: Session, runner: JobRunner, preferences: Preferences, window: QWidget) -> None:
        super().__init__(window)
        self.session = session
        self._runner = runner
        self._preferences = preferences
        self._window = window
        self._model: Path | None = None
        class_names.use_names(None)
        session.files_changed.connect(self._on_files_changed)

    def follow(self, ask: QAction, close: QAction, *, found: SignalInstance) -> None:
        """Ask for names and close them by actions, and open those that are found among dropped files."""
        ask.triggered.connect(self.ask)
        close.triggered.connect(self.close)
        found.connect(self.open)

    @Slot()
    def ask(self) -> None:
        """Ask for a file with names, and open it."""
        path = dialogs.ask_names(self._window, folder=self._preferences.folder(FOLDER))
        if path is not None:
            self._preferences.remember_folder(FOLDER, path)
            self.open(path)

    def open(self, path: Path, *, is_remembered: bool = False) -> None:
        """Open a file with names; also possible during a run."""
        wanted = _NamesRequest(self, path, is_remembered)
        self._runner.submit(
            Request(
                name=f"Opening {path.name}",
                make=wanted.make,
                on_succeeded=wanted.succeed,
                on_failed=wanted.fail,
                key="names",
                is_light=True,
            )
        )

    @Slot()
    def close(self) -> None:
        """Show the numbers alone, also the next time that the model is opened."""
        if self._model is not None:
            self._preferences.remember_names(self._model, None)
        self._show(None)

    def take(self, names: "ClassNames", *, is_remembered: bool) -> None:
        """Show opened names, and remember them with the open model."""
        summary = self.session.summary
        if summary is not None and max(names.names) >= summary.class_count:
            return  # another model was opened meanwhile
        if self._model is not None:
            self._preferences.remember_names(self._model, names.path)
        self._show(names)
        if not is_remembered:
            total = counted(len(names.names), "class", "classes")
            of = f" of {summary.class_count:,}" if summary and len(names.names) < summary.class_count else ""
            self.said.emit(f"Names for {total}{of} are shown, from {printable(names.path.name)}.")

    def _show(self, names: "ClassNames | None") -> None:
        class_names.use_names(names)
        self.changed.emit()

    @Slot()
    def _on_files_changed(self) -> None:
        """For another model, show the names that it was shown with before; those of the earlier one go."""
        summary = self.session.summary
        path = summary.path.absolute() if summary is not None else None
        if path == self._model:
            return
        before, self._model = self._model, path
        remembered = self._preferences.names_of(path) if path is not None else None
        names = class_names.current()
        if remembered is not None:
            self.open(remembered, is_remembered=True)
        fits = names is not None and summary is not None and max(names.names) < summary.class_count
        if names is not None and (before is not None or not fits) and path is not None:
            self._show(None)
        elif names is not None and fits and path is not None and remembered is None:
            self._preferences.remember_names(path, names.path)
