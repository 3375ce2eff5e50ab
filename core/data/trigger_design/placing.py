"""A picture placed on an image: moved, resized and rotated."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_FINE, _COARSE = 4, 2  # sub-pixels along each side of a pixel, for small and for large images
_SMALL = 160 * 160


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture lies on an image, in the image's pixels.

    Attributes:
        x, y: its middle, from the left and from the top.
        width, height: its size before it is rotated, more than 0.
        angle: how far it is rotated clockwise, in degrees.
    """

    x: float
    y: float
    width: float
    height: float
    angle: float = 0.0

    def moved_by(self, right: float, down: float) -> "Placement":
        """Return it moved by some pixels."""
        return replace(self, x=self.x + right, y=self.y + down)

    def scaled_by(self, factor: float) -> "Placement":
        """Return it larger or smaller around its middle; no side gets below a pixel."""
        factor = max(factor, 1 / self.width, 1 / self.height)
        return replace(self, width=self.width * factor, height=self.height * factor)

    def to_image(self, u: float, v: float) -> tuple[float, float]:
        """Return where a point of the picture is on the image; u and v are -0.5 to 0.5 from its middle."""
        turn = math.radians(self.angle)
        along, across = u * self.width, v * self.height
        return (
            self.x + along * math.cos(turn) - across * math.sin(turn),
            self.y + along * math.sin(turn) + across * math.cos(turn),
        )

    def from_image(self, x: float, y: float) -> tuple[float, float]:
        """Return the point of the picture at a place of the image, -0.5 to 0.5 within it."""
        turn = math.radians(self.angle)
        right, down = x - self.x, y - self.y
        along = right * math.cos(turn) + down * math.sin(turn)
        across = -right * math.sin(turn) + down * math.cos(turn)
        return along / self.width, across / self.height


def placed_pattern(
    source: NDArray[np.uint8], placement: Placement, *, height: int, width: int, opacity: float = 1.0
) -> NDArray[np.uint8]:
    """Return a picture where it is placed on an image.

    Enlarged pixels stay squares, reduced ones are averaged; edges are smooth.

    Args:
        source: the picture, (h, w, 4) uint8: red, green, blue, opacity.
        placement: where it lies.
        height: height of the image.
        width: width of the image.
        opacity: how opaque it is, 0 to 1.

    Returns:
        (height, width, 4) uint8, transparent around the picture.
    """
    fine = _FINE if height * width <= _SMALL else _COARSE
    picture = Image.fromarray(source)
    wanted = max(1, round(fine * placement.width)), max(1, round(fine * placement.height))
    wanted = min(wanted[0], 4 * fine * width), min(wanted[1], 4 * fine * height)  # one that is far larger is not seen
    is_larger = wanted[0] >= picture.width and wanted[1] >= picture.height
    method = Image.Resampling.NEAREST if is_larger else Image.Resampling.BOX
    picture = picture.resize(wanted, method)
    # For each sub-pixel of the image, which pixel of the picture is there: an affine map.
    turn = math.radians(placement.angle)
    across = wanted[0] / (fine * placement.width), wanted[1] / (fine * placement.height)
    cos, sin = math.cos(turn), math.sin(turn)
    x, y = fine * placement.x, fine * placement.y
    a, b = cos * across[0], sin * across[0]
    d, e = -sin * across[1], cos * across[1]
    data = (a, b, wanted[0] / 2 - a * x - b * y, d, e, wanted[1] / 2 - d * x - e * y)
    on_image = picture.transform(
        (fine * width, fine * height), Image.Transform.AFFINE, data, resample=Image.Resampling.NEAREST
    )
    values = np.asarray(on_image, dtype=np.float32).reshape(height, fine, width, fine, 4)
    alpha = values[..., 3:] / 255
    weighted = (values[..., :3] * alpha).mean(axis=(1, 3))
    share = alpha.mean(axis=(1, 3))
    colours = np.where(share > 0, weighted / np.maximum(share, 1e-6), 0)
    made: NDArray[Any] = np.concatenate([colours, 255 * opacity * share], axis=2)
    return np.clip(np.rint(made), 0, 255).astype(np.uint8)


def visible_part(rgba: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Placement]:
    """Return the part of a pattern (H, W, 4) that is not transparent, and where it lies; all of it if it all is."""
    rows = np.flatnonzero(rgba[..., 3].any(axis=1))
    columns = np.flatnonzero(rgba[..., 3].any(axis=0))
    if not len(rows):
        rows, columns = np.arange(rgba.shape[0]), np.arange(rgba.shape[1])
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    placement = Placement((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)
    return np.ascontiguousarray(rgba[top:bottom, left:right]), placement
