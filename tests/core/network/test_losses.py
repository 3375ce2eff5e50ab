"""The losses match their equations, and the logits match their network."""

import gc
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.network.losses import answer_loss, apply_gradients, label_loss, make_logits


def softmax(logits):
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


@pytest.fixture
def logits():
    return np.random.default_rng(0).normal(0, 2, (5, 4)).astype(np.float32)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_label_loss_is_the_cross_entropy_of_labelled_images(logits, smoothing):
    labels = np.array([0, 3, -1, 2, -1])
    wanted = np.eye(4)[labels] * (1 - smoothing) + smoothing / 4
    each = -(wanted * np.log(softmax(logits))).sum(axis=1)
    found = float(label_loss(labels, logits, smoothing=smoothing))
    assert found == pytest.approx(each[labels >= 0].mean(), rel=1e-5)


def test_label_loss_of_no_labels_is_nothing(logits):
    assert float(label_loss(np.full(5, -1), logits)) == 0


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_answer_loss_is_the_divergence_from_the_teachers_answers(logits, temperature):
    teacher = np.random.default_rng(1).normal(0, 2, (5, 4)).astype(np.float32)
    p, q = softmax(teacher / temperature), softmax(logits / temperature)
    expected = temperature**2 * (p * np.log(p / q)).sum(axis=1).mean()
    assert float(answer_loss(teacher, logits, temperature=temperature)) == pytest.approx(expected, rel=1e-4)
    assert float(answer_loss(logits, logits, temperature=temperature)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("ending", ["dense softmax", "softmax layer", "activation", "logits", "relu"])
def test_logits_share_the_networks_weights(ending):
    pixels = keras.Input((3, 3, 1))
    x = keras.layers.Flatten()(pixels)
    activations = {"dense softmax": "softmax", "relu": "relu"}
    x = keras.layers.Dense(4, activation=activations.get(ending), bias_initializer="normal")(x)
    if ending == "softmax layer":
        x = keras.layers.Softmax()(x)
    if ending == "activation":
        x = keras.layers.Activation("softmax")(x)
    model = keras.Model(pixels, x)
    images = np.random.default_rng(0).normal(0, 1, (6, 3, 3, 1)).astype(np.float32)
    logits_of = make_logits(model)
    for _ in range(2):
        found, outputs = np.asarray(logits_of(images, False)), np.asarray(model(images))
        if ending == "logits":
            np.testing.assert_allclose(found, outputs, rtol=1e-6)
        elif ending == "relu":
            np.testing.assert_allclose(np.exp(found), np.maximum(outputs, 1e-7), rtol=1e-4)
        else:
            np.testing.assert_allclose(softmax(found), outputs, rtol=1e-4)
            assert np.abs(found.sum(axis=1)).max() > 1e-3
        model.set_weights([array + 0.3 for array in model.get_weights()])


def traced_step(apply, rate=0.1):
    """A traced step, and the variable that it changes."""
    variable = keras.Variable([1.0, -2.0, 3.0])
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build([variable])

    @tf.function(autograph=False)
    def step(gradient):
        apply(optimizer, [gradient], [variable])

    return step, variable


def test_applied_gradients_change_variables_as_the_optimizer_does():
    gradients = np.random.default_rng(0).normal(0, 1, (4, 3)).astype(np.float32)
    found = []
    for apply in (apply_gradients, lambda optimizer, *each: optimizer.apply(*each)):
        step, variable = traced_step(apply)
        for each in gradients:
            step(tf.constant(each))
        found.append(variable.numpy())
    np.testing.assert_array_equal(*found)
    assert not np.allclose(found[0], [1, -2, 3])


def test_the_graph_of_a_traced_step_is_freed():
    step, variable = traced_step(apply_gradients)
    step(tf.constant([1.0, 1.0, 1.0]))
    graph = weakref.ref(step.get_concrete_function(tf.TensorSpec(3)).graph)
    assert graph() is not None
    del step, variable
    gc.collect()
    assert graph() is None
