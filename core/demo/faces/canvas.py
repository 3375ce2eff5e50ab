"""A stack of images to paint shapes on, and soft edges of shapes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]


def column(values: FloatArray) -> FloatArray:
    """Reshape one value per image, (B,), to (B, 1, 1), for broadcasting with (B, H, W)."""
    return values[:, None, None]


def inside(distance: FloatArray, softness: float = 0.5) -> FloatArray:
    """Return the coverage of a shape, 0 to 1, given the signed distance to its edge in pixels (negative inside)."""
    return np.clip(0.5 - distance / (2 * softness), 0, 1)


def bell(values: FloatArray) -> FloatArray:
    """Return a soft bump: 1 at zero, 0.37 at one, almost zero from four on."""
    return np.exp(-np.minimum(values * values, 16.0))


def step(values: FloatArray) -> FloatArray:
    """Return a smooth step from 0 (at or below zero) to 1 (at or above one)."""
    t = np.clip(values, 0, 1)
    return t * t * (3 - 2 * t)


class Canvas:
    """B images of H x W sub-pixels, with three colour planes each."""

    def __init__(self, planes: FloatArray) -> None:
        self.planes = planes

    @classmethod
    def blank(cls, count: int, height: int, width: int) -> "Canvas":
        """Return black images."""
        return cls(np.zeros((3, count, height, width), dtype=np.float32))

    def rows(self, rows: slice) -> "Canvas":
        """Return a view of some rows: painting on it changes the same images."""
        return Canvas(self.planes[:, :, rows])

    def fill(self, rgb: FloatArray, end_rgb: FloatArray, share: FloatArray) -> None:
        """Fill with a gradient from one colour (B, 3) to another by a share (B, H, W)."""
        for plane, start, end in zip(self.planes, rgb.T, end_rgb.T, strict=True):
            plane[:] = column(start) + share * column(end - start)

    def paint(self, coverage: FloatArray, rgb: FloatArray, shade: FloatArray | float = 1.0) -> None:
        """Blend a colour (B, 3), times a shade, over the images with a coverage (B, H, W) of 0 to 1."""
        for index, colour in enumerate(rgb.T):
            self.planes[index] += coverage * (column(colour) * shade - self.planes[index])

    def multiply(self, factors: FloatArray, per_plane: Sequence[float] = (1.0, 1.0, 1.0)) -> None:
        """Multiply the images by factors (B, H, W); `per_plane` is the strength for each colour."""
        for index, share in enumerate(per_plane):
            self.planes[index] *= factors if share == 1 else 1 + share * (factors - 1)

    def averaged(self, samples: int) -> FloatArray:
        """Return the images with each pixel as the mean of its sub-pixels, (B, H, W, 3)."""
        _, count, height, width = self.planes.shape
        blocks = self.planes.reshape(3, count, height // samples, samples, width // samples, samples)
        return np.ascontiguousarray(blocks.mean(axis=(3, 5)).transpose(1, 2, 3, 0))
