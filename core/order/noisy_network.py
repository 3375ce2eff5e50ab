"""A network whose channels' weights and biases are multiplied by factors given as arguments.

A channel of a convolution is factor · (kernel ∗ input) + factor · bias, and behind a batch normalization factor · scale
· (input − mean) / deviation + factor · shift. Multiplying the kernel is the same as multiplying its
output, so no kernel is rebuilt and no gradient with respect to a kernel is computed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from core.channels import PrunableLayer
from core.cut.cut import run_layers
from core.cut.graph import Graph
from core.cut.program import call_layer
from core.network.losses import make_logits
from core.network.network import Network
from core.network.two_classes import log_of


@dataclass(frozen=True, slots=True, eq=False)
class _ScaledLayer:
    """A layer whose channels are multiplied.

    Attributes:
        part: the slice of its channels among all channels.
        linear: the part that is proportional to the weight.
        constant: its bias or shift, float32, shape (C,).
        follow: the function that the layer applies to the sum (its activation).
    """

    part: slice
    linear: Callable[[Any], Any]
    constant: Any
    follow: Callable[[Any], Any]


class NoisyNetwork:
    """The outputs of a network with factors on the channels of some convolutions; the network is not changed.

    A convolution's channels are multiplied in the scale and shift of the first batch normalization between it and
    the tensor that is masked; if there is none, in its kernel and bias. Batch normalization uses its running
    statistics.

    Args:
        network: the network.
        layer: the convolution, or several treated as one; the factors are in the order of its channels.

    Attributes:
        channel_count: C, the number of factors.
        front_shapes: shapes of the tensors that `front` returns, without the batch axis.
    """

    def __init__(self, network: Network, layer: PrunableLayer) -> None:
        graph = self._graph = network.graph
        self.channel_count = layer.channel_count
        self._places: dict[str, _ScaledLayer] = {}
        start = 0
        for part in layer.parts or (layer,):
            stop = start + part.channel_count
            chain = graph.chain(part)
            name = next((each for each in chain if graph.kind(each) == "BatchNormalization"), part.name)
            self._places[name] = _split(graph, name, slice(start, stop))
            start = stop
        self._behind = graph.descendants(self._places)
        inside = set(self._behind)
        outer = {name: [each for each in graph.inputs[name] if each not in inside] for name in self._behind}
        self._first = tuple(name for name in self._places if outer[name])
        others = (source for name, sources in outer.items() if name not in self._places for source in sources)
        self._crossing = tuple(dict.fromkeys(others))
        self._ending = _ending(graph)
        self._is_pair = graph.single_output() is not None
        front_names = (*self._crossing, *self._first)
        self.front_shapes = tuple(
            tuple(int(size) for size in graph.layers[name].output.shape[1:]) for name in front_names
        )

    def front(self, pixels: Any) -> tuple[Any, ...]:
        """Return what does not depend on the factors, for pixels (n, H, W, C): float32 tensors (n, ...)."""
        graph = self._graph
        sources = [graph.inputs[name][0] for name in self._first]
        values = {graph.input_layer: pixels}
        run_layers(graph, values, [*self._crossing, *sources], early={})
        first = [self._places[name].linear(values[source]) for name, source in zip(self._first, sources, strict=True)]
        return (*(values[name] for name in self._crossing), *first)

    def logits(self, tensors: Sequence[Any], weight_factors: Any, bias_factors: Any) -> Any:
        """Return logits (n, K) computed from the tensors of `front`.

        Args:
            tensors: what `front` returned for n images.
            weight_factors: factors of the weights, float32, shape (C,).
            bias_factors: factors of the biases, float32, shape (C,).
        """
        graph = self._graph
        crossing, first = tensors[: len(self._crossing)], tensors[len(self._crossing) :]
        values: dict[str, Any] = dict(zip(self._crossing, crossing, strict=True))
        linear: dict[str, Any] = dict(zip(self._first, first, strict=True))
        for name in self._behind:
            place = self._places.get(name)
            inputs = [values[source] for source in graph.inputs[name]] if name not in linear else []
            if place is not None:
                weighted = linear[name] if name in linear else place.linear(inputs[0])
                constant = place.constant * bias_factors[place.part]
                values[name] = place.follow(weighted * weight_factors[place.part] + constant)
            elif name == graph.output_layer and self._ending is not None:
                values[name] = self._ending(inputs[0], False)
            else:
                values[name] = call_layer(graph.layers[name], inputs)
        outputs = values[graph.output_layer]
        return log_of(outputs) if self._is_pair else outputs


def _split(graph: Graph, name: str, part: slice) -> _ScaledLayer:
    layer = graph.layers[name]
    if graph.kind(name) == "BatchNormalization":
        mean, variance = (np.asarray(each, np.float32) for each in (layer.moving_mean, layer.moving_variance))
        scale = 1 / np.sqrt(variance + np.float32(layer.epsilon))
        if layer.gamma is not None:
            scale *= np.asarray(layer.gamma)
        shift = np.zeros_like(mean) if layer.beta is None else np.asarray(layer.beta)
        return _ScaledLayer(part, lambda values: (values - mean) * scale, tf.constant(shift), tf.identity)
    config = {**layer.get_config(), "activation": "linear", "use_bias": False}
    copy = type(layer).from_config(config)
    copy(keras.KerasTensor(layer.input.shape, layer.input.dtype))
    weights = layer.get_weights()
    copy.set_weights(weights[: len(copy.weights)])
    bias = weights[-1] if layer.use_bias else np.zeros(layer.output.shape[-1], np.float32)
    return _ScaledLayer(part, copy, tf.constant(bias), layer.activation)


def _ending(graph: Graph) -> Callable[[Any, bool], Any] | None:
    """Return the last layer as a function to logits; None if it takes several inputs, and its outputs are logits."""
    layer = graph.layers[graph.output_layer]
    if len(graph.inputs[graph.output_layer]) != 1:
        return None
    features = keras.Input(layer.input.shape[1:])
    model = keras.Model(features, type(layer).from_config(layer.get_config())(features))
    model.set_weights(layer.get_weights())
    return make_logits(model)
