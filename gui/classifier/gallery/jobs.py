"""The gallery's jobs: find image files, read them, answer them, and write the table.

The engine is imported inside the callables, in the worker, as in `gui/classifier/jobs.py`.
"""

# ruff: noqa: PLC0415 - the engine must be imported late

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import InspectorError
from core.monitor import Monitor
from core.scale import Scale
from gui.classifier.asked import AskedNetworks, WornTrigger
from gui.job_runner import Job

if TYPE_CHECKING:
    from core.data.trigger import Trigger
    from core.records import ImageAnswer

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")
MOST_COUNT = 5000
AT_ONCE = 4  # files that are read side by side, each by a child of its own


@dataclass(frozen=True, slots=True, eq=False)
class FoundImages:
    """The image files that were found.

    Attributes:
        paths: at most `MOST_COUNT` of them.
        found_count: how many there are.
    """

    paths: tuple[Path, ...]
    found_count: int


@dataclass(frozen=True, slots=True, eq=False)
class ReadImage:
    """An image as a network sees it, or why it could not be read.

    Attributes:
        path: its file.
        pixels: (H, W, C) uint8, read-only; None if it was refused.
        error: a sentence; empty if it was read.
    """

    path: Path
    pixels: NDArray[np.uint8] | None
    error: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The answers for a few images.

    Attributes:
        answers: one for each image.
        seconds: how long they took.
    """

    answers: "tuple[ImageAnswer, ...]"
    seconds: float


def find_images(paths: Sequence[Path]) -> Job:
    """Return a job that returns the `FoundImages` among files and in folders; hidden folders are left out.

    Files are taken whatever they are called, those in folders by their suffixes.
    """

    def job(monitor: Monitor) -> FoundImages:
        found: list[Path] = []
        count = 0
        for path in paths:
            for each in _files_in(path, monitor) if path.is_dir() else (path,):
                count += 1
                if len(found) < MOST_COUNT:
                    found.append(each)
        return FoundImages(tuple(found), count)

    return job


def read_images(paths: Sequence[Path], *, input_shape: tuple[int, int, int]) -> Job:
    """Return a job that reads a few images; it returns a `ReadImage` for each."""

    def job(monitor: Monitor) -> tuple[ReadImage, ...]:
        from core.data.image import open_image, to_input

        def read(path: Path) -> ReadImage:
            try:
                image = open_image(path, monitor=monitor.unseen())
                seen = to_input(image, input_shape=input_shape, scale=Scale.RAW)
            except InspectorError as error:
                return ReadImage(path, None, str(error))
            pixels = np.rint(seen).astype(np.uint8)
            pixels.flags.writeable = False
            return ReadImage(path, pixels)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return tuple(pool.map(read, paths))

    return job


def answer_images(asked: AskedNetworks, images: Sequence[NDArray[np.uint8]], worn: WornTrigger) -> Job:
    """Return a job that computes the `Answers` for a few images (H, W, C), 0–255."""

    def job(_monitor: Monitor) -> Answers:
        from core.metrics.classification import classify_images

        begun_s = time.monotonic()
        masked = asked.masked
        answers = classify_images(
            masked.network,
            stamped(np.stack(images).astype(np.float32), masked.scale, worn),
            scale=masked.scale,
            layer=masked.layer,
            channel_mask=masked.channel_mask,
            reader=masked.reader,
            pruned_network=asked.repaired,
            level=asked.level,
        )
        return Answers(answers, time.monotonic() - begun_s)

    return job


def stamped(images: NDArray[np.float32], scale: Scale, worn: WornTrigger) -> NDArray[np.float32]:
    """Return what a network reads for images (N, H, W, C), 0–255, with the trigger if it is on."""
    if worn.is_on:
        from core.data.trigger import sunglasses

        height, width = images.shape[1:3]
        trigger: Trigger = worn.trigger.scaled_to(height, width) if worn.trigger else sunglasses(height, width)
        images = np.asarray(trigger.apply(images), dtype=np.float32)
    return scale.read(np.array(images, dtype=np.float32))


def _files_in(folder: Path, monitor: Monitor) -> list[Path]:
    found: list[Path] = []
    for where, folders, names in os.walk(folder):
        monitor.stop_if_asked()
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        found += [Path(where) / each for each in sorted(names) if each.lower().endswith(IMAGE_SUFFIXES)]
    return found
