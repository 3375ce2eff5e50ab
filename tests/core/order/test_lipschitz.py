"""Channel Lipschitz bounds, against what convolutions really do."""

import keras
import numpy as np
import pytest

from core.channels import ALL_LAYERS
from core.cut.graph import Graph
from core.order.lipschitz import channel_bounds

layers = keras.layers


def graph_of(*stack):
    keras.utils.set_random_seed(3)
    pixels = x = keras.Input((8, 8, 3))
    for layer in stack:
        x = layer(x)
    return Graph(keras.Model(pixels, layers.Dense(2)(layers.Flatten()(x))))


def test_a_kernel_s_bound_is_its_largest_singular_value():
    graph = graph_of(layers.Conv2D(4, 3, name="conv"))
    kernel = graph.layers["conv"].kernel.numpy()
    expected = [np.linalg.svd(kernel[..., k].reshape(9, 3).T)[1][0] for k in range(4)]
    np.testing.assert_allclose(channel_bounds(graph, graph.prunable_layers()[0]), expected, rtol=1e-5)


def test_batch_normalization_stretches_it():
    graph = graph_of(layers.Conv2D(4, 3, name="conv"), layers.BatchNormalization(name="norm"), layers.ReLU())
    plain = graph_of(layers.Conv2D(4, 3, name="conv"))
    norm = graph.layers["norm"]
    gamma, variance = np.array([1.0, -2.0, 0.0, 0.5]), np.array([1.0, 4.0, 1.0, 0.25])
    norm.set_weights([gamma, np.zeros(4), np.zeros(4), variance])
    graph.layers["conv"].set_weights(plain.layers["conv"].get_weights())
    stretched, bounds = (channel_bounds(each, each.prunable_layers()[0]) for each in (graph, plain))
    np.testing.assert_allclose(stretched, bounds * np.abs(gamma) / np.sqrt(variance + norm.epsilon), rtol=1e-6)


@pytest.mark.parametrize("layer", [layers.SeparableConv2D(4, 3), layers.DepthwiseConv2D(3, depth_multiplier=2)])
def test_no_change_at_one_place_of_the_input_is_stretched_by_more_than_all_places_together(layer):
    graph = graph_of(layer)
    prunable = graph.prunable_layers()[0]
    bounds = channel_bounds(graph, prunable)
    assert bounds.shape == (prunable.channel_count,)
    change = np.zeros((1, 8, 8, 3), np.float32)
    change[0, 4, 4] = np.random.default_rng(0).normal(size=3)
    moved = graph.layers[prunable.name](change) - graph.layers[prunable.name](np.zeros_like(change))
    lengths = np.linalg.norm(np.asarray(moved).reshape(-1, prunable.channel_count), axis=0)
    assert (lengths <= bounds * np.linalg.norm(change) * (1 + 1e-5)).all()
    assert (lengths > 0.05 * bounds * np.linalg.norm(change)).any()


def test_the_same_once_for_each_layer_where_all_are_meant(two_branches):
    layer = two_branches.layer(ALL_LAYERS)
    each = [channel_bounds(two_branches.graph, part) for part in layer.parts]
    np.testing.assert_array_equal(channel_bounds(two_branches.graph, layer), np.concatenate(each))
