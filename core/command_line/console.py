"""Running a job in a terminal: progress on stderr, Ctrl-C, one-line error messages, and the exit status."""

import _thread
import contextlib
import errno
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from enum import IntEnum
from types import FrameType
from typing import TextIO

from core.errors import Cancelled, ExportError, InspectorError
from core.monitor import Monitor, Progress
from core.terminal import say_at_once
from core.words import printable

STAGE_WIDTH, BAR_WIDTH = 30, 20
AGAIN_S = 0.05  # until an interrupt that Python ignored is raised again


class Status(IntEnum):
    """The exit status of a command."""

    DONE = 0
    UNFORESEEN = 1
    WRONG_USAGE = 2
    REFUSED = 3
    FOUND = 4
    CANCELLED = 130
    NOBODY_READS = 141
    TERMINATED = 143


class NobodyReadsError(Exception):
    """Whoever read standard output has closed it, as `head` does; nothing is to be said of it."""


def run_job(job: Callable[[Monitor], Status], *, has_progress: bool | None, writes: bool = False) -> Status:
    """Run a job in this terminal.

    The first Ctrl-C cancels it at its next checkpoint; a second one interrupts it at once.

    Args:
        job: the job.
        has_progress: whether to show progress on stderr; None shows it only if stderr is a terminal.
        writes: whether the job writes files, all of them at its end.
    """
    is_shown = sys.stderr is not None and (sys.stderr.isatty() if has_progress is None else has_progress)
    bar = ProgressBar(sys.stderr) if is_shown else None
    monitor = Monitor(on_progress=bar.show if bar else None)
    received: list[int] = []
    with _cancelled_by_signals(monitor, received):
        try:
            _refuse_no_stdout()
            status = job(monitor)
        except (Cancelled, KeyboardInterrupt):
            status = _cancelled(received, bar, writes=writes)
        except InspectorError as error:
            # An interrupted read may look like a refusal: the reading child receives Ctrl-C too.
            if monitor.is_cancelled:
                status = _cancelled(received, bar, writes=writes)
            else:
                _clear(bar)
                refuse(error)
                status = Status.REFUSED
        except NobodyReadsError:
            status = Status.NOBODY_READS
        except OSError as error:
            raise _UnforeseenError(error) from error
    _clear(bar)
    return status


def run_printing(work: Callable[[], int]) -> int:
    """Run what prints, jobs among it, and return its exit status, also if standard output is closed or full."""
    try:
        with _stdout_errors():  # help is written by libraries
            status = work()
            if sys.stdout is not None:
                sys.stdout.flush()
    except NobodyReadsError:
        return Status.NOBODY_READS
    except ExportError as error:
        refuse(error)
        return Status.REFUSED
    except _UnforeseenError as error:
        raise error.cause from error
    return status


class _UnforeseenError(Exception):
    """An error of the system in a job, which has nothing to do with standard output."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause


def refuse(error: InspectorError) -> None:
    """Print on one line of stderr why an input was refused."""
    say(f"refused [{error.code}]: {' '.join(str(error).splitlines())}")


def say(line: str) -> None:
    """Print a line on stderr, separate from the results."""
    _show(sys.stderr, printable(line) + "\n")


def put(text: str) -> None:
    """Put results on stdout; letters that the terminal cannot show become escapes or `?`.

    Raises:
        NobodyReadsError: the reader has closed it.
        ExportError: `write-failed`, it cannot be written to, as the disk is full.
    """
    if sys.stdout is None:  # closed from the start; a job is refused then
        return
    encoding = sys.stdout.encoding or "utf-8"
    with _stdout_errors():
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding) + "\n")
        sys.stdout.flush()


def _refuse_no_stdout() -> None:
    """Refuse to work for results that nobody could read: standard output is closed from the start, as with `>&-`."""
    if sys.stdout is None:
        raise ExportError(
            "the results cannot be printed: standard output is closed; leave it open or send it to a file",
            code="write-failed",
        )


@contextlib.contextmanager
def _stdout_errors() -> Iterator[None]:
    """Translate what goes wrong while standard output is written to.

    Raises:
        NobodyReadsError: the reader has closed it.
        ExportError: `write-failed`, it cannot be written to, as the disk is full.
    """
    try:
        yield
    except OSError as error:
        _drop_stdout()
        is_closed = error.errno == errno.EPIPE or (os.name == "nt" and error.errno == errno.EINVAL)
        if is_closed:
            raise NobodyReadsError from error
        full = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
        why = "its disk is full; make room" if error.errno in full else error.strerror or str(error)
        raise ExportError(f"the results could not be printed to standard output: {why}", code="write-failed") from error


def _drop_stdout() -> None:
    """Send the rest nowhere: Python would try to write it again when it ends."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _show(stream: TextIO | None, text: str) -> None:
    """Show a message or progress; where that cannot be, the work goes on."""
    if stream is not None:
        with contextlib.suppress(OSError):
            stream.write(text)
            stream.flush()


class ProgressBar:
    """Shows progress: one line that is redrawn on a terminal; elsewhere one line per stage and tenth.

    Args:
        stream: output stream.
        clock: returns seconds.
    """

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._is_terminal = stream.isatty()
        self._is_drawn = False
        self._last: tuple[str, int] | None = None

    def show(self, progress: Progress) -> None:
        """Draw the state of a stage."""
        fraction = min(1.0, progress.fraction) if progress.fraction is not None else None
        if self._is_terminal:
            width = shutil.get_terminal_size().columns - 1
            _show(self._stream, "\r\x1b[K" + _bar_line(progress, fraction)[:width])
            self._is_drawn = True
            return
        tenth = int(fraction * 10) if fraction is not None else 0
        if self._last != (progress.stage, tenth):
            self._last = (progress.stage, tenth)
            _show(
                self._stream, f"{printable(progress.stage)}{'' if fraction is None else f' {100 * fraction:.0f} %'}\n"
            )

    def clear(self) -> None:
        """Clear the line."""
        if self._is_drawn:
            _show(self._stream, "\r\x1b[K")
            self._is_drawn = False


def _bar_line(progress: Progress, fraction: float | None) -> str:
    stage = printable(progress.stage)
    if fraction is None:
        return f"{stage} …"
    if len(stage) > STAGE_WIDTH:
        stage = f"{stage[: STAGE_WIDTH - 1]}…"
    full = round(BAR_WIDTH * fraction)
    line = f"{stage:<{STAGE_WIDTH}} {'█' * full}{'░' * (BAR_WIDTH - full)} {100 * fraction:3.0f} %"
    if progress.remaining_s is not None and progress.remaining_s >= 1:
        minutes, seconds = divmod(round(progress.remaining_s), 60)
        line += f"  {minutes}:{seconds:02d} left"
    return line


def _clear(bar: ProgressBar | None) -> None:
    if bar is not None:
        bar.clear()


def _cancelled(received: list[int], bar: ProgressBar | None, *, writes: bool) -> Status:
    _clear(bar)
    say("cancelled; nothing was written" if writes else "cancelled")
    return Status.TERMINATED if signal.SIGTERM in received else Status.CANCELLED


@contextlib.contextmanager
def _cancelled_by_signals(monitor: Monitor, received: list[int]) -> Iterator[None]:
    """Turn the first Ctrl-C or SIGTERM into a cancel; a second one interrupts.

    A signal that arrives while Python runs a `__del__` or a weak reference's callback raises there, where Python
    ignores it; it is raised again a moment later.
    """
    again: list[threading.Timer] = []
    tell = sys.unraisablehook

    def on_ignored(ignored: "sys.UnraisableHookArgs") -> None:
        if ignored.exc_type is not KeyboardInterrupt:
            tell(ignored)
            return
        again.append(threading.Timer(AGAIN_S, _thread.interrupt_main))
        again[-1].start()

    def on_signal(number: int, frame: FrameType | None) -> None:
        received.append(number)
        if monitor.is_cancelled:
            raise KeyboardInterrupt
        monitor.cancel(is_final=True)
        say_at_once("stopping…")

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    sys.unraisablehook = on_ignored
    try:
        yield
    finally:
        sys.unraisablehook = tell
        for timer in again:
            timer.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)
