"""Writes what was found: exports of curve, table and report, and the networks B′ and G."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot
from PySide6.QtWidgets import QWidget

from core.errors import InspectorError
from gui import dialogs, jobs
from gui.job_runner import Job, JobRunner, Request
from gui.preferences import Preferences
from gui.results_panel import ResultsPanel
from gui.run_control import RunControl, run_inputs
from gui.workspace import Workspace

if TYPE_CHECKING:
    from core.model_file import SavedModel

_EXPORTS = {
    "csv": ("Export the curve as CSV", "curve", {".csv": "CSV table"}),
    "json": ("Export the results as JSON", "results", {".json": "JSON"}),
    "png": ("Export the chart as PNG", "curve", {".png": "PNG picture"}),
    "svg": ("Export the chart as SVG", "curve", {".svg": "SVG drawing"}),
    "report": ("Export the report", "report", {".html": "HTML page"}),
}
BY_HAND_EXPORT = (
    " It tells of the run in its order; what is pruned by hand on the screen is not in it. “Save B′” and “Save G” "
    "write the network pruned by hand."
)
NOT_WHOLE = "Only a run that came to its end can be saved or exported: press Run first."
_MODELS = {".keras": "Keras model", ".h5": "HDF5 model"}


class SaveControl(QObject):
    """Asks where to, and writes in the worker."""

    refused = Signal(str)
    said = Signal(str)

    def __init__(
        self,
        *,
        workspace: Workspace,
        runner: JobRunner,
        run_control: RunControl,
        results: ResultsPanel,
        preferences: Preferences,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._runner = runner
        self._run_control = run_control
        self._preferences = preferences
        self._window = window
        results.export_requested.connect(self.export)
        results.save_model_requested.connect(self.save_network)

    @Slot(str)
    def export(self, kind: str) -> None:
        """Write the curve, the table or the report of the run on the screen."""
        run, inputs = self._workspace.run, run_inputs(self._workspace)
        if run is None or run.inspection is None or inputs is None:
            self.refused.emit(NOT_WHOLE)
            return
        title, name, kinds = _EXPORTS[kind]
        answer = self._ask(title, name + next(iter(kinds)), kinds)
        if answer is None:
            return
        path, may_replace = answer
        if path.exists() and not may_replace:
            self.refused.emit(f"There is a file already at '{path}', and nobody said that it may be replaced.")
            return
        if any(_is_same_file(path, opened) for opened in self._workspace.input_paths):
            self.refused.emit(f"'{path}' is open here and is never written over.")
            return
        job = jobs.export(kind, path, inputs=inputs, inspection=run.inspection, stops=self._run_control.stops)
        self._submit(path, job, _Done(self.said, BY_HAND_EXPORT if self._workspace.is_by_hand else ""))

    @Slot(str)
    def save_network(self, kind: str) -> None:
        """Write B′ ("pruned") or G ("repaired") as it is on the screen: at the cursor's step, or as pruned by hand."""
        workspace = self._workspace
        run, channel_mask = workspace.run, workspace.channel_mask
        if workspace.network is None or workspace.validation is None or run is None or channel_mask is None:
            self.refused.emit(NOT_WHOLE)
            return
        if not workspace.is_whole:
            self.refused.emit(NOT_WHOLE)
            return
        is_repaired = kind == "repaired"
        which = "the repaired network G" if is_repaired else "the pruned network B′"
        name = f"{workspace.network.summary.path.stem}_{kind}_{int((~channel_mask).sum())}.keras"
        answer = self._ask(f"Save {which} ({workspace.step_text})", name, _MODELS)
        if answer is None:
            return
        path, may_replace = answer
        masked = jobs.MaskedNetwork(
            network=workspace.network,
            scale=workspace.scale,
            layer=run.settings.layer,
            channel_mask=channel_mask,
            reader=run.settings.reader,
        )
        job = jobs.save_network(
            masked,
            path,
            is_repaired=is_repaired,
            probe=workspace.validation,
            forbidden=workspace.input_paths,
            may_replace=may_replace,
        )
        self._submit(path, job, _Saved(self.said, which, workspace.step_text))

    def _ask(self, title: str, name: str, kinds: dict[str, str]) -> tuple[Path, bool] | None:
        suggestion = Path(self._preferences.folder("save")) / name
        answer = dialogs.ask_save(self._window, title=title, suggestion=suggestion, kinds=kinds)
        if answer is not None:
            self._preferences.remember_folder("save", answer[0])
        return answer

    def _submit(self, path: Path, job: Job, on_succeeded: Callable[..., None]) -> None:
        self._runner.submit(
            Request(
                name=f"Saving {path.name}",
                make=_Ready(job),
                on_succeeded=on_succeeded,
                on_failed=self._on_failed,
            )
        )

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, InspectorError):
            self.refused.emit(str(error))


@dataclass(frozen=True, slots=True)
class _Done:
    """Says where an export went, and what it shows when the network on the screen is another one."""

    said: SignalInstance
    remark: str

    def __call__(self, path: Path) -> None:
        self.said.emit(f"Written to {path}.{self.remark}")


@dataclass(frozen=True, slots=True)
class _Saved:
    """Says which network was saved where."""

    said: SignalInstance
    which: str
    step_text: str

    def __call__(self, saved: "SavedModel") -> None:
        self.said.emit(
            f"Saved {self.which} ({self.step_text}) to {saved.path}, read back and compared: it answers as it should."
        )


class _Ready:
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
