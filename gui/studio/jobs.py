"""The studio's jobs: images as a network sees them, triggers from pairs, the attack's success, and the files.

The engine is imported inside the callables, in the worker, as in `gui/classifier/jobs.py`.
"""

# ruff: noqa: PLC0415 - the engine must be imported late

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.monitor import Monitor
from core.scale import WHITE, Scale
from gui.classifier.asked import AskedNetworks
from gui.job_runner import Job

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.data.image import InputImage
    from core.data.trigger import Trigger
    from core.data.trigger_design.pairs import PairsTrigger
    from core.detect.stamped_attack import StampedAttack

Shape = tuple[int, int, int]


def see_image(image: "InputImage", input_shape: Shape) -> Job:
    """Return a job that crops and resizes an image as for a network: (H, W, C) float32, 0–255, read-only."""

    def job(_monitor: Monitor) -> NDArray[np.float32]:
        from core.data.image import to_input

        return _frozen(to_input(image, input_shape=input_shape, scale=Scale.RAW))

    return job


def open_source(path: Path) -> Job:
    """Return a job that opens an image to make a trigger of: an `InputImage`."""

    def job(monitor: Monitor) -> "InputImage":
        from core.data.image import open_image

        return open_image(path, monitor=monitor)

    return job


def clean_image(dataset: "Dataset", row: int, scale: Scale) -> Job:
    """Return a job that makes an `InputImage` of an image of a set."""

    def job(_monitor: Monitor) -> "InputImage":
        from core.data.image import InputImage

        drawn = dataset.rows([row], scale=Scale.RAW)[0]
        pixels = scale.pixels(drawn) if dataset.is_converted else drawn
        rgb = np.clip(np.rint(pixels), 0, WHITE).astype(np.uint8)
        rgb = np.repeat(rgb[..., :1], 3, axis=2) if rgb.shape[2] < 3 else rgb[..., :3]
        opaque = np.full((*rgb.shape[:2], 1), WHITE, np.uint8)
        return InputImage(f"image {row} of {dataset.name}", np.ascontiguousarray(np.concatenate([rgb, opaque], axis=2)))

    return job


def find_pairs_trigger(without: Sequence[Path], images: Sequence[Path], input_shape: Shape) -> Job:
    """Return a job that takes a trigger from images with and without it, paired in the order of their names."""

    def job(monitor: Monitor) -> "PairsTrigger":
        from core.data.image import open_image, to_input
        from core.data.trigger_design.pairs import trigger_from_pairs

        def read(paths: Sequence[Path]) -> NDArray[np.float32]:
            seen = []
            for number, path in enumerate(sorted(paths, key=lambda each: each.name)):
                monitor.checkpoint("Reading pairs of images", done_count=number, total_count=len(paths))
                image = open_image(path, monitor=monitor)
                seen.append(to_input(image, input_shape=input_shape, scale=Scale.RAW))
            return np.stack(seen)

        return trigger_from_pairs(read(without), read(images))

    return job


def measure(asked: AskedNetworks, stamped: "Dataset", label: int) -> Job:
    """Return a job that measures the `StampedAttack` on a stamped set."""

    def job(monitor: Monitor) -> "StampedAttack":
        from core.detect.stamped_attack import measure_attack

        masked = asked.masked
        return measure_attack(
            masked.network,
            stamped,
            label,
            scale=masked.scale,
            layer=masked.layer,
            channel_mask=masked.channel_mask,
            reader=masked.reader,
            pruned_network=asked.repaired,
            monitor=monitor,
        )

    return job


def save_set(path: Path, stamped: "Dataset") -> Job:
    """Return a job that writes a stamped set with the labels of the clean file as HDF5; it returns the path."""

    def job(monitor: Monitor) -> Path:
        from core.data.dataset_writing import write_dataset

        monitor.checkpoint(f"Writing {path.name}")
        labels = stamped.labels if stamped.file_labels is None else stamped.file_labels
        write_dataset(path, stamped.images, labels)
        return path

    return job


def save_trigger(path: Path, trigger: "Trigger") -> Job:
    """Return a job that writes a trigger as .png or .npz; it returns the path."""

    def job(monitor: Monitor) -> Path:
        from core.report.detect.trigger_file import write_made_trigger

        monitor.checkpoint(f"Writing {path.name}")
        write_made_trigger(trigger, path)
        return path

    return job


def _frozen(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    made = np.array(pixels, dtype=np.float32)
    made.flags.writeable = False
    return made
