"""Writing of labelled images in the lab's format."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import ExportError
from core.export_file import written_whole
from core.intake.row_array import RowArray

_ROWS_AT_ONCE = 512


def write_dataset(path: Path | str, images_nhwc: npt.NDArray[Any] | RowArray, labels: npt.NDArray[Any]) -> None:
    """Write images and labels atomically in the lab's format: `data` (N, C, H, W), `label` (N,).

    Args:
        path: the target; an existing file is replaced.
        images_nhwc: (N, H, W, C); the dtype is kept. Images that are made where they are indexed are written a few
            hundred at a time.
        labels: (N,).

    Raises:
        ExportError: `write-failed`.
    """
    # Imported here: the window's process does not need it until something is written.
    import h5py  # noqa: PLC0415

    path = Path(path)
    count, height, width, channels = images_nhwc.shape
    shape = (count, channels, height, width)
    try:
        with written_whole(path) as partial, h5py.File(partial, "w") as file:
            # Chunks of whole images, so that reading a few images decompresses few others.
            has_values = math.prod(shape) > 0
            chunks = (min(64, count), *shape[1:]) if has_values else None
            compression = "gzip" if has_values else None
            data = file.create_dataset("data", shape, images_nhwc.dtype, chunks=chunks, compression=compression)
            for start in range(0, count, _ROWS_AT_ONCE):
                data[start : start + _ROWS_AT_ONCE] = np.transpose(
                    np.asarray(images_nhwc[start : start + _ROWS_AT_ONCE]), (0, 3, 1, 2)
                )
            file.create_dataset("label", data=np.asarray(labels))
    except OSError as error:
        raise ExportError(
            f"'{path.name}' could not be written: {error.strerror or error}", code="write-failed"
        ) from error
