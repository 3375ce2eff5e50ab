"""Labelled images: their layout, access in a network's pixel range, and writing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from core.data.layout import CHANNELS_FIRST, ImageShape, laid_out, shape_text
from core.data.source_text import source_notes
from core.errors import DatasetError
from core.findings.label_order import LabelMap
from core.intake.answers import DataAnswer, PairAnswer
from core.intake.client import read_file
from core.intake.data.choice import DataChoice
from core.intake.limits import LARGEST_VALUE
from core.intake.row_array import RowArray
from core.monitor import Monitor
from core.records import Interpretation, Target
from core.scale import WHITE, Scale
from core.words import make_distinct

if TYPE_CHECKING:
    from core.data.stamped import Estimate

_ROWS_AT_ONCE = 1024
_ORDER_HINT = (
    "if they count from 1 or are in another order, see --labels, or open the file again in the window, which asks"
)
LUMINANCE = (0.299, 0.587, 0.114)  # of red, green and blue: ITU-R BT.601, as image viewers make grey images


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Images with their labels, read-only.

    Attributes:
        name: the name of the file or folder.
        path: the file or folder.
        images: (N, H, W, C) uint8 in 0–255 or float32; a view in the file's layout. Those of a large file (above
            64 MiB) are read from the disk where they are indexed; `numpy.asarray` reads all of them. Floats are pixels
            in 0–255 or 0–1, or what a network reads (`is_converted`).
        labels: (N,) int64, at least 0.
        sha256: SHA-256 of the file, or of the names and contents of several, in hexadecimal; empty if there is none.
        pixel_maximum: the largest value in `images`.
        is_channels_first: whether the file stores its images as (N, C, H, W).
        pixel_minimum: the smallest value in `images`.
        channel_count: 1 if colour images are read as grey, 3 if grey ones are read as colour; None reads them as they
            are.
        keys: the keys of images and labels in the file; empty for single images.
        pairs: all images with labels in the file; empty where there was nothing to choose.
        notes: what a person must know about how the images were found.
        label_map: the map by which `labels` were made of those in the file; None if they are the same.
        file_labels: (N,) int64, the labels in the file; None if they are the same.
        target: what a person said about the target of a poisoned set.
        interpretation: how the labels of a poisoned set were understood; `labels` are then the classes that the
            attacker wants, and `images` those that count. None for a clean set, and for a file as it was opened.
        estimate: how the set was made, if it is no set of triggered images but clean images with a reconstructed
            trigger; every figure on it is then an estimate. None for a file.
    """

    name: str
    path: Path
    images: npt.NDArray[Any] | RowArray
    labels: npt.NDArray[np.int64]
    sha256: str
    pixel_maximum: float
    is_channels_first: bool = False
    pixel_minimum: float = 0.0
    channel_count: int | None = None
    keys: tuple[str, str] = ("", "")
    pairs: tuple[PairAnswer, ...] = ()
    notes: tuple[str, ...] = ()
    label_map: LabelMap | None = None
    file_labels: npt.NDArray[np.int64] | None = None
    target: Target = None
    interpretation: Interpretation | None = None
    estimate: "Estimate | None" = None

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
    def is_stamped(self) -> bool:
        """Whether it was made of clean images and a trigger."""
        return self.estimate is not None

    @property
    def is_estimated(self) -> bool:
        """Whether its figures are estimates: the trigger was reconstructed, or given without triggered images."""
        return self.estimate is not None and self.estimate.is_reconstructed

    @property
    def target_labels(self) -> tuple[int, ...]:
        """Each label that occurs, ascending; for a poisoned set, the target labels."""
        if self.estimate is not None and self.estimate.label is not None and self.interpretation is None:
            return (self.estimate.label,)
        return tuple(int(label) for label in np.unique(self.labels))

    def with_labels(self, label_map: LabelMap | None) -> "Dataset":
        """Return the same images with the labels of the file in another order; None keeps those of the file.

        Raises:
            DatasetError: `wrong-labels`, if a label is not in the map.
        """
        if label_map is self.label_map:
            return self
        labels = self.labels if self.file_labels is None else self.file_labels
        if label_map is None:
            return replace(self, labels=labels, label_map=None, file_labels=None)
        mapped = label_map.applied_to(labels, name=self.name)
        return replace(self, labels=mapped, label_map=label_map, file_labels=labels)

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

    def aimed_at(self, target: Target, *, class_count: int) -> "Dataset":
        """Return the poisoned set with what a person said about its target; that of an estimated set is known.

        Raises:
            DatasetError: `wrong-target`, if the network has no such class.
        """
        if target is None and self.estimate is not None:
            target = self.estimate.target
        if isinstance(target, int) and not 0 <= target < class_count:
            raise DatasetError(
                f"the target must be a class from 0 to {class_count - 1} for this network, got {target}",
                code="wrong-target",
            )
        return replace(self, target=target)

    def interpreted(
        self, interpretation: Interpretation, *, rows: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]
    ) -> "Dataset":
        """Return the poisoned set as it is counted.

        Args:
            interpretation: how its labels were understood.
            rows: indices of the images that count, shape (n,), ascending.
            wanted: the class that the attacker wants for each of them, shape (n,).
        """
        return replace(self.subset(rows), labels=wanted, interpretation=interpretation)

    def subset(self, rows: npt.NDArray[np.int64]) -> "Dataset":
        """Return the images at some indices, shape (n,), ascending, with their labels."""
        if len(rows) == self.image_count:
            return self
        images = self.images
        if isinstance(images, RowArray):
            images = images.subset(rows)
        elif self.is_channels_first:  # as stored: three times as fast
            images = images.transpose(0, 3, 1, 2)[rows].transpose(0, 2, 3, 1)
        else:
            images = images[rows]
        file_labels = None if self.file_labels is None else self.file_labels[rows]
        return replace(self, images=images, labels=self.labels[rows], file_labels=file_labels)

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
            f"images must have shape {shape_text(wanted)} for this network, "
            f"got {shape_text(self.image_shape)} in '{self.name}'",
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
            grey = values @ np.array(LUMINANCE, dtype=np.float32)
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
    choice: DataChoice | None = None,
    label_map: LabelMap | None = None,
    monitor: Monitor | None = None,
) -> Dataset:
    """Open images with labels, in any form of `core.intake.data`: a file, or a folder of single images.

    Args:
        path: the file or folder.
        input_shape: height, width and channels of the network's input; without it, the axis with 1, 3 or 4 entries is
            the channel axis; if two axes qualify, channels come first, as in the lab's files.
        class_count: number of the network's classes.
        has_labels: False reads only images: labels may be missing or be anything, and those of the set are all 0.
        choice: the keys of images and labels, and the part that is preferred where there are several.
        label_map: the order of the labels; None takes them as classes of the network.
        monitor: receives progress, and can cancel.

    Raises:
        DatasetError: the file is refused, or does not fit the network.
        KeyChoiceError: the file has several sets, one of which must be chosen.
        Cancelled: the job was cancelled.
    """
    path, choice = Path(path), choice or DataChoice()
    if input_shape is not None:
        height, width, channels = (int(length) for length in input_shape)
        choice = replace(choice, image_shape=(height, width, channels))
    reading = read_file("data" if has_labels else "images", path, choice=choice, monitor=monitor)
    answer = reading.answer
    assert isinstance(answer, DataAnswer)
    stored = reading.array(answer.images)
    images, axes = laid_out(stored, input_shape, path.name)
    labels: npt.NDArray[np.int64] = np.array(reading.array(answer.labels))
    source = answer.source
    dataset = Dataset(
        path.name,
        path,
        images,
        labels,
        answer.sha256,
        answer.pixel_maximum,
        is_channels_first=axes == CHANNELS_FIRST,
        pixel_minimum=answer.pixel_minimum,
        keys=("", "") if source.taken is None else (source.taken.data_key, source.taken.label_key),
        pairs=tuple(source.pairs),
        notes=source_notes(path.name, source, image_shape=images.shape[1:], axes=axes),
    )
    if label_map is not None and has_labels:
        dataset = dataset.with_labels(label_map)
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
            hint = "" if dataset.label_map else f"; {_ORDER_HINT}"
            raise DatasetError(
                f"labels must be from 0 to {class_count - 1} for this network, "
                f"got {dataset.labels[row]} in row {row} of '{dataset.name}'{hint}",
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
