"""G by confidence: from which level on an answer of B′ counts, and which images are flagged; no Keras.

The rule `agreement` flags where B and B′ disagree. The rule `confidence` flags there too, and where both agree but B′
is less confident than a level.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import PruningError
from core.records import Share
from core.words import counted, points

DEFAULT_FALSE_ALARM_RATE = 0.05
# In so many of all draws of clean images to find a level on, the share of further ones that G flags keeps to the
# chosen one; as sure as the intervals that stand beside shares.
CERTAINTY = 0.95
# How often it may not; a hair more, so that rounding does not decide where it is met exactly, as by 1 image at 95 %.
RARE = (1 - CERTAINTY) * (1 + 1e-9)
# Any other float32 differs from a level of this size by a normal number, which graphs that flush smaller ones to zero
# can tell from none.
SMALLEST_LEVEL = 2.0**-100


@dataclass(frozen=True, slots=True)
class ConfidenceLevel:
    """The confidence of B′ below which G flags although B and B′ agree, and how it was found.

    Attributes:
        level: a float32 value, 0 or in [`SMALLEST_LEVEL`, 1]; 0 flags nothing.
        false_alarm_rate: the share of clean images that might be flagged, by disagreement and by the level together,
            (0, 1).
        measured: of the clean images that the level was found on, those that are flagged, by either cause.

    Raises:
        PruningError: the false alarm rate does not lie between 0 and 1.
        ValueError: no such level.
    """

    level: float
    false_alarm_rate: float
    measured: Share

    def __post_init__(self) -> None:
        check_false_alarm_rate(self.false_alarm_rate)
        if self.level != float(rounded_level(self.level)):
            raise ValueError(f"level must be a float32, 0 or at least {SMALLEST_LEVEL:g}, got {self.level!r}")

    @property
    def is_honoured(self) -> bool:
        """Whether G flags no more than `false_alarm_rate` of further clean images with `CERTAINTY`.

        Not where disagreement alone is too much for it, nor where there were too few images to tell.
        """
        return self.measured.count <= allowed_count(self.measured.total, self.false_alarm_rate)

    @property
    def is_enough(self) -> bool:
        """Whether there were so many clean images that a level could honour the share at all."""
        return self.measured.total >= needed_count(self.false_alarm_rate)


def calibrate_level(
    base: NDArray[np.int64], pruned: NDArray[np.int64], confidences: NDArray[np.float32], *, false_alarm_rate: float
) -> ConfidenceLevel:
    """Find the largest level at which G keeps to a share of further clean images with `CERTAINTY`.

    Where k of n images are flagged at a level that is the next image's confidence, the share of further images of
    the same kind that are flagged is no larger than a number distributed as Beta(k + 1, n - k) over the draws of the n.
    It exceeds the chosen share as often as of n images, each flagged by chance at that share, no more than k are:
    `allowed_count` takes the largest k for which that is at most 1 - `CERTAINTY`. Where disagreement alone flags more
    than k, or n is too small, the level is 0.

    Args:
        base: labels that B predicts for clean images B′ was not refitted with, shape (N,).
        pruned: labels that B′ predicts, shape (N,).
        confidences: of B′, shape (N,), in [0, 1].
        false_alarm_rate: the share that may be flagged, both causes together, (0, 1).

    Raises:
        PruningError: the false alarm rate does not lie between 0 and 1.

    Source:
        Split conformal prediction, valid given the images that it was calibrated on: Vladimir Vovk: Conditional
        Validity of Inductive Conformal Predictors, 2012, proposition 2a. The score is B′'s confidence, below all others
        where B disagrees.
    """
    check_false_alarm_rate(false_alarm_rate)
    count = len(base)
    agreed = np.sort(confidences[base == pruned].astype(np.float32))
    spare = allowed_count(count, false_alarm_rate) - (count - len(agreed))
    level = 0.0
    if spare >= 0:
        # So many of the least confident ones lie below the next one, and there is one: not all may be flagged.
        level = float(rounded_level(min(float(agreed[spare]), 1.0)))
    is_flagged = flagged_by_confidence(base, pruned, confidences, level=level)
    return ConfidenceLevel(level, false_alarm_rate, Share(int(is_flagged.sum()), count))


def allowed_count(count: int, rate: float) -> int:
    """How many of the clean images that a level is found on may be flagged, see `calibrate_level`.

    Args:
        count: how many there are, >= 0.
        rate: the share of further ones that may be flagged, (0, 1).

    Returns:
        The largest k for which of `count` images, each flagged by chance at `rate`, no more than k are flagged with a
        probability of at most 1 - `CERTAINTY`; -1 where there is none. Below `count`.
    """
    places = np.arange(1, count + 1)
    ratios = np.log((count + 1 - places) / places) + (math.log(rate) - math.log1p(-rate))
    probabilities = np.exp(count * math.log1p(-rate) + np.concatenate(([0.0], np.cumsum(ratios))))
    return int(np.searchsorted(np.cumsum(probabilities), RARE, side="right")) - 1


def needed_count(rate: float) -> int:
    """How many clean images a level can be found on at least, none of them flagged: 59 for 5 %.

    Args:
        rate: the share of further ones that may be flagged, (0, 1).
    """
    return math.ceil(math.log(RARE) / math.log1p(-rate))


def flagged_by_confidence(
    base: NDArray[np.int64], pruned: NDArray[np.int64], confidences: NDArray[np.float32], *, level: float
) -> NDArray[np.bool_]:
    """Which images G flags: where B and B′ disagree, or B′'s confidence is below the level.

    Args:
        base: labels that B predicts, shape (N,).
        pruned: labels that B′ predicts, shape (N,).
        confidences: of B′, shape (N,), in [0, 1].
        level: in [0, 1]; both sides are compared as float32.

    Returns:
        Shape (N,), True = flagged.
    """
    is_flagged: NDArray[Any] = (base != pruned) | (confidences.astype(np.float32) < rounded_level(level))
    return is_flagged


def rounded_level(level: float) -> np.float32:
    """The float32 that a level means: the nearest one, and 0 for what is below `SMALLEST_LEVEL`.

    Raises:
        ValueError: it does not lie in [0, 1].
    """
    if not 0 <= level <= 1:
        raise ValueError(f"level must be in [0, 1], got {level}")
    rounded = np.float32(level)
    return rounded if rounded >= SMALLEST_LEVEL else np.float32(0)


def check_false_alarm_rate(rate: float) -> None:
    """Check that a share may be asked for.

    Raises:
        PruningError: it does not lie between 0 and 1.
    """
    if not 0 < rate < 1:
        raise PruningError(f"the false alarm rate must lie between 0 and 1, got {rate}", code="false-alarm-rate")


LEVEL_OF_ALL = "If the network was refitted on some of these, G flags more of others."
"""Said beside a level of confidence that was found on all validation images."""


def level_text(level: ConfidenceLevel, *, is_held_out: bool) -> str:
    """What G by confidence asks for and how that was found, in one sentence.

    Args:
        level: the level.
        is_held_out: whether it was found on the held-out validation images; else on all.
    """
    rate, measured = points(level.false_alarm_rate), level.measured
    images = f"{'held-out' if is_held_out else 'clean'} validation images"
    if not measured.total:
        return f"There are no {images} to find a level of confidence by, so that G by confidence is G by agreement."
    if not level.is_enough:
        return (
            f"{counted(measured.total, images[:-1])} cannot tell a level of confidence for {rate} %, which takes "
            f"{needed_count(level.false_alarm_rate):,}: G by confidence is G by agreement."
        )
    certain = f"with {CERTAINTY * 100:g} % certainty"
    if not level.is_honoured:
        return (
            f"B and B′ disagree on {measured} {images}, too many for at most the {rate} % asked for of further ones "
            f"{certain}: no level of confidence is left, and G by confidence is G by agreement."
        )
    return (
        f"G by confidence also flags where B′'s confidence is below {np.float32(level.level)!s}, the largest level "
        f"at which {certain} at most {rate} % of further clean images are flagged, disagreement included: of the "
        f"{images} {measured} are."
    )


def compared_level_text(level: ConfidenceLevel, *, is_given: bool, is_held_out: bool) -> str:
    """The same of a network that is compared with others; it may have come with its level, or been refitted anywhere.

    Args:
        level: the level.
        is_given: whether it came with the network.
        is_held_out: whether it was found on held-out validation images; else on all.
    """
    if is_given and level.level:
        return (
            f"G by confidence also flags where B′'s confidence is below {np.float32(level.level)!s}, the level that "
            f"the network came with: of the clean validation images {level.measured} are flagged."
        )
    if is_given:
        return "The network came without a level of confidence: G by confidence is G by agreement."
    text = level_text(level, is_held_out=is_held_out)
    return text if is_held_out or not level.level else f"{text} {LEVEL_OF_ALL}"
