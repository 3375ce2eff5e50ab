"""Writes what a comparison shows: its networks B′ and G, its table and its scatter."""

from PySide6.QtCore import QObject, Slot

from gui.compare import jobs as compare_jobs
from gui.compare.control import CompareControl
from gui.compare.jobs import NetworkToSave
from gui.compare.panel import ComparePanel
from gui.compare.table import file_name_of
from gui.files.saver import MODEL_KINDS, Saver
from gui.repair.save import NETWORKS, RepairSaveControl
from gui.state.session import Session

_EXPORTS = {
    "csv": ("Export the comparison as CSV", "comparison", {".csv": "CSV table"}),
    "json": ("Export the comparison as JSON", "comparison", {".json": "JSON"}),
    "png": ("Export the scatter as PNG", "scatter", {".png": "PNG image"}),
    "svg": ("Export the scatter as SVG", "scatter", {".svg": "SVG drawing"}),
    "report": ("Export the report of the comparison", "comparison", {".html": "HTML page"}),
}


class CompareSaveControl(QObject):
    """Says what is written of the comparison on the screen, or of one network in it."""

    def __init__(
        self,
        *,
        session: Session,
        saver: Saver,
        compare: CompareControl,
        repairs: RepairSaveControl,
        panel: ComparePanel,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._saver = saver
        self._compare = compare
        self._repairs = repairs
        panel.export_requested.connect(self.export)
        panel.save_model_requested.connect(self.save_network)

    @Slot(str)
    def export(self, kind: str) -> None:
        """Write the table or the scatter of what is counted on the files that are open."""
        comparison, inputs = self._compare.comparison, self._compare.inputs()
        if comparison is None or inputs is None:
            return
        path = self._saver.ask_export(*_EXPORTS[kind])
        if path is not None:
            networks = [each for each in self._session.compared if each.row_on(inputs.evaluation) is not None]
            job = compare_jobs.export_comparison(kind, path, comparison=comparison, inputs=inputs, networks=networks)
            self._saver.write(path, job)

    @Slot(str, int)
    def save_network(self, kind: str, line: int) -> None:
        """Write B′ ("pruned"), G by agreement ("repaired") or G by confidence ("by_confidence") of a line."""
        network, inputs = self._compare.network_at(line), self._compare.inputs()
        if network is None or inputs is None:
            return
        if network.kept is not None:
            self._repairs.save_network(kind, network.kept)
            return
        if kind == "by_confidence" and network.level is None:
            self._saver.refused.emit(f"{network.name} has no level of confidence yet: count it first.")
            return
        which = NETWORKS[kind]
        name = f"{inputs.evaluation.network.summary.path.stem}_{file_name_of(network.name)}_{kind}.keras"
        answer = self._saver.ask(f"Save {which} ({network.name})", name, MODEL_KINDS)
        if answer is None:
            return
        path, may_replace = answer
        job = compare_jobs.save_compared(
            kind,
            path,
            NetworkToSave(network, inputs, network.level),
            forbidden=self._session.input_paths,
            may_replace=may_replace,
        )
        self._saver.save(path, job, which=which, names=(network.name,))
