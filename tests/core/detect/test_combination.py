"""Features of classes, and what was fitted, as it is stored."""

import json
from itertools import combinations

import numpy as np
import pytest

from core.detect.combination import (
    RESOURCE,
    Combination,
    KindRates,
    Logistic,
    all_to_all_feature,
    combination_for,
    deciding,
    features_of,
    probability,
    stored_combinations,
)
from core.detect.detectors.registry import DETECTORS
from core.detect.verdict import verdict_by
from core.records import Share
from tests.core.detect.made_scores import class_scores, combination


def test_a_feature_is_the_score_squashed_with_its_sign() -> None:
    found = [class_scores("a", 3, {0: 9.0, 1: -9.0})]
    np.testing.assert_allclose(features_of(found, ("a",))[:, 0], [np.log(10), -np.log(10), 0])


def test_a_score_with_a_floor_of_the_spread_counts_itself() -> None:
    found = [class_scores("patch-inversion", 3, {0: 9.0, 1: -9.0})]
    np.testing.assert_allclose(features_of(found, ("patch-inversion",))[:, 0], [9, -9, 0])


def test_a_class_that_one_detector_left_out_gets_0_and_one_that_all_left_out_gets_none() -> None:
    found = [class_scores("a", 3, {0: np.nan, 1: np.nan}), class_scores("b", 3, {1: np.nan, 0: 1.0})]
    features = features_of(found, ("a", "b"))
    np.testing.assert_allclose(features[0], [0, np.log(2)])
    assert np.isnan(features[1]).all()
    np.testing.assert_allclose(features[2], [0, 0])


def test_the_order_of_the_features_is_that_of_the_names() -> None:
    found = [class_scores("a", 1, {0: 1.0}), class_scores("b", 1, {0: 3.0})]
    np.testing.assert_allclose(features_of(found, ("b", "a"))[0], np.log([4, 2]))


def test_a_logistic_is_a_weighted_sum_and_a_constant() -> None:
    np.testing.assert_allclose(Logistic((2.0, 3.0), 1.0).logits(np.array([[1.0, 1.0], [0.0, 2.0]])), [6, 7])
    np.testing.assert_allclose(probability(np.array([0.0, np.log(3), -1e6])), [0.5, 0.75, 0], atol=1e-12)


def test_the_network_is_judged_by_its_most_suspicious_class() -> None:
    judged = combination(("a",))
    logits = judged.class_logits([class_scores("a", 4, {2: np.expm1(4.0), 3: np.nan})])
    probabilities = judged.class_probabilities(logits)
    assert np.nanmax(probabilities) == probabilities[2] == pytest.approx(float(probability(np.array(1.0))))
    assert np.isnan(probabilities[3])
    verdict = verdict_by(judged, [class_scores("a", 4, {2: np.expm1(4.0)})])
    assert verdict.probability == verdict.class_probabilities.max(), "no class is more likely than the network"


def test_a_trigger_to_the_next_class_makes_a_network_suspicious_as_well() -> None:
    found = [
        class_scores("a", 4, {1: 9.0}, all_to_all=0.5),
        class_scores("b", 4, {1: np.nan}, all_to_all=0.25),
        class_scores("c", 4, all_to_all=99.0),
        class_scores("d", 4),
    ]
    assert all_to_all_feature(found, ("a", "b", "d")) == pytest.approx(np.log(1.5))
    assert all_to_all_feature(found, ("b", "d")) == pytest.approx(np.log(1.25))
    assert all_to_all_feature(found, ("d",)) is None
    assert all_to_all_feature([class_scores("a", 4, all_to_all=np.nan)], ("a",)) is None
    expected = probability(np.array(8 * np.log(1.5) - 2))
    assert combination(("a",)).all_to_all_probability(found) == pytest.approx(float(expected))
    assert combination(("d",)).all_to_all_probability(found) == 0
    assert combination(("a",), of_all_to_all=None).all_to_all_probability(found) == 0


def test_the_reliability_is_that_of_the_range_that_a_probability_is_in() -> None:
    judged = combination(("a",), reliability=((0.5, Share(1, 9)), (1.0, Share(7, 8))))
    assert judged.reliability_of(0.5) == Share(1, 9)
    assert judged.reliability_of(0.51) == Share(7, 8)
    assert combination(("a",)).reliability_of(0.5) == Share(0, 0)


def test_a_combination_comes_back_from_json_as_it_was() -> None:
    made = combination(
        ("a", "b"),
        kinds=(KindRates("warp", Share(3, 4), Share(2, 4)),),
        false_alarms=Share(1, 9),
        false_verdicts=Share(0, 9),
        reliability=((1.0, Share(7, 8)),),
    )
    assert Combination.from_json(json.loads(json.dumps(made.as_json()))) == made


def test_there_is_one_combination_for_every_set_of_detectors() -> None:
    names = DETECTORS.names
    for count in range(1, len(names) + 1):
        for each in combinations(names, count):
            found = combination_for(each)
            some = [DETECTORS.get(name) for name in each]
            if any(one.needs_triggers for one in some) and not any(one.finds_all_to_all for one in some):
                assert found is None, "without triggers there is nothing to examine"
            else:
                assert found is not None
                assert found.detectors == each
                assert set(deciding(each)) >= {
                    name for name, weight in zip(each, found.of_class.weights, strict=True) if weight
                }
    assert combination_for({"weight-signature", "maximum-margin"}) is not None
    assert combination_for(set()) is None
    assert combination_for({"nonsense"}) is None


def test_no_stored_weight_is_negative_and_suspicion_comes_before_certainty() -> None:
    for each in stored_combinations().values():
        assert min(each.of_class.weights) >= 0
        assert min(each.of_network.weights) >= 0
        assert 0 < each.suspicious_from <= each.backdoored_from < 1


def test_the_resource_names_the_zoo_that_it_was_fitted_on() -> None:
    assert json.loads(RESOURCE.read_text("utf-8"))["zoo"]
