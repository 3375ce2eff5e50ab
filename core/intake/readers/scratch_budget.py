"""The limit of all bytes that this process may write to the scratch folder."""

import errno
import os


class Budget:
    """How many bytes this process may write in all; without a bound at first, as the system's limits of a process."""

    def __init__(self) -> None:
        self._left_bytes: float = float("inf")

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
