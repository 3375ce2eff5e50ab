"""Logistic regression with weights that are not negative, and areas under ROC curves."""

import numpy as np
from numpy.typing import NDArray

from core.detect.combination import Logistic, probability

_STEPS = 60
_ENOUGH = 1e-8
_LONGEST_STEP = 3.0

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def fitted(features: Floats, is_positive: Flags, weights: Floats, *, penalty: float) -> Logistic:
    """Fit a logistic regression by Newton's method; a feature whose weight would be negative gets 0.

    A detector's score is larger for a more suspicious class. Where the fit would rather have it smaller, it fits the
    networks at hand.

    Args:
        features: shape (n, D), float64.
        is_positive: shape (n,).
        weights: how much each row counts, shape (n,).
        penalty: of the squared weights; the bias is free.

    Source:
        Trevor Hastie et al.: The Elements of Statistical Learning, 2nd edition, sections 4.4.1 and 4.4.4.
    """
    used = np.ones(features.shape[1], bool)
    while True:
        found = _newton(features[:, used], is_positive, weights, penalty)
        if not (found[:-1] < 0).any():
            break
        used[np.flatnonzero(used)[int(np.argmin(found[:-1]))]] = False
    all_weights = np.zeros(features.shape[1])
    all_weights[used] = found[:-1]
    return Logistic(tuple(map(float, all_weights)), float(found[-1]))


def _newton(features: Floats, is_positive: Flags, weights: Floats, penalty: float) -> Floats:
    wide = np.column_stack([features, np.ones(len(features))])
    shrink = np.diag([*[penalty] * features.shape[1], 1e-9])
    found = np.zeros(wide.shape[1])
    for _ in range(_STEPS):
        predicted = probability(wide @ found)
        gradient = wide.T @ (weights * (predicted - is_positive)) + shrink @ found
        curvature = wide.T @ (wide * (weights * predicted * (1 - predicted))[:, None]) + shrink
        step = np.linalg.solve(curvature, gradient)
        # A long step of Newton's method overshoots where the classes are almost separated.
        found -= step * min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-30))
        if np.abs(step).max() < _ENOUGH:
            break
    return found


def area_under_roc(scores: Floats, is_positive: Flags) -> float:
    """Return the share of pairs in which the positive one scores higher; a tie counts one half.

    Source:
        J. A. Hanley, B. J. McNeil: The Meaning and Use of the Area under a ROC Curve, Radiology 143, 1982.
    """
    positive, negative = scores[is_positive], scores[~is_positive]
    if not len(positive) or not len(negative):
        return float("nan")
    distances = positive[:, None] - negative[None]
    return float((distances > 0).mean() + (distances == 0).mean() / 2)
