"""Decode an image in the child to upright red, green, blue and opacity of 8 bits each."""

import io
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from core.intake.limits import Limits
from core.intake.readers.file_kind import describe_start
from core.intake.readers.scratch import Block, write_array
from core.intake.refusal import Refusal, shortened

# An allow-list: Pillow supports dozens of other formats, some of which start other programs.
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
_SPOKEN = "PNG, JPEG, WebP, BMP, GIF, TIFF or PPM"
_NETPBM_STARTS = (b"P5", b"P6")  # binary grey and colour; Pillow's reader also takes text and formats of its own
_ORIENTATION = 0x0112
_TURNED = frozenset(range(2, 9))  # all EXIF orientations but "as stored"


def read_image(file: BinaryIO, folder: Path, *, name: str, limits: Limits) -> dict[str, object]:
    """Decode an image, rotated by its EXIF orientation; of an animation, decode the first frame.

    An image of more than `limits.kept_pixel_count` pixels is scaled down by a whole number: each pixel is the mean of
    its square, so that a file of a few kilobytes cannot fill the memory here and in the process that shows it.

    Returns:
        The record of an array (H, W, 4) uint8, as plain JSON values.

    Raises:
        Refusal: see `codes.CODES`.
    """
    pixels = decoded(file.read(), name=name, limits=limits)
    return {"kind": "image", "pixels": write_array(folder, "pixels.npy", pixels).as_json()}


def decoded(content: bytes, *, name: str, limits: Limits, is_upright: bool = True) -> Block:
    """Decode the content of an image file as `read_image` does; return (H, W, 4) uint8.

    Without `is_upright` it is not rotated by its EXIF orientation.

    Raises:
        Refusal: see `codes.CODES`.
    """
    with _opened(content, name, limits) as image:
        factor = _factor(image.size, limits)
        # A JPEG is decoded at an eighth, a quarter or half of its size, which takes a part of the memory.
        image.draft(image.mode, (max(1, image.width // factor), max(1, image.height // factor)))
        image.load()
        scaled = _scaled_down(image, limits)
        pixels = _pixels(_upright(scaled) if is_upright else scaled, name)
    if 0 in pixels.shape:
        raise Refusal("unsupported-picture", f"'{name}' has no pixels")
    return pixels


@dataclass(frozen=True, slots=True)
class Kind:
    """What an image is, before it is decoded.

    Attributes:
        height, width: its size as it is stored.
        has_colours: whether it has colours.
        is_turned: whether its EXIF data ask for a rotation or a reflection that Pillow does not apply.
    """

    height: int
    width: int
    has_colours: bool
    is_turned: bool


def kind_of(content: bytes, *, name: str, limits: Limits) -> Kind:
    """Return what `decoded` gives of an image that it does not turn upright.

    An image is decoded for that only where its size depends on how it is scaled down.

    Raises:
        Refusal: see `codes.CODES`.
    """
    with _opened(content, name, limits) as image:
        height, width, is_large = image.height, image.width, _factor(image.size, limits) > 1
        try:
            # Pillow turns a TIFF file itself, for every program that uses it.
            is_turned = image.format != "TIFF" and image.getexif().get(_ORIENTATION) in _TURNED
        except (OSError, SyntaxError, ValueError, KeyError, TypeError, IndexError, ZeroDivisionError, AttributeError):
            is_turned = False
        has_colours = image.mode not in {"1", "L", "LA", "La", "F"} and not image.mode.startswith("I")
    if is_large:
        height, width = decoded(content, name=name, limits=limits, is_upright=False).shape[:2]
    return Kind(height, width, has_colours, is_turned)


@contextmanager
def _opened(content: bytes, name: str, limits: Limits) -> Iterator[Image.Image]:
    """Open an image of an allowed format and size; what Pillow raises while it is used becomes a refusal."""
    # Pillow's own limit, which only warns, is replaced by ours, which refuses.
    Image.MAX_IMAGE_PIXELS = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            formats = FORMATS if content.startswith(_NETPBM_STARTS) else FORMATS[:-1]
            with Image.open(io.BytesIO(content), formats=formats) as image:
                _check_size(image, name, limits)
                yield image
        except UnidentifiedImageError as error:
            found = describe_start(content[:64])
            if found.endswith("image"):
                sentence = f"'{name}' is {found} that cannot be decoded: it is damaged, or of an unsupported kind"
                raise Refusal("damaged-file", sentence) from error
            raise Refusal("wrong-format", f"'{name}' is not an image: expected {_SPOKEN}, got {found}") from error
        except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError) as error:
            reason = str(error)
            code = "truncated-file" if "truncated" in reason.lower() else "damaged-file"
            raise Refusal(code, f"'{name}' is a damaged image: {shortened(reason)}") from error


def _check_size(image: Image.Image, name: str, limits: Limits) -> None:
    """Refuse an image that takes too much memory to decode, before it is decoded."""
    most, kind = limits.pixel_count, ""
    if image.format == "WEBP":  # its decoder keeps several copies
        most, kind = min(most, limits.webp_pixel_count), " for WebP"
    if image.width * image.height > most:
        raise Refusal(
            "picture-too-large",
            f"'{name}' has {image.width} × {image.height} pixels: at most {most:,} allowed{kind}",
        )


def _scaled_down(image: Image.Image, limits: Limits) -> Image.Image:
    """Return the image with at most `limits.kept_pixel_count` pixels, still with its EXIF data."""
    factor = _factor(image.size, limits)
    if factor == 1:
        return image
    if image.mode in {"P", "PA"}:
        image = image.convert("RGBA")
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode.startswith("I;"):
        image = image.convert("I")
    exif = image.getexif()
    scaled = image.reduce(factor)
    scaled.getexif().update(exif)
    return scaled


def _factor(size: tuple[int, int], limits: Limits) -> int:
    """Return the smallest factor by which an image must be scaled down; a side of one pixel stays one."""
    width, height = size
    factor = max(1, math.isqrt(width * height // limits.kept_pixel_count))
    while math.ceil(width / factor) * math.ceil(height / factor) > limits.kept_pixel_count:
        factor += 1
    return factor


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, IndexError, ZeroDivisionError, AttributeError):
        # Broken EXIF data: the pixels are still valid.
        return image.copy()


def _pixels(image: Image.Image, name: str) -> Block:
    if image.mode.startswith("I") or image.mode == "F":
        grey = _to_8_bit(np.asarray(image, dtype=np.float64), is_float=image.mode == "F", name=name)
        opaque = np.full_like(grey, 255)
        return np.stack([grey, grey, grey, opaque], axis=-1)
    if image.mode in {"CMYK", "YCbCr", "LAB", "HSV"}:
        image = image.convert("RGB")
    return np.array(image.convert("RGBA"), dtype=np.uint8)


def _to_8_bit(grey: Block, *, is_float: bool, name: str) -> Block:
    """Scale grey values to 0–255: divide 16 bits by 257, multiply floats of 0–1 by 255; keep 0–255."""
    if grey.size == 0 or not np.isfinite(grey).all() or grey.min() < 0 or grey.max() > 65_535:
        raise Refusal("unsupported-picture", f"'{name}' contains grey values outside 0 to 65,535")
    factor = 1 / 257
    if is_float and grey.max() <= 255:
        factor = 255.0 if grey.max() <= 1 else 1.0
    return np.rint(grey * factor).astype(np.uint8)
