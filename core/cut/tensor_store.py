"""Storage for large arrays: in memory up to a budget, then in a memory-mapped temporary file."""

import mmap
import os
import tempfile
import threading
import weakref
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ExportError
from core.intake.cache import intake_folder
from core.intake.refusal import Refusal

MEMORY_BUDGET_BYTES = 256 << 20


class TensorStore:
    """A thread-safe store of arrays.

    Args:
        memory_bytes: how much stays in memory; arrays beyond that go to the file.

    Attributes:
        spilled_bytes: how much went to the file.
    """

    def __init__(self, memory_bytes: int) -> None:
        self._left_bytes = memory_bytes
        self._lock = threading.Lock()
        self._file: IO[Any] | None = None
        self._end = 0
        self.spilled_bytes = 0

    def keep(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return the array itself or, if it exceeds the budget, a memory-mapped copy that uses no RAM of its own.

        Raises:
            ExportError: the disk is full too.
        """
        if array.nbytes == 0:
            return array
        with self._lock:
            if array.nbytes <= self._left_bytes:
                self._left_bytes -= array.nbytes
                return array
            start = self._reserve(array.nbytes)
            assert self._file is not None
            mapped = np.memmap(self._file, dtype=array.dtype, mode="r+", offset=start, shape=array.shape)
        mapped[...] = array
        forget_pages(mapped)
        return mapped.view(np.ndarray)

    def _reserve(self, size_bytes: int) -> int:
        """Reserve the space now: writing to a mapped file on a full disk would kill the process."""
        folder = _folder()
        start = self._end
        size_bytes = -(-size_bytes // mmap.ALLOCATIONGRANULARITY) * mmap.ALLOCATIONGRANULARITY
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="backdoor-inspector-", dir=folder)  # noqa: SIM115 - kept
                weakref.finalize(self, self._file.close)
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self._file.fileno(), start, size_bytes)
            else:
                self._file.seek(start)
                self._file.write(bytes(size_bytes))
                self._file.flush()
        except OSError as error:
            raise ExportError(
                f"the outputs of this layer need {(start + size_bytes) / 1e9:.2f} GB of temporary space, but "
                f"'{folder}' does not have it ({error.strerror or error}): free some space, or prune a later layer",
                code="no-space",
            ) from error
        self._end += size_bytes
        self.spilled_bytes += size_bytes
        return start


def forget_pages(array: NDArray[Any]) -> None:
    """Release the pages of a mapped array; the system reads them again when they are needed."""
    base: Any = array
    while base is not None and not isinstance(base, mmap.mmap):
        base = getattr(base, "_mmap", None) if isinstance(base, np.memmap) else getattr(base, "base", None)
    if base is not None and hasattr(base, "madvise"):
        base.madvise(mmap.MADV_DONTNEED)


def _folder() -> str:
    """Return a folder beside the cache, since the system's temporary folder may be in memory."""
    try:
        return str(intake_folder())
    except Refusal:
        return tempfile.gettempdir()
