"""The window's state, without widgets: the open files, the results, and what is shown."""

import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from core.records import Side, SweepPoint
from core.sweep.records import SweepEstimate
from core.sweep.stops import Stop
from core.words import tensor_words
from gui.selection.channel_selection import ChannelSelection
from gui.state.made_networks import MadeNetworks
from gui.state.open_files import Role, StartFiles
from gui.state.pruning_run import Run, Settings, View

if TYPE_CHECKING:
    from core.sweep.inspection import Inspection

__all__ = ["Role", "Session", "StartFiles", "Step", "stop_step"]

KEPT_RUNS = 4  # finished runs that are kept, so that changing a setting back shows its curve at once
DEFAULT_THRESHOLDS = (0.02, 0.04, 0.10)


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A change of the state that can be undone.

    Attributes:
        label: what was done, in users' words: "Prune channel 12 by hand".
        key: successive steps with the same key, such as moves of the cursor, are undone as one; empty for none.
        since: what was on the screen when it began, if that was before the change itself.
        is_opening: whether it opens a file; that is a step only if something is replaced or discarded by it.
    """

    label: str
    key: str = ""
    since: View | None = None
    is_opening: bool = False


class Session(MadeNetworks):
    """The state of the window. Controls change it by its methods, on the GUI thread, after a job has succeeded.

    A method first changes all parts that belong together and then emits a signal for each part. A slot therefore sees
    the complete new state, and the order in which slots are called does not matter.

    Attributes:
        thresholds: allowed drops of clean accuracy, in (0, 1).
        side: the step of a stop that the cursor moves to by itself.
        run: the run that is shown.
        finished: complete runs on the open files, by their settings.
        step: the position of the cursor.
        hand_mask: channels kept by hand, (C,) bool; None while the mask follows the cursor.
        hand_point: the figures of `hand_mask`; None until it is scored.
        hand_estimate: the figures of `hand_mask` on a random sample, while it is being scored.
        is_running: whether a run or a repair is in progress; files and settings cannot change meanwhile.
        is_restoring: whether an earlier state is being put back.
        selection: the channels that are selected in the whole window.
    """

    run_changed = Signal()  # another run is shown, or the run became complete
    mask_changed = Signal()  # another B′ is shown
    running_changed = Signal(bool)  # a run or a repair began (True) or ended
    thresholds_changed = Signal(object)  # tuple[float, ...]
    side_changed = Signal(object)  # Side
    step_began = Signal(object)  # Step
    step_ended = Signal(object)  # Step
    restored = Signal()  # an earlier state was put back

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
        self.is_running = False
        self.is_restoring = False
        self._depth = 0  # of nested steps
        self._runs: weakref.WeakSet[Run] = weakref.WeakSet()  # every run that still holds memory
        self.selection = ChannelSelection(self)

    @property
    def todo(self) -> str:
        """What the user has to do to get a curve."""
        if self.network is None and self.validation is None:
            return "Open a model and clean validation images, then press Run."
        if self.missing:
            return self.missing
        return "Settings changed: press Run." if self.finished else "Press Run to measure and prune the channels."

    @property
    def is_whole(self) -> bool:
        """Whether the shown run is complete, so that its network can be saved and pruned by hand."""
        return self.run is not None and self.run.inspection is not None

    @property
    def is_by_hand(self) -> bool:
        """Whether channels are pruned by hand instead of in the order."""
        return self.hand_mask is not None

    @property
    def channel_mask(self) -> NDArray[np.bool_] | None:
        """The channel mask of B′, (C,) bool, True = kept; None while there is no ranking."""
        if self.hand_mask is not None:
            return self.hand_mask
        if self.run is None or self.run.ranking is None:
            return None
        return self.run.ranking.channel_mask(self.step)

    @property
    def next_channel(self) -> int | None:
        """The channel that the next step prunes; None at the last step and while pruning by hand."""
        if self.run is None or self.run.ranking is None or self.is_by_hand:
            return None
        order = self.run.ranking.order
        return int(order[self.step]) if self.step < len(order) else None

    @property
    def point(self) -> SweepPoint | None:
        """The figures of the shown network; None while they are not known."""
        if self.is_by_hand:
            return self.hand_point
        if self.run is None or self.step >= len(self.run.points):
            return None
        return self.run.points[self.step]

    @property
    def step_text(self) -> str:
        """A description of the shown B′, such as "12 of 60 channels pruned"."""
        return _step_text(self)

    @property
    def view(self) -> View:
        """What is on the screen of the run."""
        hand_mask = self.hand_mask
        if hand_mask is not None and hand_mask.flags.writeable:
            hand_mask = hand_mask.copy()
            hand_mask.flags.writeable = False
        return View(self.settings, self.several, self.run, self.step, hand_mask, self.hand_point)

    @contextmanager
    def step_of(
        self, label: str, *, key: str = "", since: View | None = None, is_opening: bool = False
    ) -> Iterator[None]:
        """Make all changes inside one `Step` that can be undone; a step inside another one belongs to that."""
        step = Step(label, key, since, is_opening)
        self._depth += 1
        try:
            if self._depth == 1:
                self.step_began.emit(step)
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                self.step_ended.emit(step)

    @property
    def is_in_step(self) -> bool:
        """Whether the changes that are made now can be undone."""
        return self._depth > 0

    def put_back(self, values: Mapping[str, object]) -> None:
        """Set attributes as they were earlier, those of files with all that depends on them; then announce all."""
        self.is_restoring = True
        try:
            _put_back(self, values)
        finally:
            self.is_restoring = False

    def set_thresholds(self, thresholds: tuple[float, ...]) -> None:
        """Set the allowed drops of clean accuracy, in (0, 1)."""
        self.thresholds = thresholds
        self.thresholds_changed.emit(thresholds)

    def set_side(self, side: Side) -> None:
        """Set the step of a stop that the cursor moves to by itself."""
        self.side = side
        self.side_changed.emit(side)

    def choose_settings(self, settings: Settings) -> None:
        """Set the settings; a finished run with the same settings is shown again, at the same step.

        Raises:
            LayerError: the open model has no such layer.
        """
        scale = self.scale
        self._take_settings(settings)
        step = self.step
        self._put_run(self.finished.get(self.effective_settings))
        if self.run is not None:
            self.step = min(step, self.run.last_step)
        if self.scale != scale:
            self.scale_changed.emit()
        self._announce_run()

    def show_run(self, run: Run | None) -> None:
        """Show a run, at step 0."""
        self._put_run(run)
        self._announce_run()

    def begin_run(self, run: Run) -> None:
        """Show a run that has no figures yet; there is no B′ before its first estimate."""
        self._put_run(run)
        self.run_changed.emit()

    def take_estimate(self, run: Run, estimate: SweepEstimate, *, step: int | None = None) -> None:
        """Set a newer estimate of the shown run; with `step`, move the cursor there."""
        before = self.channel_mask
        run.take_estimate(estimate)
        if step is not None:
            self.step = step
        channel_mask = self.channel_mask
        if channel_mask is not None and (before is None or (channel_mask != before).any()):
            self.mask_changed.emit()

    def finish_run(self, run: Run, inspection: "Inspection") -> None:
        """Complete the shown run and keep it; the oldest runs beyond `KEPT_RUNS` are dropped."""
        run.finish(inspection)
        same = self.finished.pop(run.settings, None)
        run.number = 1 + max((each.number for each in self.finished.values()), default=0)
        if same is not None:
            run.name, run.number, run.colour = same.name, same.number, same.colour
        else:
            taken = {each.colour for each in self.finished.values()}
            run.colour = next(colour for colour in range(KEPT_RUNS + 1) if colour not in taken) % KEPT_RUNS
        self.finished[run.settings] = run
        self._runs.add(run)
        while len(self.finished) > KEPT_RUNS:
            del self.finished[next(iter(self.finished))]
        self.run_changed.emit()

    def remove_run(self, run: Run) -> None:
        """Forget a finished run; the one that is shown is then shown no more."""
        self.finished = {settings: each for settings, each in self.finished.items() if each is not run}
        if self.run is run:
            self.show_run(None)
        else:
            self.run_changed.emit()

    def release_runs(self) -> None:
        """Free the memory of all runs that can be shown again; scoring a mask by hand then takes a forward pass."""
        for run in self._runs:
            if run.inspection is not None:
                run.inspection.evaluator.release()

    def go_to(self, step: int) -> None:
        """Move the cursor to a step; the mask follows the order."""
        self.step = max(0, min(step, self.run.last_step if self.run is not None else 0))
        self.hand_mask = self.hand_point = self.hand_estimate = None
        self.mask_changed.emit()

    def set_hand(self, hand_mask: NDArray[np.bool_] | None, hand_point: SweepPoint | None) -> None:
        """Set the mask made by hand, and its figures if known; None returns to the order."""
        self.hand_mask, self.hand_point, self.hand_estimate = hand_mask, hand_point, None
        self.mask_changed.emit()

    def score_hand(self, point: SweepPoint, *, is_estimate: bool = False) -> None:
        """Set the figures of the mask made by hand."""
        if is_estimate:
            self.hand_estimate = point
        else:
            self.hand_point, self.hand_estimate = point, None

    def set_running(self, is_running: bool) -> None:
        """Set whether a run or a repair is in progress."""
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
        """Drop all runs; announce it after the change of the files."""
        self.finished.clear()
        self._put_run(None)
        super()._finish_change(is_new_model=is_new_model)
        self._announce_run()


def stop_step(stops: tuple[Stop, ...], side: Side) -> int:
    """Return the step that the cursor moves to by itself: the stop of the largest threshold that has one."""
    steps = [stop.point.pruned_count for stop in stops if stop.side == side and stop.point is not None]
    if not steps:
        steps = [stop.point.pruned_count for stop in stops if stop.side == Side.BEFORE and stop.point is not None]
    return max(steps, default=0)


def _put_back(session: Session, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        setattr(session, name, value)
    if "run" in values:
        session.hand_estimate = None
        session.run = session.run or session.finished.get(session.effective_settings)  # finished since
        session.step = min(session.step, session.run.last_step if session.run is not None else 0)
    by_attribute = (
        ("network", session.files_changed),
        ("repairs", session.repairs_changed),
        ("compared", session.compared_changed),
        ("classified", session.classified_changed),
        ("suspects", session.suspects_changed),
        ("run", session.run_changed),
        ("run", session.mask_changed),
        ("is_trigger_on", session.image_changed),
    )
    for name, signal in by_attribute:
        if name in values:
            signal.emit()
    if "thresholds" in values:
        session.thresholds_changed.emit(session.thresholds)
    if "side" in values:
        session.side_changed.emit(session.side)
    session.restored.emit()


def _step_text(session: Session) -> str:
    channel_mask = session.channel_mask
    if channel_mask is None:
        return "nothing pruned yet"
    pruned_count = int((~channel_mask).sum())
    reader = session.run.settings.reader if session.run is not None else session.settings.reader
    what = "channels pruned" if reader is None else f"pruned for {reader} alone"
    if session.run is not None and session.run.ranking is not None:
        what += tensor_words(session.run.ranking.layer)
    return f"{pruned_count} of {channel_mask.size} {what}{', by hand' if session.is_by_hand else ''}"
