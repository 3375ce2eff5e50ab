"""Asks where something goes, and has it written in the worker; never over a file that is open."""

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
    from core.network.model_file import SavedModel

MODEL_KINDS = {".keras": "Keras model", ".h5": "HDF5 model"}


class Saver(QObject):
    """What all that is written has in common.

    Args:
        session: names the files that are open.
        runner: writes.
        preferences: remember the folder.
        window: where dialogs belong.
    """

    refused = Signal(str)
    said = Signal(str)

    def __init__(self, *, session: Session, runner: JobRunner, preferences: Preferences, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._runner = runner
        self._preferences = preferences
        self._window = window

    def ask(self, title: str, name: str, kinds: dict[str, str]) -> tuple[Path, bool] | None:
        """Ask where to, as `dialogs.ask_save` does, beginning in the folder of the last time."""
        suggestion = Path(self._preferences.folder("save")) / name
        answer = dialogs.ask_save(self._window, title=title, suggestion=suggestion, kinds=kinds)
        if answer is not None:
            self._preferences.remember_folder("save", answer[0])
        return answer

    def ask_export(self, kind: ExportKind, *, of: str = "", stem: str = "") -> Path | None:
        """The same of what is written without further questions; None also where it may not go there.

        Args:
            kind: what is exported.
            of: what it is exported of; named in the dialog.
            stem: put in front of the file's name.
        """
        title = f"{kind.title} ({of})" if of else kind.title
        answer = self.ask(title, f"{stem}_{kind.name}{kind.suffix}" if stem else kind.name + kind.suffix, kind.kinds)
        if answer is None:
            return None
        path, may_replace = answer
        if path.exists() and not may_replace:
            self.refused.emit(f"There is a file already at '{path}', and nobody said that it may be replaced.")
            return None
        if any(_is_same_file(path, opened) for opened in self._session.input_paths):
            self.refused.emit(f"'{path}' is open here and is never written over.")
            return None
        return path

    def write(self, path: Path, job: Job, *, remark: str = "") -> None:
        """Have an export written, and say where it went."""
        self._submit(path, job, _Written(self.said, remark))

    def save(self, path: Path, job: Job, *, network: str) -> None:
        """Have a network saved, and say which and where.

        Args:
            path: where to.
            job: saves it.
            network: the network in words: which one, of which model, by which method, and its figures.
        """
        self._submit(path, job, _Saved(self.said, network))

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
    """Says where an export went, and what it shows when the network on the screen is another one."""

    said: SignalInstance
    remark: str

    def __call__(self, path: Path) -> None:
        self.said.emit(f"Written to {path}.{self.remark}")


@dataclass(frozen=True, slots=True)
class _Saved:
    """Says which network was saved where."""

    said: SignalInstance
    network: str

    def __call__(self, saved: "SavedModel") -> None:
        self.said.emit(
            f"Saved {self.network}, to {saved.path}. The file was read back: it answers as this network does."
        )


class _PreparedJob:
    """A job that captured its state when the person asked: what is saved is what was on the screen then."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def __call__(self) -> Job:
        return self._job


def _is_same_file(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False
