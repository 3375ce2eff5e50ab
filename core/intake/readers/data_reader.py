"""Read images and labels in the child, whatever their form, and write them as plain arrays, block by block."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from core.intake.data import numpy_arrays
from core.intake.data.arrays import FileArray
from core.intake.data.bundle import IMAGE_SUFFIXES, TABLE_SUFFIXES, Part, missing_labels_hint, read_index
from core.intake.data.choice import DataChoice
from core.intake.data.forms import open_form
from core.intake.data.labels import are_labels, check_count, read_labels
from core.intake.data.pairing import OWN_KEYS, Pair, are_rows, chosen, image_axis, label_count, pairs_of, usual_axis
from core.intake.data.rows.idx_arrays import idx_array
from core.intake.limits import LARGEST_VALUE, Limits
from core.intake.readers.scratch import ArrayFile, Block, Stored, blocks_of, copy_blocks, write_array
from core.intake.refusal import ChoiceRefusal, Refusal, listed, shortened

_IMAGE_SIDE = 16_384
_WHITE_16 = 65_535  # of 16 bits; 257 times that of 8
_MOST_PAIRS = 100
# What an image takes beside its pixels: its label in the cache, and in the window's memory its label and results.
_LABEL_BYTES, _HELD_BYTES = 8, 24

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One set to read, and where to write it.

    Attributes:
        folder: the scratch folder.
        name: the name of the file or folder, for messages.
        size_bytes: its size.
        limits: limits of the reading.
        on_progress: told how many images are done, of how many.
        choice: what was chosen of it.
        has_labels: whether its labels are read; else they are zeros.
    """

    folder: Path
    name: str
    size_bytes: int
    limits: Limits
    on_progress: Progress
    choice: DataChoice
    has_labels: bool


def read_data(file: BinaryIO, folder: Path, *, choice: DataChoice | None = None, **options: Any) -> dict[str, object]:
    """Read the images and labels of a file, or of several that are bundled; return plain JSON values.

    Images keep their axes (N×C×H×W, N×H×W×C, N×H×W, or N rows of values), but the axis that counts them comes first.
    They become uint8 or float32, labels int64; whole numbers of 16 bits above 255 are divided by 257, and truth values
    become 0 and 1.

    Args:
        file: the file.
        folder: the scratch folder.
        choice: what was chosen of it.
        options: `name`, `size_bytes`, `limits` and `on_progress`, see `Reading`; `is_bundle`.

    Raises:
        Refusal: see `codes.CODES`; a `ChoiceRefusal` if there are several sets and the rules do not tell which.
    """
    return _read(file, folder, choice, has_labels=True, **options)


def read_images(file: BinaryIO, folder: Path, *, choice: DataChoice | None = None, **options: Any) -> dict[str, object]:
    """Read only the images, like `read_data`; the labels are zeros.

    Raises:
        Refusal: see `codes.CODES`.
    """
    return _read(file, folder, choice, has_labels=False, **options)


def _read(
    file: BinaryIO, folder: Path, choice: DataChoice | None, *, is_bundle: bool = False, **options: Any
) -> dict[str, object]:
    reading = Reading(folder=folder, choice=choice or DataChoice(), **options)
    if is_bundle:
        return _read_bundle(file, read_index(file, reading.name), reading)
    name, limits = reading.name, reading.limits
    with open_form(file, name=name, size_bytes=reading.size_bytes, limits=limits) as opened:
        pair, pairs = _find_pair(opened.form, opened.arrays, reading)
        return _written(opened.form, pair, pairs, reading)


def _read_bundle(file: BinaryIO, parts: list[Part], reading: Reading) -> dict[str, object]:
    if parts[0].name.lower().endswith(".npy"):
        arrays = numpy_arrays.npy_arrays(file, parts, name=reading.name, limits=reading.limits)
        images, labels = (arrays[part.name] for part in parts)
        return _written("npy", Pair(images, labels, _axis(images, labels)), [], reading)
    if len(parts) == 2 and not parts[0].name.lower().endswith((*IMAGE_SUFFIXES, *TABLE_SUFFIXES)):
        images, labels = (
            idx_array(
                file,
                key=part.name,
                begin=part.begin,
                size_bytes=part.size_bytes,
                name=reading.name,
                limits=reading.limits,
            )
            for part in parts
        )
        return _written("idx", Pair(images, labels, 0), [], reading)
    from core.intake.data.image_files import read_image_files  # noqa: PLC0415 - brings Pillow; imported before the lock

    return read_image_files(file, parts, reading)


def _find_pair(form: str, arrays: Mapping[str, FileArray], reading: Reading) -> tuple[Pair, list[Pair]]:
    """Return the images and labels to read, and everything that could be read instead."""
    choice, name, has_labels = reading.choice, reading.name, reading.has_labels
    own_keys = OWN_KEYS if has_labels else OWN_KEYS[:1]
    for key in (choice.data_key, choice.label_key if has_labels else ""):
        if key and key not in arrays:
            raise Refusal("missing-key", f"there is no '{shortened(key)}' in '{name}': it contains {listed(arrays)}")
    keys = (choice.data_key, choice.label_key) if has_labels else (choice.data_key,)
    if not any(keys) and set(own_keys) <= arrays.keys():
        keys = own_keys
    if all(keys):
        images, labels = arrays[keys[0]], arrays[keys[-1]] if has_labels else None
        return Pair(images, labels, _axis(images, labels)), []
    pairs = pairs_of(
        arrays, choice=choice, are_labels=lambda array: are_labels(array, name=name, limits=reading.limits)
    )
    if not pairs and not has_labels:
        pairs = [
            Pair(each, None, usual_axis(each))
            for each in arrays.values()
            if each.is_numeric and len(each.shape) in (3, 4) and choice.data_key in ("", each.key)
        ] or [
            Pair(each, None, usual_axis(each))
            for each in arrays.values()
            if each.is_numeric and are_rows(each, usual_axis(each)) and choice.data_key in ("", each.key)
        ]
    if not pairs and form in ("npy", "idx"):
        raise Refusal("missing-key", missing_labels_hint(name))
    if not pairs:
        if has_labels and (reason := _wrong_labels(arrays, reading)):
            raise Refusal("wrong-labels", reason)
        there = listed(f"{key} {arrays[key].shape}" for key in sorted(arrays))
        what = "no images with as many labels" if has_labels else "no images"
        raise Refusal(
            "missing-key",
            f"'{name}' contains {what}: expected an array (N, C, H, W), (N, H, W, C) or (N, H, W)"
            f"{' and its N labels' if has_labels else ''}, got {there}",
        )
    taken = chosen(pairs, choice.part)
    if taken is None:
        raise ChoiceRefusal(
            f"'{name}' contains several sets of images: choose one with --data-key and --label-key, "
            f"{listed(' with '.join(filter(None, pair.keys)) for pair in pairs)}",
            [_described(pair) for pair in pairs[:_MOST_PAIRS]],
        )
    return taken, pairs[:_MOST_PAIRS]


def _wrong_labels(arrays: Mapping[str, FileArray], reading: Reading) -> str:
    """Return why an array that is as long as the only images are many cannot be their labels; empty if none is."""
    images = [each for each in arrays.values() if each.is_numeric and len(each.shape) in (3, 4)]
    if len(images) != 1:
        return ""
    count = images[0].shape[usual_axis(images[0])]
    for array in arrays.values():
        if count and array.shape in ((count,), (count, 1), (1, count)):
            if not array.is_numeric:
                return (
                    f"the labels '{shortened(array.key)}' in '{reading.name}' are no numbers: save them as numbers "
                    "from 0, in the order of the network's classes (numpy.unique(labels, return_inverse=True)[1] for "
                    "classes in alphabetical order)"
                )
            try:
                read_labels(array, image_count=count, name=reading.name, limits=reading.limits)
            except Refusal as refusal:
                return str(refusal)
    return ""


def _axis(images: FileArray, labels: FileArray | None) -> int:
    if not images.shape:
        return 0
    found = image_axis(images, labels) if labels is not None and label_count(labels) else None
    return usual_axis(images) if found is None else found


def _written(form: str, pair: Pair, pairs: list[Pair], reading: Reading) -> dict[str, object]:
    images, folder = pair.images, reading.folder
    label_total = 0 if not images.shape else images.shape[pair.axis]
    labels = None
    if reading.has_labels and pair.labels is not None:
        check_count(
            pair.labels.key,
            max(pair.labels.shape, default=0),
            name=reading.name,
            size_bytes=reading.size_bytes,
            limits=reading.limits,
        )
        labels = read_labels(pair.labels, image_count=label_total, name=reading.name, limits=reading.limits)
    stored, span, is_16_bit = _write_images(pair, None if labels is None else len(labels), reading)
    if labels is None:
        labels = np.zeros(stored.shape[0], dtype=np.int64)
    return {
        "kind": "data" if reading.has_labels else "images",
        "images": stored.as_json(),
        "labels": write_array(folder, "labels.npy", labels).as_json(),
        "pixel_minimum": span[0],
        "pixel_maximum": span[1],
        "source": {
            "form": form,
            "taken": _described(pair),
            "pairs": [_described(each) for each in pairs],
            "is_16_bit": is_16_bit,
        },
    }


def _described(pair: Pair) -> dict[str, object]:
    data_key, label_key = pair.keys
    return {
        "data_key": data_key[:1024],
        "label_key": label_key[:1024],
        "shape": list(pair.images.shape),
        "image_axis": pair.axis,
        "is_matlab": pair.images.is_matlab,
    }


def _write_images(pair: Pair, label_count: int | None, reading: Reading) -> tuple[Stored, tuple[float, float], bool]:
    """Write the images; return the array, the range of its values, and whether they were divided by 257."""
    name, images = reading.name, pair.images
    images.check()
    shape = images.shape
    has_rows = are_rows(images, pair.axis)
    if len(shape) in (3, 4) or has_rows:
        shape = (shape[pair.axis], *shape[: pair.axis], *shape[pair.axis + 1 :])
    if not has_rows and (len(shape) not in (3, 4) or any(length > _IMAGE_SIDE for length in shape[1:])):
        raise Refusal("wrong-shape", f"images must have shape (N, C, H, W) or (N, H, W, C), got {shape} in '{name}'")
    if shape[0] == 0:
        raise Refusal("no-images", f"'{name}' contains no images: expected at least one, got shape {shape}")
    if 0 in shape:
        raise Refusal("wrong-shape", f"images must not be empty, got shape {shape} in '{name}'")
    dtype = "float32" if images.dtype.kind == "f" else "uint8"
    _check_image_count(images.key, shape, np.dtype(dtype).itemsize, reading)
    if label_count is not None and shape[0] != label_count:
        raise Refusal(
            "different-lengths",
            f"'{name}' must have one label for each image, got {shape[0]} images, {label_count} labels",
        )
    is_16_bit = images.dtype.kind == "u" and images.dtype.itemsize == 2 and _is_above_bytes(pair)
    if is_16_bit:
        dtype = "float32"
        _check_image_count(images.key, shape, np.dtype(dtype).itemsize, reading)
    span = Span(name, is_float=images.dtype.kind == "f")

    def converted(block: Block, start: int) -> Block:
        if is_16_bit:
            block = block.astype(np.float32) / np.float32(_WHITE_16 / 255)
        elif images.dtype.kind == "b":
            block = np.minimum(block.view(np.uint8), 1)
        return span.checked(block, start)

    with ArrayFile(reading.folder, "images.npy", shape=shape, dtype=dtype) as target:
        copy_blocks(images, axis=pair.axis, convert=converted, target=target, on_block=reading.on_progress)
    return target.stored, (span.least, span.most), is_16_bit


def _is_above_bytes(pair: Pair) -> bool:
    """Whether whole numbers of 16 bits use more than 8 of them."""
    return any(int(block.max()) > 255 for _, block in blocks_of(pair.images, axis=pair.axis))


def _check_image_count(key: str, shape: tuple[int, ...], item_bytes: int, reading: Reading) -> None:
    """Refuse more images than a file of this size can contain, and than what is made of them may take."""
    name, limits, count = reading.name, reading.limits, shape[0]
    check_count(key, count, name=name, size_bytes=reading.size_bytes, limits=limits)
    made_bytes = math.prod(shape) * item_bytes + count * (_LABEL_BYTES + _HELD_BYTES)
    if made_bytes > max(limits.free_claim_bytes, limits.claim_ratio * reading.size_bytes):
        raise Refusal(
            "claims-too-much",
            f"the {count:,} images in '{name}' take {made_bytes:,} bytes with their labels and results, but the whole "
            f"file has only {reading.size_bytes:,}",
        )


class Span:
    """Tracks the smallest and the largest pixel, and refuses values out of range."""

    def __init__(self, name: str, *, is_float: bool) -> None:
        self.least, self.most = float("inf"), float("-inf")
        self._name, self._is_float = name, is_float

    def checked(self, block: Block, start: int) -> Block:
        """Return the block if its values are allowed; `start` is the index of its first image.

        Raises:
            Refusal: `wrong-range`.
        """
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
