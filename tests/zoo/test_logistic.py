"""The fit of a logistic regression, and areas under ROC curves."""

import numpy as np
import pytest

from tests.zoo.logistic import area_under_roc, fitted


def test_the_weights_that_made_the_labels_come_back() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(20000, 2))
    chances = 1 / (1 + np.exp(-(features @ [1.5, 0.5] - 1)))
    found = fitted(features, rng.random(20000) < chances, np.ones(20000), penalty=1e-6)
    np.testing.assert_allclose([*found.weights, found.bias], [1.5, 0.5, -1], atol=0.1)


def test_a_weight_that_would_be_negative_is_0() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(500, 2))
    found = fitted(features, features @ [2, -1] > 0, np.ones(500), penalty=0.1)
    assert found.weights[0] > 0
    assert found.weights[1] == 0


def test_labels_that_are_separated_have_finite_weights() -> None:
    features = np.array([[-1.0], [-2.0], [1.0], [2.0]])
    found = fitted(features, features[:, 0] > 0, np.ones(4), penalty=0.1)
    assert 0 < found.weights[0] < 20
    assert found.bias == pytest.approx(0, abs=1e-6)


def test_rows_count_by_their_weights() -> None:
    features, labels = np.zeros((3, 1)), np.array([True, False, False])
    assert fitted(features, labels, np.array([2.0, 1.0, 1.0]), penalty=0.1).bias == pytest.approx(0, abs=1e-6)


def test_the_area_is_the_share_of_pairs_in_the_right_order() -> None:
    labels = np.array([True, True, False, False])
    assert area_under_roc(np.array([3.0, 1.0, 2.0, 0.0]), labels) == 0.75
    assert area_under_roc(np.zeros(4), labels) == 0.5
    assert np.isnan(area_under_roc(np.zeros(2), np.array([True, True])))
