"""The members of a network as a file describes them: layers and nested networks."""

from dataclasses import dataclass, field
from typing import Any

from core.intake.model.graph.entries import Shape
from core.intake.model.graph.operations import Operation
from core.intake.model.graph.stand_ins import Steps, stand_in
from core.intake.model.layers import RULES, Config
from core.intake.model.weight_shapes import weight_names


@dataclass(slots=True)
class Layer:
    """A layer as described in the file.

    Attributes:
        name: its name inside its network.
        class_name: a class of the allow-list.
        config: its checked settings.
        inputs: names of the layers that it reads, inside its network.
        is_trainable: whether Keras lists its weights among the trainable ones.
        flat_name: its name in the flattened network, unique.
        input_shape: the stored shape of its input, without the batch axis.
        built_shapes: the shapes of all its inputs for which Keras builds it, without the batch axis, as the file says.
        steps: the layers that stand for it in the flattened network; None if it stands there itself.
        operation: the operation that it is, if it is no layer of Keras.
        is_operation: whether, in the flattened network, it stands for an operation between tensors.
        shares: the name of the layer of which it is a further call, with whose weights it computes; empty for none.
    """

    name: str
    class_name: str
    config: Config
    inputs: list[str]
    is_trainable: bool = True
    flat_name: str = ""
    input_shape: list[Any] | None = None
    built_shapes: list[Shape] = field(default_factory=list)
    steps: Steps | None = None
    operation: Operation | None = None
    is_operation: bool = False
    shares: str = ""

    @property
    def weights(self) -> list[str]:
        """The names of its weights in the file, in Keras' order."""
        if self.operation is not None:
            return []
        found = stand_in(self.class_name)
        return weight_names(self.class_name, self.config) if found is None else list(found.weights)

    @property
    def trainable_count(self) -> int:
        """The number of its weights, from the first, that Keras lists among the trainable ones."""
        if self.class_name in RULES and self.operation is None:
            return len(RULES[self.class_name].trainable_weights(self.config))
        return len(self.weights)


@dataclass(slots=True)
class NetworkDescription:
    """A network or a nested network: its members in Keras' order, one input, one output.

    Attributes:
        name: its name.
        class_name: "Functional" or "Sequential".
        members: its layers and nested networks in the order of Keras' `model.layers`, in which weights are bound.
        calls: all calls of them in computation order, if a member is called several times; else empty.
        input, output: names of the members that are its input and its output.
        inputs: names of the layers that it reads, inside the network around it.
        is_trainable: whether Keras lists the weights of its trainable layers first; a Sequential one always does.
        input_shape: the stored shape of its input, without the batch axis.
        built_shapes: other shapes that the file says of its input.
        shares: see `Layer.shares`.
    """

    name: str
    class_name: str
    members: "list[Layer | NetworkDescription]"
    input: str
    output: str
    inputs: list[str] = field(default_factory=list)
    is_trainable: bool = True
    input_shape: list[Any] | None = None
    built_shapes: list[Shape] = field(default_factory=list)
    shares: str = ""
    calls: "list[Layer | NetworkDescription]" = field(default_factory=list)

    @property
    def computed(self) -> "list[Layer | NetworkDescription]":
        """All calls of its members in computation order."""
        return self.calls or self.members
