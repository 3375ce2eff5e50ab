"""Read images and labels in the child, and write them as plain arrays, block by block."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from core.intake.limits import LARGEST_VALUE, Limits
from core.intake.readers.archive import entry_names
from core.intake.readers.file_kind import open_hdf5
from core.intake.readers.scratch import ArrayFile, Block, Stored, copy_blocks, write_array
from core.intake.readers.screening import Screened, check_array, screen
from core.intake.refusal import Refusal, listed
from core.intake.source import ZIP_SIGNATURE

_IMAGE_SIDE = 16_384
_LABEL_LIMIT = 2**31
# What an image takes beside its pixels: its label in the cache, and in the window's memory its label and results.
_LABEL_BYTES, _HELD_BYTES = 8, 24

Progress = Callable[[int, int], None]


def read_data(
    file: BinaryIO, folder: Path, *, name: str, size_bytes: int, limits: Limits, on_progress: Progress
) -> dict[str, object]:
    """Read `data` and `label` of a data file; return their description as plain JSON values.

    Images keep their axes (N×C×H×W, N×H×W×C or N×H×W) and become uint8 or float32; labels become int64.

    Raises:
        Refusal: see `codes.CODES`.
    """
    return _read(
        file, folder, name=name, size_bytes=size_bytes, limits=limits, on_progress=on_progress, has_labels=True
    )


def read_images(
    file: BinaryIO, folder: Path, *, name: str, size_bytes: int, limits: Limits, on_progress: Progress
) -> dict[str, object]:
    """Read only `data`, like `read_data`; `label` is not read, and the labels are zeros.

    Raises:
        Refusal: see `codes.CODES`.
    """
    return _read(
        file, folder, name=name, size_bytes=size_bytes, limits=limits, on_progress=on_progress, has_labels=False
    )


def _read(
    file: BinaryIO,
    folder: Path,
    *,
    name: str,
    size_bytes: int,
    limits: Limits,
    on_progress: Progress,
    has_labels: bool,
) -> dict[str, object]:
    if file.read(4) == ZIP_SIGNATURE and "model.weights.h5" in entry_names(file):
        raise Refusal("model-not-images", f"'{name}' contains a network, not images: open it as the network instead")
    with open_hdf5(file, name) as opened:
        screened = screen(opened, name=name, size_bytes=size_bytes, limits=limits)
        _check_keys(opened, screened, wanted=("data", "label") if has_labels else ("data",))
        labels = _read_labels(screened, limits) if has_labels else None
        label_count = None if labels is None else len(labels)
        images, span = _write_images(screened, folder, label_count, limits=limits, on_progress=on_progress)
    if labels is None:
        labels = np.zeros(images.shape[0], dtype=np.int64)
    stored_labels = write_array(folder, "labels.npy", labels)
    return {
        "kind": "data" if has_labels else "images",
        "images": images.as_json(),
        "labels": stored_labels.as_json(),
        "pixel_minimum": span[0],
        "pixel_maximum": span[1],
    }


def _check_keys(opened: Any, screened: Screened, *, wanted: Sequence[str]) -> None:
    found = screened.children("")
    name = screened.name
    if all(key in screened.datasets for key in wanted):
        return
    if "model_config" in opened.attrs or "layer_names" in opened.attrs or {"model_weights", "layers"} & set(found):
        raise Refusal("model-not-images", f"'{name}' contains a network, not images: open it as the network instead")
    groups = [key for key in wanted if key in found and key not in screened.datasets]
    if groups:
        raise Refusal("missing-key", f"'{groups[0]}' in '{name}' is a group: expected a dataset of numbers")
    missing = [key for key in wanted if key not in screened.datasets]
    sets = "dataset" if len(wanted) == 1 else "datasets"
    raise Refusal(
        "missing-key",
        f"'{name}' must contain the {sets} {listed(wanted)}: {listed(missing)} missing, got {listed(found)}",
    )


def _read_labels(screened: Screened, limits: Limits) -> Block:
    name = screened.name
    dataset = _numeric(screened, "label", limits)
    shape = tuple(dataset.shape)
    if len(shape) not in (1, 2) or (len(shape) == 2 and not 1 <= shape[1] <= 100_000):
        raise Refusal("wrong-shape", f"labels must have shape (N,) or (N, 1), got {shape} in '{name}'")
    _check_count(screened, "label", shape[0], limits)
    if dataset.size > _most_labels(limits):
        raise Refusal("file-too-large", f"'label' in '{name}' claims {dataset.size:,} values")
    values = np.asarray(dataset[()])
    if not np.isfinite(values).all():
        raise Refusal("wrong-labels", f"labels must be whole numbers, got values that are not finite in '{name}'")
    if values.ndim == 2 and values.shape[1] > 1:
        is_one_hot = ((values == 0) | (values == 1)).all() and (values.sum(axis=1) == 1).all()
        if not is_one_hot:
            raise Refusal(
                "wrong-labels", f"labels of shape {shape} must have exactly one 1 in each row, others 0, in '{name}'"
            )
        return values.argmax(axis=1).astype(np.int64)
    values = values.reshape(-1)
    wrong = np.flatnonzero((values < 0) | (values >= _LABEL_LIMIT) | (values != np.floor(values)))
    if wrong.size:
        row = int(wrong[0])
        raise Refusal(
            "wrong-labels", f"labels must be whole numbers, at least 0, got {values[row]:g} in row {row} of '{name}'"
        )
    return values.astype(np.int64)


def _write_images(
    screened: Screened, folder: Path, label_count: int | None, *, limits: Limits, on_progress: Progress
) -> tuple[Stored, tuple[float, float]]:
    name = screened.name
    dataset = _numeric(screened, "data", limits)
    shape = tuple(int(length) for length in dataset.shape)
    if len(shape) not in (3, 4) or any(length > _IMAGE_SIDE for length in shape[1:]):
        raise Refusal("wrong-shape", f"images must have shape (N, C, H, W) or (N, H, W, C), got {shape} in '{name}'")
    if shape[0] == 0:
        raise Refusal("no-images", f"'{name}' contains no images: expected at least one, got shape {shape}")
    if 0 in shape:
        raise Refusal("wrong-shape", f"images must not be empty, got shape {shape} in '{name}'")
    dtype = "float32" if dataset.dtype.kind == "f" else "uint8"
    _check_image_count(screened, shape, np.dtype(dtype).itemsize, limits)
    if label_count is not None and shape[0] != label_count:
        raise Refusal(
            "different-lengths",
            f"'{name}' must have one label for each image, got {shape[0]} images, {label_count} labels",
        )
    span = _Span(name, is_float=dataset.dtype.kind == "f")
    with ArrayFile(folder, "images.npy", shape=shape, dtype=dtype) as target:
        copy_blocks(dataset, convert=span.checked, target=target, on_block=on_progress)
    return target.stored, (span.least, span.most)


def _check_count(screened: Screened, key: str, count: int, limits: Limits) -> None:
    """Refuse more images or labels than a file of this size can contain."""
    if count > max(limits.free_image_count, screened.size_bytes // limits.least_image_bytes):
        thing = "images" if key == "data" else "labels"
        raise Refusal(
            "claims-too-much",
            f"'{key}' in '{screened.name}' claims {count:,} {thing}, but the whole file has only "
            f"{screened.size_bytes:,} bytes",
        )


def _check_image_count(screened: Screened, shape: tuple[int, ...], item_bytes: int, limits: Limits) -> None:
    """Refuse more images than a file of this size can contain, and than what is made of them may take."""
    name, count = screened.name, shape[0]
    _check_count(screened, "data", count, limits)
    made_bytes = math.prod(shape) * item_bytes + count * (_LABEL_BYTES + _HELD_BYTES)
    if made_bytes > max(limits.free_claim_bytes, limits.claim_ratio * screened.size_bytes):
        raise Refusal(
            "claims-too-much",
            f"the {count:,} images in '{name}' take {made_bytes:,} bytes with their labels and results, but the whole "
            f"file has only {screened.size_bytes:,}",
        )


def _most_labels(limits: Limits) -> int:
    return limits.free_claim_bytes * 4 // np.dtype(np.int64).itemsize


def _numeric(screened: Screened, key: str, limits: Limits) -> Any:
    try:
        return check_array(screened, key, limits)
    except Refusal as refusal:
        if refusal.code == "unsafe-type":
            raise Refusal(
                "wrong-dtype",
                f"'{key}' in '{screened.name}' must contain plain numbers, got {screened.datasets[key].dtype}",
            ) from refusal
        raise


class _Span:
    """Tracks the smallest and the largest pixel, and refuses values out of range."""

    def __init__(self, name: str, *, is_float: bool) -> None:
        self.least, self.most = float("inf"), float("-inf")
        self._name, self._is_float = name, is_float

    def checked(self, block: Block, start: int) -> Block:
        least, most = float(block.min()), float(block.max())
        if self._is_float and not (np.isfinite(least) and np.isfinite(most)):
            row = start + int(np.flatnonzero(~np.isfinite(block).all(axis=tuple(range(1, block.ndim))))[0])
            raise Refusal("wrong-range", f"image {row} of '{self._name}' contains values that are not finite numbers")
        if self._is_float and max(-least, most) > LARGEST_VALUE:
            # Floats outside 0–255 are what a network reads, such as standardized pixels: never that large.
            raise Refusal(
                "wrong-range",
                f"pixels must be from 0 to 255 (or 0 to 1), or what the network reads, at most {LARGEST_VALUE:g} in "
                f"size; got {least:g} to {most:g} in '{self._name}'",
            )
        if not self._is_float and (least < 0 or most > 255):
            found = f"{least:g} to {most:g}"
            raise Refusal("wrong-range", f"pixels must be from 0 to 255 (or 0 to 1), got {found} in '{self._name}'")
        self.least, self.most = min(self.least, least), max(self.most, most)
        return block
