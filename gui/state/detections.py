"""A detection: its inputs, its settings, and what it found."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.detect.detector import Detector
from core.detect.records import NEXT_CLASS, ClassScores, Ending, ReconstructedTrigger, Statistics
from core.detect.verdict import Outcome, Verdict
from core.findings.scale_finding import ScaleFinding
from core.scale import Scale

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.detect.job import Detection
    from core.network.network import Network
    from gui.state.open_files import OpenFiles


@dataclass(frozen=True, slots=True, eq=False)
class DetectionInputs:
    """What is examined.

    Attributes:
        network: the network.
        dataset: clean images; None if none are open.
        has_labels: whether their labels are the true ones.
        scale: the pixel range the network expects; None finds it on the clean images.
        scale_finding: how the pixel range was found on labelled images; None if it was not.
        is_scale_given: whether the person chose the pixel range.
    """

    network: "Network"
    dataset: "Dataset | None"
    has_labels: bool
    scale: Scale | None
    scale_finding: ScaleFinding | None = None
    is_scale_given: bool = False

    @classmethod
    def of(cls, files: "OpenFiles") -> "DetectionInputs | None":
        """Return the inputs for the open files: the validation set, or else the images without labels.

        Returns:
            None if no network is open.
        """
        if files.network is None:
            return None
        has_labels = files.validation is not None
        dataset = files.validation if has_labels else files.unlabelled
        known = files.effective_settings.scale
        return cls(
            files.network,
            dataset,
            has_labels,
            scale=known if known is not None or has_labels else files.scale,
            scale_finding=files.scale_finding,
            is_scale_given=files.settings.scale is not None,
        )

    @property
    def is_scale_assumed(self) -> bool:
        """Whether nothing says what the network reads for a pixel."""
        is_found = self.scale_finding is not None or self.has_labels
        return not self.is_scale_given and not is_found and self.network.summary.scale is None

    @property
    def image_count(self) -> int:
        """The number of clean images."""
        return 0 if self.dataset is None else len(self.dataset.labels)

    def missing(self, detector: Detector) -> str:
        """Return what a detector lacks, as one sentence; empty if it lacks nothing."""
        return detector.missing(
            class_count=self.network.summary.class_count, image_count=self.image_count, has_labels=self.has_labels
        )

    def is_same(self, other: "DetectionInputs | None") -> bool:
        """Whether the network and the images are the same."""
        return other is not None and self.network is other.network and self.dataset is other.dataset

    def with_finding(self, finding: ScaleFinding) -> "DetectionInputs":
        """Return the same inputs with the pixel range that was found."""
        return replace(self, scale=finding.scale, scale_finding=finding)


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """How a network is examined.

    Attributes:
        detectors: the detectors, in the order in which they run.
        classes: the classes to examine; None examines all.
        seed: seed of all random numbers.
    """

    detectors: tuple[Detector, ...]
    classes: tuple[int, ...] | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class ShownImages:
    """Clean images that triggers are shown on.

    Attributes:
        pixels: shape (n, H, W, C), float32 in 0–255, channels in the order of files, read-only.
        labels: shape (n,), int64; -1 where they are not known, read-only.
    """

    pixels: NDArray[np.float32]
    labels: NDArray[np.int64]

    def __post_init__(self) -> None:
        self.pixels.flags.writeable = self.labels.flags.writeable = False

    def besides(self, label: int, count: int) -> NDArray[np.float32]:
        """Return the first images of other classes than `label`, at most `count`, shape (n, H, W, C)."""
        is_other = (self.labels != label) | (label == NEXT_CLASS)
        chosen: NDArray[np.float32] = self.pixels[is_other][:count]
        return chosen


@dataclass(frozen=True, slots=True, eq=False)
class KeptDetection:
    """A detection, in progress or finished.

    Attributes:
        inputs: what was examined; its scale is the one that was used.
        settings: how it was examined.
        images: clean images that triggers are shown on; None if none were open.
        scores: the scores of each detector, in the order in which they ran.
        verdict: what they say together; None if none of them examined a class to its end.
        seconds: how long it took.
        is_over: whether it is finished or was stopped.
        detection: the engine's record; None while nothing was found.
    """

    inputs: DetectionInputs
    settings: DetectionSettings
    images: ShownImages | None = None
    scores: tuple[ClassScores, ...] = ()
    verdict: Verdict | None = None
    seconds: float = 0.0
    is_over: bool = False
    detection: "Detection | None" = None

    def with_found(self, detection: "Detection", *, is_over: bool) -> "KeptDetection":
        """Return the same detection with what was found so far."""
        return replace(
            self,
            scores=detection.scores,
            verdict=detection.verdict if is_over else None,
            seconds=detection.seconds,
            is_over=is_over,
            detection=detection,
        )

    @property
    def was_stopped(self) -> bool:
        """Whether it was stopped before every detector had run."""
        if not self.is_over:
            return False
        return len(self.scores) < len(self.settings.detectors) or any(
            each.ending is Ending.STOPPED for each in self.scores
        )

    @property
    def suspicion(self) -> Statistics:
        """How suspicious each class is, shape (K,), float64; NaN for a class that was not examined.

        The probability of the verdict; without one the largest score of all detectors so far.
        """
        if self.verdict is not None:
            return self.verdict.class_probabilities
        largest = np.full(self.inputs.network.summary.class_count, np.nan)
        for each in self.scores:
            largest = np.fmax(largest, each.scores)
        return largest

    @property
    def ranked(self) -> tuple[int, ...]:
        """The examined classes, the most suspicious first; ties in ascending order.

        `NEXT_CLASS` comes before them if that is the verdict.
        """
        suspicion = self.suspicion
        known = np.flatnonzero(np.isfinite(suspicion))
        classes = known[np.argsort(-suspicion[known], kind="stable")].tolist()
        is_all_to_all = self.verdict is not None and self.verdict.is_all_to_all
        return (NEXT_CLASS, *classes) if is_all_to_all else tuple(classes)

    @property
    def suspects(self) -> tuple[int, ...]:
        """The classes that a backdoor leads to; empty for a shortlist, or if nothing was found."""
        if self.verdict is None:
            return ()
        if self.verdict.is_all_to_all:
            return (NEXT_CLASS,)
        return self.verdict.classes if self.verdict.outcome is Outcome.BACKDOORED else ()

    @property
    def triggers_of(self) -> frozenset[int]:
        """The classes that triggers were reconstructed of."""
        return frozenset(label for each in self.scores for label in each.triggers)

    def triggers(self, label: int) -> tuple[tuple[str, ReconstructedTrigger], ...]:
        """Return the reconstructed triggers of a class with the names of their detectors, in the order of the run."""
        if label == NEXT_CLASS:
            found = [(each.detector, each.all_to_all) for each in self.scores if each.all_to_all is not None]
            return tuple((name, each.trigger) for name, each in found if each.trigger is not None)
        return tuple((each.detector, each.triggers[label]) for each in self.scores if label in each.triggers)

    def is_current(self, now: DetectionInputs | None, scale: Scale) -> bool:
        """Whether the open network, images and pixel range are those that were examined."""
        return self.inputs.is_same(now) and self.inputs.scale == scale
