"""Draws a run on the panels of the middle column."""

from typing import TYPE_CHECKING

from core.records import Bypass, Ranking, Stop, SweepPoint
from gui.channels_panel import ChannelsPanel
from gui.curves_panel import CurvesPanel
from gui.results_panel import ResultsPanel
from gui.workspace import Run, Workspace

if TYPE_CHECKING:
    from core.inspection import Inspection


class RunView:
    """The three panels as one: a run grows on them, and the network at a step is shown on them."""

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

    def begin(self, ranking: Ranking, *, poisoned_names: tuple[str, ...]) -> None:
        """Begin a curve for this layer."""
        self._curves.begin(ranking.layer.channel_count, poisoned_names)
        self.show_ranking(ranking)

    def show_ranking(self, ranking: Ranking) -> None:
        """Show the activations measured so far."""
        self._channels.show_ranking(ranking)

    def show_bypass(self, bypass: Bypass | None) -> None:
        """Name who goes on reading the pruned channels."""
        self._curves.show_bypass(bypass)

    def add_point(self, point: SweepPoint) -> None:
        """Add a step to the curve."""
        self._curves.add_point(point)

    def draw(self, run: Run | None, *, poisoned_names: tuple[str, ...], stops: tuple[Stop, ...]) -> None:
        """Draw a curve from nothing."""
        self.clear()
        if run is None or run.ranking is None:
            return
        self.begin(run.ranking, poisoned_names=poisoned_names)
        for point in run.points:
            self.add_point(point)
        if run.inspection is not None:
            self.show_whole(run.inspection, stops)

    def show_whole(self, inspection: "Inspection", stops: tuple[Stop, ...]) -> None:
        """Show what only a whole run has: the stops and the bypass."""
        self.show_ranking(inspection.sweep.ranking)
        self.show_bypass(inspection.sweep.bypass)
        self._curves.show_stops(stops)
        self._results.show_table(stops, inspection.sweep.poisoned_sets, inspection.sweep.bypass)
        self._results.set_export_enabled(True)

    def show_step(self, workspace: Workspace) -> None:
        """Show the network that is on the screen now."""
        channel_mask = workspace.channel_mask
        if channel_mask is None:
            return
        kept_count = int(channel_mask.sum())
        if workspace.is_by_hand:
            self._curves.show_by_hand(workspace.hand_point, pruned_count=channel_mask.size - kept_count)
        else:
            self._curves.set_cursor(workspace.step)
        self._channels.show_mask(channel_mask, next_channel=workspace.next_channel)
        self._channels.set_by_hand(workspace.is_by_hand)
        self._results.show_point(workspace.point, channels_left=kept_count, by_hand=workspace.is_by_hand)
