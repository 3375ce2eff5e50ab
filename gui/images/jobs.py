"""The jobs of the images window: answer the images of a set, export images.

The engine is imported inside the callables, in the worker, as in `gui/prune/jobs.py`.
"""

# ruff: noqa: PLC0415 - the engine must be imported late

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.images.answers import ImageAnswers
from core.metrics.network_scores import SetRole
from core.monitor import Monitor
from gui.images.request import AnswerSource, ImagesRequest, MaskSource, TriggerSource
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
    if isinstance(request.source, TriggerSource):
        return answer_tried(request.source)
    return answer_set(request.source, request.role, request.asked.place)


def answer_tried(source: TriggerSource) -> Job:
    """Return a job that answers the images that a trigger was tried on; it publishes and returns `ImageAnswers`."""

    def job(monitor: Monitor) -> ImageAnswers:
        from core.detect.task import DetectionTask
        from core.images.tried_images import answers_with_trigger

        task = DetectionTask(source.network, source.scale, dataset=source.dataset, has_labels=source.has_labels)
        return answers_with_trigger(task, source.trigger, name=source.title, monitor=monitor)

    return job


def answer_set(source: AnswerSource, role: SetRole, place: int = 0, *, has_confidences: bool = True) -> Job:
    """Return a job that answers the images of a set; it publishes and returns `ImageAnswers`.

    Args:
        source: what answers.
        role: the role of the set.
        place: position of a poisoned set.
        has_confidences: whether confidences are wanted where they take more time than the answers.
    """

    def job(monitor: Monitor) -> ImageAnswers:
        from core.images.computing import answers_of_networks, answers_under_mask, images_of, labels_under_mask
        from core.metrics.interpretation import with_interpretations

        if isinstance(source, MaskSource):
            images = images_of(source.evaluator.inputs, role, place, opened=source.opened)
            answer = answers_under_mask if has_confidences else labels_under_mask
            return answer(source.evaluator, images, source.channel_mask, monitor=monitor)
        is_poisoned = role is SetRole.POISONED
        inputs = with_interpretations(source.inputs, monitor=monitor) if is_poisoned else source.inputs
        opened = source.inputs.poisoned
        images = images_of(inputs, role, place, opened=opened, held_out=source.held_out)
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
