"""B′ and G as standard Keras models: their outputs, and that a plain Keras process loads them."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from core.cut.graph import Graph
from core.errors import LayerError, PruningError
from core.network.confidence import flagged_by_confidence
from core.network.model_file import open_model
from core.network.model_saving import save_model
from core.network.network import Network
from core.network.rebuild import build_pruned, build_repaired, copy_model
from tests.patience import PATIENCE_S

PLAIN_KERAS = """
import sys, keras, numpy as np
model = keras.models.load_model(sys.argv[1], compile=False)
pixels = np.load(sys.argv[2])
np.save(sys.argv[3], model.predict(pixels, verbose=0))
assert not [name for name in sys.modules if name == "core" or name.startswith("core.")]
assert type(model) is keras.Model or type(model).__name__ == "Functional", type(model)
assert all(type(layer).__module__.startswith("keras.") for layer in model.layers)
"""


@pytest.fixture
def pixels():
    return np.random.default_rng(5).uniform(0, 1, (64, 12, 10, 3)).astype(np.float32)


def oracle(base, pruned, pixels):
    one = base.predict(pixels, verbose=0).argmax(axis=1)
    other = pruned.predict(pixels, verbose=0).argmax(axis=1)
    return np.where(one == other, one, base.output_shape[-1])


MASKS = [
    np.array([True] * 8),
    np.array([True, False, True, False, True, True, False, True]),
    np.array([False] * 8),
]


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("reader", [None, "conv_3", "fc_1"])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_pruned_model_equals_the_masked_network(pixels, make_two_branches, mask, reader, batch_norm):
    network = Network(make_two_branches(2, batch_norm=batch_norm), path=Path("two.keras"))
    pruned = build_pruned(network, layer="conv_2", channel_mask=mask, reader=reader)
    masked = network.outputs(pixels, layer="conv_2", channel_mask=mask, reader=reader)
    np.testing.assert_allclose(pruned.predict(pixels, verbose=0), masked, atol=1e-6)
    assert [layer.name for layer in pruned.layers] == [layer.name for layer in network.model.layers]


def test_an_adapted_normalization_is_copied_with_its_statistics(pixels):
    start = keras.Input((12, 10, 3), name="pixels")
    scaling = keras.layers.Normalization(name="scaling")
    scaling.adapt(200 * pixels)
    x = keras.layers.Conv2D(4, 3, activation="relu", name="conv")(scaling(start))
    x = keras.layers.Dense(3, activation="softmax", name="answer")(keras.layers.Flatten(name="flat")(x))
    network = Network(keras.Model(start, x), path=Path("scaled.keras"))
    expected = network.outputs(200 * pixels)
    np.testing.assert_allclose(np.asarray(copy_model(network)(200 * pixels)), expected, atol=1e-6)
    # Both compare what they have built with B, and refuse where it differs.
    pruned = build_pruned(network, layer="conv", channel_mask=np.array([True, False, True, True]), probe=200 * pixels)
    build_repaired(network, pruned, probe=200 * pixels)


def test_weights_hold_the_pruning_in_the_kernel_and_bias(two_branches):
    pruned = build_pruned(two_branches, layer="conv_2", channel_mask=MASKS[1])
    kernel, bias = pruned.get_layer("conv_2").get_weights()
    assert not kernel[..., [1, 3, 6]].any()
    assert not bias[[1, 3, 6]].any()
    assert kernel[..., [0, 2, 4, 5, 7]].any(axis=(0, 1, 2)).all()


def test_an_activation_that_makes_something_of_zero_gets_a_mask_layer(pixels, make_two_branches):
    network = Network(make_two_branches(1, activation="sigmoid"), path=Path("two.keras"))
    pruned = build_pruned(network, layer="conv_2", channel_mask=MASKS[1])
    assert [layer.name for layer in pruned.layers if "mask" in layer.name] == ["conv_2_channel_mask"]
    masked = network.outputs(pixels, layer="conv_2", channel_mask=MASKS[1])
    np.testing.assert_allclose(pruned.predict(pixels, verbose=0), masked, atol=1e-6)


@pytest.mark.parametrize("kind", ["grouped", "separable", "depthwise"])
def test_other_convolutions_are_pruned_for_good_too(kind):
    keras.utils.set_random_seed(4)
    layers = keras.layers
    make = {
        "grouped": lambda: layers.Conv2D(6, 2, groups=2, name="second"),
        "separable": lambda: layers.SeparableConv2D(6, 2, name="second"),
        "depthwise": lambda: layers.DepthwiseConv2D(2, depth_multiplier=2, name="second"),
    }[kind]
    pixels = keras.Input((7, 7, 3))
    x = layers.Conv2D(4, 2, activation="relu", name="first")(pixels)
    x = make()(x)
    out = layers.Dense(3, activation="softmax")(layers.Flatten()(layers.ReLU()(x)))
    model = keras.Model(pixels, out)
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.5, array.shape).astype(np.float32) for array in model.get_weights()])
    network = Network(model, path=Path("other.keras"))
    images = rng.uniform(0, 1, (20, 7, 7, 3)).astype(np.float32)
    cases = [("first", None), ("first", "second"), ("second", None)]
    for layer, reader in cases:
        mask = np.arange(network.layer(layer).channel_count) % 3 != 1
        pruned = build_pruned(network, layer=layer, channel_mask=mask, reader=reader)
        masked = network.outputs(images, layer=layer, channel_mask=mask, reader=reader)
        np.testing.assert_allclose(pruned.predict(images, verbose=0), masked, atol=1e-6)
        assert len(pruned.layers) == len(model.layers)


@pytest.mark.parametrize("reader", [None, "conv_3"])
def test_repaired_answers_the_extra_class_where_b_and_pruned_differ(pixels, two_branches, reader):
    pruned = build_pruned(two_branches, layer="conv_2", channel_mask=MASKS[1], reader=reader)
    repaired = build_repaired(two_branches, pruned)
    expected = oracle(two_branches.model, pruned, pixels)
    assert 0 < (expected == 4).sum() < len(expected)
    outputs = repaired.predict(pixels, verbose=0)
    np.testing.assert_array_equal(outputs.argmax(axis=1), expected)
    np.testing.assert_allclose(outputs.sum(axis=1), 1, atol=1e-6)
    assert outputs.shape == (64, 5)
    names = [layer.name for layer in repaired.layers]
    assert len(set(names)) == len(names)
    # Layers before the first difference occur in it once.
    assert "conv_1" in names
    assert "conv_1_pruned" not in names


def test_exact_ties_go_to_the_first_class_like_argmax():
    pixels = keras.Input((2, 2, 1))
    model = keras.Model(pixels, keras.layers.Activation("softmax")(keras.layers.Flatten()(pixels)))
    other = keras.models.clone_model(model)
    repaired = build_repaired(Network(model, path=Path("tie.keras")), other)
    images = np.array([[1, 1, 0, 0], [0, 3, 3, 3], [5, 5, 5, 5], [1, 2, 3, 4]], np.float32).reshape(4, 2, 2, 1)
    assert repaired.predict(images, verbose=0).argmax(axis=1).tolist() == [0, 1, 0, 3]


def test_logits_may_be_negative():
    pixels = keras.Input((2, 2, 1))
    model = keras.Model(pixels, keras.layers.Flatten()(pixels))
    repaired = build_repaired(Network(model, path=Path("logits.keras")), keras.models.clone_model(model))
    images = np.array([[-4, -3, -2, -1], [-1e-20, -2e-20, -3, -4], [-1e30, -9, -8, -1e30]], np.float32)
    assert repaired.predict(images.reshape(3, 2, 2, 1), verbose=0).argmax(axis=1).tolist() == [3, 0, 2]


def test_the_closest_different_outputs_are_told_apart():
    class_count = 1283
    pixels = keras.Input((1, class_count, 1))
    model = keras.Model(pixels, keras.layers.ReLU()(keras.layers.Flatten()(pixels)))
    repaired = build_repaired(Network(model, path=Path("close.keras")), keras.models.clone_model(model))
    rng = np.random.default_rng(0)
    images = np.full((40, class_count), 1 / class_count, np.float32)
    winners = rng.integers(0, class_count, 40)
    images[np.arange(40), winners] = np.nextafter(images[0, 0], np.float32(1), dtype=np.float32)
    predicted = repaired.predict(images.reshape(40, 1, class_count, 1), verbose=0).argmax(axis=1)
    np.testing.assert_array_equal(predicted, winners)


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_a_plain_keras_process_loads_it_and_predicts_the_same(pixels, two_branches, tmp_path, suffix):
    pruned = build_pruned(two_branches, layer="conv_2", channel_mask=MASKS[1])
    repaired = build_repaired(two_branches, pruned)
    repaired.save(tmp_path / f"repaired.{suffix}")
    np.save(tmp_path / "pixels.npy", pixels)
    script = tmp_path / "plain.py"
    script.write_text(PLAIN_KERAS)
    paths = [str(tmp_path / name) for name in (f"repaired.{suffix}", "pixels.npy", "outputs.npy")]
    subprocess.run([sys.executable, "-P", str(script), *paths], check=True, cwd=tmp_path, timeout=PATIENCE_S)
    np.testing.assert_array_equal(np.load(tmp_path / "outputs.npy"), repaired.predict(pixels, verbose=0))


def tiny_network(activation, *, seed):
    pixels = keras.Input((4, 4, 3), name="pixels")
    x = keras.layers.Flatten(name="flat")(keras.layers.Conv2D(4, 2, activation="relu", name="conv")(pixels))
    model = keras.Model(pixels, keras.layers.Dense(5, activation=activation, name="answer")(x))
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(0, 0.5, array.shape).astype(np.float32) for array in model.get_weights()])
    return Network(model, path=Path("tiny.keras"))


@pytest.mark.parametrize("activation", ["softmax", "linear", "sigmoid"])
def test_by_confidence_g_answers_what_the_rule_says(activation, tmp_path):
    network = tiny_network(activation, seed=1)
    images = np.random.default_rng(2).normal(0, 1, (60, 4, 4, 3)).astype(np.float32)
    pruned = build_pruned(network, layer="conv", channel_mask=np.array([True, False, True, True]), probe=images)
    base = network.model.predict(images, verbose=0).argmax(axis=1)
    labels, confidences = Network(pruned, path=Path("p.keras")).answer_with_confidence(images)
    is_agreed = labels == base
    assert 5 < is_agreed.sum() < 55
    middle = np.float32(np.sort(confidences[is_agreed])[is_agreed.sum() // 2])
    for level in (np.nextafter(middle, np.float32(0)), middle, np.nextafter(middle, np.float32(1))):
        repaired = build_repaired(network, pruned, confidence_level=float(level), probe=images)
        expected = np.where(flagged_by_confidence(base, labels, confidences, level=float(level)), 5, base)
        np.testing.assert_array_equal(repaired.predict(images, batch_size=60, verbose=0).argmax(axis=1), expected)
    save_model(repaired, tmp_path / "g.keras", probe=images)
    reopened = open_model(tmp_path / "g.keras").model
    assert Network(reopened, path=tmp_path / "g.keras").summary.is_repaired
    np.testing.assert_array_equal(reopened.predict(images, batch_size=60, verbose=0).argmax(axis=1), expected)
    assert {type(layer).__module__.split(".")[0] for layer in repaired.layers} == {"keras"}


def test_what_does_not_answer_by_confidence_is_not_handed_out(two_branches, pixels, monkeypatch):
    pruned = build_pruned(two_branches, layer="conv_2", channel_mask=MASKS[1])
    level = float(np.median(Network(pruned, path=Path("p.keras")).answer_with_confidence(pixels)[1]))
    build_repaired(two_branches, pruned, confidence_level=level, probe=pixels)
    answers = iter([False, True])  # the layers are built for logits, the check uses the truth
    monkeypatch.setattr(Graph, "gives_probabilities", lambda graph: next(answers))
    with pytest.raises(LayerError, match="definition"):
        build_repaired(two_branches, pruned, confidence_level=level, probe=pixels)


def test_what_cannot_be_repaired_is_refused(two_branches, marked_network):
    with pytest.raises(LayerError, match="B′ must take"):
        build_repaired(two_branches, marked_network.model)
    with pytest.raises(ValueError, match="level must be"):
        build_repaired(two_branches, two_branches.model, confidence_level=1.5)
    with pytest.raises(PruningError, match="shape \\(8,\\)"):
        build_pruned(two_branches, layer="conv_2", channel_mask=np.ones(7, bool))
    with pytest.raises(LayerError, match="'fc_2'"):
        build_pruned(two_branches, layer="conv_2", channel_mask=MASKS[1], reader="fc_2")


def reshaped_network():
    """A reader after a Reshape that mixes channels and positions."""
    pixels = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(8, 3, activation="relu", name="first")(pixels)
    x = keras.layers.MaxPooling2D(2, name="pool")(x)
    mixed = keras.layers.Reshape((9, 2, 4), name="mixed")(x)
    far = keras.layers.Conv2D(5, 2, name="second")(mixed)
    rows = keras.layers.Dense(4, name="rows")(keras.layers.Reshape((18, 4), name="rows_of")(x))
    joined = keras.layers.Concatenate(name="all")(
        [keras.layers.Flatten(name="a")(far), keras.layers.Flatten(name="b")(rows)]
    )
    model = keras.Model(pixels, keras.layers.Dense(3, activation="softmax", name="out")(joined))
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(0, 0.5, array.shape).astype(np.float32) for array in model.get_weights()])
    return Network(model, path=Path("reshaped.keras"))


def test_a_reader_behind_a_reshape_that_mixes_channels_cannot_be_cut():
    network = reshaped_network()
    layer = network.layer("first")
    assert {(reader.layer, reader.is_cuttable) for reader in layer.readers} == {("second", False), ("rows", False)}
    mask = np.arange(8) % 2 == 0
    with pytest.raises(LayerError, match="cannot stop reading single channels"):
        build_pruned(network, layer="first", channel_mask=mask, reader="second")
    images = np.random.default_rng(1).uniform(0, 1, (20, 8, 8, 3)).astype(np.float32)
    pruned = build_pruned(network, layer="first", channel_mask=mask)
    masked = network.outputs(images, layer="first", channel_mask=mask)
    np.testing.assert_allclose(pruned.predict(images, verbose=0), masked, atol=1e-6)


@pytest.mark.parametrize("between", ["flatten", "reshape", "pooling", "direct"])
def test_a_dense_reader_is_cut_whatever_passes_the_channels_on(between):
    layers = keras.layers
    pixels = keras.Input((6, 6, 3))
    x = layers.Conv2D(4, 3, activation="relu", name="first")(pixels)
    step = {
        "flatten": layers.Flatten(),
        "reshape": layers.Reshape((64,)),
        "pooling": layers.GlobalAveragePooling2D(),
        "direct": layers.Dropout(0.5),
    }[between]
    x = layers.Dense(5, name="reader")(step(x))
    if between == "direct":
        x = layers.Flatten()(x)
    model = keras.Model(pixels, layers.Dense(3, activation="softmax")(x))
    network = Network(model, path=Path("dense.keras"))
    mask = np.array([True, False, True, False])
    images = np.random.default_rng(1).uniform(0, 1, (20, 6, 6, 3)).astype(np.float32)
    pruned = build_pruned(network, layer="first", channel_mask=mask, reader="reader", probe=images)
    masked = network.outputs(images, layer="first", channel_mask=mask, reader="reader")
    np.testing.assert_allclose(pruned.predict(images, verbose=0), masked, atol=1e-6)
    assert np.abs(masked - network.outputs(images)).max() > 1e-4


def test_a_last_relu_that_lets_negatives_through_gets_one_hot_answers():
    pixels = keras.Input((1, 4, 1))
    out = keras.layers.ReLU(negative_slope=0.5)(keras.layers.Flatten()(pixels))
    model = keras.Model(pixels, out)
    repaired = build_repaired(Network(model, path=Path("leaky.keras")), keras.models.clone_model(model))
    images = np.array([[-4, -3, -2, -1], [-1, -2, -3, -4]], np.float32).reshape(2, 1, 4, 1)
    assert repaired.predict(images, verbose=0).argmax(axis=1).tolist() == [3, 0]


def test_what_would_answer_differently_is_not_handed_out(two_branches, monkeypatch):
    monkeypatch.setattr("core.network.rebuild.prune_output", lambda layer, pruned: None)
    monkeypatch.setattr("core.network.rebuild._is_silent", lambda *arguments: True)
    with pytest.raises(LayerError, match="its outputs would differ"):
        build_pruned(two_branches, layer="conv_2", channel_mask=MASKS[2])


def test_a_repaired_network_is_known_as_one(two_branches):
    pruned = build_pruned(two_branches, layer="conv_2", channel_mask=MASKS[1])
    repaired = build_repaired(two_branches, pruned)
    assert Network(repaired, path=Path("g.keras")).summary.is_repaired
    assert not two_branches.summary.is_repaired
    assert not Network(pruned, path=Path("p.keras")).summary.is_repaired


def test_a_foreign_network_is_copied_whole(pixels, two_branches, make_two_branches):
    other = make_two_branches(seed=9)
    repaired = build_repaired(two_branches, other)
    np.testing.assert_array_equal(
        repaired.predict(pixels, verbose=0).argmax(axis=1), oracle(two_branches.model, other, pixels)
    )
    assert "conv_1_pruned" in Graph(repaired).layers
