"""The one thread that computes: jobs wait here, run one after the other, and their answers come back to the window."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from core.errors import Cancelled, InspectorError
from core.monitor import Monitor, Progress

logger = logging.getLogger(__name__)

STACK_BYTES = 64 * 2**20

Job = Callable[[Monitor], Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Request:
    """A wish for one job.

    Attributes:
        name: what is done, in words a person reads ("Opening bd_net.h5").
        make: builds the job on the GUI thread at the moment its turn comes, so that it captures the newest state;
            returns None when there is nothing left to do.
        on_succeeded: receives the job's result on the GUI thread.
        on_published: receives each partial result on the GUI thread.
        on_failed: receives the error on the GUI thread.
        on_cancelled: called on the GUI thread.
        key: a waiting request with the same key is replaced by this one.
        is_light: a short answer to a hover or a drag; goes behind all others, shows no progress, and is not what
            "Cancel" means.
    """

    name: str
    make: Callable[[], Job | None]
    on_succeeded: Callable[[Any], None] | None = None
    on_published: Callable[[Any], None] | None = None
    on_failed: Callable[[Exception], None] | None = None
    on_cancelled: Callable[[], None] | None = None
    key: str | None = None
    is_light: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """A request whose turn has come."""

    request: Request
    job: Job
    monitor: Monitor = field(default_factory=Monitor)


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
    succeeded = Signal(object)
    failed = Signal(object)
    cancelled = Signal()

    @Slot(object)
    def run(self, task: _Task) -> None:
        """Call the job; exactly one of succeeded, failed and cancelled follows."""
        begun_s = time.monotonic()
        try:
            result = task.job(task.monitor)
        except Cancelled:
            logger.info("%s: stopped", task.request.name)
            self.cancelled.emit()
        except InspectorError as error:
            logger.warning("%s [%s]", error, error.code)
            self.failed.emit(error.with_traceback(None))
        except BaseException as error:  # the worker boundary: whatever ends a job must reach the window
            logger.exception("%s failed unexpectedly", task.request.name)
            self.failed.emit(error.with_traceback(None))
        else:
            # Somebody who pressed "Cancel" is not shown a result afterwards, even when it came in time.
            if task.monitor.is_cancelled:
                logger.info("%s: stopped", task.request.name)
                self.cancelled.emit()
            else:
                if not task.request.is_light:
                    logger.info("%s: done in %.1f s", task.request.name, time.monotonic() - begun_s)
                self.succeeded.emit(result)


class JobRunner(QObject):
    """Owns the one `QThread` and runs one job at a time in it.

    All signals come on the GUI thread, and exactly one of `succeeded`, `failed` and `cancelled` ends each job that
    was `started`. The callbacks of the request are called right after the signal of the same name.
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
        self._is_closed = False
        self._thread = _Thread(self)
        self._thread.setObjectName("jobs")
        self._thread.setStackSize(STACK_BYTES)
        self._worker = _Worker()
        self._worker.moveToThread(self._thread)
        # Bound methods of an object of the GUI thread: anything else would run in the worker.
        self._dispatched.connect(self._worker.run, Qt.ConnectionType.QueuedConnection)
        self._worker.progressed.connect(self._on_progressed, Qt.ConnectionType.QueuedConnection)
        self._worker.published.connect(self._on_published, Qt.ConnectionType.QueuedConnection)
        self._worker.succeeded.connect(self._on_succeeded, Qt.ConnectionType.QueuedConnection)
        self._worker.failed.connect(self._on_failed, Qt.ConnectionType.QueuedConnection)
        self._worker.cancelled.connect(self._on_cancelled, Qt.ConnectionType.QueuedConnection)
        self._thread.start()

    @property
    def current(self) -> Request | None:
        """What runs now."""
        return self._current.request if self._current else None

    @property
    def is_busy(self) -> bool:
        """Whether a job runs or waits."""
        return self._current is not None or bool(self._waiting)

    def submit(self, request: Request) -> None:
        """Run a job as soon as its turn comes: in the order of asking, light ones behind all others."""
        if self._is_closed:
            return
        if request.key is not None:
            self._waiting = [waiting for waiting in self._waiting if waiting.key != request.key]
        self._waiting.append(request)
        self._start_next()

    def is_waiting(self, key: str) -> bool:
        """Whether a request with this key has not begun yet."""
        return any(request.key == key for request in self._waiting)

    def cancel(self) -> None:
        """Ask the running job to stop at its next checkpoint, and forget those that wait; light ones go on."""
        dropped = [request for request in self._waiting if not request.is_light]
        self._waiting = [request for request in self._waiting if request.is_light]
        if self._current is not None and not self._current.request.is_light:
            self._current.monitor.cancel()
        for request in dropped:
            if request.on_cancelled is not None:
                request.on_cancelled()

    def shut_down(self) -> None:
        """Cancel, let the thread end and wait for it; nothing runs or is reported afterwards."""
        if self._is_closed:
            return
        self._is_closed = True
        self._waiting.clear()
        if self._current is not None:
            self._current.monitor.cancel()
        self._thread.quit()
        self._thread.wait()
        if self._current is not None:
            self._current = None
            self.cancelled.emit()

    def _start_next(self) -> None:
        while self._current is None and self._waiting and not self._is_closed:
            request = next((waiting for waiting in self._waiting if not waiting.is_light), self._waiting[0])
            self._waiting.remove(request)
            try:
                job = request.make()
            except InspectorError as error:
                logger.warning("%s [%s]", error, error.code)
                if request.on_failed is not None:
                    request.on_failed(error)
                continue
            if job is None:
                continue
            monitor = Monitor(on_progress=self._worker.progressed.emit, on_partial=self._worker.published.emit)
            self._current = _Task(request, job, monitor)
            self.started.emit(request)
            self._dispatched.emit(self._current)

    def _end(self) -> Request | None:
        """Take the running request off; None when the window is closing and nobody listens."""
        assert self.thread().isCurrentThread(), "answers must come on the GUI thread"
        if self._is_closed or self._current is None:
            return None
        request = self._current.request
        self._current = None
        return request

    def _go_on(self) -> None:
        self._start_next()
        if not self.is_busy:
            self.became_idle.emit()

    @Slot(object)
    def _on_progressed(self, progress: Progress) -> None:
        assert self.thread().isCurrentThread(), "progress must come on the GUI thread"
        if not self._is_closed and self._current is not None and not self._current.request.is_light:
            self.progressed.emit(progress)

    @Slot(object)
    def _on_published(self, partial: object) -> None:
        assert self.thread().isCurrentThread(), "partial results must come on the GUI thread"
        if self._is_closed or self._current is None or self._current.monitor.is_cancelled:
            return
        self.published.emit(partial)
        if self._current.request.on_published is not None:
            self._current.request.on_published(partial)

    @Slot(object)
    def _on_succeeded(self, result: object) -> None:
        request = self._end()
        if request is None:
            return
        try:
            self.succeeded.emit(result)
            if request.on_succeeded is not None:
                request.on_succeeded(result)
        finally:  # a fault in a callback must not hold up the jobs that wait
            self._go_on()

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        request = self._end()
        if request is None:
            return
        try:
            self.failed.emit(error)
            if request.on_failed is not None:
                request.on_failed(error)
        finally:
            self._go_on()

    @Slot()
    def _on_cancelled(self) -> None:
        request = self._end()
        if request is None:
            return
        try:
            self.cancelled.emit()
            if request.on_cancelled is not None:
                request.on_cancelled()
        finally:
            self._go_on()
