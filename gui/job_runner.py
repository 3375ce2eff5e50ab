"""Runs jobs one after the other in a worker thread, and returns their results to the GUI thread."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from core.errors import Cancelled, InspectorError
from core.monitor import Monitor, Progress

logger = logging.getLogger(__name__)

STACK_BYTES = 64 * 2**20

Job = Callable[[Monitor], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A job and its inputs.

    Attributes:
        job: the job.
        inputs: passed with each result, as second argument of `on_succeeded` and `on_published`.
    """

    job: Job
    inputs: Any


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Request:
    """A request to run one job.

    Attributes:
        name: what the job does, as shown to the user ("Opening bd_net.h5").
        make: builds the job on the GUI thread when its turn comes, so that it captures the newest state; returns None
            if there is nothing left to do, and a `Question` if the result is to be passed with its inputs.
        on_succeeded: receives the job's result on the GUI thread.
        on_published: receives each partial result on the GUI thread.
        on_failed: receives the error on the GUI thread.
        on_cancelled: called on the GUI thread.
        key: a waiting request with the same key is replaced by this one.
        is_light: a short job for a click, a hover or a dropped image. It shows no progress, passes partial results only
            to its own `on_published`, and is not stopped by "Cancel". While another job runs, it runs at one of that
            job's checkpoints, or else after all others; `make` is then called again.
    """

    name: str
    make: Callable[[], Job | Question | None]
    on_succeeded: Callable[..., None] | None = None
    on_published: Callable[..., None] | None = None
    on_failed: Callable[[Exception], None] | None = None
    on_cancelled: Callable[[], None] | None = None
    key: str | None = None
    is_light: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """A request whose turn has come."""

    request: Request
    job: Job
    monitor: Monitor
    inputs: tuple[Any, ...] = ()  # of a `Question`, one


@dataclass(frozen=True, slots=True, eq=False)
class _End:
    """How a task ended."""

    task: _Task
    outcome: Literal["succeeded", "failed", "cancelled"]
    value: Any = None


class _LightTaskSlot:
    """Holds the light task that a running job may run at its next checkpoint; used by both threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._task: _Task | None = None

    def put(self, task: _Task) -> None:
        """Offer a task."""
        with self._lock:
            self._task = task

    def take(self) -> _Task | None:
        """Remove and return the task, to run or withdraw it; None if there is none or the other thread took it."""
        with self._lock:
            task, self._task = self._task, None
            return task


class _WorkerMonitor(Monitor):
    """The monitor of a job that is not light: its checkpoints first run the light task that waits.

    That happens in the worker thread, between two pieces of the job's own work, so there is still one thread.
    """

    def __init__(
        self,
        *,
        on_progress: Callable[[Progress], None],
        on_partial: Callable[[object], None],
        light_slot: _LightTaskSlot,
        answer: Callable[[_Task], None],
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


class _Thread(QThread):
    """A thread that is one Python thread from its start to its end.

    A plain `QThread` gives Python a new thread state for every slot that it calls. TensorFlow keeps a pointer to the
    first one, and the second job then dies of a segmentation fault. A Python frame at the bottom of the thread, this
    one, keeps the state alive for as long as the event loop runs.
    """

    def run(self) -> None:
        """Run the event loop."""
        self.exec()


class _Worker(QObject):
    """Runs jobs in the worker thread; never subclass it, and give it a callable instead."""

    progressed = Signal(object)
    published = Signal(object)
    published_lightly = Signal(object, object, object)  # Request, its inputs, partial result
    ended = Signal(object)  # _End

    @Slot(object)
    def run(self, task: _Task) -> None:
        """Call the job; exactly one end follows."""
        self.ended.emit(_run(task))

    def answer(self, task: _Task) -> None:
        """Call a light job at a checkpoint of another one; its errors do not reach that one."""
        self.ended.emit(_run(task))


def _run(task: _Task) -> _End:
    begun_s = time.monotonic()
    try:
        result = task.job(task.monitor)
    except Cancelled:
        return _stopped(task)
    except InspectorError as error:
        logger.warning("%s [%s]", error, error.code)
        return _End(task, "failed", error.with_traceback(None))
    except BaseException as error:  # the worker boundary: whatever ends a job must reach the window
        logger.exception("%s failed unexpectedly", task.request.name)
        return _End(task, "failed", error.with_traceback(None))
    # After "Cancel" no result is shown, even if the job finished in time.
    if task.monitor.is_cancelled:
        return _stopped(task)
    if not task.request.is_light:
        logger.info("%s: done in %.1f s", task.request.name, time.monotonic() - begun_s)
    return _End(task, "succeeded", result)


def _stopped(task: _Task) -> _End:
    if not task.request.is_light:
        logger.info("%s: stopped", task.request.name)
    return _End(task, "cancelled")


class JobRunner(QObject):
    """Owns the one `QThread` and runs one job at a time in it.

    All signals are emitted on the GUI thread, and exactly one of `succeeded`, `failed` and `cancelled` ends each job
    that was `started`. The callbacks of the request are called right after the signal of the same name. A light job
    that ran at a checkpoint of another one is `started` and ended together, when its result arrives.
    """

    started = Signal(object)  # Request
    progressed = Signal(object)  # core.monitor.Progress
    published = Signal(object)  # a frozen record
    succeeded = Signal(object)
    failed = Signal(object)  # an exception
    cancelled = Signal()
    became_idle = Signal()
    _dispatched = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: list[Request] = []
        self._current: _Task | None = None
        self._offered: _Task | None = None  # a light task that the current job runs or may still run
        self._light_slot = _LightTaskSlot()
        self._is_closed = False
        self._thread = _Thread(self)
        self._thread.setObjectName("jobs")
        self._thread.setStackSize(STACK_BYTES)
        self._worker = _Worker()
        self._worker.moveToThread(self._thread)
        # Slots must be bound methods of a GUI-thread object: anything else would run in the worker.
        self._dispatched.connect(self._worker.run, Qt.ConnectionType.QueuedConnection)
        self._worker.progressed.connect(self._on_progressed, Qt.ConnectionType.QueuedConnection)
        self._worker.published.connect(self._on_published, Qt.ConnectionType.QueuedConnection)
        self._worker.published_lightly.connect(self._on_published_lightly, Qt.ConnectionType.QueuedConnection)
        self._worker.ended.connect(self._on_ended, Qt.ConnectionType.QueuedConnection)
        self._thread.start()

    @property
    def current(self) -> Request | None:
        """The running request; None if there is none."""
        return self._current.request if self._current else None

    @property
    def is_busy(self) -> bool:
        """Whether a job runs or waits."""
        return self._current is not None or bool(self._waiting)

    def submit(self, request: Request) -> None:
        """Queue a job: jobs run in the order of submission, light ones in the gaps of the others."""
        if self._is_closed:
            return
        if request.key is not None:
            self._waiting = [waiting for waiting in self._waiting if waiting.key != request.key]
            if self._offered is not None and self._offered.request.key == request.key:
                self._withdraw()
        self._waiting.append(request)
        self._start_next()

    def is_waiting(self, key: str) -> bool:
        """Whether a request with this key has not begun yet."""
        return any(request.key == key for request in self._waiting)

    def cancel(self) -> None:
        """Stop the running job at its next checkpoint, and drop the waiting ones; light jobs are kept."""
        dropped = [request for request in self._waiting if not request.is_light]
        self._waiting = [request for request in self._waiting if request.is_light]
        if self._current is not None and not self._current.request.is_light:
            self._current.monitor.cancel()
            if self._offered is not None:
                self._offered.monitor.cancel()  # it would delay stopping, and runs again afterwards
            self._requeue(self._withdraw())
        for request in dropped:
            if request.on_cancelled is not None:
                request.on_cancelled()

    def shut_down(self) -> None:
        """Cancel, let the thread end and wait for it; nothing runs or is reported afterwards."""
        if self._is_closed:
            return
        self._is_closed = True
        self._waiting.clear()
        for task in (self._current, self._offered):
            if task is not None:
                task.monitor.cancel(is_final=True)  # the best result so far is not needed either
        self._withdraw()
        self._thread.quit()
        self._thread.wait()
        if self._current is not None:
            self._current = None
            self.cancelled.emit()

    def _start_next(self) -> None:
        while self._current is None and self._waiting and not self._is_closed:
            request = next((waiting for waiting in self._waiting if not waiting.is_light), self._waiting[0])
            self._waiting.remove(request)
            task = self._make(request)
            if task is None:
                continue
            self._current = task
            self.started.emit(request)
            self._dispatched.emit(self._current)
        self._offer()

    def _offer(self) -> None:
        """Offer the first waiting light request to the running job."""
        while self._current is not None and not self._current.request.is_light and self._offered is None:
            request = next((waiting for waiting in self._waiting if waiting.is_light), None)
            if request is None or self._current.monitor.is_cancelled or self._is_closed:
                return
            self._waiting.remove(request)
            self._offered = self._make(request)
            if self._offered is not None:
                self._light_slot.put(self._offered)

    def _withdraw(self) -> Request | None:
        """Withdraw the offered task; return None if the worker has begun it or there is none."""
        task = self._light_slot.take()
        if task is None:
            return None
        self._offered = None
        return task.request

    def _requeue(self, request: Request | None) -> None:
        """Queue a light request again, unless a newer one replaced it."""
        if request is not None and (request.key is None or not self.is_waiting(request.key)):
            self._waiting.insert(0, request)

    def _make(self, request: Request) -> _Task | None:
        try:
            made = request.make()
        except InspectorError as error:
            logger.warning("%s [%s]", error, error.code)
            if request.on_failed is not None:
                request.on_failed(error)
            return None
        if made is None:
            return None
        job, inputs = (made.job, (made.inputs,)) if isinstance(made, Question) else (made, ())
        monitor = self._light_monitor(request, inputs) if request.is_light else self._worker_monitor()
        return _Task(request, job, monitor, inputs)

    def _worker_monitor(self) -> Monitor:
        worker = self._worker
        return _WorkerMonitor(
            on_progress=worker.progressed.emit,
            on_partial=worker.published.emit,
            light_slot=self._light_slot,
            answer=worker.answer,
        )

    def _light_monitor(self, request: Request, inputs: tuple[Any, ...]) -> Monitor:
        return Monitor(on_partial=partial(self._worker.published_lightly.emit, request, inputs))

    @Slot(object)
    def _on_progressed(self, progress: Progress) -> None:
        assert self.thread().isCurrentThread(), "progress must come on the GUI thread"
        if not self._is_closed and self._current is not None:
            self.progressed.emit(progress)

    @Slot(object)
    def _on_published(self, partial_result: object) -> None:
        assert self.thread().isCurrentThread(), "partial results must come on the GUI thread"
        if self._is_closed or self._current is None or self._current.monitor.is_cancelled:
            return
        self.published.emit(partial_result)
        if self._current.request.on_published is not None:
            self._current.request.on_published(partial_result, *self._current.inputs)

    @Slot(object, object, object)
    def _on_published_lightly(self, request: Request, inputs: tuple[Any, ...], partial_result: object) -> None:
        assert self.thread().isCurrentThread(), "partial results must come on the GUI thread"
        if not self._is_closed and request.on_published is not None:
            request.on_published(partial_result, *inputs)

    @Slot(object)
    def _on_ended(self, end: _End) -> None:
        assert self.thread().isCurrentThread(), "answers must come on the GUI thread"
        if self._is_closed:  # the window is closed
            return
        if end.task is self._offered:
            self._offered = None
            if (
                end.task.monitor.is_cancelled and end.outcome == "cancelled"
            ):  # it was stopped so that the running job could stop
                self._requeue(end.task.request)
                self._start_next()
                return
            self.started.emit(end.task.request)
        else:
            self._current = None
            self._requeue(self._withdraw())
        try:
            self._report(end)
        finally:  # an error in a callback must not block the waiting jobs
            self._start_next()
            if not self.is_busy:
                self.became_idle.emit()

    def _report(self, end: _End) -> None:
        request = end.task.request
        if end.outcome == "succeeded":
            self.succeeded.emit(end.value)
            if request.on_succeeded is not None:
                request.on_succeeded(end.value, *end.task.inputs)
        elif end.outcome == "failed":
            self.failed.emit(end.value)
            if request.on_failed is not None:
                request.on_failed(end.value)
        else:
            self.cancelled.emit()
            if request.on_cancelled is not None:
                request.on_cancelled()
