"""Saves the networks B′ and G of a repair, and exports its epochs, results and report."""

from functools import partial

from PySide6.QtCore import QObject, Slot

from core.data.dataset import distinct_names
from gui.files.network_words import SAVE_TEXTS, figures_text, network_text
from gui.files.saver import MODEL_KINDS, Saver
from gui.page import Offer
from gui.repair import jobs as repair_jobs
from gui.repair.control import RepairControl
from gui.repair.panel import EXPORTS, RepairPanel
from gui.state.repairs import KeptRepair
from gui.state.session import Session

NOTHING = "There is no repaired network yet: press Repair first."
RUNNING = "The repair is still in progress."
NO_LEVEL = "No confidence level was found: G by confidence equals G by agreement."
_EXPORT_KINDS = {kind.key: kind for kind in EXPORTS}


class RepairSaveControl(QObject):
    """Saves and exports the shown repair.

    Attributes:
        saves: the networks that can be saved: B′, and G by either rule.
        exports: the files that can be exported.
    """

    def __init__(
        self, *, session: Session, saver: Saver, repairs: RepairControl, panel: RepairPanel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._saver = saver
        self._repairs = repairs
        self.saves = tuple(
            Offer(kind, text, partial(self.save_network, kind), partial(self._find_reason, kind), keys, "save")
            for kind, text, keys in SAVE_TEXTS
        )
        self.exports = tuple(
            Offer(kind.key, kind.text, partial(self.export, kind.key), self._find_export_reason) for kind in EXPORTS
        )
        panel.export_requested.connect(self.export)
        panel.save_model_requested.connect(self.save_network)

    @Slot(str)
    def export(self, kind: str) -> None:
        """Export the epochs, the results or the report of the shown repair."""
        kept = self._repairs.shown
        if kept is None:
            return
        path = self._saver.ask_export(_EXPORT_KINDS[kind], of=kept.name, stem=_stem(kept))
        if path is not None:
            self._saver.write(path, repair_jobs.export_repair(kind, path, kept))

    @Slot(str)
    def save_network(self, kind: str) -> None:
        """Save B′ ("pruned"), G by agreement ("repaired") or G by confidence ("by_confidence")."""
        kept = self._repairs.shown
        if kept is not None:
            save_repair(kind, kept, saver=self._saver, session=self._session)

    def _find_export_reason(self) -> str:
        if self._repairs.shown is not None:
            return ""
        return RUNNING if self._repairs.is_running else NOTHING

    def _find_reason(self, kind: str) -> str:
        kept = self._repairs.shown
        if kept is not None and kind == "by_confidence" and not kept.repair.level.level:
            return NO_LEVEL
        return self._find_export_reason()


def save_repair(kind: str, kept: KeptRepair, *, saver: Saver, session: Session, figures: str = "") -> None:
    """Ask where to save a network of a repair, and submit the job that saves it.

    Args:
        kind: "pruned" (B′), "repaired" (G by agreement) or "by_confidence" (G by confidence).
        kept: the repair.
        saver: asks for the file, and submits the job.
        session: names the files that are never overwritten.
        figures: the network's figures in words; empty uses those of the repair.
    """
    point = kept.repair.by_confidence if kind == "by_confidence" else kept.repair.by_agreement
    names = distinct_names(kept.inputs.evaluation.poisoned)
    path_of_model = kept.inputs.evaluation.network.summary.path
    network = network_text(
        kind,
        model_name=path_of_model.name,
        method=kept.name,
        figures=figures or figures_text(kind, point, poisoned_names=names, unknown=""),
    )
    answer = saver.ask(f"Save {network}", f"{path_of_model.stem}_{_stem(kept)}_{kind}.keras", MODEL_KINDS)
    if answer is None:
        return
    path, may_replace = answer
    job = repair_jobs.save_repair(kind, path, kept, forbidden=session.input_paths, may_replace=may_replace)
    saver.save(path, job, network=network, of=kept)


def _stem(kept: KeptRepair) -> str:
    """Return a repair's name as part of a file name: "fine-pruning-2"."""
    words = "".join(each if each.isalnum() or each == "-" else " " for each in kept.name.lower()).split()
    return "-".join(words)
