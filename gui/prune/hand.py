"""Prunes and restores single channels by hand."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from core.channels import PrunableLayer
from core.records import SweepPoint
from core.words import channel_name
from gui.job_runner import NO_INPUTS, JobRunner, Question, Request
from gui.prune import jobs
from gui.prune.channels_panel import ChannelsPanel
from gui.prune.control import PruneControl
from gui.prune.view import PruneView
from gui.state.session import Session

RUNNING = "Channels can be pruned by hand after the run has finished."
REST_MS = 120  # a channel hovered this long is scored in advance
UNSCORED = "Stopped: the last change by hand was not scored and is undone."
STOPPED = "Channels can be pruned by hand only after a complete run, and this one was stopped: press Run."


class HandControl(QObject):
    """Turns clicks on channels into another B′ and scores it.

    A channel that the mouse rested on is already scored when it is clicked. Otherwise the figures of a sample are shown
    first. The exact ones take a moment if channels can be subtracted, and up to a forward pass over all sets if
    layers must be recomputed: then scoring is a job that shows its progress and can be stopped.
    """

    warned = Signal(str)

    def __init__(
        self,
        *,
        session: Session,
        runner: JobRunner,
        view: PruneView,
        channels: ChannelsPanel,
        prune_control: PruneControl,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._view = view
        self._prune_control = prune_control
        self._before: tuple[NDArray[np.bool_] | None, SweepPoint | None] = (None, None)  # the last scored state
        self._hovered = -1
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._score_ahead)
        channels.channel_hovered.connect(self._on_hovered)
        channels.channel_toggled.connect(self.toggle_channel)
        channels.channels_chosen.connect(self.set_channels)
        channels.restore_requested.connect(self.restore_order)
        session.restored.connect(self._on_restored)

    @Slot(int)
    def toggle_channel(self, channel: int) -> None:
        """Prune or restore one channel."""
        channel_mask = self._session.channel_mask
        if channel_mask is not None:
            self.set_channels((channel,), not channel_mask[channel])

    @Slot(object, bool)
    def set_channels(self, channels: Sequence[int], is_kept: bool) -> None:
        """Prune or restore channels, as one step."""
        session = self._session
        channel_mask = session.channel_mask
        if channel_mask is None or session.run is None or session.run.ranking is None:
            return
        if not session.is_whole:
            session.set_classified(None)  # show the pruned network's answers in the classifier
            self.warned.emit(RUNNING if self._prune_control.is_running else STOPPED)
            return
        changed = [each for each in channels if channel_mask[each] != is_kept]
        if not changed:
            return
        if not session.is_by_hand or session.hand_point is not None:
            self._before = (session.hand_mask, session.hand_point)
        channel_mask = channel_mask.copy()
        channel_mask[changed] = is_kept
        with session.step_of(_label(session.run.ranking.layer, changed, is_kept=is_kept)):
            session.set_classified(None)
            session.set_hand(channel_mask, None)
        self._view.show_step(session)
        self._score()

    def _score(self) -> None:
        """Submit the job that scores the mask on the screen."""
        run = self._session.run
        is_quick = run is not None and run.inspection is not None and run.inspection.evaluator.is_quick
        # During a repair or a detection the answer comes at one of its checkpoints, as for the cursor.
        is_beside = self._session.is_running and not self._prune_control.is_running
        self._runner.submit(
            Request(
                name="Scoring",
                make=self._make_score,
                on_published=self._on_estimated,
                on_succeeded=self._on_scored,
                on_failed=self._on_failed,
                on_cancelled=self._on_cancelled,
                key="score",
                is_light=is_quick or is_beside,
            )
        )

    @Slot()
    def _on_restored(self) -> None:
        """Score a mask that came back without figures."""
        if self._session.is_by_hand and self._session.hand_point is None:
            self._score()

    @Slot(int)
    def _on_hovered(self, channel: int) -> None:
        """Score a click in advance while the mouse rests on a channel."""
        self._hovered = channel
        if channel < 0:
            self._rest.stop()
        else:
            self._rest.start()

    @Slot()
    def _score_ahead(self) -> None:
        self._runner.submit(Request(name="Scoring ahead", make=self._make_score_ahead, key="ahead", is_light=True))

    def _make_score_ahead(self) -> Question | None:
        session, run = self._session, self._session.run
        channel_mask = session.channel_mask
        if run is None or run.inspection is None or not run.inspection.evaluator.is_quick or channel_mask is None:
            return None
        if not 0 <= self._hovered < len(channel_mask):
            return None
        channel_mask = channel_mask.copy()
        channel_mask[self._hovered] = not channel_mask[self._hovered]
        return Question(jobs.score(run.inspection.evaluator, channel_mask), NO_INPUTS, files=self._files)

    @Slot()
    def restore_order(self) -> None:
        """Return to the channels that the order prunes at the cursor's step."""
        with self._session.step_of("Back to the order"):
            self._prune_control.go_to(self._session.step)

    def _make_score(self) -> Question | None:
        session = self._session
        run = session.run
        if run is None or run.inspection is None or session.hand_mask is None:
            return None
        job = jobs.score(run.inspection.evaluator, session.hand_mask)
        return Question(job, session.hand_mask, files=self._files)

    @property
    def _files(self) -> tuple[object, ...]:
        """What a mask is scored on."""
        inputs = self._session.inputs
        return inputs.files if inputs is not None else ()

    def _on_estimated(self, point: object, channel_mask: NDArray[np.bool_]) -> None:
        session = self._session
        if isinstance(point, SweepPoint) and self._is_shown(channel_mask) and session.hand_point is None:
            session.score_hand(point, is_estimate=True)
            self._view.show_step(session)

    def _on_scored(self, point: SweepPoint, channel_mask: NDArray[np.bool_]) -> None:
        if self._is_shown(channel_mask):
            self._session.score_hand(point)
            self._view.show_step(self._session)

    def _is_shown(self, channel_mask: NDArray[np.bool_]) -> bool:
        """Return whether the scored mask is still on the screen."""
        hand_mask = self._session.hand_mask
        return hand_mask is not None and np.array_equal(hand_mask, channel_mask)

    def _on_failed(self, _error: Exception) -> None:
        self._undo()

    def _on_cancelled(self) -> None:
        if self._undo():
            self.warned.emit(UNSCORED)

    def _undo(self) -> bool:
        """Show the last scored network again; return False if it is on the screen already."""
        session = self._session
        if not session.is_by_hand or session.hand_point is not None:
            return False
        with session.step_of("Take back what was not scored"):
            session.set_hand(*self._before)
        self._view.show_step(session)
        return True


def _label(layer: PrunableLayer, channels: Sequence[int], *, is_kept: bool) -> str:
    verb = "Restore" if is_kept else "Prune"
    if len(channels) == 1:
        return f"{verb} channel {channel_name(layer, channels[0])} by hand"
    return f"{verb} {len(channels)} channels by hand"
