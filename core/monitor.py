"""Progress and cancelling: the thin interface between a long computation and whoever waits for it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import Cancelled

REPORT_INTERVAL_S = 0.05


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is.

    Attributes:
        stage: what is being done, in words a person reads ("Measuring activations").
        done_count: finished units of this stage.
        total_count: all units of this stage; 0 when it is not known.
        elapsed_s: seconds since this stage began.
        remaining_s: expected seconds to the end of this stage; None until it can be told.
        fraction: share of this stage's work that is done, in [0, 1]; None when it is not known.
    """

    stage: str
    done_count: int
    total_count: int
    elapsed_s: float
    remaining_s: float | None
    fraction: float | None


class Monitor:
    """Carries progress and partial results out of a job, and the wanted to cancel into it.

    `cancel()` may be called from any thread. `checkpoint()` and `publish()` belong to the job.
    By itself a monitor reports to nobody.
    """

    def __init__(
        self,
        *,
        on_progress: Callable[[Progress], None] | None = None,
        on_partial: Callable[[object], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_progress = on_progress
        self._on_partial = on_partial
        self._clock = clock
        self._cancel_asked = threading.Event()
        self._is_over = threading.Event()
        self._stage: str | None = None
        self._stage_start_s = 0.0
        self._last_report_s = float("-inf")

    def cancel(self, *, is_final: bool = False) -> None:
        """Ask the job to stop at its next checkpoint.

        Args:
            is_final: nobody waits for what there is so far either: the job may not `resume`.
        """
        if is_final:
            self._is_over.set()
        self._cancel_asked.set()

    def resume(self) -> bool:
        """Take the wanted to stop as heard: a job that can hand out the best so far goes on to finish that.

        Called by the job. Whoever asks once more stops that too.

        Returns:
            Whether it may go on; not where the wanted was final.
        """
        self._cancel_asked.clear()
        if self._is_over.is_set():  # looked at last, so that no final wanted is cleared away
            self._cancel_asked.set()
        return not self._is_over.is_set()

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self._cancel_asked.is_set()

    def stop_if_asked(self) -> None:
        """Stop here if asked, without a word on progress.

        Raises:
            Cancelled: somebody called `cancel()`.
        """
        if self._cancel_asked.is_set():
            raise Cancelled

    def checkpoint(
        self, stage: str, *, done_count: int = 0, total_count: int = 0, fraction: float | None = None
    ) -> None:
        """Report progress and stop here if asked; call it at least once a batch.

        At most one report goes out each 50 ms, but the first and last of a stage always do.

        Args:
            stage: what is being done, in words.
            done_count: finished units.
            total_count: all units; 0 when it is not known.
            fraction: share of the work done, in [0, 1], where units take unequal time; None: `done_count` tells.

        Raises:
            Cancelled: somebody called `cancel()`.
        """
        self.stop_if_asked()
        now_s = self._clock()
        is_new_stage = stage != self._stage
        if is_new_stage:
            self._stage = stage
            self._stage_start_s = now_s
        is_last = bool(total_count) and done_count >= total_count
        if self._on_progress is None:
            return
        if not (is_new_stage or is_last) and now_s - self._last_report_s < REPORT_INTERVAL_S:
            return
        self._last_report_s = now_s
        elapsed_s = now_s - self._stage_start_s
        if fraction is None and total_count:
            fraction = done_count / total_count
        remaining_s = elapsed_s * (1 - fraction) / fraction if fraction else None
        self._on_progress(Progress(stage, done_count, total_count, elapsed_s, remaining_s, fraction))

    def publish(self, partial: object) -> None:
        """Hand out a finished, frozen part of the result (a `SweepEstimate`, a `Ranking` so far)."""
        if self._on_partial is not None:
            self._on_partial(partial)
