"""Runs jobs one after the other in a worker thread, and returns their results to the GUI thread."""

import logging
from collections.abc import Iterable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from core.errors import InspectorError
from core.monitor import Monitor, Progress
from gui.job_request import NO_INPUTS, Job, Question, Request
from gui.job_worker import JobEnd, LightTaskSlot, Task, Worker, WorkerMonitor, WorkerThread

__all__ = ["NO_INPUTS", "Job", "JobRunner", "Question", "Request"]

logger = logging.getLogger(__name__)

STACK_BYTES = 64 * 2**20


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
        self._current: Task | None = None
        self._offered: Task | None = None  # a light task that the current job runs or may still run
        self._light_slot = LightTaskSlot()
        self._is_closed = False
        self._is_making = False  # a job is being made: what that submits waits for its turn
        self._thread = WorkerThread(self)
        self._thread.setObjectName("jobs")
        self._thread.setStackSize(STACK_BYTES)
        self._worker = Worker()
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
        """Whether a job is made, runs or waits."""
        return self._is_making or self._current is not None or bool(self._waiting)

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

    def cancel(self, *, is_final: bool = False) -> None:
        """Stop the running job at its next checkpoint, and drop the waiting ones; light jobs are kept.

        Args:
            is_final: whether the best result so far is not needed either.
        """
        dropped = [request for request in self._waiting if not request.is_light]
        self._waiting = [request for request in self._waiting if request.is_light]
        if self._current is not None and not self._current.request.is_light:
            self._current.monitor.cancel(is_final=is_final)
            if self._offered is not None:
                self._offered.monitor.cancel()  # it would delay stopping, and runs again afterwards
            self._requeue(self._withdraw())
        for request in dropped:
            if request.on_cancelled is not None:
                request.on_cancelled()

    def stop_closed(self, open_files: Iterable[object]) -> None:
        """Stop the running jobs that compute with a file that is not open; those that wait are made anew."""
        opened = set(map(id, open_files))
        for task in (self._current, self._offered):
            if task is not None and not opened.issuperset(map(id, task.files)):
                task.monitor.cancel(is_final=True)

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

    @Slot()
    def _start_next(self) -> None:
        if self._is_making:  # called by the making of a job, which goes on with the others when it is made
            return
        while self._current is None and self._waiting and not self._is_closed:
            request = next((waiting for waiting in self._waiting if not waiting.is_light), self._waiting[0])
            self._waiting.remove(request)
            try:
                task = self._make(request)
            except Exception:  # an error of the program must not block the waiting jobs
                QTimer.singleShot(0, self, self._start_next)
                raise
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

    def _make(self, request: Request) -> Task | None:
        self._is_making = True
        try:
            made = request.make()
        except InspectorError as error:
            logger.warning("%s [%s]", error, error.code)
            if request.on_failed is not None:
                request.on_failed(error)
            return None
        finally:
            self._is_making = False
        if made is None:
            return None
        question = made if isinstance(made, Question) else Question(made, NO_INPUTS)
        inputs = question.arguments
        monitor = self._light_monitor(request, inputs) if request.is_light else self._worker_monitor()
        return Task(request, question.job, monitor, inputs, question.files)

    def _worker_monitor(self) -> Monitor:
        worker = self._worker
        return WorkerMonitor(
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
    def _on_ended(self, end: JobEnd) -> None:
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

    def _report(self, end: JobEnd) -> None:
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
