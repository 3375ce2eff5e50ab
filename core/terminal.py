"""Messages that reach the terminal even while stderr is redirected."""

import contextlib
import os
import sys
from collections.abc import Iterator

_urgent = [2]


def say_at_once(line: str) -> None:
    """Write a line to stderr from a signal handler, where Python's own stream may be in the middle of a write."""
    start = "\r\x1b[K" if os.isatty(_urgent[-1]) else ""
    with contextlib.suppress(OSError):
        os.write(_urgent[-1], f"{start}{line}\n".encode(sys.stderr.encoding or "utf-8", "replace"))


@contextlib.contextmanager
def urgent_words_to(descriptor: int) -> Iterator[None]:
    """Make `say_at_once` write to another descriptor while stderr itself is redirected."""
    _urgent.append(descriptor)
    try:
        yield
    finally:
        _urgent.pop()
