"""Writes what came of a repair: its networks B′ and G, its epochs, its results and its report."""

from PySide6.QtCore import QObject, Slot

from gui.files.saver import MODEL_KINDS, Saver
from gui.repair import jobs as repair_jobs
from gui.repair.control import RepairControl
from gui.repair.panel import RepairPanel
from gui.state.repairs import KeptRepair
from gui.state.session import Session

_EXPORTS = {
    "csv": ("Export the epochs as CSV", "history", {".csv": "CSV table"}),
    "json": ("Export the results as JSON", "results", {".json": "JSON"}),
    "report": ("Export the report", "report", {".html": "HTML page"}),
}
NETWORKS = {
    "pruned": "the repaired network B′",
    "repaired": "the network G by agreement",
    "by_confidence": "the network G by confidence",
}


class RepairSaveControl(QObject):
    """Says what is written of a repair: the one on its panel, or any other."""

    def __init__(
        self, *, session: Session, saver: Saver, repairs: RepairControl, panel: RepairPanel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._saver = saver
        self._repairs = repairs
        panel.export_requested.connect(self._on_export_requested)
        panel.save_model_requested.connect(self._on_save_requested)

    def export(self, kind: str, kept: KeptRepair) -> None:
        """Write the epochs, the results or the report of a repair."""
        title, name, kinds = _EXPORTS[kind]
        path = self._saver.ask_export(f"{title} ({kept.name})", f"{_stem(kept)}_{name}", kinds)
        if path is not None:
            self._saver.write(path, repair_jobs.export_repair(kind, path, kept))

    def save_network(self, kind: str, kept: KeptRepair) -> None:
        """Write B′ ("pruned"), G by agreement ("repaired") or G by confidence ("by_confidence") of a repair."""
        which = NETWORKS[kind]
        name = f"{kept.inputs.evaluation.network.summary.path.stem}_{_stem(kept)}_{kind}.keras"
        answer = self._saver.ask(f"Save {which} ({kept.name})", name, MODEL_KINDS)
        if answer is None:
            return
        path, may_replace = answer
        job = repair_jobs.save_repair(kind, path, kept, forbidden=self._session.input_paths, may_replace=may_replace)
        self._saver.save(path, job, which=which, names=(kept.name,))

    @Slot(str)
    def _on_export_requested(self, kind: str) -> None:
        if self._repairs.shown is not None:
            self.export(kind, self._repairs.shown)

    @Slot(str)
    def _on_save_requested(self, kind: str) -> None:
        if self._repairs.shown is not None:
            self.save_network(kind, self._repairs.shown)


def _stem(kept: KeptRepair) -> str:
    """A repair's name as part of a file's: "fine-pruning-2"."""
    words = "".join(each if each.isalnum() or each == "-" else " " for each in kept.name.lower()).split()
    return "-".join(words)
