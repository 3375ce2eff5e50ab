"""Thresholds that are dragged in the chart: what is shown meanwhile, and what is chosen at the end."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from core.sweep.stops import Stop, find_stops
from core.words import joined, points, points_text
from gui.charts.curve_chart import CurveChart
from gui.prune.curve.thresholds import base_rate, levels_of, moved, thresholds_of

if TYPE_CHECKING:
    from gui.prune.form import PruneForm
    from gui.state.pruning_run import Run
    from gui.state.session import Session


class ThresholdDrag(QObject):
    """Draws the thresholds, and turns drags of their levels into thresholds.

    While one is dragged, `previewed` asks for the stops of other thresholds; they are not chosen before it is let go.
    """

    previewed = Signal(object)  # tuple[float, ...], shares in [0, 1], ascending
    chosen = Signal(object)  # tuple[float, ...]
    given_up = Signal()

    def __init__(self, chart: CurveChart, parent: QObject) -> None:
        super().__init__(parent)
        self._chart = chart
        self._stops: tuple[Stop, ...] = ()
        chart.threshold_dragged.connect(self._on_dragged)
        chart.threshold_released.connect(self._on_released)

    def show_stops(self, stops: Sequence[Stop]) -> None:
        """Set the thresholds and the steps where the curve crosses them; `draw` draws them."""
        self._stops = tuple(stops)

    def draw(self, *, is_shown: bool) -> None:
        """Draw the thresholds, or none."""
        self._chart.set_thresholds(levels_of(self._stops, is_movable=True) if is_shown else ())

    @Slot(int, float)
    def _on_dragged(self, index: int, level: float) -> None:
        base, before = base_rate(self._stops), thresholds_of(self._stops)
        if base is None or index >= len(before):
            return
        after = moved(before, index, level, base=base)
        if after != before:
            self.previewed.emit(after)

    @Slot(bool)
    def _on_released(self, is_kept: bool) -> None:
        if is_kept:
            self.chosen.emit(thresholds_of(self._stops))
        else:
            self.given_up.emit()


class CurveView(Protocol):
    """Draws a curve and its stops."""

    def show_curve(self, run: "Run", stops: tuple[Stop, ...]) -> None:
        """Draw the curve of a run, and its stops."""


class ThresholdControl(QObject):
    """Chooses the thresholds of the form and of the chart, as steps that can be undone."""

    given_up = Signal()  # the chosen thresholds are to be shown again

    def __init__(
        self, *, session: "Session", form: "PruneForm", view: CurveView, drag: ThresholdDrag, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._form, self._view = session, form, view
        drag.previewed.connect(self._preview)
        drag.chosen.connect(self.choose)
        drag.given_up.connect(self.given_up)
        form.thresholds_chosen.connect(self.choose)

    @Slot(object)
    def choose(self, thresholds: tuple[float, ...]) -> None:
        """Set the thresholds, in (0, 1)."""
        with self._session.step_of(_label(thresholds)):
            self._session.set_thresholds(thresholds)

    @Slot(object)
    def _preview(self, thresholds: tuple[float, ...]) -> None:
        """Show the stops of thresholds that are being dragged; they are not chosen yet."""
        run = self._session.run
        if run is not None and run.curve is not None:
            self._form.show_thresholds(thresholds)
            self._view.show_curve(run, find_stops(run.curve, thresholds))


def _label(thresholds: Sequence[float]) -> str:
    if len(thresholds) == 1:
        return f"Set the threshold to {points_text(thresholds[0])}"
    return f"Set the thresholds to {joined([points(each) for each in thresholds])} points"
