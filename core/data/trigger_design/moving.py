"""Pixels that are fetched from elsewhere in an image."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


def moved_pixels(images: FloatArray, moves: FloatArray) -> FloatArray:
    """Fetch pixels from elsewhere, with bilinear interpolation.

    Args:
        images: shape (N, H, W, C), float32; not changed.
        moves: shape (H, W, 2), float32: how far down and to the right of each pixel its value is fetched, in pixels,
            from the border at most.

    Returns:
        Shape (N, H, W, C), float32.
    """
    height, width = images.shape[1:3]
    down = np.clip(np.arange(height)[:, None] + moves[..., 0], 0, height - 1)
    right = np.clip(np.arange(width) + moves[..., 1], 0, width - 1)
    top, left = down.astype(np.int64), right.astype(np.int64)
    bottom, beyond = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    below, beside = (down - top)[..., None], (right - left)[..., None]
    upper = images[:, top, left] * (1 - beside) + images[:, top, beyond] * beside
    lower = images[:, bottom, left] * (1 - beside) + images[:, bottom, beyond] * beside
    return (upper * (1 - below) + lower * below).astype(np.float32)
