"""G by confidence in layers: the same predictions as the rule in numpy, exact to the last bit of a confidence."""

import functools
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.network.confidence import SMALLEST_LEVEL, flagged_by_confidence, rounded_level
from core.network.network import label_and_confidence
from core.network.repaired_output import repaired_output

CLASS_COUNT = 5


def make_g(level, *, is_probability, is_non_negative=True):
    """Return G as a network with the outputs of B and B′ as inputs."""
    base, pruned = keras.Input((CLASS_COUNT,)), keras.Input((CLASS_COUNT,))
    numbers = itertools.count()
    output = repaired_output(
        base,
        pruned,
        level=None if level is None else rounded_level(level),
        is_non_negative=is_non_negative,
        is_probability=is_probability,
        name=lambda wanted: f"{wanted}_{next(numbers)}",
    )
    model = keras.Model([base, pruned], output)
    # Called eagerly, and as a graph optimized by TensorFlow.
    return functools.partial(model, training=False), tf.function(lambda pair: model(pair, training=False))


def ulps_around(value):
    value = np.float32(value)
    return [np.nextafter(value, np.float32(0)), value, np.nextafter(value, np.float32(2))]


@pytest.mark.parametrize("level", [SMALLEST_LEVEL, 1e-20, 0.001, 0.1, 0.5, 0.7310586, 1 - 2**-24, 1.0])
def test_a_confidence_one_ulp_below_the_level_is_flagged_and_the_level_itself_is_not(level):
    confidences = np.array([0, *ulps_around(level), np.nextafter(np.float32(1), np.float32(0)), 1], np.float32)
    pruned = np.zeros((len(confidences), CLASS_COUNT), np.float32)
    pruned[:, 0] = confidences
    base = np.full_like(pruned, 0.1)
    base[:, 0] = 0.6
    labels = np.zeros(len(confidences), np.int64)
    expected = flagged_by_confidence(labels, labels, confidences, level=level)
    assert expected.tolist()[:3] == [True, True, False]
    for g in make_g(level, is_probability=True):
        answers = np.asarray(g([base, pruned]))
        np.testing.assert_array_equal(answers[:, -1], expected)
        np.testing.assert_array_equal(answers[:, :-1], base * ~expected[:, np.newaxis])


@pytest.mark.parametrize("level", [0, 1e-40])
def test_level_0_is_the_rule_of_agreement(level):
    rng = np.random.default_rng(2)
    pair = [rng.uniform(0, 1, (50, CLASS_COUNT)).astype(np.float32) for _ in range(2)]
    pair[1][:, :] *= rng.choice([0, 1e-38, 1], (50, 1)).astype(np.float32)
    by_level = make_g(level, is_probability=True)[1](pair)
    np.testing.assert_array_equal(by_level, make_g(None, is_probability=True)[1](pair))


@pytest.mark.parametrize(
    ("activation", "is_probability"), [("softmax", True), ("sigmoid", True), ("linear", False), ("relu", False)]
)
def test_any_outputs_are_flagged_as_the_rule_says_at_levels_that_are_their_confidences(activation, is_probability):
    rng = np.random.default_rng(11)
    activate = keras.activations.get(activation)
    base = np.asarray(activate(rng.normal(0, 2, (80, CLASS_COUNT)).astype(np.float32)))
    pruned = base.copy()
    pruned[::4] = np.asarray(activate(rng.normal(0, 2, pruned[::4].shape).astype(np.float32)))
    labels, confidences = map(np.asarray, label_and_confidence(tf.constant(pruned), is_probability=is_probability))
    assert 0 < (labels != base.argmax(axis=1)).sum() < 20
    for level in ulps_around(np.sort(confidences)[30]):
        expected = flagged_by_confidence(base.argmax(axis=1), labels, confidences, level=float(level))
        for g in make_g(float(level), is_probability=is_probability, is_non_negative=activation != "linear"):
            answers = np.asarray(g([base, pruned]))
            np.testing.assert_array_equal(answers[:, -1], expected)
            np.testing.assert_array_equal(answers.argmax(axis=1), np.where(expected, CLASS_COUNT, base.argmax(axis=1)))
