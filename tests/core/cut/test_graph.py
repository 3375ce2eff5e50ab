"""Readers of channels, where activations are measured, and which tensors cross a cut."""

import keras
import pytest

from core.cut.graph import Graph
from core.errors import LayerError


def test_channels_are_measured_behind_activation_and_pooling(two_branches):
    layers = {layer.name: layer for layer in two_branches.summary.layers}
    assert list(layers) == ["conv_1", "conv_2", "conv_3"]
    assert layers["conv_2"].measured_at == "pool_2"
    assert layers["conv_2"].channel_count == 8
    assert [(r.layer, r.class_name, r.is_cuttable) for r in layers["conv_2"].readers] == [
        ("fc_1", "Dense", True),
        ("conv_3", "Conv2D", True),
    ]
    assert layers["conv_1"].measured_at == "conv_1"
    assert two_branches.default_layer() == "conv_2"


def test_an_addition_reads_but_cannot_be_cut():
    pixels = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", name="first")(pixels)
    y = keras.layers.Conv2D(4, 3, padding="same", name="second")(x)
    z = keras.layers.Add(name="sum")([x, y])
    out = keras.layers.Dense(2)(keras.layers.Flatten()(z))
    graph = Graph(keras.Model(pixels, out))
    first = graph.prunable_layers()[0]
    assert {(r.layer, r.is_cuttable) for r in first.readers} == {("second", True), ("sum", False)}
    with pytest.raises(LayerError, match="'sum' \\(Add\\) cannot stop reading"):
        graph.plan_cut(first, reader="sum")
    # The addition reads the unmasked tensor and the output of `second`, which reads the masked one.
    plan = graph.plan_cut(first, reader="second")
    assert plan.crossing == ("first",)
    assert graph.plan_cut(first).crossing == ()


def test_the_plan_of_one_reader_keeps_the_other_branch_in_the_prefix(two_branches):
    plan = two_branches.graph.plan_cut(two_branches.layer("conv_2"), reader="conv_3")
    assert plan.crossing == ("fc_1",)
    assert plan.suffix == ("conv_3", "flatten_2", "fc_2", "add", "joined", "output")
    dense = two_branches.graph.plan_cut(two_branches.layer("conv_2"), reader="fc_1")
    assert dense.path == ("flatten_1",)
    assert dense.crossing == ("fc_2",)


def test_a_softmax_over_channels_is_not_channelwise():
    pixels = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, name="conv")(pixels)
    x = keras.layers.Activation("softmax", name="mix")(x)
    out = keras.layers.Dense(2)(keras.layers.Flatten()(x))
    layer = Graph(keras.Model(pixels, out)).prunable_layers()[0]
    assert layer.measured_at == "conv"
    assert layer.readers[0].layer == "mix"
    assert not layer.readers[0].is_cuttable


def test_refusals_name_what_there_is(two_branches):
    with pytest.raises(LayerError, match="conv_1, conv_2, conv_3") as refused:
        two_branches.layer("conv_9")
    assert refused.value.code == "no-such-layer"
    with pytest.raises(LayerError, match="\\(fc_1, conv_3\\), got 'fc_2'"):
        two_branches.cut("conv_2", reader="fc_2")


def test_a_shared_layer_and_a_second_input_are_refused():
    pixels = keras.Input((8, 8, 3))
    conv = keras.layers.Conv2D(3, 3, padding="same", name="twice")
    out = keras.layers.Dense(2)(keras.layers.Flatten()(conv(conv(pixels))))
    with pytest.raises(LayerError, match="'twice' is shared"):
        Graph(keras.Model(pixels, out))
    other = keras.Input((8, 8, 3))
    both = keras.layers.Flatten()(keras.layers.Add()([pixels, other]))
    with pytest.raises(LayerError, match="got 2 and 1"):
        Graph(keras.Model([pixels, other], both))


@pytest.mark.parametrize(
    ("last", "activation", "is_probability"),
    [
        (lambda: keras.layers.Dense(3), "linear", False),
        (lambda: keras.layers.Dense(3, activation="softmax"), "softmax", True),
        (keras.layers.Softmax, "softmax", True),
        (lambda: keras.layers.Activation("sigmoid"), "sigmoid", True),
        (lambda: keras.layers.Activation("log_softmax"), "log_softmax", False),
        (keras.layers.ReLU, "relu", False),
        (lambda: keras.layers.ReLU(negative_slope=0.1), "leaky_relu", False),
        (lambda: keras.layers.Dropout(0.5), "linear", False),
    ],
)
def test_how_a_network_ends(last, activation, is_probability):
    pixels = keras.Input((2, 2, 3))
    graph = Graph(keras.Model(pixels, last()(keras.layers.Flatten()(pixels))))
    assert graph.output_activation() == activation
    assert graph.gives_probabilities() is is_probability
