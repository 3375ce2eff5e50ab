"""The graph of a Keras functional model: which layer reads which."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from core.channels import ChannelTensor, PrunableLayer, Reader
from core.cut.readers import check_reader
from core.errors import LayerError

CONVOLUTIONS = ("Conv2D", "SeparableConv2D", "DepthwiseConv2D")
CUTTABLE = (*CONVOLUTIONS, "Dense")
# Each output channel depends on the same input channel only: the activation is measured after these layers.
CHANNELWISE = (
    "Activation",
    "ReLU",
    "LeakyReLU",
    "ELU",
    "PReLU",
    "BatchNormalization",
    "MaxPooling2D",
    "AveragePooling2D",
    "Dropout",
    "SpatialDropout2D",
    "GaussianNoise",
    "GaussianDropout",
    "AlphaDropout",
    "ZeroPadding2D",
    "Cropping2D",
    "UpSampling2D",
)
ACTIVATIONS = ("ReLU", "LeakyReLU", "ELU", "PReLU")
# These layers only pass channels on; their readers are the channel's readers.
PASSED_THROUGH = (
    "Flatten",
    "Reshape",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "Dropout",
    "SpatialDropout2D",
    "GaussianNoise",
    "GaussianDropout",
    "AlphaDropout",
)

# Names of the layers that make two classes of one sigmoid output; a number may follow.
FIRST_CLASS, BOTH_CLASSES = "one_minus_p", "two_classes"

PROBABILITIES = ("softmax", "sigmoid", "hard_sigmoid")


@dataclass(frozen=True, slots=True, eq=False)
class CutPlan:
    """How a network splits where a layer's channels are masked.

    Attributes:
        measured_at: the layer whose output is masked.
        entry: the layers that read the masked output, as (layer, input position).
        crossing: the other tensors that the suffix needs, by layer name.
        path: the layers that pass the masked output on to the one reader that is cut; empty if the output is masked for
            all readers.
        suffix: names of the layers to recompute, in topological order, without those in `path`.
    """

    measured_at: str
    entry: frozenset[tuple[str, int]]
    crossing: tuple[str, ...]
    path: tuple[str, ...]
    suffix: tuple[str, ...]


class Graph:
    """The layers of a network with one input and one output, each called once.

    Args:
        model: a functional or a built sequential Keras model.

    Raises:
        LayerError: the model has several inputs or outputs, or a layer is called more than once.
    """

    def __init__(self, model: keras.Model) -> None:
        if len(model.inputs) != 1 or len(model.outputs) != 1:
            raise LayerError(
                f"a network must have one input and one output, got {len(model.inputs)} and {len(model.outputs)}",
                code="several-inputs",
            )
        self.layers: dict[str, Any] = {}
        self.inputs: dict[str, tuple[str, ...]] = {}
        self._visit(model.outputs[0])
        self.output_layer = _maker(model.outputs[0]).name
        self.input_layer = _maker(model.inputs[0]).name
        self.consumers: dict[str, tuple[str, ...]] = dict.fromkeys(self.layers, ())
        for name, sources in self.inputs.items():
            for source in dict.fromkeys(sources):
                self.consumers[source] += (name,)

    def _visit(self, tensor: Any) -> None:
        calls: dict[str, int] = {}
        pending = [(tensor, False)]
        while pending:
            current, is_expanded = pending.pop()
            layer = _maker(current)
            call = current._keras_history.node_index
            if calls.setdefault(layer.name, call) != call:
                raise LayerError(f"each layer must be called once, but '{layer.name}' is shared", code="shared-layer")
            if layer.name in self.layers:
                continue
            sources = _sources(current)
            if not is_expanded:
                pending.append((current, True))
                pending.extend((source, False) for source in reversed(sources))
                continue
            self.layers[layer.name] = layer
            self.inputs[layer.name] = tuple(_maker(source).name for source in sources)

    def kind(self, name: str) -> str:
        """Return the name of a layer's Keras class."""
        return type(self.layers[name]).__name__

    def is_repaired(self) -> bool:
        """Whether the network ends like a repaired network G: the agreed answer, plus one class for disagreement."""
        kinds = []
        name = self.output_layer
        while self.kind(name) in ("Concatenate", "Rescaling", "Dot"):
            kinds.append(self.kind(name))
            name = self.inputs[name][-1]
        return kinds == ["Concatenate", "Rescaling", "Dot"]

    def output_activation(self) -> str:
        """Return the Keras name of the network's final activation; "linear" if the last layer has none.

        If two classes were made of one sigmoid output, it is that of the output.
        """
        name = self.single_output() or self.output_layer
        layer, kind = self.layers[name], self.kind(name)
        if kind == "Softmax":
            return "softmax"
        if kind == "ReLU":
            return "leaky_relu" if layer.negative_slope else "relu"
        activation = getattr(layer, "activation", None)
        return "linear" if activation is None else str(keras.activations.serialize(activation))

    def single_output(self) -> str | None:
        """Return the layer whose one output p was made into two classes, 1 - p and p; None if there is none."""
        single = single_output(self.layers[self.output_layer].output)
        return None if single is None else str(_maker(single).name)

    def gives_probabilities(self) -> bool:
        """Whether the network's outputs are probabilities, each in [0, 1]."""
        return self.output_activation() in PROBABILITIES

    def prunable_layers(self, tensor: ChannelTensor = ChannelTensor.ACTIVATION) -> tuple[PrunableLayer, ...]:
        """Return every convolution whose channels can be pruned, input side first, with its readers.

        Args:
            tensor: which tensor is ranked and masked where a batch normalization is behind the activation.
        """
        return tuple(self._prunable(name, tensor) for name in self.layers if self.kind(name) in CONVOLUTIONS)

    def _prunable(self, name: str, tensor: ChannelTensor) -> PrunableLayer:
        names = [name]
        while len(self.consumers[names[-1]]) == 1 and self._is_channelwise(self.consumers[names[-1]][0]):
            names.append(self.consumers[names[-1]][0])
        last = names[-1]
        place = self._find_normalization(names)
        return PrunableLayer(
            name=name,
            measured_at=last if place is None or tensor is ChannelTensor.NORMALIZATION else names[place - 1],
            channel_count=int(self.layers[last].output.shape[-1]),
            readers=tuple(
                Reader(layer=reader, class_name=self.kind(reader), is_cuttable=self._is_cuttable(last, reader))
                for reader in self._readers(last)
            ),
            tensor=None if place is None else tensor,
        )

    def _find_normalization(self, names: Sequence[str]) -> int | None:
        """Return the index of the first batch normalization behind the last activation; None if there is none."""
        last = max((place for place, name in enumerate(names) if self._has_activation(name)), default=len(names))
        places = (place for place, name in enumerate(names) if self.kind(name) == "BatchNormalization")
        return next((place for place in places if place > last), None)

    def _has_activation(self, name: str) -> bool:
        if self.kind(name) in ACTIVATIONS:
            return True
        activation = getattr(self.layers[name], "activation", None)
        return activation is not None and keras.activations.serialize(activation) != "linear"

    def _is_cuttable(self, measured_at: str, reader: str) -> bool:
        """Whether the reader's kernel has separate weights for each channel, after the layers in between."""
        if self.kind(reader) not in CUTTABLE:
            return False
        path = self._path(measured_at, reader)
        if self.kind(reader) == "Dense":
            return not path or len(self.layers[path[-1]].output.shape) == 2 or self._keeps_channels(path)
        return self._keeps_channels(path)

    def _keeps_channels(self, path: tuple[str, ...]) -> bool:
        return not any(self.kind(name) in ("Flatten", "Reshape") for name in path)

    def _is_channelwise(self, name: str) -> bool:
        layer = self.layers[name]
        kind = self.kind(name)
        if kind == "Activation":
            return bool(keras.activations.serialize(layer.activation) not in ("softmax", "log_softmax"))
        if kind == "BatchNormalization":
            return layer.axis in (-1, 3)
        return kind in CHANNELWISE

    def _readers(self, name: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for consumer in self.consumers[name]:
            if self.kind(consumer) in PASSED_THROUGH and consumer != self.output_layer:
                found.update(dict.fromkeys(self._readers(consumer)))
            else:
                found[consumer] = None
        return tuple(found)

    def chain(self, layer: PrunableLayer) -> tuple[str, ...]:
        """Return the layers from the convolution to where its activation is measured, both included."""
        names = [layer.name]
        while names[-1] != layer.measured_at:
            names.append(self.consumers[names[-1]][0])
        return tuple(names)

    def descendants(self, roots: Iterable[str]) -> tuple[str, ...]:
        """Return the layers that depend on `roots`, including `roots`, in topological order."""
        reached = set(roots)
        for name, sources in self.inputs.items():
            if any(source in reached for source in sources):
                reached.add(name)
        return tuple(name for name in self.layers if name in reached)

    def plan_cut(self, layer: PrunableLayer, *, reader: str | None = None) -> CutPlan:
        """Find which layers to recompute when channels of `layer` are masked.

        Args:
            layer: the convolution.
            reader: mask only what this layer reads; None masks the output for all readers.

        Raises:
            LayerError: `reader` does not read this layer or cannot stop reading single channels.
        """
        measured_at = layer.measured_at
        if reader is None:
            path: tuple[str, ...] = ()
            suffix = tuple(name for name in self.descendants([measured_at]) if name != measured_at)
            entry = {
                (name, position)
                for name in suffix
                for position, source in enumerate(self.inputs[name])
                if source == measured_at
            }
        else:
            check_reader(layer, reader)
            path = self._path(measured_at, reader)
            suffix = self.descendants([reader])
            entry = {(reader, 0)}
        inside = set(suffix)
        crossing = dict.fromkeys(
            source
            for name in suffix
            for position, source in enumerate(self.inputs[name])
            if source not in inside and (name, position) not in entry
        )
        return CutPlan(measured_at, frozenset(entry), tuple(crossing), path, suffix)

    def _path(self, start: str, reader: str) -> tuple[str, ...]:
        names: list[str] = []
        name = self.inputs[reader][0]
        while name != start:
            names.append(name)
            name = self.inputs[name][0]
        return tuple(reversed(names))


def single_output(output: Any) -> Any | None:
    """Return the tensor p (N, 1) of which a network's output makes two classes, 1 - p and p; None for another output.

    Args:
        output: the network's output, a Keras tensor.
    """
    joined = _maker(output)
    if type(joined).__name__ != "Concatenate" or not joined.name.startswith(BOTH_CLASSES) or output.shape[-1] != 2:
        return None
    first, second = _sources(output)[0], _sources(output)[-1]
    negated = _maker(first)
    is_pair = (
        type(negated).__name__ == "Rescaling"
        and negated.name.startswith(FIRST_CLASS)
        and [type(each) for each in (negated.scale, negated.offset)] == [float, float]
        and (negated.scale, negated.offset) == (-1.0, 1.0)
        and second.shape[-1] == 1
        and _maker(_sources(first)[0]) is _maker(second)
    )
    return second if is_pair else None


def call_arguments(layer: Any, inputs: list[Any]) -> tuple[Any, ...]:
    """Return the arguments by which a Keras layer takes its inputs: each by itself, or several as a list."""
    if type(layer).__name__ == "MultiHeadAttention":
        return tuple(inputs)
    return (inputs[0],) if len(inputs) == 1 else (inputs,)


def _maker(tensor: Any) -> Any:
    return tensor._keras_history.operation


def _sources(tensor: Any) -> list[Any]:
    history = tensor._keras_history
    nodes = history.operation._inbound_nodes
    return list(nodes[history.node_index].input_tensors)
