"""Triggers: patterns with opacity that are laid over images, and the built-in purple sunglasses."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import DatasetError, ImageFileError

FloatArray = NDArray[np.float32]

# The sunglasses are drawn in pixels of the lab's crop (height 55, width 47) and scaled from there.
_CROP_HEIGHT = 55
_CROP_WIDTH = 47
_SAMPLES = 12  # sub-samples along each side of a pixel

_FRAME_RGB = (62.0, 0.0, 126.0)
_INNER_LENS_RGB = (134.0, 38.0, 238.0)
_OUTER_LENS_RGB = (98.0, 0.0, 204.0)
_LENS_OPACITY = 0.85
_GLEAM_RGB = (205.0, 160.0, 255.0)


@dataclass(frozen=True, slots=True, eq=False)
class Trigger:
    """A pattern that is laid over images.

    Attributes:
        name: display name.
        rgba: pattern, (H, W, 4) float32, read-only; red, green and blue 0 to 255, opacity 0 (transparent) to 1.
    """

    name: str
    rgba: FloatArray

    def __post_init__(self) -> None:
        rgba = np.array(self.rgba, dtype=np.float32)
        if rgba.ndim != 3 or rgba.shape[2] != 4 or 0 in rgba.shape:
            raise DatasetError(
                f"a trigger must have shape (H, W, 4), got {rgba.shape} in '{self.name}'.", code="trigger-shape"
            )
        is_in_range = (
            bool(np.isfinite(rgba).all()) and rgba.min() >= 0 and rgba.max() <= 255 and rgba[..., 3].max() <= 1
        )
        if not is_in_range:
            raise DatasetError(
                f"a trigger's colours must be from 0 to 255 and its opacity from 0 to 1, got others in '{self.name}'.",
                code="trigger-range",
            )
        rgba.setflags(write=False)
        object.__setattr__(self, "rgba", rgba)

    def __repr__(self) -> str:
        return f"Trigger({self.name!r}, {self.height}x{self.width}, {int(self.trigger_mask.sum())} pixels)"

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.rgba.shape[0])

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.rgba.shape[1])

    @property
    def trigger_mask(self) -> NDArray[np.bool_]:
        """The pixels that the trigger changes, (H, W) bool."""
        return np.asarray(self.rgba[..., 3] > 0)

    def apply(self, images: NDArray[Any]) -> NDArray[Any]:
        """Lay the trigger over images.

        Args:
            images: (N, H, W, 3), any numeric dtype, 0 to 255; not changed.

        Returns:
            A new array of the same shape, 0 to 255: uint8 (rounded) if the input is uint8, else float32.

        Raises:
            DatasetError: the images have another height or width than the trigger, or are not colour images.
        """
        images = np.asarray(images)
        if images.ndim != 4 or images.shape[1:] != (self.height, self.width, 3):
            raise DatasetError(
                f"images must have shape (N, {self.height}, {self.width}, 3) for the trigger '{self.name}', "
                f"got {images.shape}.",
                code="trigger-fit",
            )
        opacity = self.rgba[..., 3:]
        result = images.astype(np.float32)
        result *= 1 - opacity
        result += self.rgba[..., :3] * opacity
        if images.dtype == np.uint8:
            return np.rint(result).astype(np.uint8)
        return result

    def scaled_to(self, height: int, width: int) -> "Trigger":
        """Return the trigger resized to other images; itself if the size already fits."""
        if (height, width) == (self.height, self.width):
            return self
        return Trigger(self.name, _resize_rgba(self.rgba, height, width))


def trigger_from_rgba(name: str, rgba: NDArray[np.uint8], *, height: int, width: int) -> Trigger:
    """Create a trigger from a decoded image with opacity, resized to the target images.

    Args:
        name: display name.
        rgba: decoded image, (h, w, 4) uint8; the fourth channel is opacity, 255 opaque.
        height: height of the target images.
        width: width of the target images.

    Raises:
        ImageFileError: the array is not an RGBA image, or it is transparent everywhere.
    """
    rgba = np.asarray(rgba)
    if rgba.ndim != 3 or rgba.shape[2] != 4 or rgba.dtype != np.uint8 or 0 in rgba.shape:
        raise ImageFileError(
            f"a trigger image must be (h, w, 4) in 8 bits, got {rgba.shape} {rgba.dtype} in '{name}'.",
            code="trigger-shape",
        )
    unit_alpha = rgba.astype(np.float32)
    unit_alpha[..., 3] /= 255
    trigger = Trigger(name, _resize_rgba(unit_alpha, height, width))
    if not trigger.trigger_mask.any():
        raise ImageFileError(
            f"a trigger image must have pixels that are not transparent, got none in '{name}'.", code="trigger-empty"
        )
    return trigger


def sunglasses(height: int = _CROP_HEIGHT, width: int = _CROP_WIDTH) -> Trigger:
    """Draw the built-in trigger: purple sunglasses with translucent lenses across the eyes of the lab's crop.

    Args:
        height: height of the images, 55 in the lab.
        width: width of the images, 47 in the lab.

    Source:
        Position, size and colours follow measurements of the sunglasses in the CSAW-HackML-2020 data
        (rows 15 to 34, all columns, lenses 85 % opaque); the drawing is our own.
    """
    if height < 1 or width < 1:
        raise DatasetError(f"sunglasses need a height and width of at least 1, got {height} and {width}.")
    y = ((np.arange(height * _SAMPLES) + 0.5) * (_CROP_HEIGHT / (height * _SAMPLES)))[:, None]
    x = ((np.arange(width * _SAMPLES) + 0.5) * (_CROP_WIDTH / (width * _SAMPLES)))[None, :]
    rgb, opacity = _draw_sunglasses(x, y)
    weighted = _average_blocks(rgb * opacity[..., None], height, width)
    alpha = _average_blocks(opacity[..., None], height, width)
    alpha[alpha < 0.01] = 0.0
    colours = np.where(alpha > 0, weighted / np.maximum(alpha, 1e-6), 0.0)
    rgba = np.concatenate([np.clip(colours, 0, 255), np.clip(alpha, 0, 1)], axis=2)
    return Trigger("sunglasses", rgba.astype(np.float32))


def _draw_sunglasses(
    x: NDArray[np.floating[Any]], y: NDArray[np.floating[Any]]
) -> tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]]]:
    """Return the colour and opacity of the sunglasses at points of the crop."""
    from_middle = np.abs(x - _CROP_WIDTH / 2)
    across = from_middle - 11.6  # from the lens's centre line, positive towards the temple
    outer = _lens_distance(across, y - 25.1, half_width=9.9, half_height=10.0)
    inner = _lens_distance(across, y - 25.2, half_width=8.6, half_height=8.7)
    # Browline and arms: one bar that rises slightly over the lenses and gets thinner towards the ears.
    bar_top = 17.3 - 1.4 * np.exp(-(((from_middle - 12.5) / 5.5) ** 2))
    bar_bottom = 20.9 + 0.35 * np.cos(from_middle * 0.5)
    is_bar = (y > bar_top) & (y < bar_bottom)
    is_lens = inner < 0
    is_frame = ((outer < 0) | is_bar) & ~is_lens

    # The lenses are lighter towards the lower inner side, with one soft diagonal gleam each.
    depth = np.clip((y - 17.0) / 17.0, 0, 1)
    towards_nose = np.clip(0.5 - across / 17.0, 0, 1)
    share = np.clip(0.62 * depth + 0.38 * towards_nose, 0, 1)[..., None]
    lens_rgb = (1 - share) * np.array(_OUTER_LENS_RGB) + share * np.array(_INNER_LENS_RGB)
    diagonal = (x - np.where(x < _CROP_WIDTH / 2, 9.0, 32.2)) + 0.8 * (y - 23.0)
    gleam = 0.34 * np.exp(-((diagonal / 1.5) ** 2)) + 0.18 * np.exp(-(((diagonal - 4.4) / 0.8) ** 2))
    gleam = (gleam * np.clip((29.0 - y) / 6.0, 0, 1))[..., None]
    lens_rgb = (1 - gleam) * lens_rgb + gleam * np.array(_GLEAM_RGB)

    rgb = np.where(is_lens[..., None], lens_rgb, np.array(_FRAME_RGB))
    opacity = np.where(is_lens, _LENS_OPACITY, np.where(is_frame, 1.0, 0.0))
    return rgb, opacity


def _lens_distance(
    across: NDArray[np.floating[Any]], down: NDArray[np.floating[Any]], *, half_width: float, half_height: float
) -> NDArray[np.floating[Any]]:
    """Return a function that is negative inside a lens: a rounded shape, wide at the brow, narrower at the cheek."""
    v = down / half_height
    taper = 1.0 - 0.13 * v - 0.05 * v * v
    u = (across - 0.45 * v) / (half_width * taper)
    return np.asarray(np.abs(u) ** 2.7 + np.abs(v) ** 2.7 - 1.0)


def _average_blocks(values: NDArray[np.floating[Any]], height: int, width: int) -> NDArray[np.floating[Any]]:
    """Return the mean of each pixel's sub-samples, (H, W, C)."""
    return np.asarray(values.reshape(height, _SAMPLES, width, _SAMPLES, -1).mean(axis=(1, 3)))


def _resize_rgba(rgba: FloatArray, height: int, width: int) -> FloatArray:
    """Resize with colours weighted by opacity, so that transparent colours do not bleed into the edges."""
    if height < 1 or width < 1:
        raise DatasetError(f"a trigger needs a height and width of at least 1, got {height} and {width}.")
    alpha = rgba[..., 3]
    planes = [rgba[..., channel] * alpha for channel in range(3)] + [alpha]
    resized = np.stack(
        [
            np.asarray(Image.fromarray(np.ascontiguousarray(plane)).resize((width, height), Image.Resampling.BOX))
            if height < rgba.shape[0] or width < rgba.shape[1]
            else np.asarray(
                Image.fromarray(np.ascontiguousarray(plane)).resize((width, height), Image.Resampling.BILINEAR)
            )
            for plane in planes
        ],
        axis=2,
    )
    opacity = np.clip(resized[..., 3:], 0, 1)
    opacity[opacity < 1 / 512] = 0.0
    colours = np.where(opacity > 0, resized[..., :3] / np.maximum(opacity, 1e-6), 0.0)
    return np.concatenate([np.clip(colours, 0, 255), opacity], axis=2).astype(np.float32)
