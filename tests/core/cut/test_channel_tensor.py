"""Where there is a choice of the tensor, and where it is."""

from pathlib import Path

import keras
import pytest

from core.channels import ALL_LAYERS, ChannelTensor
from core.cut.graph import Graph
from core.network.network import Network
from tests.core.normalized_networks import build_normalized

ACTIVATION, NORMALIZATION = ChannelTensor.ACTIVATION, ChannelTensor.NORMALIZATION
L = keras.layers


def norm():
    return L.BatchNormalization(name="norm")


def conv(activation="relu"):
    return L.Conv2D(3, 3, activation=activation, name="conv")


@pytest.mark.parametrize(
    ("chain", "places"),
    [
        ([conv(), norm()], ("conv", "norm")),
        ([conv(), norm(), L.MaxPooling2D(name="pool")], ("conv", "pool")),
        ([conv(), L.MaxPooling2D(name="pool"), norm()], ("pool", "norm")),
        ([conv(None), L.ReLU(name="act"), norm(), L.BatchNormalization(name="again")], ("act", "again")),
        ([conv(None), L.LeakyReLU(name="act"), L.Dropout(0.5, name="drop"), norm()], ("drop", "norm")),
        ([conv(None), L.PReLU(name="act"), norm()], ("act", "norm")),
        ([conv("sigmoid"), norm()], ("conv", "norm")),
        ([conv(None), L.BatchNormalization(name="first"), L.Activation("elu", name="act"), norm()], ("act", "norm")),
    ],
)
def test_a_normalization_behind_the_activation_gives_a_choice(chain, places):
    graph = graph_of(chain)
    for tensor, place in zip((ACTIVATION, NORMALIZATION), places, strict=True):
        (layer,) = graph.prunable_layers(tensor)
        assert (layer.measured_at, layer.tensor) == (place, tensor)
        assert [each.layer for each in layer.readers] == ["out"]
        assert graph.chain(layer)[-1] == place


@pytest.mark.parametrize(
    ("chain", "place"),
    [
        ([conv(None), norm(), L.ReLU(name="act")], "act"),
        ([conv(), norm(), L.ReLU(name="act")], "act"),
        ([conv(None), norm()], "norm"),
        ([conv("linear"), L.Activation("linear"), norm()], "norm"),
        ([conv()], "conv"),
    ],
)
def test_no_choice_if_no_normalization_is_behind_the_last_activation(chain, place):
    for tensor in ChannelTensor:
        (layer,) = graph_of(chain).prunable_layers(tensor)
        assert (layer.measured_at, layer.tensor) == (place, None)


def test_the_layers_of_a_set_share_the_choice():
    network = build_normalized()
    assert network.layer(ALL_LAYERS).tensor is ACTIVATION
    other = network.with_tensor(NORMALIZATION)
    assert other.layer(ALL_LAYERS).tensor is NORMALIZATION
    assert other.default_layer() == network.default_layer() == "conv_2"
    assert other.model is network.model
    assert network.with_tensor(NORMALIZATION) is other
    assert other.with_tensor(ACTIVATION).summary == network.summary
    assert network.tensor is ACTIVATION


def test_readers_are_those_behind_the_normalization():
    network = build_normalized()
    for tensor in ChannelTensor:
        layer = network.with_tensor(tensor).layer("conv_2")
        assert [(each.layer, each.is_cuttable) for each in layer.readers] == [("conv_3", True), ("fc_1", True)]


def graph_of(chain):
    pixels = keras.Input((8, 8, 2))
    x = pixels
    for layer in chain:  # the layers of a case are built again for each call
        x = type(layer).from_config(layer.get_config())(x)
    model = keras.Model(pixels, L.Dense(2, name="out")(L.Flatten()(x)))
    return Graph(model)


def test_a_network_as_opened_is_measured_behind_the_activation():
    network = Network(build_normalized().model, path=Path("x.keras"))
    assert [each.measured_at for each in network.summary.layers] == ["conv_1", "conv_2", "conv_3"]
