"""The jobs of STRIP in the classifier: blend the image on the screen, and calibrate in slices.

Both are short questions. A slice ends early if the classifier has something to answer meanwhile. The engine is imported
inside the callables, in the worker, as in `gui/prune/jobs.py`.
"""

# ruff: noqa: PLC0415 - the engine must be imported late

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.detect.strip.records import lack_of_pictures
from core.errors import Cancelled
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from gui.classifier.jobs import ShownImage, read_by
from gui.job_runner import Job

if TYPE_CHECKING:
    from core.detect.strip.blending import Blender
    from core.detect.strip.job import PartialCalibration
    from core.detect.strip.records import BlendedAnswers

SLICE_S = 0.15
MOST_S = 20.0  # for the clean pictures, and for each poisoned set


@dataclass(frozen=True, slots=True, eq=False)
class BlendedImage:
    """The answers for the blends of the image on the screen.

    Attributes:
        blender: what it was blended with.
        answers: of one picture.
    """

    blender: "Blender"
    answers: "BlendedAnswers"


def lack_of(inputs: EvaluationInputs) -> str:
    """Return why an image cannot be blended with the clean images of some inputs, as a sentence; empty if it can."""
    lack = lack_of_pictures(inputs.validation.name, inputs.validation.image_count)
    return lack and f"{lack}."


def blend_image(
    inputs: EvaluationInputs, shown: ShownImage, *, blender: "Blender | None", is_urgent: threading.Event
) -> Job:
    """Return a job that makes a `BlendedImage`, or None if something else became urgent.

    Args:
        inputs: the network, its pixel range and the clean images.
        shown: the image.
        blender: the one made for these inputs before; None makes it.
        is_urgent: set by the window when the job is to give way.
    """

    def job(monitor: Monitor) -> BlendedImage | None:
        from core.detect.strip.blending import Blender

        used = blender or Blender(inputs.network, inputs.known_scale, inputs.validation)
        pixels = read_by(inputs.network, inputs.known_scale, shown)[None]
        watched = _GivingWay(monitor, is_urgent)
        try:
            return BlendedImage(used, used.answers(pixels, watched))
        except Cancelled:
            monitor.stop_if_asked()
            return None

    return job


def calibrate_further(
    inputs: EvaluationInputs,
    blender: "Blender",
    partial: "PartialCalibration | None",
    *,
    is_urgent: threading.Event,
) -> Job:
    """Return a job that measures a slice more of a `PartialCalibration`, or None if something else became urgent.

    Args:
        inputs: the poisoned sets, and what they are understood by.
        blender: the network and the clean pictures.
        partial: what is measured so far; None begins.
        is_urgent: set by the window when the job is to give way.
    """

    def job(monitor: Monitor) -> "PartialCalibration | None":
        from core.detect.strip.job import begin_calibration
        from core.metrics.interpretation import with_interpretations

        watched = _GivingWay(monitor, is_urgent)
        try:
            begun = partial
            if begun is None:
                poisoned = with_interpretations(inputs, monitor=watched).poisoned
                begun = begin_calibration(blender, poisoned=poisoned, most_s=MOST_S)
            return begun.continued(watched, slice_s=SLICE_S)
        except Cancelled:
            monitor.stop_if_asked()
            return None

    return job


class _GivingWay(Monitor):
    """The monitor of a question that also stops when something else becomes urgent."""

    def __init__(self, monitor: Monitor, is_urgent: threading.Event) -> None:
        super().__init__()
        self._monitor, self._is_urgent = monitor, is_urgent

    def stop_if_asked(self) -> None:
        """Raise `Cancelled` if the job is to stop or to give way."""
        if self._monitor.is_cancelled or self._is_urgent.is_set():
            raise Cancelled

    def unseen(self) -> Monitor:
        """Return a monitor that shows nothing; this one shows nothing either."""
        return self
