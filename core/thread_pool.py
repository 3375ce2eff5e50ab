"""A few threads that work on separate blocks of images, so that every core has something to do all the time."""

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

MOST_LANES = 5  # each holds a batch of its own; TensorFlow uses the other cores of a larger machine
POLL_S = 0.02


def worker_count() -> int:
    """One a core and one for the gaps while the others wait for TensorFlow, at most `MOST_LANES`."""
    return min((os.cpu_count() or 1) + 1, MOST_LANES)


class ThreadPool:
    """Runs tasks side by side; leaving it stops what still runs.

    While it is open numpy's matrix products take one thread each: the threads are the threads.

    Args:
        is_waiting: whether leaving early waits for the tasks under way, because something is done with them again.
    """

    def __init__(self, *, is_waiting: bool = False) -> None:
        self._is_waiting = is_waiting
        self.stop = threading.Event()
        self._executor = ThreadPoolExecutor(worker_count(), thread_name_prefix="worker")
        self._limits: Any = None

    def __enter__(self) -> "ThreadPool":
        self._limits = _controller().limit(limits=1, user_api="blas")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop.set()
        # Who was asked to stop does not wait for the batches under way: each worker ends after its own.
        self._executor.shutdown(wait=self._is_waiting or kind is None, cancel_futures=True)
        self._limits.restore_original_limits()

    def check(self) -> None:
        """Called by tasks now and then.

        Raises:
            Cancelled: the threads are being left.
        """
        if self.stop.is_set():
            raise Cancelled

    def run(self, tasks: Iterable[Callable[[], T]], *, while_waiting: Callable[[], None]) -> Iterator[T]:
        """The tasks' results, in their order; only a few are begun before the first is taken.

        Args:
            tasks: what to do; each in a worker.
            while_waiting: called in this thread about every 20 ms; what it raises comes out here.
        """
        pending: deque[Future[T]] = deque()
        for task in tasks:
            pending.append(self._executor.submit(task))
            if len(pending) > worker_count() + 1:
                yield _wait(pending.popleft(), while_waiting)
        while pending:
            yield _wait(pending.popleft(), while_waiting)


def run_aside(task: Callable[[], T], *, while_waiting: Callable[[], None]) -> T:
    """The result of a task that nothing can stop, such as compiling; who stops waiting leaves it to end by itself.

    Args:
        task: what to do.
        while_waiting: called in this thread about every 20 ms; what it raises comes out here.
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


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
