"""How the images of a file are laid out: the order of their axes, and rows of values as images."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import DatasetError
from core.intake.stored_array import StoredArray

ImageShape = tuple[int, int, int]

CHANNELS_FIRST = "C, H, W"
_CHANNEL_COUNTS = (1, 3, 4)
_ROUGHNESS_ROWS = 64  # images that are looked at to find the order of their values


def laid_out(
    stored: npt.NDArray[Any] | StoredArray, input_shape: Sequence[int] | None, name: str
) -> tuple[npt.NDArray[Any] | StoredArray, str]:
    """Return (N, H, W, C) as a view of the file's array, and the order of the axes of an image in the file.

    Transposed images are recognized only where a network's height and width differ. Rows of values, (N, D), need the
    network.

    Raises:
        DatasetError: `wrong-shape` or `misfit-input`.
    """
    if stored.ndim == 2:
        return _rows_as_images(stored, input_shape, name)
    if stored.ndim == 3:
        return (stored.with_last_axis() if isinstance(stored, StoredArray) else stored[..., None]), "H, W"
    orders = {"H, W, C": (0, 1, 2, 3), CHANNELS_FIRST: (0, 2, 3, 1), "W, H, C": (0, 2, 1, 3), "C, W, H": (0, 3, 2, 1)}
    first, last = stored.shape[1] in _CHANNEL_COUNTS, stored.shape[3] in _CHANNEL_COUNTS
    axes = CHANNELS_FIRST if first or not last else "H, W, C"
    if input_shape is not None:
        wanted = tuple(int(length) for length in input_shape)
        fitting = [each for each, order in orders.items() if tuple(stored.shape[axis] for axis in order[1:]) == wanted]
        if CHANNELS_FIRST in fitting:
            axes = CHANNELS_FIRST
        elif fitting:
            axes = fitting[0]
    elif not (first or last):
        raise DatasetError(
            f"images must have shape (N, C, H, W) or (N, H, W, C) with 1, 3 or 4 channels, "
            f"got {stored.shape} in '{name}'",
            code="wrong-shape",
        )
    return (stored if axes == "H, W, C" else stored.transpose(*orders[axes])), axes


def _rows_as_images(
    stored: npt.NDArray[Any] | StoredArray, input_shape: Sequence[int] | None, name: str
) -> tuple[npt.NDArray[Any] | StoredArray, str]:
    """Return rows of values as images of the network's size, (N, H, W, C), and the order of the values.

    Colours may be stored for each pixel, or one after the other. Images are smooth, so the smoother order is taken.
    """
    length = stored.shape[1]
    if input_shape is None:
        raise DatasetError(
            f"'{name}' contains rows of {length:,} values: open the network first, so that they can be read as images "
            "of its size",
            code="wrong-shape",
        )
    height, width, wanted = (int(each) for each in input_shape)
    for channels in (wanted, *({1, 3} - {wanted} if wanted in (1, 3) else ())):
        if height * width * channels != length:
            continue
        last = _reshaped(stored, (height, width, channels))
        if channels == 1:
            return last, "H, W, C"
        first = _reshaped(stored, (channels, height, width)).transpose(0, 2, 3, 1)
        is_last = _roughness(last) <= _roughness(first)
        return (last, "H, W, C") if is_last else (first, CHANNELS_FIRST)
    raise DatasetError(
        f"images must have shape {shape_text((height, width, wanted))} for this network, got rows of {length:,} "
        f"values in '{name}'",
        code="misfit-input",
    )


def _reshaped(stored: npt.NDArray[Any] | StoredArray, shape: ImageShape) -> Any:
    return stored.with_image_shape(shape) if isinstance(stored, StoredArray) else stored.reshape(-1, *shape)


def _roughness(images: npt.NDArray[Any] | StoredArray) -> float:
    """Return the mean difference of neighbouring pixels of some images."""
    some = np.asarray(images[:_ROUGHNESS_ROWS], dtype=np.float64)
    return sum(float(np.abs(np.diff(some, axis=axis)).mean()) for axis in (1, 2) if some.shape[axis] > 1)


def shape_text(image_shape: Sequence[int]) -> str:
    """Return height, width and channels as they are shown."""
    height, width, channels = image_shape
    return f"{height} × {width} × {channels}"
