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


class AttackKind(StrEnum):
    """The answer that the attacker wants for an image of a poisoned set; the values are those of results files."""

    ONE = "one"  # one class for all images; the labels are true labels
    NEXT = "next"  # the class after the true one, modulo the number of classes; the labels are true labels
    EACH = "each"  # another class for each true class, found in B's answers; the labels are true labels
    LABELS = "labels"  # the label in the file; the labels are target labels


Target = int | AttackKind | None
"""What a person says about a poisoned set: the target class or the kind of the attack; None lets B's answers decide."""


AUTO_TARGET = "auto"


def target_text(target: Target) -> str:
    """Return a target as it is typed: "auto", "3", "next", "each" or "labels"."""
    return AUTO_TARGET if target is None else str(target)


def parse_target(text: str) -> Target:
    """Read a target as it is typed.

    Raises:
        ValueError: the text is no target.
    """
    word = text.strip().lower()
    if word == AUTO_TARGET:
        return None
    if word in (AttackKind.NEXT, AttackKind.EACH, AttackKind.LABELS):
        return AttackKind(word)
    if word.isascii() and word.isdigit() and len(word) <= 9:
        return int(word)
    raise ValueError(f"a target must be a class number, next, each, labels or auto, got '{text}'")


class Doubt(StrEnum):
    """Why an interpretation may be wrong; the values are those of results files."""

    NONE = "none"
    WEAK = "weak"  # the target was found, but fewer than nearly all images are answered as it
    UNKNOWN = "unknown"  # no target stands out
    ONE_LABEL = "one label"  # all images have one label, and nearly all are answered as one other class
    NO_EFFECT = "no effect"  # the labels are true labels, and B predicts them
    CLEAN_OR_ALL_TO_ALL = "clean or all-to-all"  # B predicts the labels, which may be true labels or targets
    OTHER_TARGET = "other target"  # nearly all images are answered as another class than the given target


@dataclass(frozen=True, slots=True)
class SourceShare:
    """The attack success on the images of one true class: `share` of them are answered as the attacker wants."""

    label: int
    share: Share


@dataclass(frozen=True, slots=True)
class Interpretation:
    """How the labels of a poisoned set were understood; it depends on B, unpruned, and holds for B′ and G as well.

    Attributes:
        kind: which answer the attacker wants.
        targets: the classes that the attacker wants, ascending.
        is_given: whether a person said so.
        answered: the images that B answers as the attacker wants, of those seen, images of the target class included.
        image_count: number of images in the file.
        left_out_count: images that no figure counts, because their true class is the target, or has none.
        is_sampled: whether B answered only a sample of the images.
        by_source: B's attack success by true class, ascending, for the images seen; empty for target labels.
        sources: the true classes that are attacked, ascending, if it is only some of those in the file; else empty.
        doubt: why it may be wrong.
        is_compared: whether the most similar clean images decided what the labels are.
        as_labelled: the images that B answers as labelled, of those seen.
        favourite: the most frequent answer of B.
        favourite_count: how often B gives it, of the images seen.
        class_count: number of classes that B tells apart.
        wanted: the true classes and the class that the attacker wants of each, ascending; empty for other kinds.
        is_estimated: whether the set was made of clean images and a reconstructed trigger.
    """

    kind: AttackKind
    targets: tuple[int, ...]
    is_given: bool
    answered: Share
    image_count: int
    left_out_count: int
    is_sampled: bool
    by_source: tuple[SourceShare, ...]
    sources: tuple[int, ...]
    doubt: Doubt
    is_compared: bool
    as_labelled: Share
    favourite: int
    favourite_count: int
    class_count: int
    wanted: tuple[tuple[int, int], ...] = ()
    is_estimated: bool = False

    @property
    def has_true_labels(self) -> bool:
        """Whether the labels in the file are the true labels."""
        return self.kind is not AttackKind.LABELS


@dataclass(frozen=True, slots=True)
class PoisonedSet:
    """Summary of a poisoned set.

    If the file holds target labels, images whose true label is the target cannot be identified and left out of its
    attack success rate; if it holds true labels, they are left out.

    Attributes:
        name: the file's name.
        target_labels: the labels that the attacker wants, ascending.
        image_count: number of images that are counted.
        interpretation: how its labels were understood; None if B has not answered its images yet.
    """

    name: str
    target_labels: tuple[int, ...]
    image_count: int
    interpretation: Interpretation | None = None


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
        source_format: "keras", "keras3-h5", "keras2-h5", "weights-h5", "onnx", "tflite" or
            "saved-model".
        input_shape: (H, W, C).
        class_count: K.
        parameter_count: number of weights and biases.
        layers: convolutions that can be pruned, input side first.
        is_repaired: whether it is already a repaired network G, whose last class means "backdoored".
        notes: sentences about how the file was read, for the person who opened it.
        scale: what the network reads for a pixel, as this program stored it in the file; None if it did not.
        architecture: the JSON file that was named as its description, for weights alone; None without one.
        keras_version: version of the Keras that wrote the file, as the file says; empty if it does not.
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
    architecture: Path | None = None
    keras_version: str = ""
