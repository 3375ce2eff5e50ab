"""B′ with upper bounds on the activations of its channels, as a standard Keras model.

`Rescaling` by 0 with the bounds as offset gives a constant, and `Minimum` the smaller of it and the activation. So the
file needs no custom layer.
"""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from core.cut.graph import Graph, call_arguments
from core.network.network import FloatArray, Network
from core.network.rebuild import copy_weights, name_maker

RECTIFIERS = (keras.activations.relu, keras.activations.relu6)


def rectified_layers(graph: Graph) -> tuple[str, ...]:
    """Return the layers whose outputs are rectified: ReLU layers, and those with such an activation; not the output."""
    return tuple(name for name, layer in graph.layers.items() if name != graph.output_layer and _is_rectified(layer))


def insert_behind(network: Network, made: Mapping[str, Callable[[Any], Any]]) -> keras.Model:
    """Return a copy of a network in which the readers of some layers read something else instead.

    Args:
        network: the network; not changed.
        made: by the name of a layer, a function of its output, a Keras tensor, that returns what is read in its place.
    """
    graph = network.graph
    values = {graph.input_layer: keras.Input(network.input_shape, name=graph.input_layer)}
    copies: dict[str, Any] = {}
    for name, layer in graph.layers.items():
        if name not in values:
            copies[name] = layer.__class__.from_config(layer.get_config())
            inputs = [values[source] for source in graph.inputs[name]]
            values[name] = copies[name](*call_arguments(copies[name], inputs))
        if name in made:
            values[name] = made[name](values[name])
    model = keras.Model(values[graph.input_layer], values[graph.output_layer])
    for name, copy in copies.items():
        copy_weights(graph.layers[name], copy)
    return model


def build_bounded(network: Network, bounds: Mapping[str, FloatArray]) -> keras.Model:
    """Build B′: a copy of the network whose channels give at most their bounds.

    Args:
        network: B; not changed.
        bounds: by the name of a layer, the upper bounds of its channels (the last axis), shape (C,), float32.
    """
    free = name_maker(set(network.graph.layers))

    def bounded(output: Any, *, name: str, bound: FloatArray) -> Any:
        offset = [float(each) for each in bound]
        constant = keras.layers.Rescaling(0.0, offset=offset, name=free(f"{name}_bound"))(output)
        return keras.layers.Minimum(name=free(f"{name}_bounded"))([output, constant])

    def putting(name: str) -> Callable[[Any], Any]:
        return lambda output: bounded(output, name=name, bound=np.asarray(bounds[name]))

    return insert_behind(network, {name: putting(name) for name in bounds})


def _is_rectified(layer: Any) -> bool:
    if isinstance(layer, keras.layers.ReLU):
        return not layer.negative_slope and not layer.threshold
    return getattr(layer, "activation", None) in RECTIFIERS
