"""All of the window's state, without a widget in it: what is open, what was found, and what is looked at."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from core.records import Side, SweepPoint
from core.sweep.records import SweepEstimate
from core.sweep.stops import Stop
from gui.state.compared import ComparedNetwork, compared_repair
from gui.state.open_files import OpenFiles, Role, StartFiles
from gui.state.pruning_run import Run, Settings
from gui.state.repairs import KeptRepair

if TYPE_CHECKING:
    from core.sweep.inspection import Inspection

__all__ = ["Role", "Session", "StartFiles", "stop_step"]

KEPT_RUNS = 4  # finished runs that stay in memory, so that flipping a setting back shows its curve at once
DEFAULT_THRESHOLDS = (0.02, 0.04, 0.10)


class Session(OpenFiles):
    """All that the window knows. Controls change it by its methods, on the GUI thread, after work has wholly succeeded.

    A method changes all that belongs together and announces it afterwards, part by part; so whoever follows a signal
    may read everything, and the order in which they hear of it does not matter.

    Attributes:
        thresholds: allowed drops of clean accuracy, in (0, 1).
        side: which step of a stop the cursor goes to by itself.
        run: the curve on the screen.
        finished: whole runs of the open files, by their settings.
        step: where the cursor stands.
        hand_mask: channels kept by hand, (C,) bool; None follows the cursor.
        hand_point: what `hand_mask` is worth, once it is scored.
        hand_estimate: the same of a random sample, while it is being scored.
        repairs: those that came to their end, of the open model.
        compared: repaired networks of the open model side by side, those of `repairs` among them.
        asked: whom of them the classifier asks as B′; None asks the one that is pruned on the screen.
        is_running: whether a run or a repair goes on: files and settings stay as they are then.
    """

    run_changed = Signal()  # another curve is on the screen, or it became whole
    mask_changed = Signal()  # another B′ is on the screen
    repairs_changed = Signal()  # repairs came or went
    compared_changed = Signal()  # networks of the comparison came or went, or were counted
    asked_changed = Signal()  # the classifier asks another network
    running_changed = Signal(bool)  # a run or a repair began (True) or ended
    thresholds_changed = Signal(object)  # tuple[float, ...]
    side_changed = Signal(object)  # Side

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.thresholds: tuple[float, ...] = DEFAULT_THRESHOLDS
        self.side = Side.BEFORE
        self.run: Run | None = None
        self.finished: dict[Settings, Run] = {}
        self.step = 0
        self.hand_mask: NDArray[np.bool_] | None = None
        self.hand_point: SweepPoint | None = None
        self.hand_estimate: SweepPoint | None = None
        self.repairs: tuple[KeptRepair, ...] = ()
        self.compared: tuple[ComparedNetwork, ...] = ()
        self.asked: ComparedNetwork | None = None
        self.is_running = False

    @property
    def todo(self) -> str:
        """What the person does next to see a curve."""
        if self.network is None and self.validation is None:
            return "Open a model and clean validation images, then press Run."
        if self.missing:
            return self.missing
        return "Settings changed: press Run." if self.finished else "Press Run to measure and prune the channels."

    @property
    def is_whole(self) -> bool:
        """Whether the curve on the screen has come to its end, so that it can be saved and changed by hand."""
        return self.run is not None and self.run.inspection is not None

    @property
    def is_by_hand(self) -> bool:
        """Whether channels are pruned by hand instead of by the order."""
        return self.hand_mask is not None

    @property
    def channel_mask(self) -> NDArray[np.bool_] | None:
        """The channels that B′ keeps, (C,) bool; None while there is no ranking."""
        if self.hand_mask is not None:
            return self.hand_mask
        if self.run is None or self.run.ranking is None:
            return None
        return self.run.ranking.channel_mask(self.step)

    @property
    def next_channel(self) -> int | None:
        """The channel that the next step would prune; None at the end and by hand."""
        if self.run is None or self.run.ranking is None or self.is_by_hand:
            return None
        order = self.run.ranking.order
        return int(order[self.step]) if self.step < len(order) else None

    @property
    def point(self) -> SweepPoint | None:
        """What the network on the screen is worth; None while it is not known."""
        if self.is_by_hand:
            return self.hand_point
        if self.run is None or self.step >= len(self.run.points):
            return None
        return self.run.points[self.step]

    @property
    def step_text(self) -> str:
        """Which B′ is meant, in words."""
        channel_mask = self.channel_mask
        if channel_mask is None:
            return "nothing pruned yet"
        pruned_count = int((~channel_mask).sum())
        reader = self.run.settings.reader if self.run is not None else self.settings.reader
        what = "channels pruned" if reader is None else f"pruned for {reader} alone"
        return f"{pruned_count} of {channel_mask.size} {what}{', by hand' if self.is_by_hand else ''}"

    def set_thresholds(self, thresholds: tuple[float, ...]) -> None:
        """Set the allowed drops of clean accuracy, in (0, 1)."""
        self.thresholds = thresholds
        self.thresholds_changed.emit(thresholds)

    def set_side(self, side: Side) -> None:
        """Set which step of a stop the cursor goes to by itself."""
        self.side = side
        self.side_changed.emit(side)

    def choose_settings(self, settings: Settings) -> None:
        """Take other settings; a run that was made with them comes back, at the same step.

        Raises:
            LayerError: the open model has no such layer.
        """
        scale = self.scale
        self._take_settings(settings)
        step = self.step
        self._put_run(self.finished.get(self.effective_settings))
        if self.run is not None:
            self.step = min(step, self.run.last_step)
        if self.scale is not scale:
            self.scale_changed.emit()
        self._announce_run()

    def show_run(self, run: Run | None) -> None:
        """Put another curve on the screen, at step 0."""
        self._put_run(run)
        self._announce_run()

    def begin_run(self, run: Run) -> None:
        """Put a run on the screen that has no figures yet; there is no B′ before its first estimate."""
        self._put_run(run)
        self.run_changed.emit()

    def take_estimate(self, run: Run, estimate: SweepEstimate, *, step: int | None = None) -> None:
        """Keep a newer estimate of the run on the screen, and move the cursor where a step is given."""
        before = self.channel_mask
        run.take_estimate(estimate)
        if step is not None:
            self.step = step
        channel_mask = self.channel_mask
        if channel_mask is not None and (before is None or (channel_mask != before).any()):
            self.mask_changed.emit()

    def finish_run(self, run: Run, inspection: "Inspection") -> None:
        """Make the run on the screen whole, remember it, and forget the oldest beyond `KEPT_RUNS`."""
        run.finish(inspection)
        self.finished.pop(run.settings, None)
        self.finished[run.settings] = run
        while len(self.finished) > KEPT_RUNS:
            del self.finished[next(iter(self.finished))]
        self.run_changed.emit()

    def release_runs(self) -> None:
        """Give the memory that the runs so far take to the next one; a mask by hand then takes a forward pass there."""
        for run in self.finished.values():
            if run.inspection is not None:
                run.inspection.evaluator.release()

    def go_to(self, step: int) -> None:
        """Put the network at a step on the screen, pruned by the order."""
        self.step = max(0, min(step, self.run.last_step if self.run is not None else 0))
        self.hand_mask = self.hand_point = self.hand_estimate = None
        self.mask_changed.emit()

    def set_hand(self, hand_mask: NDArray[np.bool_] | None, hand_point: SweepPoint | None) -> None:
        """Put channels kept by hand on the screen, and what they are worth where that is known; None: the order."""
        self.hand_mask, self.hand_point, self.hand_estimate = hand_mask, hand_point, None
        self.mask_changed.emit()

    def score_hand(self, point: SweepPoint, *, is_estimate: bool = False) -> None:
        """Take what the channels kept by hand are worth."""
        if is_estimate:
            self.hand_estimate = point
        else:
            self.hand_point, self.hand_estimate = point, None

    def add_repair(self, kept: KeptRepair) -> None:
        """Keep a repair; it takes its place in the comparison, and is what the classifier asks from then on."""
        self.repairs = (*self.repairs, kept)
        self.compared = (*self.compared, compared_repair(kept))
        self.asked = self.compared[-1]
        self.repairs_changed.emit()
        self.compared_changed.emit()
        self.asked_changed.emit()

    def add_compared(self, network: ComparedNetwork) -> None:
        """Take a network into the comparison."""
        self.compared = (*self.compared, network)
        self.compared_changed.emit()

    def replace_compared(self, networks: Sequence[ComparedNetwork]) -> None:
        """Take what is known of the same networks now, in the same order; the asked one stays asked."""
        places = [place for place, each in enumerate(self.compared) if each is self.asked]
        self.compared = tuple(networks)
        asked = self.compared[places[0]] if places else self.asked
        self.compared_changed.emit()
        self.ask(asked)

    def remove_compared(self, network: ComparedNetwork) -> None:
        """Take a network out of the comparison; a repair is forgotten then, and what was saved of it stays."""
        self.compared = tuple(each for each in self.compared if each is not network)
        self.repairs = tuple(each for each in self.repairs if each is not network.kept)
        self.compared_changed.emit()
        if network.kept is not None:
            self.repairs_changed.emit()
        if self.asked is network:
            self.ask(None)

    def ask(self, network: ComparedNetwork | None) -> None:
        """Have the classifier ask another B′: a repaired one, or (None) the one that is pruned on the screen."""
        if self.asked is not network:
            self.asked = network
            self.asked_changed.emit()

    def set_running(self, is_running: bool) -> None:
        """A run or a repair began, or ended."""
        self.is_running = is_running
        self.running_changed.emit(is_running)

    def _put_run(self, run: Run | None) -> None:
        self.run = run
        self.step = 0
        self.hand_mask = self.hand_point = self.hand_estimate = None

    def _announce_run(self) -> None:
        self.run_changed.emit()
        self.mask_changed.emit()

    def _finish_change(self, *, is_new_model: bool = False) -> None:
        """Forget all curves, and with another model all repairs; announce that after the files' own change."""
        self.finished.clear()
        self._put_run(None)
        if is_new_model:
            self.repairs, self.compared, self.asked = (), (), None
        super()._finish_change(is_new_model=is_new_model)
        self._announce_run()
        if is_new_model:
            self.repairs_changed.emit()
            self.compared_changed.emit()
            self.asked_changed.emit()


def stop_step(stops: tuple[Stop, ...], side: Side) -> int:
    """The step that the cursor goes to by itself: the largest threshold's, else the last one there is."""
    steps = [stop.point.pruned_count for stop in stops if stop.side == side and stop.point is not None]
    if not steps:
        steps = [stop.point.pruned_count for stop in stops if stop.side == Side.BEFORE and stop.point is not None]
    return max(steps, default=0)
