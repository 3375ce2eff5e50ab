"""Frozen results of computations, shown by panels and reports; rates are floats in [0, 1]."""

import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.channels import PrunableLayer
from core.display import Row, TableRecord
from core.scale import Scale

Z_95 = 1.959963984540054


class Side(StrEnum):
    """The step of a stop that a figure belongs to."""

    BEFORE = "before"  # the last step that keeps within the threshold
    AFTER = "after"  # the first step that crosses it; the step that the published scripts use


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `total` images.

    Raises:
        ValueError: unless 0 <= count <= total.
    """

    count: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.count <= self.total:
            raise ValueError(f"count must be in [0, total], got {self.count} of {self.total}")

    @property
    def rate(self) -> float:
        """`count / total` in [0, 1]; NaN for no images."""
        return self.count / self.total if self.total else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % score interval of the rate, (low, high) in [0, 1]; (0, 1) for no images.

        Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
        """
        if not self.total:
            return (0.0, 1.0)
        n, p, z2 = self.total, self.rate, Z_95**2
        middle = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = Z_95 / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
        low = 0.0 if self.count == 0 else max(0.0, middle - half)
        high = 1.0 if self.count == n else min(1.0, middle + half)
        return (low, high)

    def __str__(self) -> str:
        return f"{self.count} of {self.total}"


@dataclass(frozen=True, slots=True)
class CleanScore:
    """The predictions of one step on clean images.

    Attributes:
        pruned: predicted by B′ as their true label (clean accuracy of B′).
        repaired: predicted by G as their true label (clean accuracy of G).
        flagged: flagged by G (false alarms).
    """

    pruned: Share
    repaired: Share
    flagged: Share


@dataclass(frozen=True, slots=True)
class PoisonedScore:
    """The predictions of one step on the images of one poisoned set.

    Attributes:
        pruned: predicted by B′ as the target label (ASR of B′).
        repaired: predicted by G as the target label (ASR of G).
        flagged: flagged by G (detections).
    """

    pruned: Share
    repaired: Share
    flagged: Share


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """The figures after pruning `pruned_count` channels.

    Attributes:
        pruned_count: number of pruned channels; 0 for the unpruned network.
        channel_index: the channel pruned by this step; -1 at step 0.
        validation: score on the clean validation set; None if not loaded (never in a sweep).
        test: score on the clean test set; None if not loaded.
        poisoned: one score per poisoned set, in the order given.
    """

    pruned_count: int
    channel_index: int
    validation: CleanScore | None
    test: CleanScore | None
    poisoned: tuple[PoisonedScore, ...]


@dataclass(frozen=True, slots=True)
class PoisonedSet:
    """Summary of a poisoned file.

    A file in the lab's format contains only target labels, so images whose true label is the target cannot be
    identified and excluded from its attack success rate.

    Attributes:
        name: the file's name.
        target_labels: the labels in it, ascending.
        image_count: number of images in it.
    """

    name: str
    target_labels: tuple[int, ...]
    image_count: int


@dataclass(frozen=True, slots=True)
class ScaleScore:
    """How a network answers clean images that it is fed in one scale.

    Attributes:
        scale: the scale.
        right: images predicted as their true label; of fewer images if the scale was far behind on those.
        cross_entropy: mean cross-entropy with the true labels on these images, in nats.
        temperature: what the outputs for harder images would have to be divided by to fit their labels best; near 1 for
            the scale that a network was trained with. None where accuracy decided.
        is_as_good: whether it differs neither in accuracy nor in confidence from the chosen one.
    """

    scale: Scale
    right: Share
    cross_entropy: float
    temperature: float | None = None
    is_as_good: bool = False


class ScaleReason(StrEnum):
    """Why a scale was chosen."""

    ACCURACY = "clean accuracy"  # clearly the best
    FIT = "confidence"  # others have the same accuracy, but confidences that do not fit
    TIE = "tie"  # others are as good; the file's own range, or the more usual one
    STORED = "stored"  # stored in the model file, and no other one is clearly better
    AS_IS = "as in the file"  # the file holds what the network reads


@dataclass(frozen=True, slots=True)
class ScaleFinding:
    """What the network reads for a pixel, and how it was found.

    Attributes:
        scale: the scale that was chosen.
        scores: the scores of the scales that were tried, the chosen one first, then by accuracy; at least one.
        reason: why it was chosen.
        is_sampled: whether only a sample of the images was scored.
        stored: the scale that is stored in the model file; None if there is none.
    """

    scale: Scale
    scores: tuple[ScaleScore, ...]
    reason: ScaleReason
    is_sampled: bool
    stored: Scale | None = None

    @property
    def right(self) -> Share:
        """Clean accuracy with the chosen scale."""
        return self.scores[0].right

    @property
    def runner_up(self) -> ScaleScore | None:
        """The best of the other scales; None if only one was tried."""
        return self.scores[1] if len(self.scores) > 1 else None

    @property
    def rival(self) -> ScaleScore | None:
        """Another scale that reads clearly different values and is as good, so that the choice is a guess."""
        return next((each for each in self.scores[1:] if each.is_as_good and each.scale.differs_from(self.scale)), None)


@dataclass(frozen=True, slots=True)
class ClassScore:
    """A class of an image: its label and the network's output for it (a softmax probability)."""

    label: int
    value: float


@dataclass(frozen=True, slots=True)
class ImageConfidence:
    """The confidence of B′ for one image, and the level of G by confidence.

    Attributes:
        value: the confidence of B′, in [0, 1].
        level: the level below which this G flags, in [0, 1]; 0 flags nothing.
        is_below: whether `value` is below `level`, as G compares them.
    """

    value: float
    level: float
    is_below: bool


@dataclass(frozen=True, slots=True, eq=False)
class ImageAnswer(TableRecord):
    """The predictions of B, B′ and G for one image.

    Attributes:
        seen: the network's input, shape (H, W, C), uint8, 0–255, read-only.
        base: the five best classes of B, best first.
        pruned: the five best classes of B′, best first.
        repaired_label: the prediction of G by agreement, in [0, K]; K means flagged.
        class_count: K.
        confidence: the confidence of B′ and the level of G by confidence; None if no level is known.
    """

    seen: NDArray[np.uint8]
    base: tuple[ClassScore, ...]
    pruned: tuple[ClassScore, ...]
    repaired_label: int
    class_count: int
    confidence: ImageConfidence | None = None

    @property
    def is_flagged(self) -> bool:
        """Whether G by agreement predicted "backdoored"."""
        return self.repaired_label == self.class_count

    @property
    def is_flagged_by_confidence(self) -> bool:
        """Whether G by confidence predicted "backdoored"; False if no level is known."""
        return self.confidence is not None and (self.is_flagged or self.confidence.is_below)

    def as_rows(self) -> tuple[Row, ...]:
        """A row for each of B, B′ and G: label and output; G's label is None where it flags."""
        best = [("B", self.base[0]), ("B′", self.pruned[0])]
        flagged = self.is_flagged or self.is_flagged_by_confidence
        answer = {"network": "G", "label": None if flagged else self.repaired_label, "output": None}
        return (
            *({"network": name, "label": score.label, "output": score.value, "flagged": None} for name, score in best),
            {**answer, "flagged": flagged},
        )

    def __repr__(self) -> str:
        return f"ImageAnswer(base={self.base[0].label}, pruned={self.pruned[0].label}, flagged={self.is_flagged})"


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """Summary of an open model for panels; no arrays, no Keras.

    Attributes:
        path: the file.
        sha256: SHA-256 of the file.
        source_format: "keras", "keras3-h5", "keras2-h5" or "weights-h5".
        input_shape: (H, W, C).
        class_count: K.
        parameter_count: number of weights and biases.
        layers: convolutions that can be pruned, input side first.
        is_repaired: whether it is already a repaired network G, whose last class means "backdoored".
        notes: sentences about how the file was read, for the person who opened it.
        scale: what the network reads for a pixel, as this program stored it in the file; None if it did not.
    """

    path: Path
    sha256: str
    source_format: str
    input_shape: tuple[int, int, int]
    class_count: int
    parameter_count: int
    layers: tuple[PrunableLayer, ...]
    is_repaired: bool = False
    notes: tuple[str, ...] = ()
    scale: Scale | None = None
