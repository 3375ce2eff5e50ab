"""Writing of arrays to the scratch folder, block by block, with constant memory."""

from collections.abc import Callable
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
    dataset: Any,
    *,
    convert: Callable[[Block, int], Block],
    target: ArrayFile,
    on_block: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Copy a dataset with at least one axis to a file, block by block.

    Args:
        dataset: the HDF5 dataset, already checked.
        convert: gets each block and the index of its first row; checks it and returns the block to write.
        target: the file to write.
        on_block: called with the number of rows done and of all rows.
    """
    row_count = dataset.shape[0]
    row_bytes = max(1, dataset.dtype.itemsize * int(np.prod(dataset.shape[1:], dtype=np.int64)))
    rows = max(1, _BLOCK_BYTES // row_bytes)
    if dataset.chunks and dataset.chunks[0] * row_bytes <= _ALIGNED_BYTES:
        # Whole chunks: a chunk in two blocks would be decompressed twice.
        rows = max(1, rows // dataset.chunks[0]) * dataset.chunks[0]
    for start in range(0, row_count, rows):
        block = dataset[start : start + rows]
        target.write(convert(block, start))
        on_block(min(start + rows, row_count), row_count)
