"""The limit of all bytes that this process may write to the scratch folder."""

import errno
import os
from collections.abc import Callable

# Less need not be told: it is held in memory anyway.
_TOLD_BYTES = 64 * 1024 * 1024


class Budget:
    """How many bytes this process may write in all; without a bound at first, as the system's limits of a process."""

    def __init__(self) -> None:
        self._left_bytes: float = float("inf")
        self._announced_bytes = 0
        self.on_size: Callable[[int], None] = lambda total_bytes: None

    def announce(self, size_bytes: int) -> None:
        """Tell how many bytes all arrays so far take, with one that is about to be written."""
        self._announced_bytes += size_bytes
        if self._announced_bytes > _TOLD_BYTES:
            self.on_size(self._announced_bytes)

    def limit(self, most_bytes: int) -> None:
        """Allow so many bytes from now on."""
        self._left_bytes = most_bytes

    def spend(self, size_bytes: int) -> None:
        """Count bytes before they are written.

        Raises:
            OSError: `EFBIG`, if there would be more than allowed.
        """
        self._left_bytes -= size_bytes
        if self._left_bytes < 0:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))


BUDGET = Budget()
