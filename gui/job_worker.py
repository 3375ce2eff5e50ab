"""The worker thread: runs one task at a time, and at its checkpoints a light one."""

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import QObject, QThread, Signal, Slot

from core.errors import Cancelled, InspectorError
from core.monitor import Monitor, Progress
from gui.job_request import Job, Request

NICENESS = 10  # of computations; the window's is 0
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A request whose turn has come."""

    request: Request
    job: Job
    monitor: Monitor
    inputs: tuple[Any, ...] = ()  # of a `Question`, at most one
    files: tuple[object, ...] = ()  # of a `Question`


@dataclass(frozen=True, slots=True, eq=False)
class JobEnd:
    """How a task ended."""

    task: Task
    outcome: Literal["succeeded", "failed", "cancelled"]
    value: Any = None


class LightTaskSlot:
    """Holds the light task that a running job may run at its next checkpoint; used by both threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._task: Task | None = None

    def put(self, task: Task) -> None:
        """Offer a task."""
        with self._lock:
            self._task = task

    def take(self) -> Task | None:
        """Remove and return the task, to run or withdraw it; None if there is none or the other thread took it."""
        with self._lock:
            task, self._task = self._task, None
            return task


class WorkerMonitor(Monitor):
    """The monitor of a job that is not light: its checkpoints first run the light task that waits.

    That happens in the worker thread, between two pieces of the job's own work, so there is still one thread.
    """

    def __init__(
        self,
        *,
        on_progress: Callable[[Progress], None],
        on_partial: Callable[[object], None],
        light_slot: LightTaskSlot,
        answer: Callable[[Task], None],
    ) -> None:
        super().__init__(on_progress=on_progress, on_partial=on_partial)
        self._light_slot = light_slot
        self._answer = answer

    def checkpoint(
        self, stage: str, *, done_count: int = 0, total_count: int = 0, fraction: float | None = None
    ) -> None:
        """Report progress, stop here if cancelled, and run the light task that waits."""
        super().checkpoint(stage, done_count=done_count, total_count=total_count, fraction=fraction)
        task = self._light_slot.take()
        if task is None:
            return
        self._answer(task)
        if self.is_cancelled:  # cancelled meanwhile
            raise Cancelled


class WorkerThread(QThread):
    """A thread that is one Python thread from its start to its end.

    A plain `QThread` gives Python a new thread state for every slot that it calls. TensorFlow keeps a pointer to the
    first one, and the second job then dies of a segmentation fault. A Python frame at the bottom of the thread, this
    one, keeps the state alive for as long as the event loop runs.

    Its priority is lower than the window's, and so is that of all threads that it starts (ADR 40).
    """

    def run(self) -> None:
        """Run the event loop."""
        _lower_priority()
        self.exec()


class Worker(QObject):
    """Runs jobs in the worker thread; never subclass it, and give it a callable instead."""

    progressed = Signal(object)
    published = Signal(object)
    published_lightly = Signal(object, object, object)  # Request, its inputs, partial result
    ended = Signal(object)  # JobEnd

    @Slot(object)
    def run(self, task: Task) -> None:
        """Call the job; exactly one end follows."""
        self.ended.emit(_run(task))

    def answer(self, task: Task) -> None:
        """Call a light job at a checkpoint of another one; its errors do not reach that one."""
        self.ended.emit(_run(task))


def _lower_priority() -> None:
    """Lower the priority of this thread, and of the threads and processes that it will start (Linux).

    On Linux each thread has a nice value of its own, which new threads inherit.

    Source:
        setpriority(2), "C library/kernel differences".
    """
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def _run(task: Task) -> JobEnd:
    begun_s = time.monotonic()
    try:
        result = task.job(task.monitor)
    except Cancelled:
        return _stopped(task)
    except InspectorError as error:
        logger.warning("%s [%s]", error, error.code)
        return JobEnd(task, "failed", error.with_traceback(None))
    except BaseException as error:  # the worker boundary: whatever ends a job must reach the window
        logger.exception("%s failed unexpectedly", task.request.name)
        return JobEnd(task, "failed", error.with_traceback(None))
    # After "Cancel" no result is shown, even if the job finished in time.
    if task.monitor.is_cancelled:
        return _stopped(task)
    if not task.request.is_light:
        logger.info("%s: done in %.1f s", task.request.name, time.monotonic() - begun_s)
    return JobEnd(task, "succeeded", result)


def _stopped(task: Task) -> JobEnd:
    if not task.request.is_light:
        logger.info("%s: stopped", task.request.name)
    return JobEnd(task, "cancelled")
