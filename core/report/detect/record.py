"""The record of a detection's report: verdict, origin, and the triggers that are shown; no Keras."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.data.cautions import find_cautions
from core.detect.combination import RESOURCE
from core.detect.detector import LEAST_IMAGES
from core.detect.records import ReconstructedTrigger
from core.detect.verdict import Outcome, Verdict
from core.findings.scale_finding import ScaleFinding
from core.report.detect.examples import Example, examples_of
from core.report.origin import InputFile, RunOrigin, input_file
from core.scale import AS_IN_THE_FILE
from core.words import GIVEN, STORED

if TYPE_CHECKING:  # these import Keras; writing a report does not need it
    from core.detect.job import Detection, DetectionRequest
    from core.monitor import Monitor

FEW_IMAGES = 32
"""Below this number of clean images reconstructed triggers may fit these images alone."""

ALL_TO_ALL = "all_to_all"
"""In the name of a file in place of the class: a trigger that leads each class to the next one."""

_Group = list[tuple[str, ReconstructedTrigger]]

MOST_SHOWN = 6
"""The most classes whose triggers are laid over images in a report."""


@dataclass(frozen=True, slots=True, eq=False)
class ShownTrigger:
    """A reconstructed trigger in a report.

    Attributes:
        detector: the detector that found it.
        trigger: the trigger.
        examples: images without and with it; empty where they are not shown.
        files: names of its files; empty if another detector's trigger of the class is written.
    """

    detector: str
    trigger: ReconstructedTrigger
    examples: tuple[Example, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class DetectionReport:
    """One detection with its origin.

    Attributes:
        origin: the network and the command.
        images: the clean images; None if there were none.
        has_labels: whether they have their true labels.
        detection: what the detectors found.
        verdict: what they say together.
        scale_how: how the pixel range was found, for a range that was not found on labels.
        triggers: the triggers of the named classes, or of the most likely one if none is named, most likely first; of a
            network that is suspicious for an all-to-all attack, those that lead each class to the next one.
        zoo: hash of the networks of known state that the verdict was fitted on.
    """

    origin: RunOrigin
    images: InputFile | None
    has_labels: bool
    detection: "Detection"
    verdict: Verdict
    scale_how: str
    triggers: tuple[ShownTrigger, ...]
    zoo: str

    @property
    def file_names(self) -> tuple[str, ...]:
        """The names of the triggers' files."""
        return tuple(name for each in self.triggers for name in each.files)

    def __repr__(self) -> str:
        return f"DetectionReport({self.origin.model_path}, {self.verdict})"


def describe_detection(
    detection: "Detection",
    verdict: Verdict,
    *,
    scale_finding: ScaleFinding | None,
    is_scale_given: bool,
    command_line: Sequence[str],
    monitor: "Monitor",
    created: datetime | None = None,
) -> DetectionReport:
    """Collect a finished detection for a report, and lay its triggers over images.

    Args:
        detection: what the detectors found.
        verdict: what they say together.
        scale_finding: how the pixel range was found on labelled images; None if it was not.
        is_scale_given: whether a person gave the pixel range.
        command_line: the arguments typed after `python main.py`.
        monitor: receives progress, and can cancel.
        created: time of creation; None uses the current time.

    Raises:
        Cancelled: the job was cancelled.
    """
    request = detection.request
    summary = request.network.summary
    origin = RunOrigin(
        model=summary,
        model_path=os.fspath(summary.path),
        scale_finding=scale_finding,
        command_line=tuple(command_line),
        created=created or datetime.now(UTC).replace(microsecond=0),
        cautions=_cautions(request, scale_finding, is_scale_given=is_scale_given),
    )
    scale_how = GIVEN if is_scale_given else STORED if summary.scale is not None else AS_IN_THE_FILE
    return DetectionReport(
        origin=origin,
        images=None if request.dataset is None else input_file(request.dataset),
        has_labels=request.has_labels,
        detection=detection,
        verdict=verdict,
        scale_how=scale_how,
        triggers=_triggers(detection, verdict, monitor),
        zoo=json.loads(RESOURCE.read_text("utf-8"))["zoo"],
    )


def shown_classes(verdict: Verdict) -> tuple[int, ...]:
    """Return the classes whose triggers are shown: the named ones, or the most likely one if none is named."""
    return verdict.classes or (verdict.most_likely,)


def _triggers(detection: "Detection", verdict: Verdict, monitor: "Monitor") -> tuple[ShownTrigger, ...]:
    groups = _all_to_all_triggers(detection) if verdict.is_all_to_all else _class_triggers(detection, verdict)
    shown = []
    for place, (name, group) in enumerate(groups.items()):
        monitor.checkpoint("Laying triggers over images", done_count=place, total_count=len(groups))
        for rank, (detector, trigger) in enumerate(group):
            examples = examples_of(detection.request, trigger, monitor=monitor) if place < MOST_SHOWN else ()
            suffixes = ("png",) if trigger.change is None else ("png", "npz")
            files = tuple(f"trigger_{name}.{suffix}" for suffix in suffixes) if rank == 0 else ()
            shown.append(ShownTrigger(detector, trigger, examples, files))
    return tuple(shown)


def _class_triggers(detection: "Detection", verdict: Verdict) -> dict[str, _Group]:
    """Return the triggers of each class that is shown, with their detectors, the one with the largest score first."""
    scores = {each.detector: each.scores for each in detection.scores}

    def of_class(label: int) -> _Group:
        return sorted(detection.triggers(label), key=lambda each: -scores[each[0]][label])

    return {str(label): of_class(label) for label in shown_classes(verdict)}


def _all_to_all_triggers(detection: "Detection") -> dict[str, _Group]:
    found = [(each.all_to_all, each.detector) for each in detection.scores if each.all_to_all is not None]
    found.sort(key=lambda each: -each[0].score)
    return {ALL_TO_ALL: [(detector, each.trigger) for each, detector in found if each.trigger is not None]}


def _cautions(
    request: "DetectionRequest", scale_finding: ScaleFinding | None, *, is_scale_given: bool
) -> tuple[str, ...]:
    dataset = request.dataset
    if dataset is None:
        return ()
    few = [
        f"There are only {dataset.image_count} clean images: a reconstructed trigger may fit these alone. Open "
        f"{FEW_IMAGES} or more."
    ]
    # With fewer still no detector that needs images is run, which it says itself.
    return tuple(few if LEAST_IMAGES <= dataset.image_count < FEW_IMAGES else []) + find_cautions(
        class_count=request.network.class_count,
        validation=dataset if request.has_labels else None,
        test=None,
        poisoned=(),
        scale_finding=scale_finding,
        given_scale=request.scale if is_scale_given else None,
    )


def is_at_least(outcome: Outcome, wanted: Outcome) -> bool:
    """Whether an outcome is as bad as another or worse."""
    order = (Outcome.NOTHING_FOUND, Outcome.SUSPICIOUS, Outcome.BACKDOORED)
    return order.index(outcome) >= order.index(wanted)
