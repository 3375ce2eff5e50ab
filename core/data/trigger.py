"""Triggers: patterns with opacity that are laid over images, and the built-in purple sunglasses."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.data.dataset import LUMINANCE
from core.data.trigger_design.moving import moved_pixels
from core.errors import DatasetError, ImageFileError
from core.intake.answers import TriggerAnswer
from core.intake.client import read_file
from core.monitor import Monitor

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
    """A pattern that is laid over images: x becomes w(x) · (1 − opacity) + colours · opacity + change.

    w moves the pixels of an image.

    Attributes:
        name: display name.
        rgba: pattern, (H, W, C + 1) float32, read-only; colours 0 to 255 (red, green and blue, or grey), and last the
            opacity, 0 (transparent) to 1.
        change: (H, W, C) float32, read-only, added to the pixels; the result is clipped to 0–255. None adds nothing.
        moves: (H, W, 2) float32, read-only: how far down and to the right of each pixel its value is fetched, in
            pixels, from the border at most. None moves nothing.
    """

    name: str
    rgba: FloatArray
    change: FloatArray | None = None
    moves: FloatArray | None = None

    def __post_init__(self) -> None:
        rgba = np.array(self.rgba, dtype=np.float32)
        if rgba.ndim != 3 or rgba.shape[2] < 2 or 0 in rgba.shape:
            raise DatasetError(
                f"a trigger must have shape (H, W, 4), or (H, W, 2) for grey images, got {rgba.shape} in "
                f"'{self.name}'.",
                code="trigger-shape",
            )
        is_in_range = (
            bool(np.isfinite(rgba).all()) and rgba.min() >= 0 and rgba.max() <= 255 and rgba[..., -1].max() <= 1
        )
        if not is_in_range:
            raise DatasetError(
                f"a trigger's colours must be from 0 to 255 and its opacity from 0 to 1, got others in '{self.name}'.",
                code="trigger-range",
            )
        rgba.setflags(write=False)
        object.__setattr__(self, "rgba", rgba)
        if self.change is not None:
            object.__setattr__(self, "change", self._checked(self.change))
        if self.moves is not None:
            object.__setattr__(self, "moves", self._checked_moves(self.moves))

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
    def channel_count(self) -> int:
        """Number of colours, C."""
        return int(self.rgba.shape[2]) - 1

    @property
    def opacity(self) -> FloatArray:
        """The opacity, (H, W, 1) float32, 0 to 1."""
        return self.rgba[..., -1:]

    @property
    def colours(self) -> FloatArray:
        """The colours, (H, W, C) float32, 0 to 255."""
        return self.rgba[..., :-1]

    @property
    def is_opaque(self) -> bool:
        """Whether nothing of an image is left with it: all images of whole numbers become the same."""
        return bool(self.opacity.min() > 1 - 1 / 512)

    @property
    def trigger_mask(self) -> NDArray[np.bool_]:
        """The pixels that the trigger changes, (H, W) bool."""
        is_changed = self.rgba[..., -1] > 0
        for each in (self.change, self.moves):
            if each is not None:
                is_changed = is_changed | (each != 0).any(axis=2)
        return np.asarray(is_changed)

    def apply(self, images: NDArray[Any]) -> NDArray[Any]:
        """Lay the trigger over images.

        Args:
            images: (N, H, W, C), any numeric dtype, 0 to 255, channels in the order of files; not changed. A trigger in
                colour is laid over grey images as its luminance, a grey one over colour images as it is.

        Returns:
            A new array of the same shape, 0 to 255: uint8 (rounded) if the input is uint8, else float32.

        Raises:
            DatasetError: the images have another height or width than the trigger, or other channels.
        """
        images = np.asarray(images)
        if images.ndim != 4 or images.shape[1:3] != (self.height, self.width) or not self._fits(images.shape[3]):
            raise DatasetError(
                f"images must have shape (N, {self.height}, {self.width}, {self.channel_count}) for the trigger "
                f"'{self.name}', got {images.shape}.",
                code="trigger-fit",
            )
        result = images.astype(np.float32)
        if self.moves is not None:
            result = moved_pixels(result, self.moves)
        result *= 1 - self.opacity
        result += _in_channels(self.colours, images.shape[3]) * self.opacity
        if self.change is not None:
            result += _in_channels(self.change, images.shape[3])
            np.clip(result, 0, 255, out=result)
        if images.dtype == np.uint8:
            return np.rint(result).astype(np.uint8)
        return result

    def scaled_to(self, height: int, width: int) -> "Trigger":
        """Return the trigger resized to other images; itself if the size already fits."""
        if (height, width) == (self.height, self.width):
            return self
        change = None if self.change is None else _resize(self.change, height, width)
        moves = None if self.moves is None else _resize(self.moves, height, width)
        if moves is not None:  # they are lengths
            moves *= np.array([height / self.height, width / self.width], np.float32)
        return Trigger(self.name, _resize_rgba(self.rgba, height, width), change, moves)

    def _fits(self, channel_count: int) -> bool:
        return channel_count == self.channel_count or {channel_count, self.channel_count} == {1, 3}

    def _checked(self, change: FloatArray) -> FloatArray:
        change = np.array(change, dtype=np.float32)
        expected = (self.height, self.width, self.channel_count)
        if change.shape != expected or not np.isfinite(change).all() or np.abs(change).max() > 255:
            raise DatasetError(
                f"a trigger's change must have shape {expected} and values from -255 to 255, got {change.shape} in "
                f"'{self.name}'.",
                code="trigger-change",
            )
        change.setflags(write=False)
        return change

    def _checked_moves(self, moves: FloatArray) -> FloatArray:
        moves = np.array(moves, dtype=np.float32)
        expected = (self.height, self.width, 2)
        if moves.shape != expected or not np.isfinite(moves).all():
            raise DatasetError(
                f"a trigger's moves must have shape {expected} and be finite, got {moves.shape} in '{self.name}'.",
                code="trigger-moves",
            )
        moves.setflags(write=False)
        return moves


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


def open_trigger(path: Path | str, *, height: int, width: int, monitor: Monitor | None = None) -> Trigger:
    """Open a trigger, resized to the target images.

    Args:
        path: an image with transparency, or a .npz file with `opacity` (H, W, 1), `pixels` (H, W, C) and `change`
            (H, W, C) or `moves` (H, W, 2), as `core.report.detect.trigger_file` writes it.
        height: height of the target images.
        width: width of the target images.
        monitor: receives progress, and can cancel.

    Raises:
        ImageFileError: the file is refused, changes nothing (`trigger-empty`), or leaves nothing of an image
            (`trigger-opaque`).
        Cancelled: the job was cancelled.
    """
    path = Path(path)
    reading = read_file("trigger", path, monitor=monitor)
    answer = reading.answer
    assert isinstance(answer, TriggerAnswer)
    pattern = np.asarray(reading.array(answer.pattern))
    if pattern.dtype == np.uint8:
        trigger = trigger_from_rgba(path.name, pattern, height=height, width=width)
        _check_transparent(trigger, path)
        return trigger
    change = None if answer.change is None else np.asarray(reading.array(answer.change))
    moves = None if answer.moves is None else np.asarray(reading.array(answer.moves))
    trigger = Trigger(path.name, pattern, change, moves).scaled_to(height, width)
    if not trigger.trigger_mask.any():
        raise ImageFileError(f"a trigger must change a pixel, '{path.name}' changes none", code="trigger-empty")
    _check_transparent(trigger, path)
    return trigger


def _check_transparent(trigger: Trigger, path: Path) -> None:
    """Refuse a trigger that leaves nothing of an image; `detect` writes a change of the whole picture as such a PNG.

    Raises:
        ImageFileError: it does.
    """
    if not trigger.is_opaque:
        return
    arrays = path.with_suffix(".npz")
    what_to_do = "one that changes the whole picture is a .npz file"
    if arrays != path and arrays.is_file():
        what_to_do = f"open '{arrays.name}' instead"
    raise ImageFileError(
        f"the trigger '{path.name}' has no transparent pixel: with it all images are the same; {what_to_do}",
        code="trigger-opaque",
    )


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


def _in_channels(values: FloatArray, channel_count: int) -> FloatArray:
    """Return (H, W, C) values for images with other channels: their luminance, or the same for every channel."""
    if values.shape[2] == channel_count:
        return values
    if channel_count == 1:
        return values @ np.array(LUMINANCE, dtype=np.float32)[:, np.newaxis]
    return np.repeat(values, channel_count, axis=2)


def _resize_rgba(rgba: FloatArray, height: int, width: int) -> FloatArray:
    """Resize with colours weighted by opacity, so that transparent colours do not bleed into the edges."""
    if height < 1 or width < 1:
        raise DatasetError(f"a trigger needs a height and width of at least 1, got {height} and {width}.")
    alpha = rgba[..., -1:]
    resized = _resize(np.concatenate([rgba[..., :-1] * alpha, alpha], axis=2), height, width)
    opacity = np.clip(resized[..., -1:], 0, 1)
    opacity[opacity < 1 / 512] = 0.0
    colours = np.where(opacity > 0, resized[..., :-1] / np.maximum(opacity, 1e-6), 0.0)
    return np.concatenate([np.clip(colours, 0, 255), opacity], axis=2).astype(np.float32)


def _resize(values: FloatArray, height: int, width: int) -> FloatArray:
    """Resize each channel of (H, W, C): areas are averaged where it gets smaller, else pixels are interpolated."""
    is_smaller = height < values.shape[0] or width < values.shape[1]
    method = Image.Resampling.BOX if is_smaller else Image.Resampling.BILINEAR
    planes = np.moveaxis(np.asarray(values, dtype=np.float32), 2, 0)
    return np.stack(
        [np.asarray(Image.fromarray(np.ascontiguousarray(each)).resize((width, height), method)) for each in planes],
        axis=2,
    )
