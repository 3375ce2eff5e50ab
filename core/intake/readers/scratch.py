"""Writing of arrays to the scratch folder, block by block, with constant memory."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np

from core.intake.readers.scratch_budget import BUDGET

_BLOCK_BYTES = 16 * 1024 * 1024
_ALIGNED_BYTES = 128 * 1024 * 1024

Block = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Stored:
    """A written array: file name in the scratch folder, shape, dtype."""

    file: str
    shape: tuple[int, ...]
    dtype: str

    def as_json(self) -> dict[str, object]:
        """Return the record as plain JSON values."""
        return {"file": self.file, "shape": list(self.shape), "dtype": self.dtype}


class ArrayFile:
    """A `.npy` file that is written in blocks along its first axis."""

    def __init__(self, folder: Path, file: str, *, shape: tuple[int, ...], dtype: str) -> None:
        self.stored = Stored(file, shape, dtype)
        self._dtype = np.dtype(dtype).newbyteorder("<")
        BUDGET.announce(math.prod(shape) * self._dtype.itemsize)
        self._handle: BinaryIO = (folder / file).open("xb")
        header = {"descr": self._dtype.str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._handle, header)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._handle.close()

    def write(self, block: Block) -> None:
        """Append a block, converted to the file's dtype."""
        values = np.ascontiguousarray(block, dtype=self._dtype)
        BUDGET.spend(values.nbytes)
        self._handle.write(values.data)


def write_array(folder: Path, file: str, values: Block) -> Stored:
    """Write an array that is already in memory."""
    with ArrayFile(folder, file, shape=values.shape, dtype=values.dtype.name) as target:
        target.write(values)
    return target.stored


def copy_blocks(
    source: Any,
    *,
    axis: int = 0,
    convert: Callable[[Block, int], Block],
    target: ArrayFile,
    on_block: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Copy an array to a file, block by block, with one of its axes first.

    Args:
        source: the array, already checked; see `core.intake.data.arrays.FileArray`.
        axis: the axis that comes first in the file.
        convert: gets each block and the index of its first row; checks it and returns the block to write.
        target: the file to write.
        on_block: called with the number of rows done and of all rows.
    """
    row_count = source.shape[axis]
    for start, block in blocks_of(source, axis=axis):
        target.write(convert(block, start))
        on_block(start + len(block), row_count)


def blocks_of(source: Any, *, axis: int = 0) -> Iterator[tuple[int, Block]]:
    """Yield the blocks of an array with one of its axes first, each with the index of its first row."""
    row_count = source.shape[axis]
    row_bytes = max(1, source.dtype.itemsize * math.prod(source.shape) // max(1, row_count))
    rows = max(1, _BLOCK_BYTES // row_bytes)
    chunk = source.chunk_lengths[axis] if source.chunk_lengths else 0
    if chunk and chunk * row_bytes <= _ALIGNED_BYTES:
        # Whole chunks: a chunk in two blocks would be decompressed twice.
        rows = max(1, rows // chunk) * chunk
    for start in range(0, row_count, rows):
        yield start, np.moveaxis(source.rows(axis, start, min(start + rows, row_count)), axis, 0)
