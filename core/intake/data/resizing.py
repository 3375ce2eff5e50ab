"""Images converted to a network's channels and size, as Keras converts them; no TensorFlow."""

from typing import Any

import numpy as np

from core.intake.readers.scratch import Block

# ITU-R 601, as Pillow's mode "L" and so Keras' grey images.
_LUMINANCE = np.array([19595, 38470, 7471], dtype=np.int64)


def converted(rgba: Block, channels: int) -> Block:
    """Return an image with 1, 3 or 4 channels; with fewer than 4 transparent pixels are put on white.

    Args:
        rgba: (H, W, 4) uint8.
        channels: how many channels to return; another number than 1, 3 or 4 gives 3.

    Returns:
        (H, W, channels) uint8.
    """
    if channels == 4:
        return rgba
    colours = rgba[..., :3]
    if (rgba[..., 3] != 255).any():
        opacity = rgba[..., 3:].astype(np.float32) / np.float32(255)
        colours = np.rint(colours * opacity + 255 * (1 - opacity)).astype(np.uint8)
    if channels != 1:
        return colours
    grey = (colours.astype(np.int64) @ _LUMINANCE + 0x8000) >> 16
    return grey.astype(np.uint8)[..., None]


def resized(image: Block, height: int, width: int) -> Block:
    """Stretch an image to a size, bilinear and without antialiasing, as `tf.image.resize` does by default.

    Args:
        image: (H, W, C).
        height: the wanted height.
        width: the wanted width.

    Returns:
        (height, width, C) float32.
    """
    top, bottom, down = _places(image.shape[0], height)
    left, right, across = _places(image.shape[1], width)
    values = image.astype(np.float32)
    across, down = across[None, :, None], down[:, None, None]
    upper = values[top][:, left] + (values[top][:, right] - values[top][:, left]) * across
    lower = values[bottom][:, left] + (values[bottom][:, right] - values[bottom][:, left]) * across
    return upper + (lower - upper) * down


def _places(length: int, wanted: int) -> tuple[Any, Any, Any]:
    """Return for each wanted pixel the two pixels around it, and its distance from the first one."""
    factor = np.float32(length) / np.float32(wanted)
    place = (np.arange(wanted, dtype=np.float32) + np.float32(0.5)) * factor - np.float32(0.5)
    floor = np.floor(place)
    first = np.maximum(floor, 0).astype(np.intp)
    second = np.minimum(np.ceil(place), length - 1).astype(np.intp)
    return first, second, (place - floor).astype(np.float32)
