"""Labelled images: their file layout, access in a network's pixel range, and writing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import DatasetError, ExportError
from core.export_file import written_whole
from core.intake.answers import DataAnswer
from core.intake.client import read_file
from core.intake.limits import LARGEST_VALUE
from core.intake.stored_array import StoredArray
from core.monitor import Monitor
from core.scale import WHITE, Scale
from core.words import make_distinct

ImageShape = tuple[int, int, int]

_CHANNEL_COUNTS = (1, 3, 4)
_ROWS_AT_ONCE = 1024
_LUMINANCE = (0.299, 0.587, 0.114)  # of red, green and blue: ITU-R BT.601, as image viewers make grey images


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Images with their labels, read-only.

    Attributes:
        name: the file's name.
        path: the file.
        images: (N, H, W, C) uint8 in 0–255 or float32; a view in the file's layout. Those of a large file (above
            64 MiB) are read from the disk where they are indexed; `numpy.asarray` reads all of them. Floats are pixels
            in 0–255 or 0–1, or what a network reads (`is_converted`).
        labels: (N,) int64, at least 0.
        sha256: SHA-256 of the file, in hexadecimal; empty if there is no file.
        pixel_maximum: the largest value in `images`.
        is_channels_first: whether the file stores its images as (N, C, H, W).
        pixel_minimum: the smallest value in `images`.
        channel_count: 1 if colour images are read as grey, 3 if grey ones are read as colour; None reads them as they
            are.
    """

    name: str
    path: Path
    images: npt.NDArray[Any] | StoredArray
    labels: npt.NDArray[np.int64]
    sha256: str
    pixel_maximum: float
    is_channels_first: bool = False
    pixel_minimum: float = 0.0
    channel_count: int | None = None

    def __post_init__(self) -> None:
        if self.images.ndim != 4 or len(self.images) == 0:
            raise DatasetError(
                f"images must have shape (N, H, W, C), got {self.images.shape} in '{self.name}'", code="wrong-shape"
            )
        if self.labels.shape != (len(self.images),):
            raise DatasetError(
                f"'{self.name}' must have one label for each image, got {len(self.images)} images, "
                f"labels of shape {self.labels.shape}",
                code="different-lengths",
            )
        for field, array in (("images", self.images), ("labels", self.labels)):
            if isinstance(array, np.ndarray) and array.flags.writeable:
                frozen = array.view()
                frozen.flags.writeable = False
                object.__setattr__(self, field, frozen)

    def __repr__(self) -> str:
        return f"Dataset({self.name!r}, {self.image_count} images of {self.image_shape}, {self.images.dtype})"

    @property
    def image_count(self) -> int:
        """Number of images, N."""
        return len(self.images)

    @property
    def image_shape(self) -> ImageShape:
        """Height, width and channels of every image, as a network reads them."""
        height, width, channels = self.images.shape[1:]
        return int(height), int(width), int(self.channel_count or channels)

    @property
    def is_unit_range(self) -> bool:
        """Whether the file's pixels are in 0–1 instead of 0–255."""
        return self.pixel_maximum <= 1.0 and not self.is_converted

    @property
    def is_converted(self) -> bool:
        """Whether the file holds what a network reads, such as standardized pixels, and not pixels of 0–255 or 0–1."""
        return self.pixel_minimum < 0 or self.pixel_maximum > WHITE

    def channel_ranges(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the smallest and the largest value of each channel in the file, two arrays of shape (C,)."""
        lowest, highest = [], []
        for start in range(0, self.image_count, _ROWS_AT_ONCE):
            part = np.asarray(self.images[start : start + _ROWS_AT_ONCE])
            lowest.append(part.min(axis=(0, 1, 2)))
            highest.append(part.max(axis=(0, 1, 2)))
        return np.min(lowest, axis=0).astype(np.float64), np.max(highest, axis=0).astype(np.float64)

    @property
    def target_labels(self) -> tuple[int, ...]:
        """Each label that occurs, ascending; for a poisoned set, the target labels."""
        return tuple(int(label) for label in np.unique(self.labels))

    def batch(self, start: int, stop: int, *, scale: Scale) -> npt.NDArray[np.float32]:
        """Return images `start` to `stop` as a network reads them.

        Args:
            start: index of the first image.
            stop: index after the last image; clipped to the number of images.
            scale: what the network reads for a pixel; not used if the file holds what it reads (`is_converted`).

        Returns:
            (n, H, W, C) float32, C-contiguous, a copy.
        """
        return self._scaled(self.images[start:stop], scale)

    def rows(self, indices: Sequence[int] | npt.NDArray[np.integer[Any]], *, scale: Scale) -> npt.NDArray[np.float32]:
        """Return the images at some indices, otherwise like `batch`."""
        chosen = np.asarray(indices, dtype=np.intp)
        if not self.is_channels_first:
            return self._scaled(self.images[chosen], scale)
        return self._scaled(self.images.transpose(0, 3, 1, 2)[chosen].transpose(0, 2, 3, 1), scale)

    def laid_out_for(self, input_shape: Sequence[int]) -> "Dataset":
        """Return the same data with the axis layout and the channels that fit a network's input shape.

        Without a network the layout of a file is a guess. A network with one channel reads the luminance of colour
        images (ITU-R BT.601), one with three channels reads grey images as red, green and blue.

        Args:
            input_shape: height, width, channels.

        Raises:
            DatasetError: `misfit-input`, if the images fit in neither layout.
        """
        wanted = tuple(int(length) for length in input_shape)
        if self.image_shape == wanted:
            return self
        other = self.images.transpose(0, 3, 1, 2) if self.is_channels_first else self.images.transpose(0, 2, 3, 1)
        layouts = ((self.images, self.is_channels_first), (other, not self.is_channels_first))
        for images, is_channels_first in layouts:
            if images.shape[1:] == wanted:
                return replace(self, images=images, is_channels_first=is_channels_first, channel_count=None)
        for images, is_channels_first in layouts:
            *size, channels = images.shape[1:]
            if tuple(size) == wanted[:2] and {channels, wanted[2]} == {1, 3}:
                return replace(self, images=images, is_channels_first=is_channels_first, channel_count=wanted[2])
        raise DatasetError(
            f"images must have shape {_shape_text(wanted)} for this network, "
            f"got {_shape_text(self.image_shape)} in '{self.name}'",
            code="misfit-input",
        )

    def _scaled(self, images: npt.NDArray[Any], scale: Scale) -> npt.NDArray[np.float32]:
        if self.is_channels_first:
            values = np.empty(images.shape, dtype=np.float32)
            for channel in range(images.shape[3]):  # channel by channel, as stored: three times as fast
                values[..., channel] = images[..., channel]
        else:
            values = np.array(images, dtype=np.float32, order="C")
        if self.channel_count == 1:
            grey = values @ np.array(_LUMINANCE, dtype=np.float32)
            values = (np.rint(grey) if images.dtype == np.uint8 else grey)[..., np.newaxis]
        elif self.channel_count is not None:
            values = np.repeat(values, self.channel_count, axis=3)
        if self.is_converted or (self.is_unit_range and scale == Scale.UNIT):
            return values
        if self.is_unit_range:
            values *= np.float32(WHITE)
        return scale.read(values)


def distinct_names(datasets: Sequence[Dataset]) -> tuple[str, ...]:
    """Return distinct file names: duplicates get their folder's name as prefix, and a number if still equal."""
    return make_distinct([(each.name, each.path.parent.name) for each in datasets])


def open_dataset(
    path: Path | str,
    *,
    input_shape: Sequence[int] | None = None,
    class_count: int | None = None,
    has_labels: bool = True,
    monitor: Monitor | None = None,
) -> Dataset:
    """Open an HDF5 file with `data` and `label`.

    Args:
        path: the file.
        input_shape: height, width and channels of the network's input; without it, the axis with 1, 3 or 4 entries is
            the channel axis; if two axes qualify, channels come first, as in the lab's files.
        class_count: number of the network's classes.
        has_labels: False reads only `data`: `label` may be missing or contain anything, and the labels are all 0.
        monitor: receives progress, and can cancel.

    Raises:
        DatasetError: the file is refused, or does not fit the network.
        Cancelled: the job was cancelled.
    """
    path = Path(path)
    reading = read_file("data" if has_labels else "images", path, monitor=monitor)
    answer = reading.answer
    assert isinstance(answer, DataAnswer)
    stored = reading.array(answer.images)
    images, is_channels_first = _laid_out(stored, input_shape, path.name)
    labels: npt.NDArray[np.int64] = np.array(reading.array(answer.labels))
    dataset = Dataset(
        path.name,
        path,
        images,
        labels,
        answer.sha256,
        answer.pixel_maximum,
        is_channels_first,
        pixel_minimum=answer.pixel_minimum,
    )
    return check_fits(dataset, input_shape=input_shape, class_count=class_count)


def check_fits(
    dataset: Dataset, *, input_shape: Sequence[int] | None = None, class_count: int | None = None
) -> Dataset:
    """Check that data fit a network, and return them in the network's layout.

    Args:
        dataset: the data.
        input_shape: height, width, channels; None skips the check.
        class_count: labels must be below it; None skips the check.

    Raises:
        DatasetError: `misfit-input` or `wrong-labels`.
    """
    if input_shape is not None:
        dataset = dataset.laid_out_for(input_shape)
    if class_count is not None:
        wrong = np.flatnonzero((dataset.labels < 0) | (dataset.labels >= class_count))
        if wrong.size:
            row = int(wrong[0])
            raise DatasetError(
                f"labels must be from 0 to {class_count - 1} for this network, "
                f"got {dataset.labels[row]} in row {row} of '{dataset.name}'",
                code="wrong-labels",
            )
    return dataset


def from_arrays(name: str, images: npt.NDArray[Any], labels: npt.NDArray[Any]) -> Dataset:
    """Create a dataset from arrays in memory, without a file.

    Args:
        name: used in place of a file's name.
        images: (N, H, W, C), any numeric dtype, pixels of 0–255 or 0–1; floats may also be what a network reads.
        labels: (N,), whole numbers.

    Raises:
        DatasetError: the arrays have a wrong shape or range.
    """
    is_float = images.dtype.kind == "f"
    images = np.array(images, dtype=np.uint8 if images.dtype == np.uint8 else np.float32)
    minimum, maximum = (float(images.min()), float(images.max())) if images.size else (0.0, 0.0)
    low, high = (-LARGEST_VALUE, LARGEST_VALUE) if is_float else (0.0, WHITE)
    if not low <= minimum <= maximum <= high:
        raise DatasetError(f"pixels must be from 0 to 255 (or 0 to 1) in '{name}'", code="wrong-range")
    labels = np.array(labels, dtype=np.int64)
    return Dataset(name, Path(name), images, labels, "", maximum, pixel_minimum=minimum)


def write_dataset(path: Path | str, images_nhwc: npt.NDArray[Any], labels: npt.NDArray[Any]) -> None:
    """Write images and labels atomically in the lab's format: `data` (N, C, H, W), `label` (N,).

    Args:
        path: the target; an existing file is replaced.
        images_nhwc: (N, H, W, C); the dtype is kept.
        labels: (N,).

    Raises:
        ExportError: `write-failed`.
    """
    # Imported here: the window's process does not need it until something is written.
    import h5py  # noqa: PLC0415

    path = Path(path)
    data = np.ascontiguousarray(np.transpose(images_nhwc, (0, 3, 1, 2)))
    try:
        with written_whole(path) as partial, h5py.File(partial, "w") as file:
            # Chunks of whole images, so that reading a few images decompresses few others.
            chunks = (min(64, len(data)), *data.shape[1:]) if data.size else None
            file.create_dataset("data", data=data, chunks=chunks, compression="gzip" if data.size else None)
            file.create_dataset("label", data=np.asarray(labels))
    except OSError as error:
        raise ExportError(
            f"'{path.name}' could not be written: {error.strerror or error}", code="write-failed"
        ) from error


def _laid_out(
    stored: npt.NDArray[Any] | StoredArray, input_shape: Sequence[int] | None, name: str
) -> tuple[npt.NDArray[Any] | StoredArray, bool]:
    """Return (N, H, W, C) as a view of the file's array, and whether the channels come first in the file."""
    if stored.ndim == 3:
        return (stored.with_last_axis() if isinstance(stored, StoredArray) else stored[..., None]), False
    first, last = stored.shape[1] in _CHANNEL_COUNTS, stored.shape[3] in _CHANNEL_COUNTS
    is_channels_first = first or not last
    if input_shape is not None:
        wanted = tuple(int(length) for length in input_shape)
        if (stored.shape[2], stored.shape[3], stored.shape[1]) == wanted:
            is_channels_first = True
        elif stored.shape[1:] == wanted:
            is_channels_first = False
    elif not (first or last):
        raise DatasetError(
            f"images must have shape (N, C, H, W) or (N, H, W, C) with 1, 3 or 4 channels, "
            f"got {stored.shape} in '{name}'",
            code="wrong-shape",
        )
    return (stored.transpose(0, 2, 3, 1) if is_channels_first else stored), is_channels_first


def _shape_text(image_shape: Sequence[int]) -> str:
    height, width, channels = image_shape
    return f"{height} × {width} × {channels}"
