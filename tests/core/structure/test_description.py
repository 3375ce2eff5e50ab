"""What is said of each layer: shapes, parameters, settings, and why it cannot be pruned."""

import keras
import pytest

from core.structure.description import describe_structure
from core.structure.readers import find_routes
from core.structure.records import NetworkStructure
from tests.core.applications import FAMILIES
from tests.core.normalized_networks import build_normalized


@pytest.fixture(scope="module")
def structure() -> NetworkStructure:
    return describe_structure(build_normalized("layer"))


def test_layers_come_with_shapes_and_parameters(structure):
    conv = structure.layer("conv_2")
    assert (conv.class_name, conv.output_shape, conv.parameter_count) == ("Conv2D", (6, 6, 6), 3 * 3 * 4 * 6 + 6)
    assert [(each.name, each.shape) for each in conv.weights] == [("kernel", (3, 3, 4, 6)), ("bias", (6,))]
    assert ("kernel", "3 × 3") in conv.settings
    assert conv.inputs == ("norm_1",)
    assert structure.layer("conv_1").activation == "relu"
    assert conv.activation == ""  # linear
    assert structure.layer("out").activation == "softmax"
    assert structure.parameter_count == build_normalized("layer").summary.parameter_count


def test_each_layer_that_cannot_be_pruned_says_why(structure):
    assert [each.name for each in structure.layers if each.is_prunable] == ["conv_1", "conv_2", "conv_3"]
    assert "choose conv_2" in structure.layer("pool_2").why_not  # also behind the place where it is measured
    assert structure.layer("pool_2").owner == "conv_2"
    assert "input image" in structure.layer("pixels").why_not
    assert "classes" in structure.layer("out").why_not
    assert "units, not channels" in structure.layer("fc_1").why_not
    assert "joins" in structure.layer("joined").why_not
    assert "no channels of its own" in structure.layer("flat_2").why_not


def test_routes_lead_through_the_layers_that_only_pass_channels_on(structure):
    layer = next(each for each in structure.prunable if each.name == "conv_2")
    routes = {each.reader: each for each in find_routes(structure, [layer], reader="conv_3")}
    assert set(routes) == {"conv_3", "fc_1"}
    to_conv = {("act_2", "norm_2"), ("norm_2", "pool_2"), ("pool_2", "conv_3")}
    assert routes["conv_3"].edges == to_conv
    assert routes["fc_1"].edges == (to_conv - {("pool_2", "conv_3")}) | {("pool_2", "flat_2"), ("flat_2", "fc_1")}
    assert (routes["conv_3"].is_open, routes["fc_1"].is_open) == (False, True)
    assert not any(each.is_open for each in find_routes(structure, [layer]))


@pytest.mark.parametrize("family", ["MobileNetV2", "DenseNet", "ResNetV2"])
def test_every_edge_and_route_of_real_families_exists(family):
    from core.network.network import Network  # noqa: PLC0415

    build = FAMILIES.get(family) or FAMILIES["ResNet"]
    network = Network(build(), path="net.keras")
    structure = describe_structure(network)
    assert set(structure.edges) == {
        (source, name) for name, sources in network.graph.inputs.items() for source in sources
    }
    for route in find_routes(structure, network.summary.layers):
        assert route.edges
        assert route.edges <= set(structure.edges)
        assert {target for _, target in route.edges} >= {route.reader}


def test_a_layer_without_a_fixed_length_has_a_question_mark():
    pixels = keras.Input((None, None, 3))
    layer = keras.layers.Conv2D(2, 3)
    layer(pixels)
    from core.structure.records import LayerRecord  # noqa: PLC0415

    assert LayerRecord("a", "Conv2D", (None, None, 2), 0).shape_text == "? × ? × 2"
