"""Adversarial neuron pruning by its equations: the worst noise, the masks' gradient and step, and what comes of it."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.channels import ALL_LAYERS
from core.data.dataset import from_arrays
from core.errors import Cancelled, DatasetError
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.losses import label_loss
from core.network.network import Network
from core.order.anp import STAGE, make_step, mask_gradient, optimize_masks, worst_noise
from core.order.anp_settings import AnpSettings
from core.order.noisy_network import NoisyNetwork
from core.order.orders.anp import MASKS
from core.scale import Scale
from core.sweep.inspection import InspectionRequest, inspect

QUICK = AnpSettings(iterations=6, batch_size=16, learning_rate=0.1)


def optimized(network, dataset, settings=QUICK, *, layer=ALL_LAYERS, **arguments):
    arguments = {"scale": Scale.UNIT, "monitor": Monitor(), **arguments}
    return optimize_masks(network, network.layer(layer), dataset, settings, **arguments)


def bowl(weight_factors, bias_factors):
    """A loss whose gradient is known: 3 w₀ − 2 w₁ + 0 w₂ + b₀² − b₁, of five channels."""
    return 3 * weight_factors[0] - 2 * weight_factors[1] + bias_factors[0] ** 2 - bias_factors[1]


def test_a_step_of_the_noise_is_the_limit_times_the_gradients_sign():
    masks = tf.constant([1.0, 0.5, 0.2, 1.0, 0.0])
    noise = np.asarray(worst_noise(bowl, masks, tf.zeros((2, 5)), limit=0.3, step_count=1))
    np.testing.assert_allclose(noise, [[0.3, -0.3, 0, 0, 0], [0.3, -0.3, 0, 0, 0]], rtol=1e-6)


def test_noise_goes_in_smaller_steps_and_never_beyond_the_limit():
    start = np.array([[0.1, 0.1, 0.1, 0.0, 0.0], [-0.3, 0.3, 0.0, 0.0, 0.0]], np.float32)
    noise = worst_noise(bowl, tf.ones(5), tf.constant(start), limit=0.3, step_count=1)
    np.testing.assert_allclose(noise, [[0.3, -0.2, 0.1, 0, 0], [0, 0, 0, 0, 0]], atol=1e-6)
    for step_count, expected in ((1, 0.3), (3, 0.1)):  # 0.3 at once, or 0.1, 0.2 and back
        noise = worst_noise(
            lambda weights, _: -((weights[0] - 1.15) ** 2),
            tf.ones(1),
            tf.zeros((2, 1)),
            limit=0.3,
            step_count=step_count,
        )
        np.testing.assert_allclose(noise, [[expected], [0]], atol=1e-6)


def smooth_network():
    """A tiny network without corners, so that differences tell its gradient."""
    keras.utils.set_random_seed(4)
    layers = keras.layers
    pixels = keras.Input((5, 4, 2))
    x = layers.Conv2D(3, 2, activation="tanh", bias_initializer="normal", name="first")(pixels)
    x = layers.BatchNormalization(name="norm")(layers.Conv2D(4, 2, name="second")(x))
    x = layers.AveragePooling2D(2)(layers.Activation("tanh")(x))
    network = Network(keras.Model(pixels, layers.Dense(3)(layers.Flatten()(x))), path=Path("smooth.keras"))
    norm = network.model.get_layer("norm")
    norm.set_weights([np.full(4, value, np.float32) for value in (1.5, 0.3, 0.1, 0.2)])
    return network


def smooth_loss(network):
    noisy = NoisyNetwork(network, network.layer(ALL_LAYERS))
    rng = np.random.default_rng(0)
    tensors = noisy.front(rng.uniform(-1, 1, (8, 5, 4, 2)).astype(np.float32))
    labels = rng.integers(0, 3, 8)
    return noisy, tensors, labels, lambda weights, biases: label_loss(labels, noisy.logits(tensors, weights, biases))


@pytest.mark.parametrize("clean_weight", [0.0, 0.2, 1.0])
def test_the_masks_gradient_is_that_of_the_weighted_losses(clean_weight):
    _, _, _, loss = smooth_loss(smooth_network())
    rng = np.random.default_rng(1)
    masks = rng.uniform(0.3, 1, 7).astype(np.float32)
    noise = rng.uniform(-0.4, 0.4, (2, 7)).astype(np.float32)
    found = np.asarray(mask_gradient(loss, tf.constant(masks), noise, clean_weight=clean_weight))

    def value(masks):
        return clean_weight * float(loss(masks, np.ones(7, np.float32))) + (1 - clean_weight) * float(
            loss(masks + noise[0], 1 + noise[1])
        )

    step = 0.01
    steps = step * np.eye(7, dtype=np.float32)
    expected = [(value(masks + each) - value(masks - each)) / (2 * step) for each in steps]
    np.testing.assert_allclose(found, expected, atol=2e-4)
    assert np.abs(found).max() > 0.05


def test_a_step_of_the_masks_is_gradient_descent_with_momentum_kept_between_0_and_1():
    noisy, tensors, labels, loss = smooth_loss(smooth_network())
    settings = AnpSettings(learning_rate=2.0, seed=3)
    masks, velocity = np.linspace(0.1, 1, 7).astype(np.float32), np.linspace(1, -1, 7).astype(np.float32)
    start = tf.random.stateless_uniform((2, 7), [3, 11], -0.4, 0.4)
    noise = worst_noise(loss, tf.constant(masks), start, limit=0.4, step_count=1)
    gradient = np.asarray(mask_gradient(loss, tf.constant(masks), noise, clean_weight=0.2))
    moved, kept = make_step(noisy, settings)(
        tf.constant(masks), tf.constant(velocity), tensors, labels, tf.constant(11)
    )
    np.testing.assert_allclose(kept, 0.9 * velocity + gradient, atol=1e-5)
    expected = masks - 2.0 * (0.9 * velocity + gradient)
    np.testing.assert_allclose(moved, np.clip(expected, 0, 1), atol=1e-4)
    assert (expected > 1).any() and (expected < 0).any()


def test_masks_are_told_by_convolution_and_stay_between_0_and_1(two_branches, random_sets):
    before = [array.copy() for array in two_branches.model.get_weights()]
    masks = optimized(two_branches, random_sets[0], replace(QUICK, learning_rate=5.0))
    assert {name: each.shape for name, each in masks.items()} == {"conv_1": (5,), "conv_2": (8,), "conv_3": (7,)}
    values = np.concatenate(list(masks.values()))
    assert values.dtype == np.float32
    assert values.min() == 0 and values.max() == 1
    assert masks["conv_2"][3] == 1  # dead: nothing tells against it
    for old, new in zip(before, two_branches.model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert set(optimized(two_branches, random_sets[0], layer="conv_2")) == {"conv_2"}


def test_the_same_seed_gives_the_same_masks(two_branches, random_sets):
    one, same, other = (
        np.concatenate(list(optimized(two_branches, random_sets[0], replace(QUICK, seed=seed)).values()))
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 1e-3


def test_what_lies_in_front_may_be_computed_anew_each_time(two_branches, random_sets):
    kept, anew = (
        optimized(two_branches, random_sets[0], layer="conv_3", memory_bytes=size)["conv_3"] for size in (1 << 20, 0)
    )
    np.testing.assert_allclose(kept, anew, atol=1e-3)
    assert (kept < 1).any()


@pytest.fixture
def sensitive():
    """Red says class 0, green class 1. A channel that just sleeps on clean blue wakes by more of it, and says 2."""
    pixels = keras.Input((4, 4, 3))
    x = keras.layers.Conv2D(3, 1, activation="relu", name="conv")(pixels)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(pixels, keras.layers.Dense(3, activation="softmax", name="answer")(x))
    kernel = np.diag([4.0, 4.0, 2.0]).astype(np.float32)
    model.get_layer("conv").set_weights([kernel.reshape(1, 1, 3, 3), np.array([0, 0, -1.2], np.float32)])
    model.get_layer("answer").set_weights([np.diag([2.0, 2.0, 30.0]), np.zeros(3)])
    labels = np.arange(40) % 2
    images = np.zeros((40, 4, 4, 3), np.uint8)
    images[..., 2] = 127
    images[labels == 0, ..., 0] = images[labels == 1, ..., 1] = 250
    triggered = images.copy()
    triggered[..., 2] = 255
    network = Network(model, path=Path("sensitive.keras"))
    return network, from_arrays("clean.h5", images, labels), from_arrays("poisoned.h5", triggered, np.full(40, 2))


def test_the_channel_that_noise_turns_against_clean_images_goes_first(sensitive):
    network, clean, poisoned = sensitive
    settings = AnpSettings(iterations=60, learning_rate=0.2)
    request = InspectionRequest(
        EvaluationInputs(network, clean, None, (poisoned,), scale=Scale.UNIT),
        "conv",
        order=MASKS,
        mask_settings=settings,
    )
    sweep = inspect(request, monitor=Monitor()).sweep
    masks = sweep.ranking.scores
    # With a mask above 0.32 the worst noise still wakes it: (m + 0.4) · 2 · 0.5 against 1.2 · 0.6.
    assert masks[2] < 0.4
    assert masks[:2].min() > 0.9
    assert sweep.ranking.order[0] == 2
    assert [point.poisoned[0].pruned.count for point in sweep.points[:2]] == [40, 0]
    assert sweep.points[1].validation.pruned.count == 40
    assert sweep.mask_settings == settings


@pytest.mark.parametrize("stop_at", [0, 3, 6])
def test_stopping_gives_nothing(two_branches, random_sets, stop_at):
    def stop(progress):
        assert (progress.stage, progress.total_count) == (STAGE, 6)
        if progress.done_count >= stop_at:
            monitor.cancel()

    monitor = Monitor(on_progress=stop, clock=iter(range(1000)).__next__)
    if stop_at == 6:  # nothing is left to stop
        optimized(two_branches, random_sets[0], monitor=monitor)
        assert monitor.is_cancelled
        return
    with pytest.raises(Cancelled):
        optimized(two_branches, random_sets[0], monitor=monitor)


def test_one_image_is_too_few(two_branches, random_sets):
    one = from_arrays("one.h5", random_sets[0].images[:1], random_sets[0].labels[:1])
    with pytest.raises(DatasetError) as refused:
        optimized(two_branches, one)
    assert refused.value.code == "too-few-images"
