"""Draws a run on the panels of the Prune page."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QTimer

from core.report.prune.verdict import find_verdict
from core.sweep.stops import Stop, find_stops
from core.words import tensor_words
from gui.prune.channels_panel import ChannelsPanel
from gui.prune.curves_panel import CurvesPanel
from gui.prune.results_panel import ResultsPanel
from gui.state.pruning_run import Curve, Run
from gui.state.session import Session

CHANNELS_TEXT = "A bar for each channel: how strongly clean images activate it."
CURVES_TEXT = "Clean accuracy and ASR while channels are pruned one by one."
RESULTS_TEXT = "The figures of B′ and G at the cursor and at each threshold."
MEASURING = "Measuring the channels …"
AFTER_CURVE_MS = 20  # when figures follow their curve, so that what a person does meanwhile is answered
NO_ESTIMATE = "The table fills with the first estimate."


class PruneView:
    """Draws a run on the three panels together, from its first measurement on, and the network at a step."""

    def __init__(self, *, channels: ChannelsPanel, curves: CurvesPanel, results: ResultsPanel) -> None:
        self._channels = channels
        self._curves = curves
        self._results = results

    def clear(self) -> None:
        """Clear the panels."""
        self._channels.clear()
        self._curves.clear()
        self._results.clear()
        self._results.set_export_enabled(False)

    def draw(self, run: Run | None, stops: Sequence[Stop], thresholds: Sequence[float]) -> None:
        """Clear the panels and draw a run."""
        self.clear()
        if run is not None:
            self.begin(run, thresholds)
            self.show_curve(run, stops)
            self.show_table(run, stops)

    def show_empty(self, run: Run | None, *, todo: str, has_model: bool) -> None:
        """Set the texts shown while there is nothing to draw: what will be there, and at the curves what to do.

        Args:
            run: the run on the screen; None for none.
            todo: what is missing before a run can start.
            has_model: whether a model is open; the demo is offered only without one.
        """
        self._channels.set_empty_text(CHANNELS_TEXT if run is None else MEASURING)
        self._curves.set_empty_text(f"{CURVES_TEXT}\n\n{todo}" if run is None else CURVES_TEXT)
        self._curves.demo_button.setVisible(not has_model)
        self._results.set_empty_text(RESULTS_TEXT if run is None else NO_ESTIMATE)

    def show_verdict(self, run: Run, stops: Sequence[Stop], cautions: Sequence[str]) -> None:
        """Show the verdict; an estimate has none.

        Args:
            run: the run on the screen.
            stops: the rows of the results table.
            cautions: doubts about the files.
        """
        if run.inspection is not None:
            verdict = find_verdict(run.inspection.sweep, stops, cautions)
            self._results.show_verdict(verdict.headline, verdict.sentences)

    def begin(self, run: Run, thresholds: Sequence[float]) -> None:
        """Prepare the panels for the curve of a run, if its channels are being measured.

        Args:
            run: the run.
            thresholds: allowed drops, with two rows of the table each.
        """
        if run.ranking is not None:
            layer, names = run.ranking.layer, [each.name for each in run.poisoned_sets]
            self._curves.begin(layer.channel_count, names, place=tensor_words(layer))
            self._curves.show_bypass(run.bypass)
            self._results.begin(thresholds, run.poisoned_sets, run.bypass)

    def show_ranking(self, run: Run) -> None:
        """Show the activations measured so far."""
        if run.ranking is not None:
            self._channels.show_ranking(run.ranking)

    def show_curve(self, run: Run, stops: Sequence[Stop]) -> None:
        """Show the activations and the curve of a run, whole or estimated, and its stops, if it has one."""
        if run.curve is not None:
            self.show_ranking(run)
            self._curves.show_curve(run.curve, stops)

    def show_table(self, run: Run, stops: Sequence[Stop]) -> None:
        """Show the figures of a run, whole or estimated, at its stops, if it has a curve."""
        if run.curve is None:
            return
        is_estimate = run.estimate is not None
        self._results.show_table(stops, run.poisoned_sets, run.bypass, is_estimate=is_estimate)
        self._results.set_export_enabled(not is_estimate)

    def show_estimate(self, session: Session, stops: Sequence[Stop]) -> None:
        """Show the curve of the run on the screen, and its figures in a turn of their own, so that no turn is long."""
        if session.run is not None and (curve := session.run.curve) is not None:
            self.show_curve(session.run, stops)
            QTimer.singleShot(AFTER_CURVE_MS, self._results, partial(self._show_figures, session, curve))

    def _show_figures(self, session: Session, curve: Curve) -> None:
        """Show the figures of a curve, unless it is no longer on the screen."""
        if session.run is not None and session.run.curve is curve:
            self.show_table(session.run, find_stops(curve, session.thresholds))
            self.show_step(session)
            self._results.fit_now()

    def show_step(self, session: Session) -> None:
        """Show the current network: at the cursor's step, or pruned by hand."""
        channel_mask = session.channel_mask
        if channel_mask is None:
            return
        kept_count = int(channel_mask.sum())
        point, is_estimate = session.point, session.run is not None and session.run.estimate is not None
        if point is None and session.hand_estimate is not None:
            point, is_estimate = session.hand_estimate, True
        if session.is_by_hand:
            self._curves.chart.set_cursor(session.step)  # greyed: the step that "back to the order" goes to
            self._curves.show_by_hand(point, pruned_count=channel_mask.size - kept_count, is_estimate=is_estimate)
        else:
            self._curves.set_cursor(session.step)
        self._channels.show_mask(channel_mask, next_channel=session.next_channel)
        self._channels.set_by_hand(session.is_by_hand)
        self._results.show_point(point, channels_left=kept_count, by_hand=session.is_by_hand, is_estimate=is_estimate)
