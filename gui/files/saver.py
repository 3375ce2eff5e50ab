"""Asks where to save, and submits the job that writes; never overwrites an open file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, SignalInstance
from PySide6.QtWidgets import QWidget

from core.errors import InspectorError
from gui.files import dialogs
from gui.job_runner import Job, JobRunner, Request
from gui.state.preferences import Preferences
from gui.state.session import Session
from gui.widgets.export_kind import ExportKind

if TYPE_CHECKING:
    from core.network.model_saving import SavedModel

MODEL_KINDS = {".keras": "Keras model", ".h5": "HDF5 model"}


class Saver(QObject):
    """The common part of saving and exporting.

    Args:
        session: names the open files.
        runner: runs the jobs that write.
        preferences: remember the last folder.
        window: parent of the dialogs.
    """

    refused = Signal(str)
    said = Signal(str)
    network_saved = Signal(object)  # what the network is of, such as a repair

    def __init__(self, *, session: Session, runner: JobRunner, preferences: Preferences, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._runner = runner
        self._preferences = preferences
        self._window = window

    def ask(self, title: str, name: str, kinds: dict[str, str]) -> tuple[Path, bool] | None:
        """Ask for a file as `dialogs.ask_save` does, starting in the last folder."""
        suggestion = Path(self._preferences.folder("save")) / name
        answer = dialogs.ask_save(self._window, title=title, suggestion=suggestion, kinds=kinds)
        if answer is not None:
            self._preferences.remember_folder("save", answer[0])
        return answer

    def ask_export(self, kind: ExportKind, *, of: str = "", stem: str = "") -> Path | None:
        """Ask for the file of an export; return None if the user cancels or the file must not be written.

        Args:
            kind: the kind of export.
            of: the exported object, named in the dialog.
            stem: prefix of the file name.
        """
        title = f"{kind.title} ({of})" if of else kind.title
        answer = self.ask(title, f"{stem}_{kind.name}{kind.suffix}" if stem else kind.name + kind.suffix, kind.kinds)
        if answer is None:
            return None
        path, may_replace = answer
        if path.exists() and not may_replace:
            self.refused.emit(f"There is already a file at '{path}', and you did not agree to replace it.")
            return None
        if any(_is_same_file(path, opened) for opened in self._session.input_paths):
            self.refused.emit(f"'{path}' is open here and is never overwritten.")
            return None
        return path

    def write(self, path: Path, job: Job, *, remark: str = "") -> None:
        """Submit a job that exports, and report the path when it succeeds."""
        self._submit(path, job, _Written(self.said, remark))

    def save(self, path: Path, job: Job, *, network: str, of: object = None) -> None:
        """Submit a job that saves a network, and report which and where when it succeeds.

        Args:
            path: the file to write.
            job: saves the network.
            network: its description; see `network_words.network_text`.
            of: what the network is of, such as a repair; passed on once it is saved.
        """
        self._submit(path, job, _Saved(self.said, network, self.network_saved, of))

    def _submit(self, path: Path, job: Job, on_succeeded: Callable[..., None]) -> None:
        self._runner.submit(
            Request(
                name=f"Saving {path.name}",
                make=_PreparedJob(job),
                on_succeeded=on_succeeded,
                on_failed=self._on_failed,
            )
        )

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, InspectorError):
            self.refused.emit(str(error))


@dataclass(frozen=True, slots=True)
class _Written:
    """Reports the path of an export, and a remark if it shows another network than the screen."""

    said: SignalInstance
    remark: str

    def __call__(self, path: Path) -> None:
        self.said.emit(f"Written to {path}.{self.remark}")


@dataclass(frozen=True, slots=True)
class _Saved:
    """Reports which network was saved, and where."""

    said: SignalInstance
    network: str
    network_saved: SignalInstance
    of: object

    def __call__(self, saved: "SavedModel") -> None:
        self.network_saved.emit(self.of)
        self.said.emit(
            f"Saved {self.network}, to {saved.path}. The file was read back, and its answers are those of this network."
        )


class _PreparedJob:
    """A job that captured its state when the user chose to save, so that it saves what was shown then."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def __call__(self) -> Job:
        return self._job


def _is_same_file(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False
