"""Subtracted contributions, skipped last layers and bounds of rounding errors."""

from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import pytest

from core.cut import tail
from core.cut.program import contributions, take_apart
from core.cut.suffix import SUMS_TOLERANCE, PlainSuffix, SubtractingSuffix, best_two, find_suffix
from core.cut.tensor_store import TensorStore
from core.data.dataset import open_dataset
from core.demo.demo import demo_files
from core.network.network import Network, open_network
from core.scale import Scale


def network_of(*middle, shape=(6, 6, 2)):
    """conv → `middle` layers → dense, with random weights."""
    keras.utils.set_random_seed(3)
    x = pixels = keras.Input(shape)
    for layer in (keras.layers.Conv2D(4, 3, activation="relu", name="conv"), *middle):
        x = layer(x)
    return Network(keras.Model(pixels, keras.layers.Dense(3, activation="softmax")(x)), path=Path("net.keras"))


@pytest.mark.parametrize("reader", [None, "conv_3", "fc_1"])
def test_what_is_linear_is_subtracted(two_branches, reader):
    cut = two_branches.cut("conv_2", reader=reader)
    assert isinstance(find_suffix(cut), SubtractingSuffix)
    assert {None: {"conv_3", "fc_1"}, "conv_3": {"conv_3"}, "fc_1": {"add"}}[reader] == set(cut.program.sums)


def test_averages_up_to_the_answer_leave_nothing_behind():
    cut = network_of(keras.layers.GlobalAveragePooling2D()).cut("conv")
    assert (cut.program.rest, len(cut.program.sums)) == ((), 1)


@pytest.mark.parametrize(
    "middle",
    [
        (keras.layers.GlobalMaxPooling2D,),
        (lambda: keras.layers.Conv2D(3, 2, activation="tanh"), keras.layers.Flatten),
        (lambda: keras.layers.Conv2D(3, 2, activation="relu"), lambda: keras.layers.Conv2D(2, 2), keras.layers.Flatten),
    ],
)
def test_what_is_not_known_goes_the_plain_way(middle):
    assert isinstance(find_suffix(network_of(*(make() for make in middle)).cut("conv")), PlainSuffix)


def test_weights_that_are_not_finite_go_the_plain_way():
    network = network_of(keras.layers.Flatten())
    kernel, bias = network.model.layers[-1].get_weights()
    kernel[0, 0] = np.inf
    network.model.layers[-1].set_weights([kernel, bias])
    assert isinstance(find_suffix(network.cut("conv")), PlainSuffix)


def test_contributions_are_what_a_channel_adds(two_branches, random_sets):
    cut = two_branches.cut("conv_2")
    program = take_apart(two_branches.graph, cut.plan)
    matrices = contributions(program, cut.measured_shape, cut.crossing_shapes)
    pixels = random_sets[0].batch(0, 5, scale=Scale.UNIT)
    measured, *sums = cut.prefix_and_sums(pixels)
    by_channel = measured.reshape(5, -1, measured.shape[-1])
    nothing = cut.prefix_and_sums(np.zeros_like(pixels))
    zero = nothing[0].reshape(5, -1, measured.shape[-1])
    for matrix, total, base in zip(matrices, sums, nothing[1:], strict=True):
        added = sum(by_channel[..., c] @ matrix[c] - zero[..., c] @ matrix[c] for c in range(matrix.shape[0]))
        np.testing.assert_allclose(total, base + added, rtol=1e-3, atol=1e-4)


@contextmanager
def without_softmax(network):
    """Remove the network's softmax, so that it outputs logits."""
    layer = network.model.layers[-1]
    layer.activation = keras.activations.linear
    try:
        yield
    finally:
        layer.activation = keras.activations.softmax


def largest_error(network, layer, pixels, order):
    """Return the largest difference to the plain outputs at any step, relative to the largest output so far."""
    cut = network.cut(layer)
    suffix = find_suffix(cut)
    held = suffix.hold(suffix.prefix(pixels), TensorStore(1 << 30))
    working = suffix.begin(held)
    every, largest, errors = np.arange(len(pixels)), np.zeros(len(pixels)), []
    mask = np.ones(len(order), dtype=bool)
    for channel in (None, *order):
        if channel is not None:
            suffix.toggle(held, working, int(channel))
            mask[channel] = False
        tensors = (*working.sums, *held.arrays[1 + len(working.sums) :])
        names = (*cut.program.sums, *cut.program.crossing)
        outputs = suffix._tail.outputs(suffix._tail.features(dict(zip(names, tensors, strict=True)), every))
        with without_softmax(network):
            plain = cut.plain_outputs(pixels, mask[np.newaxis])
        largest = np.maximum(largest, np.abs(outputs).max(axis=1))
        errors.append((np.abs(outputs - plain).max(axis=1) / largest).max())
    return max(errors)


@pytest.mark.parametrize("seed", range(4))
def test_rounding_stays_far_below_the_tolerance(make_two_branches, random_sets, seed):
    network = Network(make_two_branches(seed=seed), path=Path("two.keras"))
    pixels = random_sets[0].batch(0, 40, scale=Scale.UNIT)
    order = np.random.default_rng(seed).permutation(8)
    assert largest_error(network, "conv_2", pixels, order) < SUMS_TOLERANCE / 10


@pytest.mark.parametrize("which", ["demo", "lab"])
def test_rounding_on_trained_networks(demo, which, request):
    if which == "demo":
        model, images = demo_files(demo).model, demo_files(demo).validation
    else:
        csaw = request.getfixturevalue("csaw")
        model, images = csaw / "models" / "lab_bd_weights.h5", csaw / "sunglasses_60.h5"
    network = open_network(model)
    pixels = open_dataset(images, input_shape=network.input_shape).batch(0, 60, scale=Scale.RAW)
    layer = network.default_layer()
    order = np.argsort(network.feature_maps(pixels, layer).mean(axis=(0, 1, 2)), kind="stable")
    assert largest_error(network, layer, pixels, order) < SUMS_TOLERANCE / 10


def test_the_two_best():
    labels, best, second = best_two(np.array([[1, 5, 3], [2, 2, 1], [-4, -3, -9]], np.float32))
    assert (labels.tolist(), best.tolist(), second.tolist()) == ([1, 0, 1], [5, 2, -3], [3, 2, -4])
    labels, _, second = best_two(np.array([[7]], np.float32))
    assert (labels.tolist(), second.tolist()) == ([0], [-np.inf])


def test_bounds_of_large_weights_are_bounds(monkeypatch):
    weights = np.random.default_rng(0).normal(size=(30, 40)).astype(np.float32)
    exact = tail._longest_product(weights), tail._reach(weights)
    np.testing.assert_allclose(exact[0], np.linalg.svd(weights)[1][0], rtol=1e-5)
    pairs = np.linalg.norm(weights.T[:, np.newaxis] - weights.T, axis=2).max(axis=1)
    np.testing.assert_allclose(exact[1], pairs, rtol=1e-4)
    assert (exact[1] >= pairs).all()
    monkeypatch.setattr(tail, "MOST_EXACT", 10)
    bound = tail._longest_product(weights), tail._reach(weights)
    assert exact[0] < bound[0] < 10 * exact[0]
    assert (exact[1] < bound[1]).all() and (bound[1] < 3 * exact[1]).all()


@pytest.mark.parametrize("side", [4, 5, 6, 7, 8, 9])
def test_a_walk_is_repeated_once_at_most_however_far_the_sums_are_apart(side):
    # What the slack is compared with is no float32 number; in about half of the shapes float32 rounds it down.
    cut = network_of(keras.layers.Flatten(), shape=(side, side, 2)).cut("conv")
    suffix = find_suffix(cut)
    pixels = np.random.default_rng(0).uniform(0, 1, (5, side, side, 2)).astype(np.float32)
    held = suffix.hold(suffix.prefix(pixels), TensorStore(1 << 30))
    working = suffix.begin(held)  # nothing is pruned, so the sums are far from those of nothing
    assert suffix.has_drifted(held, working)
    assert not suffix.has_drifted(held, working)
