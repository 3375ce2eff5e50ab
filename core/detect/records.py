"""What detectors find: a statistic a class, reconstructed triggers, and how a run ended; no Keras."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.data.trigger_design.moving import moved_pixels
from core.records import Share
from core.scale import WHITE

FloatArray = NDArray[np.float32]
Statistics = NDArray[np.float64]

NEXT_CLASS = -1
"""In place of a class: each image's target is the class after its own, as in an all-to-all attack."""


class Needs(StrEnum):
    """Which images a detector needs."""

    NOTHING = "no images"
    UNLABELLED = "clean images"
    LABELLED = "clean images with their true labels"


class Ending(StrEnum):
    """How the run of a detector ended."""

    DONE = "done"
    STOPPED = "stopped early"
    UNSUITABLE = "not run"


@dataclass(frozen=True, slots=True, eq=False)
class TriedImages:
    """The clean images that a finished trigger was tried on; its success counts them.

    What the network reads of them is not kept: it follows from the images and the trigger.

    Attributes:
        rows: indices of the images in the set that the detection examined, `DetectionRequest.dataset`; shape (n,),
            int64, ascending, read-only.
        is_drawn: which of them became the trigger's class, shape (n,), bool, read-only.

    Raises:
        ValueError: the arrays do not fit each other.
    """

    rows: NDArray[np.int64]
    is_drawn: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.rows.ndim != 1 or self.is_drawn.shape != self.rows.shape:
            raise ValueError(f"there must be a flag for each row, got {self.is_drawn.shape} and {self.rows.shape}")
        if len(self.rows) and (self.rows[0] < 0 or (np.diff(self.rows) <= 0).any()):
            raise ValueError("rows must be ascending")
        self.rows.flags.writeable = self.is_drawn.flags.writeable = False

    @property
    def share(self) -> Share:
        """The images that became the trigger's class."""
        return Share(int(self.is_drawn.sum()), len(self.rows))


@dataclass(frozen=True, slots=True, eq=False)
class ReconstructedTrigger:
    """A trigger that optimization found: x becomes clip(w(x) · (1 − opacity) + pixels · opacity + change, 0, 255).

    w moves the pixels of an image.

    Attributes:
        label: the class that it draws the answers to; -1 if it draws each image to the class after its own.
        opacity: shape (H, W, 1), float32 in [0, 1], read-only.
        pixels: shape (H, W, C), float32 in 0–255, channels in the order of files, read-only.
        change: shape (H, W, C), float32, added to the pixels, read-only; None adds nothing.
        success: clean images of other classes that are answered as `label` with it.
        moves: shape (H, W, 2), float32, read-only: how far down and to the right of each pixel its value is fetched, in
            pixels, from the border at most; None moves nothing.
        tried: the images that `success` counts; None for a trigger on its way, and where they were not kept.

    Raises:
        ValueError: `success` counts other images than `tried`.
    """

    label: int
    opacity: FloatArray
    pixels: FloatArray
    success: Share
    change: FloatArray | None = None
    moves: FloatArray | None = None
    tried: TriedImages | None = None

    def __post_init__(self) -> None:
        if self.tried is not None and self.tried.share != self.success:
            raise ValueError(f"the success must be that on the images tried, {self.tried.share}, got {self.success}")
        for each in (self.opacity, self.pixels, self.change, self.moves):
            if each is not None:
                each.flags.writeable = False

    @property
    def covered_share(self) -> float:
        """The share of the picture that it hides, in [0, 1]: the mean opacity."""
        return float(self.opacity.mean())

    def apply(self, images: NDArray[np.generic]) -> FloatArray:
        """Lay the trigger over images.

        Args:
            images: shape (N, H, W, C), 0–255, channels in the order of files; not changed.

        Returns:
            Shape (N, H, W, C), float32 in 0–255.
        """
        seen = images.astype(np.float32)
        if self.moves is not None:
            seen = moved_pixels(seen, self.moves)
        result = seen * (1 - self.opacity) + self.pixels * self.opacity
        if self.change is not None:
            result += self.change
        return np.clip(result, 0, WHITE, dtype=np.float32)

    def __repr__(self) -> str:
        return f"ReconstructedTrigger(class {self.label}, {self.covered_share:.1%} covered, {self.success})"


@dataclass(frozen=True, slots=True, eq=False)
class AllToAll:
    """What a detector found of a trigger that draws each image to the class after its own.

    Attributes:
        statistic: in the unit of the classes' statistics.
        score: the statistic against those of the network's classes, in standard deviations; NaN if they are too few.
        trigger: the reconstructed trigger, whose label is -1; None where only figures are kept.
    """

    statistic: float
    score: float
    trigger: ReconstructedTrigger | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ClassScores:
    """What a detector found, class by class.

    Attributes:
        detector: the detector's name.
        statistic: shape (K,), float64, read-only; larger is more suspicious; NaN for a class that was not examined.
        scores: shape (K,), float64, read-only: the statistic against those of the network's other classes, in
            `Detector.score_unit`, mostly standard deviations (see `core.detect.null`); NaN likewise.
        triggers: the reconstructed triggers by class; empty for a detector that makes none.
        all_to_all: what was found of an all-to-all trigger; None for a detector that does not look for one.
        ending: how the run ended.
        sentence: why it was not run, or what was left out; empty if there is nothing to say.
        seconds: how long it took.
    """

    detector: str
    statistic: Statistics
    scores: Statistics
    triggers: Mapping[int, ReconstructedTrigger] = field(default_factory=dict)
    all_to_all: AllToAll | None = None
    ending: Ending = Ending.DONE
    sentence: str = ""
    seconds: float = 0.0

    def __post_init__(self) -> None:
        for each in (self.statistic, self.scores):
            each.flags.writeable = False

    @property
    def examined(self) -> NDArray[np.int64]:
        """The classes that were examined, ascending, int64."""
        return np.flatnonzero(np.isfinite(self.scores))

    @property
    def ranked(self) -> NDArray[np.int64]:
        """The classes that were examined, the most suspicious first, int64; ties in ascending order."""
        classes = self.examined
        return classes[np.argsort(-self.scores[classes], kind="stable")]

    def __repr__(self) -> str:
        found = f"class {self.ranked[0]} at {self.scores[self.ranked[0]]:.1f}" if len(self.examined) else "nothing"
        return f"ClassScores({self.detector}: {found}, {self.ending})"


def unsuitable(detector: str, class_count: int, sentence: str) -> ClassScores:
    """Return the scores of a detector that could not be run, and why."""
    nothing = np.full(class_count, np.nan)
    return ClassScores(detector, nothing, nothing.copy(), ending=Ending.UNSUITABLE, sentence=sentence)
