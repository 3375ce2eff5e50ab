"""How unusual a class is among the other classes of the same network."""

import math

import numpy as np

from core.detect.records import Statistics

# MAD · 1.4826 is the standard deviation of a normal distribution.
MAD_FACTOR = 1.4826
LEAST_CLASSES = 3
# Below this share of the median, a spread is taken for rounding.
_SMALLEST_SPREAD = 1e-6


def robust_scores(statistic: Statistics, null: Statistics | None = None) -> Statistics:
    """Return each class's distance from the other classes' median, in their standard deviations.

    The median and the spread are those of the other classes, so that an outlier does not widen its own null. The
    spread is the median absolute deviation, times 1.4826; where more than half of the others are equal it is 0, and
    the mean absolute deviation, times sqrt(π / 2), takes its place.

    Args:
        statistic: shape (K,), float64; NaN for classes that were not examined.
        null: the statistics that the others are taken from, shape (K,), NaN where a class is not in it; None takes all.

    Returns:
        Shape (K,), float64; NaN where the statistic is, and everywhere if fewer than 3 classes were examined.

    Source:
        Boris Iglewicz, David C. Hoaglin: How to Detect and Handle Outliers, 1993, section 3.2: the modified z-score.
        As an "anomaly index" of backdoored classes: Bolun Wang et al.: Neural Cleanse, IEEE S&P 2019, section IV.B.
    """
    statistic = np.asarray(statistic, dtype=np.float64)
    others = statistic if null is None else np.asarray(null, dtype=np.float64)
    scores = np.full(statistic.shape, np.nan)
    known = np.isfinite(others)
    if int(known.sum()) < LEAST_CLASSES:
        return scores
    for label in np.flatnonzero(np.isfinite(statistic)):
        known_others = known.copy()
        known_others[label] = False
        scores[label] = robust_score(float(statistic[label]), others[known_others])
    return scores


def robust_score(value: float, others: Statistics) -> float:
    """Return the distance of a value from the median of others, in their standard deviations; see `robust_scores`.

    Args:
        value: the value.
        others: shape (n,), float64; NaN are left out.

    Returns:
        NaN if fewer than 2 others are known.
    """
    values = others[np.isfinite(others)]
    if len(values) < LEAST_CLASSES - 1:
        return math.nan
    middle = float(np.median(values))
    distances = np.abs(values - middle)
    spread = MAD_FACTOR * float(np.median(distances))
    if spread <= _SMALLEST_SPREAD * abs(middle):
        spread = math.sqrt(math.pi / 2) * float(distances.mean())
    spread = max(spread, _SMALLEST_SPREAD * abs(middle), 1e-12)
    return (value - middle) / spread
