"""From detectors' scores to probabilities: logistic regressions that were fitted on networks of known state; no Keras.

A regression tells for each class how likely it is a target. A second one makes of the most likely class how likely the
network has a backdoor. Where detectors look for a trigger that leads each class to the next one, a third one tells how
likely there is such a backdoor; the larger probability counts. Each set of detectors that decide has its own, as some
may not run: those that search triggers and look at them, or the others where none of these ran.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.detect.detectors.registry import DETECTORS
from core.detect.records import ClassScores, Statistics
from core.records import Share

RESOURCE = Path(__file__).resolve().parents[2] / "resources" / "detection.json"
LARGEST_SCORE = 1e3
NO_NETWORKS = Share(0, 0)
_FLOORED = frozenset(each.name for each in DETECTORS if each.has_floor)


@dataclass(frozen=True, slots=True)
class Logistic:
    """p = 1 / (1 + exp(−(x · weights + bias))).

    Attributes:
        weights: shape (D,).
        bias: the constant.
    """

    weights: tuple[float, ...]
    bias: float

    def logits(self, features: NDArray[np.float64]) -> Statistics:
        """Return x · weights + bias for features (n, D), shape (n,)."""
        return np.asarray(features @ np.asarray(self.weights) + self.bias)


@dataclass(frozen=True, slots=True)
class KindRates:
    """How often networks with one kind of trigger were found, among those that nothing was fitted on.

    Attributes:
        kind: the kind of trigger, such as "corner patch".
        noticed: networks that were called backdoored or suspicious.
        named: networks that were called backdoored or suspicious and whose most likely class is a target.
    """

    kind: str
    noticed: Share
    named: Share


@dataclass(frozen=True, slots=True)
class Combination:
    """What was fitted for one set of detectors, and what it did on networks that it was not fitted on.

    Attributes:
        detectors: their names.
        of_class: from a class's features to whether it is a target.
        of_network: from the largest of the classes' logits to whether there is a backdoor.
        backdoored_from: probability of a backdoor from which a network is called backdoored.
        suspicious_from: probability from which it is called suspicious.
        of_all_to_all: from `all_to_all_feature` to whether there is an all-to-all backdoor; None if no detector of the
            set looks for one.
        kinds: what was found of each kind of trigger.
        false_alarms: clean networks that were called suspicious or backdoored.
        false_verdicts: clean networks that were called backdoored.
        reliability: for ranges of the probability, by their upper end, the networks that had a backdoor.
    """

    detectors: tuple[str, ...]
    of_class: Logistic
    of_network: Logistic
    backdoored_from: float
    suspicious_from: float
    of_all_to_all: Logistic | None = None
    kinds: tuple[KindRates, ...] = ()
    false_alarms: Share = NO_NETWORKS
    false_verdicts: Share = NO_NETWORKS
    reliability: tuple[tuple[float, Share], ...] = ()

    def among(self, detectors: tuple[str, ...]) -> "Combination":
        """Return the same combination with further detectors, which have a weight of 0.

        Args:
            detectors: these detectors and others.
        """
        own = dict(zip(self.detectors, self.of_class.weights, strict=True))
        weights = tuple(own.get(each, 0.0) for each in detectors)
        return replace(self, detectors=detectors, of_class=replace(self.of_class, weights=weights))

    def class_logits(self, found: Sequence[ClassScores]) -> Statistics:
        """Return each class's logit, shape (K,); NaN for a class that no detector examined."""
        return self.of_class.logits(features_of(found, self.detectors))

    def class_probabilities(self, class_logits: Statistics) -> Statistics:
        """Return for each class the probability of a backdoor, if it is the most suspicious class, shape (K,).

        The largest is the probability of a backdoor that leads to one class. NaN for a class that was not examined.

        Args:
            class_logits: see `class_logits`, shape (K,).
        """
        return probability(self.of_network.logits(class_logits[:, None]))

    def all_to_all_probability(self, found: Sequence[ClassScores]) -> float:
        """Return the probability of a backdoor that leads each class to the next one, [0, 1]; 0 if not looked for."""
        feature = all_to_all_feature(found, self.detectors)
        return 0.0 if self.of_all_to_all is None or feature is None else _one(self.of_all_to_all, feature)

    def reliability_of(self, network_probability: float) -> Share:
        """Return how many networks with a probability in the same range had a backdoor."""
        for upper_end, share in self.reliability:
            if network_probability <= upper_end:
                return share
        return NO_NETWORKS

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "detectors": list(self.detectors),
            "class": [*self.of_class.weights, self.of_class.bias],
            "network": [*self.of_network.weights, self.of_network.bias],
            "all_to_all": self.of_all_to_all and [*self.of_all_to_all.weights, self.of_all_to_all.bias],
            "backdoored_from": self.backdoored_from,
            "suspicious_from": self.suspicious_from,
            "kinds": {each.kind: [each.noticed.count, each.named.count, each.noticed.total] for each in self.kinds},
            "false_alarms": [self.false_alarms.count, self.false_alarms.total],
            "false_verdicts": [self.false_verdicts.count, self.false_verdicts.total],
            "reliability": [[upper_end, share.count, share.total] for upper_end, share in self.reliability],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Combination":
        """Return the combination of what `as_json` returned."""
        of_class, of_network, of_all_to_all = (
            Logistic(tuple(values[:-1]), values[-1]) if (values := stored[name]) else None
            for name in ("class", "network", "all_to_all")
        )
        assert of_class is not None
        assert of_network is not None
        return cls(
            tuple(stored["detectors"]),
            of_class,
            of_network,
            stored["backdoored_from"],
            stored["suspicious_from"],
            of_all_to_all,
            tuple(
                KindRates(kind, Share(noticed, total), Share(named, total))
                for kind, (noticed, named, total) in stored["kinds"].items()
            ),
            Share(*stored["false_alarms"]),
            Share(*stored["false_verdicts"]),
            tuple((upper_end, Share(count, total)) for upper_end, count, total in stored["reliability"]),
        )


def features_of(found: Sequence[ClassScores], detectors: Sequence[str]) -> NDArray[np.float64]:
    """Return the features of classes, shape (K, D).

    The feature of a score s is sign(s) · log(1 + |s|), or the score itself where the spread has a floor. A class that
    a detector did not examine, since others were more suspicious in its screening, gets 0: it is not unusual. A class
    that none of them examined gets NaN.

    Args:
        found: the detectors' scores.
        detectors: the detectors, in the order of the features.
    """
    by_name = {each.detector: each for each in found}
    raw = np.stack([by_name[name].scores for name in detectors], axis=1)
    known = np.nan_to_num(raw, nan=0.0)
    features = np.where([name in _FLOORED for name in detectors], known, _squashed(known))
    features[np.isnan(raw).all(axis=1)] = np.nan
    return np.asarray(features)


def all_to_all_feature(found: Sequence[ClassScores], detectors: Sequence[str]) -> float | None:
    """Return the feature of an all-to-all trigger: sign(s) · log(1 + |s|) of the largest score s.

    Args:
        found: the detectors' scores.
        detectors: the detectors that count.

    Returns:
        None if none of them looked for such a trigger.
    """
    scores = [each.all_to_all.score for each in found if each.all_to_all is not None and each.detector in detectors]
    known = [each for each in scores if not np.isnan(each)]
    return float(_squashed(np.array(max(known)))) if known else None


def _squashed(scores: Statistics) -> Statistics:
    limited = np.clip(scores, -LARGEST_SCORE, LARGEST_SCORE)
    return np.asarray(np.sign(limited) * np.log1p(np.abs(limited)))


def _one(logistic: Logistic, feature: float) -> float:
    return float(probability(logistic.logits(np.array([[feature]])))[0])


def probability(logits: Statistics) -> Statistics:
    """Return 1 / (1 + exp(−z)), shape as given, [0, 1]."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -500, 500))))


@cache
def stored_combinations() -> dict[tuple[str, ...], Combination]:
    """Return what was fitted, by the detectors' names."""
    stored = json.loads(RESOURCE.read_text("utf-8"))
    made = [Combination.from_json(each) for each in stored["combinations"]]
    return {each.detectors: each for each in made}


def combination_for(names: Collection[str]) -> Combination | None:
    """Return the combination for a set of detectors; None if there is none.

    Detectors that do not decide have a weight of 0 in it.

    Args:
        names: the detectors that took part.
    """
    ordered = tuple(each for each in DETECTORS.names if each in names)
    if len(ordered) != len(names):
        return None
    found = stored_combinations().get(deciding(ordered))
    return found and found.among(ordered)


def deciding(names: Sequence[str]) -> tuple[str, ...]:
    """Return the detectors that have a weight: the costly ones; all where there are none of these."""
    return tuple(each for each in names if DETECTORS.get(each).is_costly) or tuple(names)
