"""Describes the layers of an open network as plain records."""

from typing import Any

import keras

from core.channels import ChannelTensor
from core.cut.graph import CONVOLUTIONS, Graph
from core.network.network import Network
from core.structure.kinds import LayerKind, kind_of
from core.structure.records import LayerRecord, NetworkStructure, WeightRecord

_LENGTHS = ("kernel_size", "pool_size", "strides", "dilation_rate", "size", "padding", "cropping", "target_shape")
_TITLES = {
    "kernel_size": "kernel",
    "pool_size": "window",
    "strides": "strides",
    "dilation_rate": "dilation",
    "size": "size",
    "padding": "padding",
    "cropping": "cropping",
    "target_shape": "shape",
    "filters": "filters",
    "units": "units",
    "groups": "groups",
    "depth_multiplier": "depth multiplier",
    "rate": "rate",
    "momentum": "momentum",
    "epsilon": "epsilon",
    "axis": "axis",
    "scale": "scale",
    "offset": "offset",
    "negative_slope": "negative slope",
    "use_bias": "bias",
}
_UNSAID: dict[str, Any] = {"dilation_rate": (1, 1), "groups": 1, "depth_multiplier": 1, "negative_slope": 0.0}
_LONGEST = 60


def describe_structure(network: Network) -> NetworkStructure:
    """Describe the layers of a network; called in the worker, as only there Keras is loaded."""
    graph = network.graph
    # The longer chains: up to the tensor behind a normalization.
    prunable = graph.prunable_layers(ChannelTensor.NORMALIZATION)
    owners = {name: layer.name for layer in prunable for name in graph.chain(layer)}
    layers = tuple(_describe(graph, name, owners.get(name, "")) for name in graph.layers)
    return NetworkStructure(layers, graph.prunable_layers())


def _describe(graph: Graph, name: str, owner: str) -> LayerRecord:
    layer = graph.layers[name]
    return LayerRecord(
        name=name,
        class_name=graph.kind(name),
        output_shape=tuple(None if length is None else int(length) for length in layer.output.shape[1:]),
        parameter_count=int(layer.count_params()),
        activation=_activation(layer),
        settings=_settings(layer),
        weights=tuple(
            WeightRecord(str(each.name), tuple(int(length) for length in each.shape)) for each in layer.weights
        ),
        inputs=graph.inputs[name],
        why_not=_why_not(graph, name, owner),
        owner=owner,
    )


def _activation(layer: Any) -> str:
    activation = getattr(layer, "activation", None)
    if activation is None:
        return ""
    name = keras.activations.serialize(activation)
    if isinstance(name, dict):
        name = name.get("class_name", "")
    return "" if name == "linear" else str(name)


def _settings(layer: Any) -> tuple[tuple[str, str], ...]:
    found = []
    for key, title in _TITLES.items():
        value = getattr(layer, key, None)
        if value is None or callable(value) or _UNSAID.get(key) == value:
            continue
        text = _text(value, is_length=key in _LENGTHS)
        if text:
            found.append((title, text))
    return tuple(found)


def _text(value: Any, *, is_length: bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, str)):
        return str(value)[:_LONGEST]
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple)):
        parts = [_text(each, is_length=False) for each in value]
        return (" × " if is_length and not any("," in each for each in parts) else ", ").join(parts)[:_LONGEST]
    return ""


def _why_not(graph: Graph, name: str, owner: str) -> str:
    """Return why a layer's channels cannot be pruned; empty if they can."""
    if owner:
        return "" if owner == name else f"It passes on the channels of {owner}: choose {owner} to prune them."
    if name in (graph.input_layer, graph.output_layer):
        return "This is the input image." if name == graph.input_layer else "Its outputs are the classes."
    return _no_channels(graph.kind(name))


def _no_channels(kind: str) -> str:
    """Return why the channels of a kind of layer cannot be pruned."""
    if kind == "Dense":
        return "A dense layer has units, not channels: only the channels of convolutions are pruned."
    if kind_of(kind) is LayerKind.JOIN:
        return f"{kind} joins the outputs of several layers: choose the convolutions in front of it."
    if kind_of(kind) is LayerKind.CONVOLUTION:
        return f"{kind} is not among the convolutions that can be pruned ({', '.join(CONVOLUTIONS)})."
    return f"{kind} has no channels of its own: only the channels of convolutions are pruned."
