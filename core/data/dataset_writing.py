"""Writing of labelled images in the lab's format."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import ExportError
from core.export_file import written_whole


def write_dataset(path: Path | str, images_nhwc: npt.NDArray[Any], labels: npt.NDArray[Any]) -> None:
    """Write images and labels atomically in the lab's format: `data` (N, C, H, W), `label` (N,).

    Args:
        path: the target; an existing file is replaced.
        images_nhwc: (N, H, W, C); the dtype is kept.
        labels: (N,).

    Raises:
        ExportError: `write-failed`.
    """
    # Imported here: the window's process does not need it until something is written.
    import h5py  # noqa: PLC0415

    path = Path(path)
    data = np.ascontiguousarray(np.transpose(images_nhwc, (0, 3, 1, 2)))
    try:
        with written_whole(path) as partial, h5py.File(partial, "w") as file:
            # Chunks of whole images, so that reading a few images decompresses few others.
            chunks = (min(64, len(data)), *data.shape[1:]) if data.size else None
            file.create_dataset("data", data=data, chunks=chunks, compression="gzip" if data.size else None)
            file.create_dataset("label", data=np.asarray(labels))
    except OSError as error:
        raise ExportError(
            f"'{path.name}' could not be written: {error.strerror or error}", code="write-failed"
        ) from error
