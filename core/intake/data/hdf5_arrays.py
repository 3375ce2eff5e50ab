"""The arrays of an HDF5 file; MATLAB's files since version 7.3 are such files, with their axes reversed."""

from typing import Any

from core.intake.data.arrays import FileArray
from core.intake.limits import Limits
from core.intake.readers.screening import Screened, check_array
from core.intake.refusal import Refusal

MATLAB_START = b"MATLAB 7.3 MAT-file"


def hdf5_arrays(screened: Screened, *, limits: Limits, is_matlab: bool) -> dict[str, FileArray]:
    """Return the datasets of a screened file by path; MATLAB's own records are left out."""
    return {
        path: _array(screened, path, dataset, limits=limits, is_matlab=is_matlab)
        for path, dataset in screened.datasets.items()
        if not path.startswith("#")
    }


def _array(screened: Screened, path: str, dataset: Any, *, limits: Limits, is_matlab: bool) -> FileArray:
    shape = () if dataset.shape is None else tuple(int(length) for length in dataset.shape)
    chunks = tuple(int(length) for length in dataset.chunks or ())

    def rows(axis: int, start: int, stop: int) -> Any:
        if not is_matlab:
            return dataset[(slice(None),) * axis + (slice(start, stop),)]
        block = dataset[(slice(None),) * (len(shape) - 1 - axis) + (slice(start, stop),)]
        return block.transpose()

    def check() -> None:
        try:
            check_array(screened, path, limits, has_booleans=True)
        except Refusal as refusal:
            if refusal.code != "unsafe-type":
                raise
            raise Refusal(
                "wrong-dtype", f"'{path}' in '{screened.name}' must contain plain numbers, got {dataset.dtype}"
            ) from refusal

    if is_matlab:
        shape, chunks = shape[::-1], chunks[::-1]
    return FileArray(path, shape, dataset.dtype, rows, chunks, is_matlab, check)
