"""Finds out how the open poisoned sets are understood, and lets the user choose their targets."""

from PySide6.QtCore import QObject, Signal, Slot

from core.errors import DatasetError
from core.network.inputs import EvaluationInputs
from core.records import Interpretation
from gui.files import dialogs, jobs
from gui.files.files_panel import FilesPanel
from gui.job_runner import JobRunner, Question, Request
from gui.state.session import Session
from gui.state.understood import with_target

NO_MODEL = "Open a model first: the target is one of its classes."


class TargetControl(QObject):
    """Asks B about the open poisoned sets whenever the files or the pixel range change."""

    refused = Signal(str)

    def __init__(self, *, session: Session, runner: JobRunner, panel: FilesPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._runner, self._panel = session, runner, panel
        panel.target_requested.connect(self.choose_target)
        session.files_changed.connect(self.update)
        session.scale_changed.connect(self.update)

    @Slot()
    def update(self) -> None:
        """Find out how the poisoned sets are understood, if there are any and everything needed is known."""
        if self._missing_inputs() is None:
            return
        self._runner.submit(
            Request(name="Finding the target", make=self._make, on_succeeded=self._on_found, key="target")
        )

    @Slot(int)
    def choose_target(self, index: int) -> None:
        """Ask for the target of the poisoned set at `index`."""
        session, summary = self._session, self._session.summary
        if summary is None:
            self.refused.emit(NO_MODEL)
            return
        data = session.poisoned[index]
        chosen = dialogs.ask_target(
            self._panel.window(), name=data.name, target=data.target, class_count=summary.class_count
        )
        if chosen is None or chosen.target == data.target:
            return
        try:
            aimed = with_target(session.poisoned, index, chosen.target, class_count=summary.class_count)
        except DatasetError as error:
            self.refused.emit(str(error))
            return
        with session.step_of(f"Change the target of {data.name}"):
            session.set_poisoned(aimed)

    def _missing_inputs(self) -> EvaluationInputs | None:
        """Return what the sets are to be understood by; None if it is not known yet, or they are understood."""
        session = self._session
        inputs = session.inputs
        if inputs is None or inputs.scale is None or all(each is not None for each in session.interpretations):
            return None
        return inputs

    def _make(self) -> Question | None:
        inputs = self._missing_inputs()
        return None if inputs is None else Question(jobs.interpret(inputs), inputs, files=inputs.files)

    def _on_found(self, found: tuple[Interpretation, ...], inputs: EvaluationInputs) -> None:
        self._session.set_interpretations(inputs, found)
