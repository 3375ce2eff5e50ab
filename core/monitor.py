"""Progress and cancelling: the interface between a long computation and its caller."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import Cancelled

REPORT_INTERVAL_S = 0.05


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a job.

    Attributes:
        stage: name of the current stage, shown to the user ("Measuring activations").
        done_count: finished units of this stage.
        total_count: all units of this stage; 0 if unknown.
        elapsed_s: seconds since this stage began.
        remaining_s: estimated seconds to the end of this stage; None if unknown.
        fraction: share of this stage's work that is done, in [0, 1]; None if unknown.
        remainder: what a job that was stopped still does to keep its result ("scoring the best epoch on 3 sets"); empty
            for a job that was not stopped.
    """

    stage: str
    done_count: int
    total_count: int
    elapsed_s: float
    remaining_s: float | None
    fraction: float | None
    remainder: str = ""


class Monitor:
    """Passes progress and partial results from a job to its caller, and cancel requests to the job.

    `cancel()` may be called from any thread. `checkpoint()` and `publish()` are called by the job.
    Without callbacks a monitor reports nothing.
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
        self._remainder = ""
        self._stage: str | None = None
        self._stage_start_s = 0.0
        self._stage_done_count = 0
        self._last_report_s = float("-inf")

    def cancel(self, *, is_final: bool = False) -> None:
        """Request the job to stop at its next checkpoint.

        Args:
            is_final: whether the partial result is not needed either, so that the job may not `resume`.
        """
        if is_final:
            self._is_over.set()
        self._cancel_asked.set()

    def resume(self, remainder: str = "keeping the best result so far", *, has_result: bool = False) -> bool:
        """Acknowledge a cancel request, so that a job with a usable partial result can finish it.

        Called by the job, which is granted this once: a second `cancel()` ends it without a result.

        Args:
            remainder: what the job still does, reported at once; see `Progress.remainder`.
            has_result: whether the result is complete, so that there is nothing left to wait for; this is always
                granted.

        Returns:
            Whether the job may continue; False after a second cancel request, or a final one.
        """
        is_second = bool(self._remainder) and not has_result
        self._cancel_asked.clear()
        if is_second or self._is_over.is_set():  # the final request is checked last, so that none is lost
            self._cancel_asked.set()
            return False
        if not has_result:
            self._remainder = remainder
            self._report(self._stage or "", 0, 0, None)
        return True

    def narrow(self, remainder: str) -> None:
        """Say more precisely what a job that was stopped still does; does nothing in a job that was not stopped."""
        if self._remainder:
            self._remainder = remainder

    @property
    def is_cancelled(self) -> bool:
        """Whether the job was asked to stop."""
        return self._cancel_asked.is_set()

    def unseen(self) -> "Monitor":
        """Return a monitor that shows nothing and stops when this one is asked to; for steps that are no stage."""
        made = Monitor()
        made._cancel_asked, made._is_over = self._cancel_asked, self._is_over
        return made

    def stop_if_asked(self) -> None:
        """Raise `Cancelled` if the job was asked to stop; report no progress.

        Raises:
            Cancelled: `cancel()` was called.
        """
        if self._cancel_asked.is_set():
            raise Cancelled

    def checkpoint(
        self, stage: str, *, done_count: int = 0, total_count: int = 0, fraction: float | None = None
    ) -> None:
        """Report progress, and stop if asked to; call it at least once per batch.

        At most one report is made every 50 ms, but the first and last of a stage are always made. A stage of the same
        name begins anew when fewer units are finished than before, and so does its time.

        Args:
            stage: name of the current stage, shown to the user.
            done_count: finished units.
            total_count: all units; 0 if unknown.
            fraction: share of the work done, in [0, 1], if units take unequal time; None computes it from `done_count`.

        Raises:
            Cancelled: `cancel()` was called.
        """
        self.stop_if_asked()
        now_s = self._clock()
        is_new_stage = stage != self._stage or done_count < self._stage_done_count
        self._stage_done_count = done_count
        if is_new_stage:
            self._stage = stage
            self._stage_start_s = now_s
        is_last = bool(total_count) and done_count >= total_count
        if self._on_progress is None:
            return
        if not (is_new_stage or is_last) and now_s - self._last_report_s < REPORT_INTERVAL_S:
            return
        if fraction is None and total_count:
            fraction = done_count / total_count
        self._last_report_s = now_s
        self._report(stage, done_count, total_count, fraction)

    def _report(self, stage: str, done_count: int, total_count: int, fraction: float | None) -> None:
        if self._on_progress is None:
            return
        elapsed_s = self._clock() - self._stage_start_s
        remaining_s = elapsed_s * (1 - fraction) / fraction if fraction else None
        self._on_progress(
            Progress(stage, done_count, total_count, elapsed_s, remaining_s, fraction, remainder=self._remainder)
        )

    def publish(self, partial: object) -> None:
        """Pass a finished, frozen part of the result (a `SweepEstimate`, a partial `Ranking`) to the caller."""
        if self._on_partial is not None:
            self._on_partial(partial)
