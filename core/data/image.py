"""Single images: opened from a file, converted to a network's input, shown as the network sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.errors import ImageFileError
from core.intake.answers import ImageFileAnswer
from core.intake.client import read_file
from core.monitor import Monitor
from core.scale import Scale


@dataclass(frozen=True, slots=True, eq=False)
class InputImage:
    """A decoded image, rotated upright.

    Attributes:
        name: the file's name.
        rgba: (H, W, 4) uint8, read-only: red, green, blue, opacity.
    """

    name: str
    rgba: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        if self.rgba.ndim != 3 or self.rgba.shape[2] != 4 or self.rgba.dtype != np.uint8 or 0 in self.rgba.shape:
            raise ImageFileError(
                f"an image must have shape (H, W, 4) and dtype uint8, "
                f"got {self.rgba.shape} {self.rgba.dtype} in '{self.name}'",
                code="unsupported-picture",
            )
        if self.rgba.flags.writeable:
            frozen = self.rgba.view()
            frozen.flags.writeable = False
            object.__setattr__(self, "rgba", frozen)

    def __repr__(self) -> str:
        return f"InputImage({self.name!r}, {self.rgba.shape[0]} × {self.rgba.shape[1]})"


def open_image(path: Path | str, *, monitor: Monitor | None = None) -> InputImage:
    """Open a PNG, JPEG, WebP, BMP, GIF (first frame) or TIFF file.

    Raises:
        ImageFileError: the file is refused.
        Cancelled: the job was cancelled.
    """
    path = Path(path)
    reading = read_file("image", path, monitor=monitor)
    assert isinstance(reading.answer, ImageFileAnswer)
    return InputImage(path.name, np.array(reading.array(reading.answer.pixels)))


def to_input(image: InputImage, *, input_shape: Sequence[int], scale: Scale) -> npt.NDArray[np.float32]:
    """Convert an image to the size, channels and range that a network expects.

    Transparent pixels are composited on white, as in image viewers. An image of the network's size is not resampled;
    any other is cropped around its centre to the network's aspect ratio and then resized. A network with one channel
    gets the luminance (ITU-R 601), one with four channels also the opacity.

    Args:
        image: the image.
        input_shape: height, width, channels of the network's input.
        scale: the pixel range the network expects.

    Returns:
        (H, W, C) float32.

    Raises:
        ImageFileError: `unsupported-picture`, if the network does not have 1, 3 or 4 channels.
    """
    height, width, channels = (int(length) for length in input_shape)
    modes = {1: "L", 3: "RGB", 4: "RGBA"}
    if channels not in modes:
        raise ImageFileError(
            f"a network must have 1, 3 or 4 channels to take an image, this one has {channels}",
            code="unsupported-picture",
        )
    sized = Image.fromarray(image.rgba if channels == 4 else _on_white(image.rgba))
    if sized.size != (width, height):
        sized = sized.resize((width, height), Image.Resampling.LANCZOS, box=_centre_box(sized.size, (width, height)))
    values = np.asarray(sized if sized.mode == modes[channels] else sized.convert(modes[channels]), dtype=np.float32)
    values = values.reshape(height, width, channels)
    return scale.read(np.array(values))


def as_seen(values: npt.NDArray[Any], scale: Scale) -> npt.NDArray[np.uint8]:
    """Convert a network's input to displayable pixels.

    Args:
        values: (…, H, W, C) in the range of `scale`.
        scale: the pixel range the network expects.

    Returns:
        The same shape, uint8, rounded and clipped, read-only.
    """
    pixels: npt.NDArray[np.uint8] = np.clip(np.rint(scale.pixels(values)), 0, 255).astype(np.uint8)
    pixels.flags.writeable = False
    return pixels


def _on_white(rgba: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    if (rgba[..., 3] == 255).all():
        return np.ascontiguousarray(rgba[..., :3])
    opacity = rgba[..., 3:].astype(np.float32) / np.float32(255)
    mixed: npt.NDArray[np.uint8] = np.rint(rgba[..., :3] * opacity + 255 * (1 - opacity)).astype(np.uint8)
    return mixed


def _centre_box(size: tuple[int, int], target: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return the largest centred box with the target's aspect ratio, as left, top, right, bottom."""
    width, height = size
    factor = min(width / target[0], height / target[1])
    box_width, box_height = min(width, target[0] * factor), min(height, target[1] * factor)
    left, top = (width - box_width) / 2, (height - box_height) / 2
    return left, top, left + box_width, top + box_height
