"""Read a trigger in the child: a picture with transparency, or the arrays that `detect` writes."""

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from core.intake.data.arrays import FileArray
from core.intake.data.numpy_arrays import npz_arrays
from core.intake.limits import LARGEST_VALUE, Limits
from core.intake.readers.image_reader import decoded
from core.intake.readers.scratch import Block, write_array
from core.intake.refusal import Refusal, listed
from core.intake.source import ZIP_SIGNATURE

_KEYS = ("opacity", "pixels", "change", "moves")
_WHITE = 255.0
_ROUNDING = 0.01
_FARTHEST = 10_000.0  # pixels that a value is moved


def read_trigger(file: BinaryIO, folder: Path, *, name: str, limits: Limits) -> dict[str, Any]:
    """Read a trigger.

    An archive holds `opacity` (H, W, 1) from 0 to 1, `pixels` (H, W, C) from 0 to 255 and, if the trigger changes the
    whole picture, `change` (H, W, C), which is added to the pixels, or `moves` (H, W, 2), from where they are fetched.

    Returns:
        The records of the pattern, (H, W, 4) uint8 of a picture or (H, W, C + 1) float32 of an archive, of the change,
        (H, W, C) float32 or null, and of the moves, (H, W, 2) float32 or null, as plain JSON values.

    Raises:
        Refusal: see `codes.CODES`.
    """
    is_archive = file.read(len(ZIP_SIGNATURE)) == ZIP_SIGNATURE
    size_bytes = file.seek(0, 2)
    file.seek(0)
    if not is_archive:
        pattern, change, moves = decoded(file.read(), name=name, limits=limits), None, None
    else:
        arrays = npz_arrays(file, name=name, size_bytes=size_bytes, limits=limits)
        pattern, change, moves = _layers(arrays, name=name, limits=limits)
    return {
        "kind": "trigger",
        "pattern": write_array(folder, "pattern.npy", pattern).as_json(),
        "change": None if change is None else write_array(folder, "change.npy", change).as_json(),
        "moves": None if moves is None else write_array(folder, "moves.npy", moves).as_json(),
    }


def _layers(arrays: dict[str, FileArray], *, name: str, limits: Limits) -> tuple[Block, Block | None, Block | None]:
    """Return the pattern, the change and the moves; None where there is none."""
    if not {"opacity", "pixels"} <= set(arrays) or not set(arrays) <= set(_KEYS):
        raise Refusal(
            "missing-key",
            f"'{name}' is not a trigger: expected the arrays opacity, pixels, change and moves, "
            f"got {listed(sorted(arrays))}",
        )
    shape = arrays["pixels"].shape
    _check_shapes({key: each.shape for key, each in arrays.items()}, shape, name)
    if arrays["pixels"].size > limits.kept_pixel_count:
        raise Refusal(
            "picture-too-large",
            f"the trigger '{name}' has {arrays['pixels'].size:,} values: at most {limits.kept_pixel_count:,} are "
            "allowed",
        )
    opacity = _values(arrays["opacity"], 0.0, 1.0, name)
    pixels = _values(arrays["pixels"], 0.0, _WHITE, name)
    pattern = np.concatenate([pixels, opacity.reshape(*shape[:2], 1)], axis=2)
    change = moves = None
    if "change" in arrays:
        change = np.clip(_values(arrays["change"], -LARGEST_VALUE, LARGEST_VALUE, name), -_WHITE, _WHITE)
    if "moves" in arrays:
        moves = _values(arrays["moves"], -_FARTHEST, _FARTHEST, name)
    return pattern, _unless_zero(change), _unless_zero(moves)


def _unless_zero(layer: Block | None) -> Block | None:
    return layer if layer is not None and layer.any() else None


def _check_shapes(shapes: dict[str, tuple[int, ...]], shape: tuple[int, ...], name: str) -> None:
    if len(shape) != 3 or 0 in shape:
        raise Refusal("wrong-shape", f"pixels must have shape (H, W, C) in '{name}', got {shape}")
    expected = {"opacity": (*shape[:2], 1), "pixels": shape, "change": shape, "moves": (*shape[:2], 2)}
    for key, found in shapes.items():
        if found != expected[key]:
            raise Refusal("wrong-shape", f"{key} must have shape {expected[key]} in '{name}', got {found}")


def _values(array: FileArray, lowest: float, highest: float, name: str) -> Block:
    """Return an array as float32, checked to be in a range."""
    values = np.asarray(array.whole(), dtype=np.float64)
    if not np.isfinite(values).all() or values.min() < lowest - _ROUNDING or values.max() > highest + _ROUNDING:
        raise Refusal("wrong-range", f"{array.key} must be from {lowest:g} to {highest:g} in '{name}', got others")
    return np.clip(values, lowest, highest).astype(np.float32)
