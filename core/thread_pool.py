"""A pool of threads that work on separate blocks of images and keep every core busy."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from types import TracebackType
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

from core.errors import Cancelled

T = TypeVar("T")

MOST_THREADS = 5  # each thread holds its own batch; TensorFlow uses the other cores of a larger machine
POLL_S = 0.02
CORES_VARIABLE = "BACKDOOR_INSPECTOR_CORES"
"""The environment variable by which several processes on one machine share its cores."""


def core_count() -> int:
    """Return the number of cores that this process may use: all, or as many as `BACKDOOR_INSPECTOR_CORES` says."""
    return int(os.environ.get(CORES_VARIABLE) or os.cpu_count() or 1)


def worker_count() -> int:
    """Return the number of threads: one per core, plus one while others wait for TensorFlow, at most `MOST_THREADS`."""
    return min(core_count() + 1, MOST_THREADS)


class ThreadPool:
    """A context manager that runs tasks in parallel; leaving it stops the running tasks.

    While any pool is open, numpy's matrix products use one thread each, since the tasks already use all cores.

    Args:
        is_waiting: whether leaving early waits for the running tasks, because their data is used again afterwards.
    """

    def __init__(self, *, is_waiting: bool = False) -> None:
        self._is_waiting = is_waiting
        self.stop = threading.Event()
        self._executor = ThreadPoolExecutor(worker_count(), thread_name_prefix="worker")

    def __enter__(self) -> "ThreadPool":
        _single_threaded_blas.enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop.set()
        # After a cancel the caller does not wait for running batches: each worker ends after its own.
        self._executor.shutdown(wait=self._is_waiting or kind is None, cancel_futures=True)
        _single_threaded_blas.leave()

    def check(self) -> None:
        """Stop a task if the pool is being left; tasks call it regularly.

        Raises:
            Cancelled: the pool is being left.
        """
        if self.stop.is_set():
            raise Cancelled

    def run(self, tasks: Iterable[Callable[[], T]], *, while_waiting: Callable[[], None]) -> Iterator[T]:
        """Yield the tasks' results in order; only a few tasks are started ahead of the consumer.

        Args:
            tasks: the tasks; each runs in a worker.
            while_waiting: called in this thread about every 20 ms; its exceptions are passed on.
        """
        pending: deque[Future[T]] = deque()
        for task in tasks:
            pending.append(self._executor.submit(task))
            if len(pending) > worker_count() + 1:
                yield _wait(pending.popleft(), while_waiting)
        while pending:
            yield _wait(pending.popleft(), while_waiting)


def run_aside(task: Callable[[], T], *, while_waiting: Callable[[], None]) -> T:
    """Run a task that cannot be stopped, such as compiling, in its own thread; if waiting is cancelled, it runs on.

    Args:
        task: the task.
        while_waiting: called in this thread about every 20 ms; its exceptions are passed on.
    """
    executor = ThreadPoolExecutor(1, thread_name_prefix="aside")
    try:
        return _wait(executor.submit(task), while_waiting)
    finally:
        executor.shutdown(wait=False)


def _wait(future: Future[T], while_waiting: Callable[[], None]) -> T:
    while True:
        while_waiting()
        try:
            return future.result(timeout=POLL_S)
        except TimeoutError:
            if future.done():
                return future.result()


class _SingleThreadedBlas:
    """Limits numpy's matrix products to one thread from the first pool that opens until the last one closes.

    The limit belongs to the process, and pools of several threads overlap: each on its own would restore the threads
    while another still runs, or would take another's limit for the original.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._limits: Any = None

    def enter(self) -> None:
        with self._lock:
            if not self._count:
                self._limits = _controller().limit(limits=1, user_api="blas")
            self._count += 1

    def leave(self) -> None:
        with self._lock:
            self._count -= 1
            if not self._count:
                self._limits.restore_original_limits()


_single_threaded_blas = _SingleThreadedBlas()


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
