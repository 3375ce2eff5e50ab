"""G by confidence: the confidence level of B′ and the flagged images; no Keras.

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
# The share of draws of calibration images for which G flags at most the chosen share of further clean images; the same
# as for the intervals shown with shares.
CERTAINTY = 0.95
# The allowed probability of a miss; slightly larger, so that rounding does not decide exact cases (1 image at 95 %).
RARE = (1 - CERTAINTY) * (1 + 1e-9)
# Any other float32 differs from a level of at least this size by a normal number, which graphs that flush denormal
# numbers to zero preserve.
SMALLEST_LEVEL = 2.0**-100


@dataclass(frozen=True, slots=True)
class ConfidenceLevel:
    """The confidence of B′ below which G flags even if B and B′ agree, and how it was found.

    Attributes:
        level: a float32 value, 0 or in [`SMALLEST_LEVEL`, 1]; 0 flags nothing.
        false_alarm_rate: the share of clean images that may be flagged, by disagreement and by the level together,
            (0, 1).
        measured: the flagged share of the clean images that the level was found on, by either cause.

    Raises:
        PruningError: the false alarm rate is not between 0 and 1.
        ValueError: the level is invalid.
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
        """Whether G flags at most `false_alarm_rate` of further clean images with `CERTAINTY`.

        False if disagreement alone exceeds it, or if there were too few images.
        """
        return self.measured.count <= allowed_count(self.measured.total, self.false_alarm_rate)

    @property
    def is_enough(self) -> bool:
        """Whether there were enough clean images for any level to keep to the false alarm rate."""
        return self.measured.total >= needed_count(self.false_alarm_rate)


def calibrate_level(
    base: NDArray[np.int64], pruned: NDArray[np.int64], confidences: NDArray[np.float32], *, false_alarm_rate: float
) -> ConfidenceLevel:
    """Find the largest level at which G flags at most a share of further clean images with `CERTAINTY`.

    If k of n images are flagged at a level equal to the next image's confidence, the flagged share of further images of
    the same kind is at most a variable with distribution Beta(k + 1, n - k) over the draws of the n images. The
    probability that it exceeds the chosen share is that of at most k flagged images among n, each flagged independently
    with that share. `allowed_count` returns the largest k for which this is at most 1 - `CERTAINTY`. If disagreement
    alone flags more than k, or n is too small, the level is 0.

    Args:
        base: labels that B predicts for clean images that B′ was not made with, shape (N,).
        pruned: labels that B′ predicts, shape (N,).
        confidences: confidences of B′, shape (N,), in [0, 1].
        false_alarm_rate: the share that may be flagged, by both causes together, (0, 1).

    Raises:
        PruningError: the false alarm rate is not between 0 and 1.

    Source:
        Split conformal prediction, valid given the calibration images: Vladimir Vovk: Conditional Validity of Inductive
        Conformal Predictors, 2012, proposition 2a. The score is B′'s confidence; where B disagrees it counts as lower
        than all others.
    """
    check_false_alarm_rate(false_alarm_rate)
    count = len(base)
    agreed = np.sort(confidences[base == pruned].astype(np.float32))
    spare = allowed_count(count, false_alarm_rate) - (count - len(agreed))
    level = 0.0
    if spare >= 0:
        # The `spare` least confident images are below the next one, which exists, since not all images may be flagged.
        level = float(rounded_level(min(float(agreed[spare]), 1.0)))
    is_flagged = flagged_by_confidence(base, pruned, confidences, level=level)
    return ConfidenceLevel(level, false_alarm_rate, Share(int(is_flagged.sum()), count))


def allowed_count(count: int, rate: float) -> int:
    """Return how many of the clean images that a level is found on may be flagged, see `calibrate_level`.

    Args:
        count: number of these images, >= 0.
        rate: the share of further images that may be flagged, (0, 1).

    Returns:
        The largest k for which, of `count` images each flagged with probability `rate`, at most k are flagged with a
        probability of at most 1 - `CERTAINTY`; -1 if there is none. Less than `count`.
    """
    places = np.arange(1, count + 1)
    ratios = np.log((count + 1 - places) / places) + (math.log(rate) - math.log1p(-rate))
    probabilities = np.exp(count * math.log1p(-rate) + np.concatenate(([0.0], np.cumsum(ratios))))
    return int(np.searchsorted(np.cumsum(probabilities), RARE, side="right")) - 1


def needed_count(rate: float) -> int:
    """Return the smallest number of clean images on which a level can be found, if none is flagged: 59 for 5 %.

    Args:
        rate: the share of further images that may be flagged, (0, 1).
    """
    return math.ceil(math.log(RARE) / math.log1p(-rate))


def flagged_by_confidence(
    base: NDArray[np.int64], pruned: NDArray[np.int64], confidences: NDArray[np.float32], *, level: float
) -> NDArray[np.bool_]:
    """Return which images G flags: those on which B and B′ disagree, or B′'s confidence is below the level.

    Args:
        base: labels that B predicts, shape (N,).
        pruned: labels that B′ predicts, shape (N,).
        confidences: confidences of B′, shape (N,), in [0, 1].
        level: in [0, 1]; both sides are compared as float32.

    Returns:
        Shape (N,), True = flagged.
    """
    is_flagged: NDArray[Any] = (base != pruned) | (confidences.astype(np.float32) < rounded_level(level))
    return is_flagged


def rounded_level(level: float) -> np.float32:
    """Round a level to the nearest float32, and to 0 if it is below `SMALLEST_LEVEL`.

    Raises:
        ValueError: the level is not in [0, 1].
    """
    if not 0 <= level <= 1:
        raise ValueError(f"level must be in [0, 1], got {level}")
    rounded = np.float32(level)
    return rounded if rounded >= SMALLEST_LEVEL else np.float32(0)


def check_false_alarm_rate(rate: float) -> None:
    """Check a false alarm rate.

    Raises:
        PruningError: it is not between 0 and 1.
    """
    if not 0 < rate < 1:
        raise PruningError(f"the false alarm rate must be between 0 and 1, got {rate}", code="false-alarm-rate")


LEVEL_OF_ALL = "If the network was refitted on some of these images, G flags more of other images."
"""Shown beside a confidence level that was found on all validation images."""


def level_text(level: ConfidenceLevel, *, is_held_out: bool) -> str:
    """Describe the confidence level and how it was found, in one sentence.

    Args:
        level: the level.
        is_held_out: whether it was found on the held-out validation images; otherwise on all.
    """
    rate, measured = points(level.false_alarm_rate), level.measured
    images = f"{'held-out' if is_held_out else 'clean'} validation images"
    if not measured.total:
        return f"There are no {images} to find a confidence level on, so G by confidence equals G by agreement."
    if not level.is_enough:
        return (
            f"{counted(measured.total, images[:-1])} are too few to find a confidence level for {rate} %, which needs "
            f"{needed_count(level.false_alarm_rate):,}: G by confidence equals G by agreement."
        )
    certain = f"with {CERTAINTY * 100:g} % certainty"
    if not level.is_honoured:
        return (
            f"B and B′ disagree on {measured} {images}, too many to flag at most {rate} % of further ones "
            f"{certain}: there is no confidence level, and G by confidence equals G by agreement."
        )
    return (
        f"G by confidence also flags images for which B′'s confidence is below {np.float32(level.level)!s}, the "
        f"largest level at which {certain} at most {rate} % of further clean images are flagged, disagreement "
        f"included: of the {images} {measured} are."
    )


def compared_level_text(level: ConfidenceLevel, *, is_given: bool, is_held_out: bool) -> str:
    """Describe the confidence level of a network in a comparison, whose level may be given, in one sentence or two.

    Args:
        level: the level.
        is_given: whether the level came with the network.
        is_held_out: whether it was found on held-out validation images; otherwise on all.
    """
    if is_given and level.level:
        return (
            f"G by confidence also flags images for which B′'s confidence is below {np.float32(level.level)!s}, the "
            f"level that the network came with: of the clean validation images {level.measured} are flagged."
        )
    if is_given:
        return "The network came without a confidence level: G by confidence equals G by agreement."
    text = level_text(level, is_held_out=is_held_out)
    return text if is_held_out or not level.level else f"{text} {LEVEL_OF_ALL}"
