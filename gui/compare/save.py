"""Saves the networks B′ and G of a comparison, and exports its table and scatter."""

from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from core.data.dataset import distinct_names
from core.words import printable
from gui.compare import jobs as compare_jobs
from gui.compare.control import NOT_COUNTED, CompareControl
from gui.compare.jobs import NetworkToSave
from gui.compare.panel import EXPORTS, ComparePanel
from gui.compare.table import WAITING, file_name_of
from gui.files.network_words import SAVE_TEXTS, figures_text, network_text
from gui.files.saver import MODEL_KINDS, Saver
from gui.page import Offer
from gui.repair.save import NO_LEVEL, save_repair
from gui.state.compared import ComparedNetwork, CompareInputs
from gui.state.session import Session

NOTHING_CHOSEN = "Choose a repaired network in the table first."
_EXPORT_KINDS = {kind.key: kind for kind in EXPORTS}


class CompareSaveControl(QObject):
    """Exports the shown comparison, and saves the chosen network.

    Attributes:
        saves: the networks that can be saved: B′, and G by either rule.
        exports: the files that can be exported.
    """

    refused = Signal(str)

    def __init__(
        self, *, session: Session, saver: Saver, compare: CompareControl, panel: ComparePanel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._saver = saver
        self._compare = compare
        self._panel = panel
        self.saves = tuple(
            Offer(kind, text, partial(self._save_chosen, kind), partial(self._find_reason, kind), keys, "save")
            for kind, text, keys in SAVE_TEXTS
        )
        self.exports = tuple(
            Offer(kind.key, kind.text, partial(self.export, kind.key), self._find_export_reason) for kind in EXPORTS
        )
        panel.export_requested.connect(self.export)
        panel.save_model_requested.connect(self.save_network)

    @Slot(str)
    def export(self, kind: str) -> None:
        """Export the comparison on the open files."""
        comparison, inputs = self._compare.comparison, self._compare.inputs()
        if comparison is None or inputs is None:
            return
        path = self._saver.ask_export(_EXPORT_KINDS[kind])
        if path is not None:
            networks = [each for each in self._session.compared if each.row_on(inputs.evaluation) is not None]
            job = compare_jobs.export_comparison(kind, path, comparison=comparison, inputs=inputs, networks=networks)
            self._saver.write(path, job)

    @Slot(str, int)
    def save_network(self, kind: str, line: int) -> bool:
        """Save B′ ("pruned"), G by agreement ("repaired") or G by confidence ("by_confidence") of a line.

        Returns:
            Whether the job that saves it was submitted.
        """
        network, inputs = self._compare.network_at(line), self._compare.inputs()
        if network is None or inputs is None:
            return False
        reason = _missing_level(kind, network)
        if reason:
            self.refused.emit(reason)
            return False
        figures = _figures(kind, network, inputs)
        if network.kept is not None:
            return save_repair(kind, network.kept, saver=self._saver, session=self._session, figures=figures)
        path_of_model = inputs.evaluation.network.summary.path
        named = network_text(kind, model_name=path_of_model.name, method=network.name, figures=figures)
        name = f"{path_of_model.stem}_{file_name_of(network.name)}_{kind}.keras"
        answer = self._saver.ask(f"Save {named}", name, MODEL_KINDS)
        if answer is None:
            return False
        path, may_replace = answer
        job = compare_jobs.save_compared(
            kind,
            path,
            NetworkToSave(network, inputs, network.level),
            forbidden=self._session.input_paths,
            may_replace=may_replace,
        )
        self._saver.save(path, job, network=named, made=network.pruned)
        return True

    def save_unsaved(self, network: ComparedNetwork) -> bool:
        """Ask where to save the B′ of a network, and submit the job; return False if it is not saved."""
        if self._compare.inputs() is None:
            if network.kept is not None:
                return save_repair("pruned", network.kept, saver=self._saver, session=self._session)
            self.refused.emit(f"{printable(network.name)} can be saved again when the clean validation set is open.")
            return False
        return self.save_network("pruned", self._session.compared.index(network) + 1)

    def _save_chosen(self, kind: str) -> None:
        self.save_network(kind, self._panel.chosen)

    def _find_reason(self, kind: str) -> str:
        network = self._compare.network_at(self._panel.chosen)
        if network is None or self._compare.inputs() is None:
            return NOTHING_CHOSEN
        return _missing_level(kind, network)

    def _find_export_reason(self) -> str:
        return NOT_COUNTED if self._compare.comparison is None else ""


def _missing_level(kind: str, network: ComparedNetwork) -> str:
    """Return why G by confidence cannot be built; empty when it can, and for the other networks."""
    if kind != "by_confidence":
        return ""
    if network.level is not None:
        return "" if network.level else NO_LEVEL
    return f"{network.name} has no confidence level yet: count it first."


def _figures(kind: str, network: ComparedNetwork, inputs: CompareInputs) -> str:
    """Return the network's figures on the open files, as the table shows them."""
    row = network.row_on(inputs.evaluation)
    point = None if row is None else row.by_confidence if kind == "by_confidence" else row.by_agreement
    return figures_text(kind, point, poisoned_names=distinct_names(inputs.evaluation.poisoned), unknown=WAITING)
