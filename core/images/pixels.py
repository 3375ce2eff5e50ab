"""The pixels of images as people see them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.data.image import InputImage, as_seen
from core.scale import Scale


def seen_pixels(dataset: Dataset, rows: NDArray[np.integer[Any]], *, scale: Scale) -> NDArray[np.uint8]:
    """Return images as the network sees them: (n, H, W, 1, 3 or 4) uint8; of other channels the mean is shown.

    Args:
        dataset: the set.
        rows: indices of the images.
        scale: the pixel range that the network reads.
    """
    pixels = as_seen(dataset.rows(rows, scale=scale), scale)
    if pixels.shape[-1] in (1, 3, 4):
        return pixels
    return pixels.mean(axis=-1, keepdims=True).astype(np.uint8)


def as_input_image(dataset: Dataset, row: int, *, name: str, scale: Scale) -> InputImage:
    """Return an image of a set as if it had been opened from a file; its values are rounded to 0–255."""
    pixels = seen_pixels(dataset, np.array([row]), scale=scale)[0]
    opacity = pixels[..., 3:] if pixels.shape[-1] == 4 else np.full((*pixels.shape[:2], 1), 255, np.uint8)
    colours = pixels[..., :3] if pixels.shape[-1] > 1 else np.repeat(pixels, 3, axis=-1)
    return InputImage(name, np.ascontiguousarray(np.concatenate([colours, opacity], axis=-1)))
