"""Saves a run: exports of curve, table and report, and the networks B′ and G."""

from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from core.data.dataset import distinct_names
from core.words import layer_title
from gui.files.network_words import SAVE_TEXTS, figures_text, network_text
from gui.files.saver import MODEL_KINDS, Saver
from gui.page import Offer
from gui.prune import jobs
from gui.prune.control import PruneControl, prune_inputs
from gui.prune.results_panel import EXPORTS, ResultsPanel
from gui.state.masked_network import MaskedNetwork
from gui.state.session import Session

BY_HAND_EXPORT = (
    " It contains the run in its order, without the changes by hand on the screen. “Save B′” and “Save G” write the "
    "network pruned by hand."
)
NOT_WHOLE = "Only a complete run can be saved or exported: press Run first."
NOT_SCORED = "figures not known yet"
_EXPORT_KINDS = {kind.key: kind for kind in EXPORTS}


class SaveControl(QObject):
    """Saves and exports the run on the screen.

    Attributes:
        saves: the networks that can be saved: B′, and G by agreement.
        exports: what can be exported.
    """

    refused = Signal(str)

    def __init__(
        self, *, session: Session, saver: Saver, prune_control: PruneControl, results: ResultsPanel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._saver = saver
        self._prune_control = prune_control
        self.saves = tuple(
            Offer(kind, text, partial(self.save_network, kind), self._find_reason, keys, "save")
            for kind, text, keys in SAVE_TEXTS
            if kind != "by_confidence"  # a run finds no confidence level
        )
        self.exports = tuple(
            Offer(kind.key, kind.text, partial(self.export, kind.key), self._find_reason) for kind in EXPORTS
        )
        results.export_requested.connect(self.export)
        results.save_model_requested.connect(self.save_network)

    @Slot(str)
    def export(self, kind: str) -> None:
        """Write the curve, the table or the report of the run on the screen."""
        run, inputs = self._session.run, prune_inputs(self._session)
        if run is None or run.inspection is None or inputs is None:
            self.refused.emit(NOT_WHOLE)
            return
        path = self._saver.ask_export(_EXPORT_KINDS[kind])
        if path is None:
            return
        job = jobs.export(kind, path, inputs=inputs, inspection=run.inspection, stops=self._prune_control.stops)
        self._saver.write(path, job, remark=BY_HAND_EXPORT if self._session.is_by_hand else "")

    @Slot(str)
    def save_network(self, kind: str) -> None:
        """Write the B′ ("pruned") or G ("repaired") on the screen: at the cursor's step, or pruned by hand."""
        session = self._session
        run, channel_mask = session.run, session.channel_mask
        if session.network is None or session.inputs is None or run is None or channel_mask is None:
            self.refused.emit(NOT_WHOLE)
            return
        if run.inspection is None or run.ranking is None:
            self.refused.emit(NOT_WHOLE)
            return
        path_of_model = session.network.summary.path
        method = f"{layer_title(run.ranking.layer)}, {session.step_text}"
        network = network_text(
            kind,
            model_name=path_of_model.name,
            method=method,
            figures=figures_text(
                kind, session.point, poisoned_names=distinct_names(session.poisoned), unknown=NOT_SCORED
            ),
        )
        name = f"{path_of_model.stem}_{kind}_{int((~channel_mask).sum())}.keras"
        answer = self._saver.ask(f"Save {network}", name, MODEL_KINDS)
        if answer is None:
            return
        path, may_replace = answer
        masked = MaskedNetwork(
            network=session.network.with_tensor(run.settings.tensor),
            scale=session.scale,
            layer=run.settings.layer,
            channel_mask=channel_mask,
            reader=run.settings.reader,
        )
        job = jobs.save_network(
            masked,
            path,
            is_repaired=kind == "repaired",
            inputs=session.inputs,
            forbidden=session.input_paths,
            may_replace=may_replace,
        )
        self._saver.save(path, job, network=network)

    def _find_reason(self) -> str:
        return "" if self._session.is_whole else NOT_WHOLE
