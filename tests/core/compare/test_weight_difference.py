"""How a repaired network differs from B, read off its weights."""

from pathlib import Path

import keras
import numpy as np
import pytest

from core.channels import ChannelTensor
from core.compare.weight_difference import weight_difference
from core.network.network import Network
from core.network.rebuild import build_pruned, copy_model
from tests.core.normalized_networks import build_normalized

MASK = np.array([True, False, True, False, True, True, False, True])  # channel 3 is dead, but not all zero


def as_network(model):
    return Network(model, path=Path("p.keras"))


@pytest.mark.parametrize("batch_norm", [False, True])
def test_what_was_pruned_and_what_was_changed_besides(make_two_branches, batch_norm):
    base = as_network(make_two_branches(1, batch_norm=batch_norm))
    assert weight_difference(base, as_network(copy_model(base))) == "its weights are B's"
    pruned = build_pruned(base, layer="conv_2", channel_mask=MASK)
    assert weight_difference(base, as_network(pruned)) == "3 of 8 channels of conv_2 are zero, all else is B's"
    for name in ("fc_1", "conv_2"):
        pruned.get_layer(name).set_weights([array * 1.5 for array in pruned.get_layer(name).get_weights()])
    told = weight_difference(base, as_network(pruned))
    assert told == "3 of 8 channels of conv_2 are zero, the weights of 2 layers differ from B's beyond that"


def test_one_reader_pruned_is_one_layer_that_differs(two_branches):
    pruned = build_pruned(two_branches, layer="conv_2", channel_mask=MASK, reader="conv_3")
    assert weight_difference(two_branches, as_network(pruned)) == "the weights of 1 layer differ from B's"


@pytest.mark.parametrize("kind", ["SeparableConv2D", "DepthwiseConv2D"])
def test_other_convolutions(kind):
    pixels = keras.Input((6, 6, 4))
    make = {"SeparableConv2D": lambda: keras.layers.SeparableConv2D(8, 2, name="conv")}
    make["DepthwiseConv2D"] = lambda: keras.layers.DepthwiseConv2D(2, depth_multiplier=2, name="conv")
    x = keras.layers.GlobalAveragePooling2D()(make[kind]()(pixels))
    base = as_network(keras.Model(pixels, keras.layers.Dense(3)(x)))
    pruned = build_pruned(base, layer="conv", channel_mask=MASK)
    assert weight_difference(base, as_network(pruned)) == "3 of 8 channels of conv are zero, all else is B's"


def test_other_layers(make_two_branches):
    base = as_network(make_two_branches(1, activation="sigmoid"))
    masked = build_pruned(base, layer="conv_2", channel_mask=MASK)
    for other in (masked, make_two_branches(1), make_two_branches(1, activation="sigmoid", batch_norm=True)):
        assert weight_difference(base, as_network(other)) == "its layers are others than B's"


@pytest.mark.parametrize("tensor", ChannelTensor)
@pytest.mark.parametrize("view", ChannelTensor)
def test_where_channels_are_zero_is_told_where_it_is_a_choice(tensor, view):
    base = build_normalized()
    mask = np.array([True, False, True, True, False, True])
    pruned = build_pruned(base.with_tensor(tensor), layer="conv_2", channel_mask=mask)
    told = weight_difference(base.with_tensor(view), as_network(pruned))
    assert told == f"2 of 6 channels of conv_2 are zero behind the {tensor.value}, all else is B's"
