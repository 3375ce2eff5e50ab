"""Single images: opened from a file, converted to a network's input, shown as the network sees them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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

Frame = tuple[float, float, float, float]
"""A part of an image: left, top, right and bottom, in its pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class InputImage:
    """A decoded image, rotated upright.

    Attributes:
        name: the file's name.
        rgba: (H, W, 4) uint8, read-only: red, green, blue, opacity.
        frame: the part that a network is shown, stretched to its aspect ratio; None for the largest part of that
            aspect ratio around the centre.
    """

    name: str
    rgba: npt.NDArray[np.uint8]
    frame: Frame | None = None

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
        if self.frame is not None:
            left, top, right, bottom = self.frame
            height, width = self.rgba.shape[:2]
            if not (0 <= left < right <= width and 0 <= top < bottom <= height):
                raise ImageFileError(
                    f"a frame must lie within the {width} × {height} pixels of '{self.name}', got {self.frame}",
                    code="unsupported-picture",
                )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return int(self.rgba.shape[1]), int(self.rgba.shape[0])

    def framed(self, frame: Frame | None) -> "InputImage":
        """Return the same image with another part shown to a network; None for that around the centre.

        Raises:
            ImageFileError: the frame is empty or not within the image.
        """
        return replace(self, frame=frame)

    def frame_for(self, input_shape: Sequence[int]) -> Frame:
        """Return the part that a network with this input shape (H, W, C) is shown."""
        return self.frame or centre_frame(self.size, (int(input_shape[1]), int(input_shape[0])))

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
    any other is cropped to its frame, or around its centre to the network's aspect ratio, and then resized. A network
    with one channel gets the luminance (ITU-R 601), one with four channels also the opacity.

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
    frame = image.frame_for(input_shape)
    if sized.size != (width, height) or frame != (0, 0, width, height):
        sized = sized.resize((width, height), Image.Resampling.LANCZOS, box=frame)
    values = np.asarray(sized if sized.mode == modes[channels] else sized.convert(modes[channels]), dtype=np.float32)
    values = values.reshape(height, width, channels)
    return scale.read(np.array(values))


def centre_frame(size: tuple[int, int], target: tuple[int, int]) -> Frame:
    """Return the largest part of an image around its centre with the aspect ratio of another.

    Args:
        size: width and height of the image.
        target: width and height of the other.
    """
    width, height = size
    factor = min(width / target[0], height / target[1])
    box_width, box_height = min(width, target[0] * factor), min(height, target[1] * factor)
    left, top = (width - box_width) / 2, (height - box_height) / 2
    return left, top, left + box_width, top + box_height


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
