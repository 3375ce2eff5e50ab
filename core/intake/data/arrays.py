"""An array of a file: what it is called, its shape and its values, whatever the file's form."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.intake.limits import Limits
from core.intake.readers.scratch import Block
from core.intake.refusal import Refusal, shortened

Rows = Callable[[int, int, int], Block]


@dataclass(frozen=True, slots=True)
class FileArray:
    """An array that a file contains; its values are read only on request.

    Attributes:
        key: its name in the file.
        shape: its shape, in the order of its own language: (H, W, C, N) in MATLAB.
        dtype: its dtype.
        rows: reads `start` to `stop` along an axis.
        chunk_lengths: how the file stores it, by axis; empty if that does not matter.
        is_matlab: whether a language whose last axis counts the images wrote it.
        check: called before values are read; may refuse the array.
    """

    key: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    rows: Rows
    chunk_lengths: tuple[int, ...] = ()
    is_matlab: bool = False
    check: Callable[[], object] = lambda: None

    @property
    def is_numeric(self) -> bool:
        """Whether it contains whole numbers, floats or truth values."""
        return self.dtype.kind in "iufb"

    @property
    def size(self) -> int:
        """Number of its values."""
        count = 1
        for length in self.shape:
            count *= length
        return count

    def whole(self) -> Block:
        """Return all values; the caller has looked at the size."""
        self.check()
        return self.rows(0, 0, self.shape[0])


def in_memory(key: str, values: Block, *, is_matlab: bool = False) -> FileArray:
    """Return an array that was read already."""

    def rows(axis: int, start: int, stop: int) -> Block:
        return values[(slice(None),) * axis + (slice(start, stop),)]

    return FileArray(key, values.shape, values.dtype, rows, is_matlab=is_matlab)


def check_in_memory(size_bytes: int, *, what: str, name: str, limits: Limits) -> None:
    """Refuse what must be read at once and would take too much memory.

    Raises:
        Refusal: `file-too-large`.
    """
    most_bytes = limits.memory_bytes // 4
    if size_bytes > most_bytes:
        raise Refusal(
            "file-too-large",
            f"'{shortened(what)}' in '{name}' claims {size_bytes:,} bytes: at most {most_bytes:,} can be read of this "
            "form; save the images as HDF5 instead",
        )
