"""A network under factors answers what a copy answers whose weights are multiplied by them."""

from pathlib import Path

import keras
import numpy as np
import pytest

from core.channels import ALL_LAYERS
from core.network.network import Network
from core.order.noisy_network import NoisyNetwork
from tests.core import shapes

layers = keras.layers


def softmax(logits):
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def tiny(*stack):
    """Images of one pixel through a stack, then three classes; what a convolution does there is a product."""
    keras.utils.set_random_seed(1)
    pixels = x = keras.Input((1, 1, 2))
    for layer in stack:
        x = layer(x)
    model = keras.Model(pixels, layers.Dense(3, activation="softmax", name="answer")(layers.Flatten()(x)))
    rng = np.random.default_rng(2)
    for layer in model.layers:
        layer.set_weights([np.abs(rng.normal(0, 1, array.shape)) + 0.1 for array in layer.get_weights()])
    return Network(model, path=Path("tiny.keras"))


def noise(channel_count):
    """m + δ and 1 + ξ."""
    rng = np.random.default_rng(5)
    masks, weights, biases = (rng.uniform(low, 1, channel_count) for low in (0, -1, -1))
    return (masks + 0.4 * weights).astype(np.float32), (1 + 0.4 * biases).astype(np.float32)


def found(network, images, factors, *, layer=ALL_LAYERS):
    noisy = NoisyNetwork(network, network.layer(layer))
    return np.asarray(noisy.logits(noisy.front(images), *factors))


IMAGES = np.random.default_rng(3).uniform(-1, 2, (6, 1, 1, 2)).astype(np.float32)
FLAT = IMAGES.reshape(6, 2)


def answered(network, channels):
    kernel, bias = network.model.get_layer("answer").get_weights()
    return channels @ kernel + bias


def test_without_batch_normalization_kernel_and_bias_are_multiplied():
    network = tiny(layers.Conv2D(4, 1, activation="relu", name="conv"))
    kernel, bias = network.model.get_layer("conv").get_weights()
    weight_factors, bias_factors = noise(4)
    channels = np.maximum(FLAT @ (kernel[0, 0] * weight_factors) + bias * bias_factors, 0)
    expected = answered(network, channels)
    np.testing.assert_allclose(found(network, IMAGES, (weight_factors, bias_factors)), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("has_both", [True, False])
def test_behind_a_batch_normalization_its_scale_and_shift_are(has_both):
    norm = layers.BatchNormalization(scale=has_both, center=has_both, name="norm")
    network = tiny(layers.Conv2D(4, 1, name="conv"), norm, layers.ReLU())
    kernel, bias = network.model.get_layer("conv").get_weights()
    weights = network.model.get_layer("norm").get_weights()
    scale, shift, mean, variance = weights if has_both else (1, 0, *weights)
    weight_factors, bias_factors = noise(4)
    normal = (FLAT @ kernel[0, 0] + bias - mean) / np.sqrt(variance + norm.epsilon)
    channels = np.maximum(weight_factors * scale * normal + bias_factors * shift, 0)
    expected = answered(network, channels)
    np.testing.assert_allclose(found(network, IMAGES, (weight_factors, bias_factors)), expected, rtol=1e-4, atol=1e-4)


def test_a_depthwise_convolution_has_a_channel_for_each_pair():
    network = tiny(layers.DepthwiseConv2D(1, depth_multiplier=2, activation="tanh", name="conv"))
    kernel, bias = network.model.get_layer("conv").get_weights()
    weight_factors, bias_factors = noise(4)
    products = np.stack([FLAT[:, each // 2] * kernel[0, 0, each // 2, each % 2] for each in range(4)], axis=1)
    expected = answered(network, np.tanh(products * weight_factors + bias * bias_factors))
    np.testing.assert_allclose(found(network, IMAGES, (weight_factors, bias_factors)), expected, rtol=1e-4, atol=1e-5)


def multiplied(network, layer, weight_factors, bias_factors):
    """A copy with its weights multiplied."""
    model = keras.models.clone_model(network.model)
    model.set_weights(network.model.get_weights())
    start = 0
    for part in layer.parts or (layer,):
        stop = start + part.channel_count
        chain = [model.get_layer(name) for name in network.graph.chain(part)]
        norms = [each for each in chain if isinstance(each, layers.BatchNormalization)]
        place = norms[0] if norms else chain[0]
        weights = place.get_weights()
        index = 1 if isinstance(place, layers.SeparableConv2D) else 0  # the pointwise kernel
        shape = weights[index].shape[-2:] if isinstance(place, layers.DepthwiseConv2D) else (-1,)
        weights[index] = weights[index] * weight_factors[start:stop].reshape(shape)
        if norms or place.use_bias:
            weights[index + 1] = weights[index + 1] * bias_factors[start:stop]
        place.set_weights(weights)
        start = stop
    return model


@pytest.mark.parametrize("shape", list(shapes.SHAPES))
def test_networks_of_the_shapes_in_use(shape):
    network = Network(shapes.with_random_weights(shapes.SHAPES[shape](), seed=1), path=Path("shape.keras"))
    before = [array.copy() for array in network.model.get_weights()]
    pixels = shapes.make_images(9, seed=4).astype(np.float32) / 255
    for name in (ALL_LAYERS, network.summary.layers[-1].name):
        layer = network.layer(name)
        ones = np.ones(layer.channel_count, np.float32)
        for factors in ((ones, ones), noise(layer.channel_count)):
            outputs = np.asarray(multiplied(network, layer, *factors)(pixels, training=False))
            logits = found(network, pixels, factors, layer=name)
            answers = np.exp(logits) if "ReLU" in shape else softmax(logits)
            np.testing.assert_allclose(answers, np.maximum(outputs, 1e-7), rtol=2e-3, atol=1e-4)
    for old, new in zip(before, network.model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_branch_that_no_factor_reaches_crosses(two_branches):
    noisy = NoisyNetwork(two_branches, two_branches.layer("conv_3"))
    # fc_1 reads pool_2 beside conv_3: what it makes of it stays, and conv_3's sums are kept.
    assert noisy.front_shapes == ((6,), (3, 2, 7))
