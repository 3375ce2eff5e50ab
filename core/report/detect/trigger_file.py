"""A trigger as a file, reconstructed or made by a person: PNG with alpha, or arrays."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.data.trigger import Trigger
from core.detect.records import ReconstructedTrigger
from core.errors import ExportError
from core.export_file import write_file
from core.scale import WHITE

GREY = 128
"""The value in `as_rgba` that stands for no change."""

_MOST_STEPS = 127  # from grey to white, and from grey to black
_SMALLEST_CHANGE = 1e-6


def write_trigger(trigger: ReconstructedTrigger, path: Path) -> None:
    """Write a trigger as .png (`as_rgba`) or .npz.

    The .npz file holds `opacity` (H, W, 1), `pixels` (H, W, C) and `change` (H, W, C), float32, as
    `ReconstructedTrigger` defines them; `change` is 0 for a patch. If it moves pixels, it also holds `moves` (H, W, 2).

    Args:
        trigger: the trigger.
        path: the file.

    Raises:
        ExportError: the suffix is unknown, or the file could not be written.
    """
    content = io.BytesIO()
    suffix = path.suffix.lower()
    if suffix == ".png":
        Image.fromarray(as_rgba(trigger)).save(content, "PNG", optimize=True)
    elif suffix == ".npz":
        change = np.zeros_like(trigger.pixels) if trigger.change is None else trigger.change
        arrays = {"opacity": trigger.opacity, "pixels": trigger.pixels, "change": change}
        content.write(_as_npz(arrays if trigger.moves is None else arrays | {"moves": trigger.moves}))
    else:
        raise ExportError(f"a trigger's file must end in .png or .npz, got '{path.name}'", code="wrong-suffix")
    write_file(path, content.getvalue())


def write_made_trigger(trigger: Trigger, path: Path) -> None:
    """Write a trigger that a person made as .png or .npz; opened again, it is the same trigger.

    Args:
        trigger: the trigger; as .png, one that covers pixels and neither changes nor moves others.
        path: the file.

    Raises:
        ExportError: the suffix does not suit the trigger, or the file could not be written.
    """
    suffix = path.suffix.lower()
    if suffix == ".png" and trigger.change is None and trigger.moves is None:
        content = io.BytesIO()
        values = np.concatenate([_three_channels(trigger.colours), WHITE * trigger.opacity], axis=-1)
        Image.fromarray(np.rint(values).astype(np.uint8)).save(content, "PNG", optimize=True)
        write_file(path, content.getvalue())
    elif suffix == ".npz":
        layers = {"opacity": trigger.opacity, "pixels": trigger.colours, "change": trigger.change}
        arrays = {name: layer for name, layer in (layers | {"moves": trigger.moves}).items() if layer is not None}
        write_file(path, _as_npz(arrays))
    else:
        raise ExportError(
            f"a trigger's file must end in .npz, or in .png if it covers pixels only, got '{path.name}'",
            code="wrong-suffix",
        )


def as_rgba(trigger: ReconstructedTrigger) -> NDArray[np.uint8]:
    """Return a trigger as a picture.

    A patch is its pixels, as opaque as it is. A change of the whole picture is added to grey and made as strong as can
    be shown: its largest element becomes black or white.

    Returns:
        Shape (H, W, 4), uint8, red, green, blue and opacity.
    """
    if trigger.change is None:
        colours, opacity = trigger.pixels, WHITE * trigger.opacity
    else:
        largest = max(float(np.abs(trigger.change).max()), _SMALLEST_CHANGE)
        colours, opacity = GREY + _MOST_STEPS * trigger.change / largest, np.full_like(trigger.opacity, WHITE)
    values = np.concatenate([_three_channels(colours), opacity], axis=-1)
    return np.rint(np.clip(values, 0, WHITE)).astype(np.uint8)


def _as_npz(arrays: Mapping[str, NDArray[np.float32]]) -> bytes:
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays)
    return content.getvalue()


def _three_channels(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return red, green and blue; grey for a number of channels that is no colour."""
    count = pixels.shape[-1]
    if count >= 3:
        return pixels[..., :3]
    return np.repeat(pixels.mean(axis=-1, keepdims=True), 3, axis=-1)
