"""FT-SAM's perturbation and step, compared with its equations worked out by hand on a tiny example."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.refit.optimizers import adaptive_perturbation
from core.refit.records import Augmentation, Optimizer, RefitSettings
from core.refit.step import make_step
from core.scale import Scale

STILL = Augmentation(shift=0, light=0, is_mirrored=False)


def oracle(weights, gradients, radius):
    norm = np.sqrt(sum(((np.abs(w) * g) ** 2).sum() for w, g in zip(weights, gradients, strict=True)))
    return [radius * w**2 * g / norm for w, g in zip(weights, gradients, strict=True)]


def test_the_perturbation_is_that_of_the_equation():
    rng = np.random.default_rng(0)
    weights = [rng.normal(0, 1, shape) for shape in ((3, 4), (4,))]
    gradients = [rng.normal(0, 1, each.shape) for each in weights]
    weights[0][1] = 0
    moves = adaptive_perturbation([tf.constant(each) for each in weights], gradients, radius=0.7)
    for move, expected in zip(moves, oracle(weights, gradients, 0.7), strict=True):
        np.testing.assert_allclose(move, expected, rtol=1e-9)
    assert not np.asarray(moves[0])[1].any()
    # It lies on the boundary of the ball in which the loss is maximized.
    lengths = [(np.asarray(m)[w != 0] / np.abs(w[w != 0])) ** 2 for m, w in zip(moves, weights, strict=True)]
    assert np.sqrt(sum(each.sum() for each in lengths)) == pytest.approx(0.7)


def test_no_gradient_moves_nothing():
    moves = adaptive_perturbation([tf.ones((2, 2))], [tf.zeros((2, 2))], radius=2.0)
    assert not np.asarray(moves[0]).any()


def test_a_step_takes_the_gradient_where_the_perturbation_leads():
    rng = np.random.default_rng(1)
    pixels = keras.Input((1, 2, 1))
    model = keras.Model(pixels, keras.layers.Dense(3, activation="softmax")(keras.layers.Flatten()(pixels)))
    kernel, bias = rng.normal(0, 1, (2, 3)), rng.normal(0, 1, 3)
    model.set_weights([kernel, bias])
    images, labels = rng.uniform(0, 1, (4, 1, 2, 1)).astype(np.float32), np.array([0, 1, 2, 2])

    def gradients(kernel, bias):
        flat = images.reshape(4, 2)
        logits = flat @ kernel + bias
        wrong = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True) - np.eye(3)[labels]
        return [flat.T @ wrong / 4, wrong.mean(axis=0)]

    weights = [kernel, bias]
    moves = oracle(weights, gradients(*weights), 0.5)
    there = gradients(*(w + e for w, e in zip(weights, moves, strict=True)))
    expected = [w - 0.1 * g for w, g in zip(weights, there, strict=True)]

    settings = RefitSettings(optimizer=Optimizer.SGD, learning_rate=0.1, perturbation_radius=0.5, augmentation=STILL)
    step = make_step(model, model, settings, free={}, scale=Scale.UNIT)
    step.take(images, labels, 0, 0.0, 0.1)
    for found, each in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_allclose(found, each, rtol=1e-5)
    assert np.abs(np.concatenate([np.ravel(e) for e in moves])).max() > 0.01


def test_running_statistics_count_a_batch_once():
    pixels = keras.Input((2, 2, 1))
    x = keras.layers.BatchNormalization(momentum=0.5)(keras.layers.Conv2D(2, 1)(pixels))
    model = keras.Model(pixels, keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(x)))
    images = np.random.default_rng(0).uniform(0, 1, (8, 2, 2, 1)).astype(np.float32)
    kernel, bias = model.layers[1].get_weights()
    mean = (images * kernel + bias).mean(axis=(0, 1, 2))
    settings = RefitSettings(perturbation_radius=1.0, augmentation=STILL)
    make_step(model, model, settings, free={}, scale=Scale.UNIT).take(images, np.arange(8) % 2, 0, 0.0, 0.001)
    np.testing.assert_allclose(model.layers[2].moving_mean.numpy(), 0.5 * mean, rtol=1e-4)
