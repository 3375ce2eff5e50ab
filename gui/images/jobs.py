"""The jobs of the images window: answer the images of a set, export images.

The engine is imported inside the callables, in the worker, as in `gui/prune/jobs.py`.
"""

# ruff: noqa: PLC0415 - the engine must be imported late

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.images.answers import ImageAnswers
from core.monitor import Monitor
from gui.images.request import ImagesRequest, MaskSource
from gui.job_runner import Job

if TYPE_CHECKING:
    from core.report.images.record import ExportedImages


@dataclass(frozen=True, slots=True)
class Written:
    """What an export wrote.

    Attributes:
        path: the file or folder.
        image_count: number of images in it.
    """

    path: Path
    image_count: int


def answer_images(request: ImagesRequest) -> Job:
    """Return a job that answers the images of a share; it publishes and returns `ImageAnswers`."""

    def job(monitor: Monitor) -> ImageAnswers:
        from core.images.computing import answers_of_networks, answers_under_mask, images_of
        from core.metrics.interpretation import with_interpretations

        source, place = request.source, request.asked.place
        if isinstance(source, MaskSource):
            images = images_of(source.evaluator.inputs, request.role, place, opened=source.opened)
            return answers_under_mask(source.evaluator, images, source.channel_mask, monitor=monitor)
        inputs = (
            with_interpretations(source.inputs, monitor=monitor) if request.asked.figure.is_of_many else source.inputs
        )
        opened = source.inputs.poisoned
        images = images_of(inputs, request.role, place, opened=opened, held_out=source.held_out)
        return answers_of_networks(inputs.network, source.pruned, images, level=source.level, monitor=monitor)

    return job


def export_images(kind: str, path: Path, exported: "ExportedImages") -> Job:
    """Return a job that exports images; it returns what it `Written`.

    Args:
        kind: "folder" or "sheet".
        path: the folder to make, or the file to write.
        exported: the images.
    """

    def job(monitor: Monitor) -> Written:
        from core.report.images.folder import write_image_folder
        from core.report.images.sheet import write_contact_sheet

        if kind == "folder":
            return Written(write_image_folder(path, exported, monitor=monitor), len(exported.rows))
        return Written(path, write_contact_sheet(path, exported, monitor=monitor))

    return job
