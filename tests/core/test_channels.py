"""Sets of layers as a command's text names them, and convolutions with odd names."""

import pytest

from core.channels import ALL_LAYERS, NO_LAYERS, LayerSet, PrunableLayer

KNOWN = ("conv_1", "conv_2", "conv_3")


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ("conv_1", LayerSet.of("conv_1")),
        ("conv_3, conv_1", LayerSet.of("conv_3", "conv_1")),
        (" all ", ALL_LAYERS),
        ("conv_1,all", LayerSet.of("conv_1", "all")),
        ("nope", LayerSet.of("nope")),
        ("conv_1,", LayerSet.of("conv_1", "")),
    ],
)
def test_text_is_read(text, layers):
    assert LayerSet.parse(text, KNOWN) == layers
    assert LayerSet.parse(layers.text, KNOWN) == layers


@pytest.mark.parametrize(
    ("text", "names"),
    [("all", ("all",)), ("a,b", ("a,b",)), ("b, a,b, all", ("b", "a,b", "all")), (" odd", (" odd",))],
)
def test_names_that_the_network_has_come_first(text, names):
    assert LayerSet.parse(text, ("all", "a,b", "b", " odd")).names == names


def test_all_have_no_names_and_none_is_false():
    assert ALL_LAYERS and LayerSet.of("conv_1") and not NO_LAYERS
    assert (ALL_LAYERS.text, NO_LAYERS.text) == ("all", "")
    with pytest.raises(ValueError, match="need no names"):
        LayerSet(("conv_1",), is_all=True)


@pytest.mark.parametrize(("names", "text"), [(("one", "two"), "all"), (("all", "two"), "all,two")])
def test_all_as_one_is_called_so_unless_a_convolution_is(names, text):
    layers = [PrunableLayer(name, name, 2, ()) for name in names]
    together = PrunableLayer.together(layers, is_all=True)
    assert (together.name, together.layer_set, together.channel_count) == (text, ALL_LAYERS, 4)
    assert [part.name for part in together.parts] == list(reversed(names))
    some = PrunableLayer.together(layers, is_all=False)
    assert (some.name, some.layer_set) == (",".join(names), LayerSet(names))
    assert layers[0].layer_set == LayerSet.of(names[0])
