"""Draws a run on the panels of the middle column."""

from collections.abc import Sequence

from core.sweep.stops import Stop
from gui.prune.channels_panel import ChannelsPanel
from gui.prune.curves_panel import CurvesPanel
from gui.prune.results_panel import ResultsPanel
from gui.state.pruning_run import Run
from gui.state.session import Session


class PruneView:
    """The three panels as one: a run is shown on them from its first measurement on, and the network at a step."""

    def __init__(self, *, channels: ChannelsPanel, curves: CurvesPanel, results: ResultsPanel) -> None:
        self._channels = channels
        self._curves = curves
        self._results = results

    def clear(self) -> None:
        """Show nothing."""
        self._channels.clear()
        self._curves.clear()
        self._results.clear()
        self._results.set_export_enabled(False)

    def draw(self, run: Run | None, stops: Sequence[Stop]) -> None:
        """Draw a run from nothing."""
        self.clear()
        if run is not None:
            self.begin(run)
            self.show_curve(run, stops)

    def begin(self, run: Run) -> None:
        """Make ready for the curve of a run; nothing before its channels begin to be measured."""
        if run.ranking is not None:
            self._curves.begin(run.ranking.layer.channel_count, [each.name for each in run.poisoned_sets])
            self._curves.show_bypass(run.bypass)

    def show_ranking(self, run: Run) -> None:
        """Show the activations measured so far."""
        if run.ranking is not None:
            self._channels.show_ranking(run.ranking)

    def show_curve(self, run: Run, stops: Sequence[Stop]) -> None:
        """Show the curve of a run, whole or estimated, and its stops; nothing before the first estimate."""
        if run.curve is None:
            return
        self.show_ranking(run)
        self._curves.show_curve(run.curve, stops)
        is_estimate = run.estimate is not None
        self._results.show_table(stops, run.poisoned_sets, run.bypass, is_estimate=is_estimate)
        self._results.set_export_enabled(not is_estimate)

    def show_step(self, session: Session) -> None:
        """Show the network that is on the screen now."""
        channel_mask = session.channel_mask
        if channel_mask is None:
            return
        kept_count = int(channel_mask.sum())
        point, is_estimate = session.point, session.run is not None and session.run.estimate is not None
        if point is None and session.hand_estimate is not None:
            point, is_estimate = session.hand_estimate, True
        if session.is_by_hand:
            self._curves.show_by_hand(point, pruned_count=channel_mask.size - kept_count, is_estimate=is_estimate)
        else:
            self._curves.set_cursor(session.step)
        self._channels.show_mask(channel_mask, next_channel=session.next_channel)
        self._channels.set_by_hand(session.is_by_hand)
        self._results.show_point(point, channels_left=kept_count, by_hand=session.is_by_hand, is_estimate=is_estimate)
