"""Faults at every step of a save: the process is killed before the step, or the step fails."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

STEPS = {
    "open",
    "os.rename",
    "os.link",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.chmod",
    "os.truncate",
    "tempfile.mkstemp",
}
_handler: list[Callable[[], None]] = []
_is_installed: list[bool] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _handler and event in STEPS and _is_change(event, arguments):
        _handler[0]()


def _is_change(event: str, arguments: tuple[Any, ...]) -> bool:
    if event != "open":
        return True
    flags = arguments[2]
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


@contextmanager
def watched(handler: Callable[[], None]) -> Iterator[None]:
    """Call a handler before each step that changes something on the disk."""
    if not _is_installed:
        sys.addaudithook(_hook)
        _is_installed.append(True)
    _handler.append(handler)
    try:
        yield
    finally:
        _handler.clear()


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Work in a process that is killed before the step of that number; return whether it was."""
    child = os.fork()
    if child == 0:
        left = [step]

        def die() -> None:
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1

        status = 1
        try:
            with watched(die):
                work()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0, "the work failed"
    return False


@contextmanager
def failing_at(step: int, error: OSError) -> Iterator[list[int]]:
    """Let one step and all later ones that need room fail; gives a list that is empty if there was no such step."""
    seen: list[int] = []
    left = [step]

    def fail() -> None:
        left[0] -= 1
        if left[0] == -1:
            seen.append(step)
            raise error

    with watched(fail):
        yield seen


def hidden(folder: Path) -> list[str]:
    """Names that a person does not see, in a folder and all below it."""
    return sorted(each.name for each in folder.rglob(".*"))


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the process is forked to be killed")
