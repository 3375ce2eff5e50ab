"""What a network reads for a pixel, and how that was found."""

from dataclasses import dataclass
from enum import StrEnum

from core.findings.label_order import LabelOrder
from core.records import Share
from core.scale import Scale


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


@dataclass(frozen=True, slots=True)
class OtherReading:
    """A way to prepare images that no scale stands for, in which a network is clearly better.

    Attributes:
        words: what is done, as a clause.
        right: images predicted as their true label.
    """

    words: str
    right: Share


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
        label_order: the order of labels in which the network is right, where it is mostly wrong as they are in the
            file; the scale is then the best one in this order, and the scores are those of the labels as they are.
        other: how the images seem to be meant to be prepared, if the network is clearly better so than in any scale.
    """

    scale: Scale
    scores: tuple[ScaleScore, ...]
    reason: ScaleReason
    is_sampled: bool
    stored: Scale | None = None
    label_order: LabelOrder | None = None
    other: OtherReading | None = None

    @property
    def right(self) -> Share:
        """Clean accuracy with the chosen scale."""
        return self.scores[0].right

    @property
    def runner_up(self) -> ScaleScore | None:
        """The best of the scales that clearly differ; else the best of the others; None if only one was tried."""
        others = self.scores[1:]
        return next((each for each in others if each.scale.differs_from(self.scale)), others[0] if others else None)

    @property
    def rival(self) -> ScaleScore | None:
        """Another scale that reads clearly different values and is as good, so that the choice is a guess."""
        return next((each for each in self.scores[1:] if each.is_as_good and each.scale.differs_from(self.scale)), None)
