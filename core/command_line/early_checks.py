"""Reading all files before TensorFlow is imported: a file that is refused is refused at once."""

from collections.abc import Sequence
from pathlib import Path

from core.command_line.console import refuse
from core.data.dataset import open_dataset
from core.errors import ImageFileError
from core.intake.answers import ModelDescription
from core.intake.client import read_file
from core.monitor import Monitor


def check_files_early(
    *, models: Sequence[Path], data: Sequence[Path | None], unlabelled: Path | None = None, monitor: Monitor
) -> None:
    """Read networks and data, so that they are in the cache, and see that the images fit the first network.

    Args:
        models: files of networks.
        data: files of images with labels; None is passed over.
        unlabelled: a file of images whose labels are not looked at.
        monitor: asked whether to stop.

    Raises:
        ModelFileError, DatasetError: one was refused.
        Cancelled: asked to stop.
    """
    descriptions = [read_file("model", each, monitor=monitor).answer for each in models]
    first = descriptions[0]
    assert isinstance(first, ModelDescription)
    for each in data:
        if each is not None:
            open_dataset(each, input_shape=first.input_shape, monitor=monitor)
    if unlabelled is not None:
        open_dataset(unlabelled, input_shape=first.input_shape, has_labels=False, monitor=monitor)


def images_that_open(images: Sequence[Path], *, monitor: Monitor) -> tuple[Path, ...]:
    """Say of each image that is refused why, and return the others.

    Raises:
        Cancelled: asked to stop.
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
