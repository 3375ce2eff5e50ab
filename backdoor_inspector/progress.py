"""Progress and Ctrl-C handling of a job called from a script or a notebook."""

import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from core.environment import set_up_environment
from core.errors import Cancelled, InspectorError
from core.monitor import Monitor, Progress

ProgressCallback = Callable[[str, int, int], None]
"""Called with the stage's name, the finished units, and all units (0 if unknown)."""


@contextmanager
def watched(progress: ProgressCallback | bool | None, *, needs_keras: bool = True) -> Iterator[Monitor]:
    """Yield a monitor for one job: it reports to `progress`, and Ctrl-C cancels the job at its next checkpoint.

    Args:
        progress: a callback; True for a tqdm bar, if tqdm is installed; None or False for nothing.
        needs_keras: whether to import Keras first, without its start-up messages.

    Raises:
        KeyboardInterrupt: the person pressed Ctrl-C, or interrupted the notebook's kernel.
    """
    bars = _Bars() if progress is True else None
    monitor = Monitor(on_progress=_reporting(progress, bars))
    try:
        with _cancelled_by_interrupt(monitor):
            if needs_keras:
                _start_keras(monitor)
            yield monitor
    except Cancelled:
        raise KeyboardInterrupt from None
    except InspectorError:
        if monitor.is_cancelled:  # an interrupted read may look like a refusal
            raise KeyboardInterrupt from None
        raise
    finally:
        if bars is not None:
            bars.close()


def _start_keras(monitor: Monitor) -> None:
    was_there = "keras" in sys.modules
    set_up_environment()
    if not was_there:
        from core.network.start_keras import start_keras  # noqa: PLC0415  # only where Keras is needed

        start_keras(monitor)


def _reporting(progress: ProgressCallback | bool | None, bars: "_Bars | None") -> Callable[[Progress], None] | None:
    if bars is not None:
        return bars.show
    if not callable(progress):
        return None
    callback = progress
    return lambda state: callback(state.stage, state.done_count, state.total_count)


@contextmanager
def _cancelled_by_interrupt(monitor: Monitor) -> Iterator[None]:
    """Turn the first Ctrl-C into a cancel; a second one interrupts at once.

    A handler other than Python's own is left alone, and only the main thread receives signals.
    """
    is_ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if not is_ours:
        yield
        return

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if monitor.is_cancelled:
            raise KeyboardInterrupt
        monitor.cancel(is_final=True)

    signal.signal(signal.SIGINT, on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


class _Bars:
    """One tqdm bar per stage; nothing if tqdm is not installed."""

    def __init__(self) -> None:
        self._make: Callable[..., Any] | None = None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # tqdm warns about notebooks without widgets
                from tqdm.auto import tqdm  # noqa: PLC0415  # optional
        except ImportError:
            pass
        else:
            self._make = tqdm
        self._stage, self._bar = "", None

    def show(self, progress: Progress) -> None:
        """Update the bar of this stage."""
        if self._make is None:
            return
        if self._bar is None or progress.stage != self._stage:
            self.close()
            self._stage, self._bar = progress.stage, self._make(desc=progress.stage, total=progress.total_count or None)
        assert self._bar is not None
        self._bar.total = progress.total_count or None
        self._bar.update(progress.done_count - self._bar.n)

    def close(self) -> None:
        """Close the bar of the last stage."""
        if self._bar is not None:
            self._bar.close()
        self._bar = None
