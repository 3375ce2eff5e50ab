"""The clean images that a reconstructed trigger was tried on, with the trigger over them, and B's answers to them."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.detect.records import ReconstructedTrigger, TriedImages
from core.detect.task import DetectionTask
from core.detect.triggers.tried import answers_with, known_labels, stamped_images, wanted_classes
from core.images.answers import CountedImages, ImageAnswers
from core.intake.row_array import RowArray
from core.metrics.evaluation import predict_with_confidence
from core.monitor import Monitor
from core.scale import WHITE

_STAGE = "Images with the trigger"


class StampedRows(RowArray):
    """Images with a reconstructed trigger over them, as the detector asks for them: not rounded, none of them kept.

    Args:
        task: the network and the clean images.
        trigger: the trigger.
        rows: indices of the images, shape (n,).
    """

    def __init__(self, task: DetectionTask, trigger: ReconstructedTrigger, rows: NDArray[np.int64]) -> None:
        super().__init__((len(rows), *task.image_shape), np.dtype(np.float32))
        self._task, self._trigger, self._tried = task, trigger, rows

    def _rows(self, rows: NDArray[np.integer[Any]]) -> NDArray[Any]:
        return stamped_images(self._task, self._trigger, self._tried[rows])


def answers_with_trigger(
    task: DetectionTask, trigger: ReconstructedTrigger, *, name: str, monitor: Monitor
) -> ImageAnswers:
    """Return what B answers to the images that a trigger was tried on: `base` without it, `pruned` with it.

    The answers with the trigger are those of the detector: its own code gives them again. Publishes the `ImageAnswers`
    without confidences first.

    Args:
        task: the network and the clean images, as the detector had them.
        trigger: the trigger; it was tried on at least one image.
        name: what the images are called.
        monitor: receives progress, and can cancel.

    Raises:
        ValueError: the trigger was not tried on images of this set.
        Cancelled: the job was cancelled.
    """
    tried, clean = _checked(task, trigger)
    monitor.checkpoint(_STAGE)
    rows, waiting = tried.rows, monitor.stop_if_asked
    labels = known_labels(task, rows, while_waiting=waiting)
    with_it = answers_with(task, trigger, rows, while_waiting=waiting)
    stamped = Dataset(
        name,
        Path(name),
        StampedRows(task, trigger, rows),
        wanted_classes(task, trigger, labels),
        "",
        pixel_maximum=float(WHITE),
    )
    before = predict_with_confidence(task.network, clean.subset(rows), scale=task.scale, monitor=monitor)
    images = CountedImages(
        name,
        stamped,
        rows,
        np.asarray(clean.labels)[rows] if task.has_labels else None,
        is_poisoned=True,
        scale=task.scale,
        leads_to=trigger.label,
    )
    answers = ImageAnswers(images, before.labels, with_it, before.confidences)
    monitor.publish(answers)
    after = predict_with_confidence(task.network, stamped, scale=task.scale, monitor=monitor)
    return ImageAnswers(images, before.labels, with_it, before.confidences, after.confidences)


def _checked(task: DetectionTask, trigger: ReconstructedTrigger) -> tuple[TriedImages, Dataset]:
    tried, clean = trigger.tried, task.dataset
    if tried is None or clean is None or not len(tried.rows) or tried.rows[-1] >= clean.image_count:
        raise ValueError(f"the trigger must have been tried on images of this set, got {trigger!r} and {clean!r}")
    return tried, clean
