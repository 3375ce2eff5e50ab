"""Starts the intake's children for most tests: forks of one process, where the application starts new ones."""

import os
import subprocess
import threading
from collections.abc import Mapping
from typing import Any

from core.intake import child_process
from tests.hostile.forking import ForkedChild, ForkServer

new_start = child_process._start
"""What the application uses."""


class ForkedStart:
    """Called in place of `core.intake.child_process._start`.

    A new child is started where one cannot be forked: beside another one, in a process that is a fork itself, or where
    a test has replaced what starts processes.
    """

    def __init__(self) -> None:
        self._server: ForkServer | None = None
        self._owner, self._popen, self._lock = os.getpid(), subprocess.Popen, threading.Lock()

    def __call__(self, request: Mapping[str, Any]) -> "ForkedChild | subprocess.Popen[bytes]":
        if os.getpid() != self._owner or subprocess.Popen is not self._popen:
            return new_start(request)
        with self._lock:
            if self._server is None:
                self._server = ForkServer(has_readers=False)
            if not self._server.is_busy:
                return self._server.start(request)
        return new_start(request)

    def close(self) -> None:
        """End the process that forks."""
        if self._server is not None:
            self._server.close()
