"""Compares what a file's content takes with what there is, before it is read.

Images of large sets stay on the disk, in the cache folder, and are read where they are indexed: a set that is larger
than the memory can be opened, but is slow. Weights have to be in memory.
"""

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from core.intake.refusal import Refusal
from core.intake.room.memory import available_bytes

SHARE = 0.5  # of the available memory that a file may take without a word
COPIES = {"model": 2}  # of the weights: those of the open network, and of one that is made of it
_asks: ContextVar[bool] = ContextVar("asks", default=False)
_log = logging.getLogger(__name__)


@contextmanager
def asking_first() -> Iterator[None]:
    """Refuse what takes much of the memory, with the code `needs-room`; otherwise it is read with a warning."""
    before = _asks.set(True)
    try:
        yield
    finally:
        _asks.reset(before)


class Room:
    """Watches one reading.

    Args:
        kind: the kind of file.
        name: its name, for messages.
        folder: where the child writes.
    """

    def __init__(self, kind: str, name: str, folder: Path) -> None:
        self._kind, self._name, self._folder = kind, name, folder
        self._total_bytes = 0
        self._is_told = False

    def announce(self, total_bytes: int) -> None:
        """Take what the child is about to write, all its arrays so far together.

        Raises:
            Refusal: `cache-folder`, if there is no room on the disk; `needs-room`.
        """
        new_bytes, self._total_bytes = total_bytes - self._total_bytes, total_bytes
        try:
            free_bytes = shutil.disk_usage(self._folder).free
        except OSError:
            free_bytes = new_bytes  # what is wrong is said when it is written
        if new_bytes > free_bytes:
            raise Refusal(
                "cache-folder",
                f"'{self._name}' takes {size_text(new_bytes)} in the cache folder, where only {size_text(free_bytes)} "
                "are free",
            )
        self.check_memory(total_bytes)

    def check_memory(self, total_bytes: int) -> None:
        """Compare the content with the available memory.

        Raises:
            Refusal: `needs-room`.
        """
        available, needed = available_bytes(), total_bytes * COPIES.get(self._kind, 1)
        if available is None or needed <= SHARE * available or self._is_told:
            return
        self._is_told = True
        there = f"{size_text(available)} of memory are available"
        if self._kind == "model":
            sentence = (
                f"'{self._name}' holds {size_text(total_bytes)} of weights and needs about {size_text(needed)} of "
                f"memory with a network that is made of it; {there}"
            )
        else:
            sentence = (
                f"'{self._name}' needs {size_text(total_bytes)}, and {there}: its content is read from the disk again "
                "and again, which takes longer"
            )
        if _asks.get():
            raise Refusal("needs-room", sentence)
        _log.warning("%s", sentence)


def size_text(size_bytes: float) -> str:
    """Return a size as "31 GB", "1.2 GB" or "340 MB"."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        value = size_bytes / factor
        if value >= 1 or unit == "MB":
            return f"{value:.1f} {unit}" if value < 10 else f"{value:,.0f} {unit}"
    raise AssertionError
