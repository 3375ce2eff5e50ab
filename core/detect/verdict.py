"""The verdict on a network: what the detectors' scores say together, for each class and for the network; no Keras."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from core.detect.combination import (
    Combination,
    KindRates,
    combination_for,
    features_of,
)
from core.detect.records import ClassScores, Ending, Statistics
from core.records import Share

NEAR_CHANCE = 2.0
MOST_BY_CHANCE = 0.5

SHORTLIST = 3
"""The most classes that a suspicious network's verdict names."""


class Outcome(StrEnum):
    """What is said of a network. None of them says that it is clean: that cannot be shown."""

    BACKDOORED = "backdoored"
    SUSPICIOUS = "suspicious"
    NOTHING_FOUND = "nothing found"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one detector contributes to what is said of the most likely class.

    Attributes:
        detector: the detector's name.
        label: the class.
        statistic: its statistic; NaN if the class was not examined.
        score: the statistic among the network's other classes, in `Detector.score_unit`; NaN likewise.
        place: its place among the examined classes, 1 for the most suspicious one; 0 if it was not examined.
        examined: number of classes that were examined.
        contribution: what the score adds to the logit of the class.
        is_counted: whether the detector has a weight; where inversions ran the others have none.
    """

    detector: str
    label: int
    statistic: float
    score: float
    place: int
    examined: int
    contribution: float
    is_counted: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What is said of a network.

    Attributes:
        outcome: one of three.
        probability: the probability of a backdoor, [0, 1], if half of the networks like those it was fitted on had one.
        class_probabilities: for each class the probability of a backdoor if it is the most suspicious one, shape (K,),
            float64 in [0, 1], read-only; NaN for a class that no detector examined.
        classes: the classes that are named, most likely first: targets of a backdoored network, the shortlist of a
            suspicious one, none otherwise.
        evidence: what each detector contributes for the most likely class, the strongest first.
        combination: what was fitted for the detectors that took part.
        right: clean images that the network answers correctly, if that is hardly more than by chance; the network is
            then called suspicious at most. None otherwise, or without labels.
        is_all_to_all: whether the network is suspicious for a trigger that leads each class to the next one, and for no
            single class; no class is named then.
    """

    outcome: Outcome
    probability: float
    class_probabilities: Statistics
    classes: tuple[int, ...]
    evidence: tuple[Evidence, ...]
    combination: Combination
    is_all_to_all: bool = False
    right: Share | None = None

    def __post_init__(self) -> None:
        self.class_probabilities.flags.writeable = False

    @property
    def most_likely(self) -> int:
        """The class that is most likely a target, whatever the outcome."""
        return int(np.nanargmax(self.class_probabilities))

    @property
    def ranked(self) -> tuple[int, ...]:
        """The examined classes, most likely first; ties in ascending order."""
        known = np.flatnonzero(np.isfinite(self.class_probabilities))
        order = np.argsort(-self.class_probabilities[known], kind="stable")
        return tuple(known[order].tolist())

    @property
    def detectors(self) -> tuple[str, ...]:
        """The names of the detectors that took part."""
        return self.combination.detectors

    @property
    def kinds(self) -> tuple[KindRates, ...]:
        """How often each kind of trigger was found, with these detectors, in networks that nothing was fitted on."""
        return self.combination.kinds

    @property
    def reliability(self) -> Share:
        """How many networks with a probability in the same range had a backdoor, of those nothing was fitted on."""
        return self.combination.reliability_of(self.probability)

    def __repr__(self) -> str:
        classes = "all-to-all" if self.is_all_to_all else f"classes {list(self.classes)}"
        return f"Verdict({self.outcome}, {classes}, probability {self.probability:.3f})"


def verdict_of(found: Sequence[ClassScores], *, right: Share | None = None) -> Verdict | None:
    """Return what the detectors' scores say together.

    Detectors that were stopped early or could not be run take no part. Nothing was fitted on networks that have not
    learned what they are shown: such a network is called suspicious at most.

    Args:
        found: the detectors' scores.
        right: clean images that the network answers correctly; None if that is not known.

    Returns:
        None if no detector that took part examined a class.
    """
    whole = [each for each in found if each.ending is Ending.DONE and len(each.examined)]
    combination = combination_for({each.detector for each in whole})
    if combination is None:
        return None
    verdict = verdict_by(combination, whole)
    if right is None or not _is_near_chance(right, len(whole[0].scores)):
        return verdict
    outcome = Outcome.SUSPICIOUS if verdict.outcome is Outcome.BACKDOORED else verdict.outcome
    return replace(verdict, outcome=outcome, right=right)


def _is_near_chance(right: Share, class_count: int) -> bool:
    """Whether no more images are right than `NEAR_CHANCE` times those of a guess, by the share's interval."""
    return bool(right.total) and right.interval[0] <= min(NEAR_CHANCE / class_count, MOST_BY_CHANCE)


def verdict_by(combination: Combination, whole: Sequence[ClassScores]) -> Verdict:
    """Return what a combination says of the scores of its detectors."""
    logits = combination.class_logits(whole)
    class_probabilities = combination.class_probabilities(logits)
    of_one_class, of_all = float(np.nanmax(class_probabilities)), combination.all_to_all_probability(whole)
    network_probability = max(of_one_class, of_all)
    is_all_to_all = of_one_class < combination.suspicious_from <= of_all
    ranked = np.argsort(-np.nan_to_num(class_probabilities, nan=-1.0), kind="stable")
    first = int(ranked[0])
    if network_probability >= combination.backdoored_from:
        outcome = Outcome.BACKDOORED
        suspicious_from = combination.suspicious_from
        classes = [int(each) for each in ranked if each == first or class_probabilities[each] >= suspicious_from]
    elif network_probability >= combination.suspicious_from:
        outcome = Outcome.SUSPICIOUS
        classes = [int(each) for each in ranked[:SHORTLIST] if np.isfinite(class_probabilities[each])]
    else:
        outcome, classes = Outcome.NOTHING_FOUND, []
    return Verdict(
        outcome,
        network_probability,
        class_probabilities,
        () if is_all_to_all else tuple(classes),
        _evidence(combination, whole, first),
        combination,
        is_all_to_all,
    )


def _evidence(combination: Combination, whole: Sequence[ClassScores], label: int) -> tuple[Evidence, ...]:
    features = features_of(whole, combination.detectors)[label]
    by_name = {each.detector: each for each in whole}
    made = []
    for name, feature, weight in zip(combination.detectors, features, combination.of_class.weights, strict=True):
        scores = by_name[name]
        places = np.flatnonzero(scores.ranked == label)
        made.append(
            Evidence(
                name,
                label,
                float(scores.statistic[label]),
                float(scores.scores[label]),
                int(places[0]) + 1 if len(places) else 0,
                len(scores.examined),
                float(feature * weight),
                weight > 0,
            )
        )
    return tuple(sorted(made, key=lambda each: -each.contribution))
