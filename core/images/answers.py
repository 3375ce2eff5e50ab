"""The answers of B, B′ and G to each image of a set: what the figures count, image by image."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.metrics.network_scores import SetRole
from core.network.confidence import flagged_by_confidence
from core.scale import Scale

if TYPE_CHECKING:  # brings Keras
    from core.data.dataset import Dataset

Labels = NDArray[np.int64]
Confidences = NDArray[np.float32]
Flags = NDArray[np.bool_]

FLAGGED = -1
"""Stands for the answer “backdoored” of G among the labels."""

BEFORE_AND_AFTER = ("before", "after")
"""The answers of B to images without and with a reconstructed trigger."""

CLEAN_SET_NAMES = {
    SetRole.VALIDATION: "Clean validation",
    SetRole.TEST: "Clean test",
    SetRole.HELD_OUT: "Clean held-out validation images",
}


class Who(StrEnum):
    """The network whose answers are counted; the value is its name."""

    BASE = "B"
    PRUNED = "B′"
    AGREEMENT = "G"
    CONFIDENCE = "G by confidence"

    @property
    def is_flagging(self) -> bool:
        """Whether it may answer “backdoored”."""
        return self in (Who.AGREEMENT, Who.CONFIDENCE)


@dataclass(frozen=True, slots=True, eq=False)
class CountedImages:
    """The images that a figure counts.

    Attributes:
        name: what they are called: "Clean validation".
        dataset: the images, with the labels that the figure counts as hits: the true labels of clean images, the
            classes that the attacker wants of poisoned ones.
        file_rows: their indices in the file, (N,) int64.
        true_labels: their true labels, (N,) int64; None if the file does not hold them.
        is_poisoned: whether they have a trigger.
        scale: the pixel range that the networks read.
        leads_to: the class that a reconstructed trigger on them leads to, -1 for the class after their own. The answers
            are then those of B alone: without the trigger in place of B's, with it in place of those of B′. None for
            all other images.
    """

    name: str
    dataset: "Dataset"
    file_rows: Labels
    true_labels: Labels | None
    is_poisoned: bool
    scale: Scale
    leads_to: int | None = None

    @property
    def image_count(self) -> int:
        """Number of images, N."""
        return len(self.file_rows)

    @property
    def answer_names(self) -> tuple[str, str]:
        """What the answers are called in a few letters: those of B and B′, or without and with a trigger."""
        return (Who.BASE.value, Who.PRUNED.value) if self.leads_to is None else BEFORE_AND_AFTER

    @property
    def wanted(self) -> Labels | None:
        """The classes that the attacker wants, (N,); None of clean images."""
        return self.dataset.labels if self.is_poisoned else None

    @property
    def labels(self) -> Labels:
        """The true labels where they are known, else those in the file, (N,)."""
        return self.dataset.labels if self.true_labels is None else self.true_labels


@dataclass(frozen=True, slots=True, eq=False)
class ImageAnswers:
    """The answers of B and B′ to images, and what G makes of them.

    Attributes:
        images: the images.
        base: labels that B predicts, (N,) int64.
        pruned: labels that B′ predicts, (N,) int64.
        base_confidences: largest probability of B, (N,) float32 in [0, 1]; None while it is not computed.
        pruned_confidences: the same of B′.
        level: the confidence level of G by confidence; None without one.
    """

    images: CountedImages
    base: Labels
    pruned: Labels
    base_confidences: Confidences | None = None
    pruned_confidences: Confidences | None = None
    level: float | None = None

    def __post_init__(self) -> None:
        for each in (self.base, self.pruned, self.base_confidences, self.pruned_confidences):
            if each is not None:
                each.flags.writeable = False

    def __repr__(self) -> str:
        return f"ImageAnswers({self.images.name!r}, {self.images.image_count} images)"

    @property
    def has_level(self) -> bool:
        """Whether G by confidence is known."""
        return self.level is not None and self.pruned_confidences is not None

    def flagged(self, who: Who) -> Flags:
        """Return which images G flags, (N,); by agreement for networks that flag nothing themselves."""
        if who is Who.CONFIDENCE and self.level is not None and self.pruned_confidences is not None:
            return flagged_by_confidence(self.base, self.pruned, self.pruned_confidences, level=self.level)
        return np.asarray(self.base != self.pruned)

    def labels_of(self, who: Who) -> Labels:
        """Return the labels that a network answers, (N,); those of G where it does not flag."""
        return self.base if who is Who.BASE else self.pruned

    def labels_with_flags(self, who: Who) -> Labels:
        """Return what a network answers, (N,): a label, or `FLAGGED` where G answers “backdoored”."""
        labels = self.labels_of(who)
        return np.where(self.flagged(who), FLAGGED, labels) if who.is_flagging else labels

    def confidences_of(self, who: Who) -> Confidences | None:
        """Return the confidences of a network, (N,); those of B′ for G; None while they are not computed."""
        return self.base_confidences if who is Who.BASE else self.pruned_confidences

    def is_answered(self, labels: Labels, who: Who) -> Flags:
        """Return which images a network answers with these labels, (N,); an image that it flags is not one of them."""
        is_hit = self.labels_of(who) == labels
        return np.asarray(is_hit & ~self.flagged(who)) if who.is_flagging else np.asarray(is_hit)
