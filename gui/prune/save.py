"""Writes what a run found: exports of curve, table and report, and the networks B′ and G."""

from PySide6.QtCore import QObject, Signal, Slot

from gui.files.saver import MODEL_KINDS, Saver
from gui.prune import jobs
from gui.prune.control import PruneControl, prune_inputs
from gui.prune.results_panel import ResultsPanel
from gui.state.masked_network import MaskedNetwork
from gui.state.session import Session

_EXPORTS = {
    "csv": ("Export the curve as CSV", "curve", {".csv": "CSV table"}),
    "json": ("Export the results as JSON", "results", {".json": "JSON"}),
    "png": ("Export the chart as PNG", "curve", {".png": "PNG image"}),
    "svg": ("Export the chart as SVG", "curve", {".svg": "SVG drawing"}),
    "report": ("Export the report", "report", {".html": "HTML page"}),
}
BY_HAND_EXPORT = (
    " It tells of the run in its order; what is pruned by hand on the screen is not in it. “Save B′” and “Save G” "
    "write the network pruned by hand."
)
NOT_WHOLE = "Only a run that came to its end can be saved or exported: press Run first."


class SaveControl(QObject):
    """Says what is written of the run on the screen."""

    refused = Signal(str)

    def __init__(
        self, *, session: Session, saver: Saver, prune_control: PruneControl, results: ResultsPanel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._saver = saver
        self._run_control = prune_control
        results.export_requested.connect(self.export)
        results.save_model_requested.connect(self.save_network)

    @Slot(str)
    def export(self, kind: str) -> None:
        """Write the curve, the table or the report of the run on the screen."""
        run, inputs = self._session.run, prune_inputs(self._session)
        if run is None or run.inspection is None or inputs is None:
            self.refused.emit(NOT_WHOLE)
            return
        path = self._saver.ask_export(*_EXPORTS[kind])
        if path is None:
            return
        job = jobs.export(kind, path, inputs=inputs, inspection=run.inspection, stops=self._run_control.stops)
        self._saver.write(path, job, remark=BY_HAND_EXPORT if self._session.is_by_hand else "")

    @Slot(str)
    def save_network(self, kind: str) -> None:
        """Write B′ ("pruned") or G ("repaired") as it is on the screen: at the cursor's step, or as pruned by hand."""
        session = self._session
        run, channel_mask = session.run, session.channel_mask
        if session.network is None or session.inputs is None or run is None or channel_mask is None:
            self.refused.emit(NOT_WHOLE)
            return
        if not session.is_whole:
            self.refused.emit(NOT_WHOLE)
            return
        is_repaired = kind == "repaired"
        which = "the repaired network G" if is_repaired else "the pruned network B′"
        name = f"{session.network.summary.path.stem}_{kind}_{int((~channel_mask).sum())}.keras"
        answer = self._saver.ask(f"Save {which} ({session.step_text})", name, MODEL_KINDS)
        if answer is None:
            return
        path, may_replace = answer
        masked = MaskedNetwork(
            network=session.network,
            scale=session.scale,
            layer=run.settings.layer,
            channel_mask=channel_mask,
            reader=run.settings.reader,
        )
        job = jobs.save_network(
            masked,
            path,
            is_repaired=is_repaired,
            inputs=session.inputs,
            forbidden=session.input_paths,
            may_replace=may_replace,
        )
        self._saver.save(path, job, which=which, names=(session.step_text,))
