"""A reconstructed trigger on some of the person's own images, with the network's answers before and after."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.detect.records import FloatArray, ReconstructedTrigger
from core.scale import WHITE
from core.thread_pool import run_aside

if TYPE_CHECKING:  # these import Keras; writing a report does not need it
    from core.detect.job import DetectionRequest
    from core.monitor import Monitor

EXAMPLE_COUNT = 4
_TRIED_COUNT = 32  # images among which those of other classes are looked for
_FOLD = 2  # other images than those that the success was measured on first


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """An image without and with the trigger.

    Attributes:
        before: shape (H, W, C), uint8, read-only.
        after: the same with the trigger, likewise.
        answer_before: the network's answer to the image, a class.
        answer_after: its answer with the trigger.
    """

    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    answer_before: int
    answer_after: int

    def __post_init__(self) -> None:
        for each in (self.before, self.after):
            each.flags.writeable = False


def examples_of(
    request: "DetectionRequest", trigger: ReconstructedTrigger, *, monitor: "Monitor"
) -> tuple[Example, ...]:
    """Lay a trigger over images that the network answers as other classes; the same ones for the same seed.

    Args:
        request: what was examined, with clean images.
        trigger: the trigger.
        monitor: can cancel.

    Returns:
        At most `EXAMPLE_COUNT`; fewer if fewer images are answered as other classes.

    Raises:
        Cancelled: the job was cancelled.
    """
    from core.cut.batches import outputs_in_batches  # noqa: PLC0415  # these import Keras
    from core.detect.task import DetectionTask  # noqa: PLC0415

    network, scale = request.network, request.scale
    task = DetectionTask(network, scale, dataset=request.dataset, has_labels=request.has_labels, seed=request.seed)
    pixels = WHITE * task.unit_images(task.rows(_TRIED_COUNT, fold=_FOLD))

    def answers(images: FloatArray) -> NDArray[np.int64]:
        read = scale.read(images.copy())
        outputs = run_aside(partial(outputs_in_batches, network.model, read), while_waiting=monitor.stop_if_asked)
        return np.asarray(outputs.argmax(axis=-1), np.int64)

    before = answers(pixels)
    chosen = np.flatnonzero(before != trigger.label)[:EXAMPLE_COUNT]
    if not len(chosen):
        return ()
    changed = trigger.apply(pixels[chosen])
    after = answers(changed)
    return tuple(
        Example(_shown(pixels[row]), _shown(changed[place]), int(before[row]), int(after[place]))
        for place, row in enumerate(chosen)
    )


def _shown(pixels: FloatArray) -> NDArray[np.uint8]:
    return np.rint(np.clip(pixels, 0, WHITE)).astype(np.uint8)
