"""Adds networks to the comparison: from files, and the one that is pruned at the cursor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from core.compare.comparison import unique_name
from core.errors import InspectorError
from core.words import layer_title
from gui.compare import jobs as compare_jobs
from gui.compare.control import DISCARDED, CompareControl
from gui.compare.panel import ComparePanel
from gui.job_runner import NO_INPUTS, Job, JobRunner, Question, Request
from gui.state.compared import ComparedNetwork
from gui.state.masked_network import MaskedNetwork
from gui.state.session import Session
from gui.theme.formatting import layer_name


@dataclass(frozen=True, slots=True)
class _FileRequest:
    """A file of a repaired network that waits to be opened."""

    control: "AdditionControl"
    path: Path

    def make(self) -> Job | None:
        inputs = self.control.compare.inputs()
        if inputs is None:
            return None
        return compare_jobs.open_compared(self.path, self.control.free_name_of(self.path), inputs)


class AdditionControl(QObject):
    """Opens or builds networks, has them counted, and adds them to the comparison.

    Attributes:
        compare: names the files that networks are compared on.
    """

    opened = Signal(object)  # Path of a repaired network
    refused = Signal(str)
    warned = Signal(str)

    def __init__(
        self, *, session: Session, runner: JobRunner, compare: CompareControl, panel: ComparePanel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.compare = compare
        self._session = session
        self._runner = runner
        self._panel = panel
        for changed in (session.files_changed, session.run_changed, session.mask_changed):
            changed.connect(self.update)

    def free_name(self, wanted: str) -> str:
        """Return a name that no network of the comparison has yet."""
        return unique_name(wanted, [each.name for each in self._session.compared])

    def free_name_of(self, path: Path) -> str:
        """Return a file's name, with its folder in front if the name is taken: many are called "pruned.keras"."""
        is_taken = any(each.name == path.name for each in self._session.compared)
        return self.free_name(f"{path.parent.name}/{path.name}" if is_taken else path.name)

    @Slot(object)
    def add_files(self, paths: Sequence[Path]) -> None:
        """Open files of repaired networks and count them, one after the other."""
        if self.compare.inputs() is None:
            self.refused.emit(self._session.missing_to_repair)
            return
        for path in paths:
            wanted = _FileRequest(self, path)
            self._submit(f"Opening {path.name}", wanted.make)

    def add_pruned(self) -> None:
        """Add the network that is pruned at the cursor."""
        self._submit("Building the pruned network", self._make_pruned)

    @Slot()
    def update(self) -> None:
        """Show what can be added."""
        missing = self._session.missing_to_repair
        self._panel.set_addable(files=missing, pruned=missing or self._missing_pruned)

    @property
    def _missing_pruned(self) -> str:
        """Why the pruned network cannot be added; empty when it can."""
        channel_mask = self._session.channel_mask
        if channel_mask is None or not self._session.is_whole:
            return "Run first: there is no pruned network yet."
        return "" if not channel_mask.all() else "No channel is pruned at the cursor."

    def _make_pruned(self) -> Job | None:
        session, inputs = self._session, self.compare.inputs()
        if inputs is None or self._missing_pruned or session.run is None:
            self.refused.emit(self._missing_pruned or session.missing_to_repair)
            return None
        settings = session.run.settings
        masked = MaskedNetwork(
            network=inputs.evaluation.network.with_tensor(settings.tensor),
            scale=inputs.evaluation.known_scale,
            layer=settings.layer,
            channel_mask=session.channel_mask,
            reader=settings.reader,
        )
        channel_mask = session.channel_mask
        pruned_count = 0 if channel_mask is None else int((~channel_mask).sum())
        ranking = session.run.ranking
        assert ranking is not None  # the run is complete
        name = self.free_name(f"{layer_name(ranking.layer)}, {pruned_count} pruned")
        how = f"{layer_title(ranking.layer)}: {session.step_text}"
        return compare_jobs.build_compared(masked, name, how, inputs)

    def _submit(self, name: str, make: Callable[[], Job | None]) -> None:
        self._runner.submit(
            Request(name=name, make=partial(self._asked, make), on_succeeded=self._on_opened, on_failed=self._on_failed)
        )

    def _asked(self, make: Callable[[], Job | None]) -> Question | None:
        """Return a job that ends with the network that it compares with."""
        job = make()
        inputs = self.compare.inputs()
        return None if job is None or inputs is None else Question(job, NO_INPUTS, (inputs.evaluation.network,))

    def _on_opened(self, network: ComparedNetwork) -> None:
        inputs = self.compare.inputs()
        made_of = network.counted.inputs.network if network.counted is not None else None
        if inputs is None or made_of is not inputs.evaluation.network:
            self.warned.emit(DISCARDED)
            return
        line = self._line_of_file(network)
        if line:
            self._panel.choose(line)
            name = self._session.compared[line - 1].name
            self.warned.emit(f"{name} is already in the comparison, and its file has not changed.")
            return
        rate = self.compare.false_alarm_rate
        self._session.add_compared(network.at_false_alarm_rate(rate))
        if network.path is not None:
            self.opened.emit(network.path)

    def _line_of_file(self, network: ComparedNetwork) -> int:
        """Return the line of the same file; 0 if it is not in the comparison."""
        files = [(each.path, each.sha256) for each in self._session.compared]
        wanted = (network.path, network.sha256)
        return files.index(wanted) + 1 if network.path is not None and wanted in files else 0

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, InspectorError):
            self.refused.emit(str(error))
