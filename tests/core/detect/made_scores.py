"""Scores of detectors, made by hand."""

from collections.abc import Mapping

import numpy as np

from core.detect.combination import Combination, Logistic
from core.detect.records import AllToAll, ClassScores, Ending


def class_scores(
    detector: str,
    count: int,
    high: Mapping[int, float] | None = None,
    ending: Ending = Ending.DONE,
    all_to_all: float | None = None,
) -> ClassScores:
    """Return scores of 0 but for some classes.

    Args:
        detector: its name.
        count: number of classes.
        high: the scores that differ, by class.
        ending: how the run ended.
        all_to_all: the score of an all-to-all trigger; None for none.
    """
    scores = np.zeros(count)
    for label, score in (high or {}).items():
        scores[label] = score
    found = None if all_to_all is None else AllToAll(all_to_all, all_to_all)
    return ClassScores(detector, scores.copy(), scores, all_to_all=found, ending=ending)


def combination(detectors: tuple[str, ...], **changes: object) -> Combination:
    """Return a combination in which every detector counts alike: a class's logit is the sum of its features less 3."""
    values: dict[str, object] = {
        "detectors": detectors,
        "of_class": Logistic((1.0,) * len(detectors), -3.0),
        "of_network": Logistic((1.0,), 0.0),
        "of_all_to_all": Logistic((8.0,), -2.0),
        "backdoored_from": 0.8,
        "suspicious_from": 0.4,
        **changes,
    }
    return Combination(**values)  # type: ignore[arg-type]
