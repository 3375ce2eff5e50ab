"""The jobs that explain an answer: occlusion maps in short slices, and Grad-CAM.

The engine is imported inside the callables, in the worker, as in `gui/classifier/jobs.py`.
"""

# ruff: noqa: PLC0415 - the engine must be imported late

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from core.monitor import Monitor
from gui.classifier.asked import AskedNetworks
from gui.classifier.jobs import ShownImage, read_by
from gui.job_runner import Job

if TYPE_CHECKING:
    from core.metrics.explanation.grad_cam import GradCam
    from core.metrics.explanation.occlusion import OcclusionSums

SLICE_S = 0.15
AT_ONCE = 8


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What is explained.

    Attributes:
        networks: B and B′.
        shown: the image.
        labels: the class explained of B, and of B′.
    """

    networks: AskedNetworks
    shown: ShownImage
    labels: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class NetworkExplanation:
    """What was found so far of one network.

    Attributes:
        model: its Keras model; None until it is built.
        reason: why it cannot be built, as a sentence; else empty.
        cam: Grad-CAM, or a sentence why there is none; None until it is computed.
        sums: the occlusion map; None until it is begun.
    """

    model: Any = None
    reason: str = ""
    cam: "GradCam | str | None" = None
    sums: "OcclusionSums | None" = None

    @property
    def done_count(self) -> int:
        """Number of windows that were hidden."""
        return 0 if self.sums is None else self.sums.done_count


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """What was found so far.

    Attributes:
        parts: of B and of B′.
        window_count: number of windows that are hidden one after the other; 0 until that is known.
    """

    parts: tuple[NetworkExplanation, NetworkExplanation] = (NetworkExplanation(), NetworkExplanation())
    window_count: int = 0

    @property
    def done_share(self) -> float:
        """The share of the windows that were hidden, in [0, 1]."""
        counted = [each.done_count for each in self.parts if not each.reason]
        return sum(counted) / (len(counted) * self.window_count) if self.window_count and counted else 0.0

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to compute."""
        return bool(self.window_count) and all(
            each.reason or (each.cam is not None and each.done_count == self.window_count) for each in self.parts
        )

    def with_part(self, place: int, part: NetworkExplanation) -> "Explanation":
        """Return it with one network's part replaced."""
        return replace(self, parts=(part, self.parts[1]) if place == 0 else (self.parts[0], part))


def explain_further(subject: Subject, so_far: Explanation) -> Job:
    """Return a job that computes for a moment; it returns the next `Explanation`."""

    def job(monitor: Monitor) -> Explanation:
        from core.metrics.explanation.grad_cam import find_grad_cam
        from core.metrics.explanation.occlusion import lead_of, occlude, plan_occlusion

        masked, until_s = subject.networks.masked, time.monotonic() + SLICE_S
        pixels = read_by(masked.network, masked.scale, subject.shown)
        plan = plan_occlusion(*pixels.shape[:2])
        found = replace(so_far, window_count=len(plan))
        while not found.is_whole:
            monitor.stop_if_asked()
            open_places = [place for place in (0, 1) if not found.parts[place].reason]
            place = min(open_places, key=lambda each: (found.parts[each].cam is not None, found.parts[each].done_count))
            part, label = found.parts[place], subject.labels[place]
            if part.model is None:
                part = _with_model(part, subject, place)
            elif part.cam is None:
                part = replace(part, cam=find_grad_cam(part.model, pixels, label))
            else:
                lead = lead_of(part.model, label)
                part = replace(part, sums=occlude(lead, pixels, plan, so_far=part.sums, count=AT_ONCE))
            found = found.with_part(place, part)
            if time.monotonic() >= until_s:
                break
        return found

    return job


def _with_model(part: NetworkExplanation, subject: Subject, place: int) -> NetworkExplanation:
    """Return a part with the model of B, or with B′ with its channels pruned in the weights."""
    from core.errors import InspectorError
    from core.network.rebuild import build_pruned

    networks, masked = subject.networks, subject.networks.masked
    if place == 1 and networks.repaired is not None:
        return replace(part, model=networks.repaired.model)
    if place == 0 or masked.layer is None or masked.channel_mask is None or masked.channel_mask.all():
        return replace(part, model=masked.network.model)
    try:
        model = build_pruned(masked.network, layer=masked.layer, channel_mask=masked.channel_mask, reader=masked.reader)
    except InspectorError as error:
        return replace(part, reason=str(error))
    return replace(part, model=model)
