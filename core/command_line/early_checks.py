"""Reading all files before TensorFlow is imported, so that a bad file is refused at once."""

from collections.abc import Sequence
from pathlib import Path

from core.command_line.console import refuse
from core.data.dataset import open_dataset
from core.errors import ImageFileError
from core.intake.answers import ModelDescription
from core.intake.client import read_file
from core.intake.data.choice import DataChoice
from core.monitor import Monitor


def check_files_early(
    *,
    models: Sequence[Path],
    data: Sequence[tuple[Path, DataChoice]],
    unlabelled: tuple[Path, DataChoice] | None = None,
    architecture: Path | None = None,
    triggers: Sequence[Path] = (),
    monitor: Monitor,
) -> None:
    """Read networks and data into the cache, and check that the images fit the first network.

    Args:
        models: network files.
        data: files of images with labels, and what was chosen of each.
        unlabelled: a file of images whose labels are ignored, and what was chosen of it.
        architecture: the JSON file that describes the first network, if that has weights alone.
        triggers: files of triggers.
        monitor: can cancel.

    Raises:
        ModelFileError, DatasetError, ImageFileError: one was refused.
        Cancelled: the job was cancelled.
    """
    first = read_file("model", models[0], monitor=monitor, architecture=architecture).answer
    for each in models[1:]:
        read_file("model", each, monitor=monitor)
    assert isinstance(first, ModelDescription)
    for path, choice in data:
        open_dataset(path, input_shape=first.input_shape, choice=choice, monitor=monitor)
    for each in triggers:
        read_file("trigger", each, monitor=monitor)
    if unlabelled is not None:
        path, choice = unlabelled
        open_dataset(path, input_shape=first.input_shape, has_labels=False, choice=choice, monitor=monitor)


def images_that_open(images: Sequence[Path], *, monitor: Monitor) -> tuple[Path, ...]:
    """Print why images are refused, and return the others.

    Raises:
        Cancelled: the job was cancelled.
    """
    opened = []
    for each in images:
        try:
            read_file("image", each, monitor=monitor)
        except ImageFileError as error:
            refuse(error)
        else:
            opened.append(each)
    return tuple(opened)
