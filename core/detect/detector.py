"""Definition of a detector: its texts, what it needs, what it costs, and how it runs; no Keras.

A detector is one object in its own file in `core/detect/detectors/`, plus one line in the registry there. The command,
the window and the report take everything they show about it from the object.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.detect.null import LEAST_CLASSES
from core.detect.records import ClassScores, Needs
from core.errors import DetectorError

if TYPE_CHECKING:  # these import Keras; listing the detectors does not need it
    from core.detect.task import DetectionTask
    from core.monitor import Monitor

TRIGGERS = "the triggers of an inversion"

LEAST_IMAGES = 8
"""Number of clean images that a detector needs, if it needs any: a change that moves fewer alike proves nothing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Detector(ABC):
    """One way to tell which class a backdoor leads to.

    Attributes:
        name: name in commands and files, such as "weight-signature"; never changes.
        title: name in the window and in reports.
        help: what it measures, in one sentence.
        source: the publication.
        needs: which images it needs.
        statistic_title: what the statistic is, with its unit, for the axis of a chart.
        score_unit: what its scores count, after a number in a sentence.
        is_costly: whether it searches triggers or examines them; if there are many classes, only those of a shortlist
            that the other detectors' scores make.
        has_floor: whether its scores have a floor of the spread, so that none is large by chance.
        needs_triggers: whether it examines triggers that an inversion found before it.
        finds_all_to_all: whether it looks for a trigger that leads each class to the next one as well.
        least_classes: number of classes that it needs.
    """

    name: str
    title: str
    help: str
    source: str
    needs: Needs
    statistic_title: str
    score_unit: str = "standard deviations from the others' median"
    is_costly: bool = False
    has_floor: bool = False
    needs_triggers: bool = False
    finds_all_to_all: bool = False
    least_classes: int = LEAST_CLASSES

    @property
    def settings(self) -> Mapping[str, int | float]:
        """The numbers that its figures depend on, by name, for results files; empty if there are none."""
        return {}

    @property
    def needed(self) -> str:
        """What it needs, in words."""
        return f"{self.needs} and {TRIGGERS}" if self.needs_triggers else str(self.needs)

    @abstractmethod
    def run(self, task: "DetectionTask", monitor: "Monitor") -> ClassScores:
        """Examine classes; publish a `ClassScores` after each stage.

        Args:
            task: the network, the images, and what was found before.
            monitor: receives progress and partial results, and can cancel.

        Raises:
            DetectorError: the network or the images do not suit the detector; the sentence says why.
            Cancelled: the job was cancelled.
        """

    @abstractmethod
    def passes(self, task: "DetectionTask") -> float:
        """Return how many images go forward and back through the network, by which the time is estimated."""

    def unmet_need(self, task: "DetectionTask") -> str:
        """Return why the task does not give what the detector needs, as one sentence; empty if it does."""
        return self.missing(
            class_count=task.network.class_count, image_count=task.image_count, has_labels=task.has_labels
        )

    def missing(self, *, class_count: int, image_count: int, has_labels: bool) -> str:
        """Return what the detector lacks, as one sentence; empty if it lacks nothing.

        Args:
            class_count: number of classes of the network.
            image_count: number of clean images.
            has_labels: whether their labels are the true ones.
        """
        if class_count < self.least_classes:
            return (
                f"{self.title} compares classes with each other and needs at least {self.least_classes}, the network "
                f"has {class_count}"
            )
        if self.needs is not Needs.NOTHING and image_count == 0:
            return f"{self.title} needs {self.needs}, got none"
        if self.needs is not Needs.NOTHING and image_count < LEAST_IMAGES:
            return f"{self.title} needs at least {LEAST_IMAGES} {self.needs}, got {image_count}"
        if self.needs is Needs.LABELLED and not has_labels:
            return f"{self.title} needs {self.needs}, got images without labels"
        return ""

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"


def lacks_triggers(detector: Detector, chosen: Iterable[Detector]) -> str:
    """Return why a detector finds no triggers to examine, as one sentence; empty if it needs none or will find some.

    Args:
        detector: the detector.
        chosen: the detectors that run.
    """
    if not detector.needs_triggers or any(each.finds_all_to_all for each in chosen):
        return ""
    return f"{detector.title} needs {TRIGGERS}: choose an inversion as well"


def check_any_suits(detectors: Sequence[Detector], *, class_count: int, image_count: int, has_labels: bool) -> None:
    """Check that at least one detector can examine the network with the images.

    Args:
        detectors: the detectors.
        class_count: number of classes of the network.
        image_count: number of clean images.
        has_labels: whether their labels are the true ones.

    Raises:
        DetectorError: `no-detector`, none of them can.
    """
    missing = [
        (
            each.title,
            each.missing(class_count=class_count, image_count=image_count, has_labels=has_labels)
            or lacks_triggers(each, detectors),
        )
        for each in detectors
    ]
    if not all(sentence for _, sentence in missing):
        return
    reasons = by_reason(missing)
    why = "; ".join(f"{titles[0] if len(titles) == 1 else 'each'}{words}" for words, titles in reasons.items())
    raise DetectorError(f"no detector can be run: {why or 'none is chosen'}", code="no-detector")


def by_reason(unsuited: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    """Group the sentences that say why detectors cannot be run.

    Args:
        unsuited: a detector's title, and the sentence, which begins with it.

    Returns:
        The titles by what follows them in the sentence.
    """
    groups: dict[str, list[str]] = {}
    for title, sentence in unsuited:
        groups.setdefault(sentence.removeprefix(title), []).append(title)
    return groups
