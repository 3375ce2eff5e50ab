"""Poisoned sets that are made of clean images and a trigger, where no triggered images are at hand."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.data.dataset import Dataset
from core.data.trigger import Trigger
from core.errors import DatasetError
from core.intake.row_array import RowArray
from core.records import AttackKind
from core.scale import WHITE, Scale
from core.words import estimated_name, stamped_name


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """How a poisoned set was made of clean images; its name says so, too.

    Attributes:
        trigger: the trigger that was laid over the images.
        label: the class that the trigger draws the answers to; None if it is the class after each image's own.
        base: the clean images.
        trigger_path: the file of the trigger; None if it was not opened from a file.
        scale: what the network reads for a pixel, as it was given; None if it was not.
        is_reconstructed: whether the trigger stands for one that is not known, so that figures on it are estimates; a
            trigger that a person made in the studio stands for itself.
    """

    trigger: Trigger
    label: int | None
    base: Dataset
    trigger_path: Path | None = None
    scale: Scale | None = None
    is_reconstructed: bool = True

    @property
    def target(self) -> int | AttackKind:
        """What the attacker wants."""
        return AttackKind.NEXT if self.label is None else self.label


class StampedImages(RowArray):
    """Images of a clean set with a trigger over them, made where they are indexed: none of them is kept.

    Args:
        base: the clean set.
        trigger: the trigger, of the size of the images.
        scale: what the network reads for a pixel; used if the set holds what the network reads.
    """

    def __init__(self, base: Dataset, trigger: Trigger, scale: Scale) -> None:
        is_whole = base.images.dtype == np.uint8
        super().__init__((base.image_count, *base.image_shape), np.dtype(np.uint8 if is_whole else np.float32))
        self._base, self._trigger, self._scale = base, trigger, scale

    def __repr__(self) -> str:
        return f"StampedImages({self._trigger!r} on {self._base.name!r}, {self.shape}, {self.dtype})"

    def _rows(self, rows: npt.NDArray[np.integer[Any]]) -> npt.NDArray[Any]:
        if self._base.is_converted:
            pixels = self._scale.pixels(self._base.rows(rows, scale=self._scale)).astype(np.float32)
            return self._scale.read(self._trigger.apply(pixels))
        stamped = self._trigger.apply(self._base.rows(rows, scale=Scale.RAW))
        return np.rint(stamped).astype(np.uint8) if self.dtype == np.uint8 else stamped


def stamped_set(
    base: Dataset,
    trigger: Trigger,
    label: int | None,
    *,
    scale: Scale | None = None,
    trigger_path: Path | None = None,
    is_reconstructed: bool = True,
) -> Dataset:
    """Return the clean images of other classes than the target with a trigger over them, as a poisoned set.

    Its labels are the true ones, and its target is given; the images are made where they are read.

    Args:
        base: clean images with their true labels, in the layout that the network reads.
        trigger: the trigger; it is resized to the images.
        label: the class that the attacker wants; None if it is the class after each image's own: then all images count.
        scale: what the network reads for a pixel; used if the images are no pixels. None takes their smallest and
            largest values for black and white.
        trigger_path: the file of the trigger, if it was opened from one.
        is_reconstructed: as in `Estimate`.

    Raises:
        DatasetError: `no-other-class`, if all images are of the target class; `trigger-fit`, if the trigger has other
            channels than the images.
    """
    rows = np.arange(base.image_count) if label is None else np.flatnonzero(base.labels != label)
    if not len(rows):
        raise DatasetError(
            f"a trigger of class {label} needs clean images of other classes, got none in '{base.name}'",
            code="no-other-class",
        )
    height, width, channels = base.image_shape
    trigger = trigger.scaled_to(height, width)
    trigger.apply(np.zeros((0, height, width, channels), dtype=np.float32))  # refuses other channels
    given = scale
    if scale is None:
        scale = Scale.of_values(*base.channel_ranges()) if base.is_converted else Scale.RAW
    name = (estimated_name if is_reconstructed else stamped_name)(base.name, label)
    made = Estimate(trigger, label, base, trigger_path, given, is_reconstructed)
    return replace(
        base,
        name=name,
        path=base.path.parent / Path(name).name,
        images=StampedImages(base, trigger, scale).subset(rows),
        labels=base.labels[rows],
        file_labels=None if base.file_labels is None else base.file_labels[rows],
        sha256="",
        pixel_maximum=base.pixel_maximum if base.is_converted else WHITE,
        pixel_minimum=base.pixel_minimum if base.is_converted else 0.0,
        is_channels_first=False,
        channel_count=None,
        keys=("", ""),
        pairs=(),
        notes=(),
        target=made.target,
        interpretation=None,
        estimate=made,
    )


def restamped(poisoned: Dataset, base: Dataset) -> Dataset:
    """Return a set that was made of clean images with the same trigger on other clean images.

    Raises:
        DatasetError: as `stamped_set`.
    """
    made = poisoned.estimate
    assert made is not None, "only these sets are made of others"
    return stamped_set(
        base,
        made.trigger,
        made.label,
        scale=made.scale,
        trigger_path=made.trigger_path,
        is_reconstructed=made.is_reconstructed,
    )
