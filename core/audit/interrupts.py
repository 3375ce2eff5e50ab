"""Ctrl-C reaches every process that a terminal has started; the workers of an audit must not hear it.

The process that runs the audit hears it, and lets the networks that are examined come to their end. Where there are
masks of signals, a worker is born deaf; elsewhere it ignores the signal once it runs.
"""

import contextlib
import signal
import sys
from collections.abc import Iterator
from multiprocessing import resource_tracker
from typing import Any


def dask_setup(worker: Any) -> None:
    """Ignore Ctrl-C in a worker; Dask calls this when the module is one of its preloads."""
    del worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)


if sys.platform == "win32":

    @contextlib.contextmanager
    def unheard() -> Iterator[None]:
        """Do nothing: there are no masks of signals."""
        yield
else:

    @contextlib.contextmanager
    def unheard() -> Iterator[None]:
        """Let the threads that start inside the block, and the processes that they start, hear no Ctrl-C.

        A Ctrl-C that comes meanwhile is heard at the end of the block.
        """
        resource_tracker.ensure_running()  # starting it later would let the thread that does so hear again
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
