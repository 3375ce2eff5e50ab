"""The layers of a network as plain records, for graphs and tables; no Keras."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.channels import PrunableLayer

Edge = tuple[str, str]
"""The names of a layer and of one that reads its output."""


@dataclass(frozen=True, slots=True)
class WeightRecord:
    """One array of a layer's weights.

    Attributes:
        name: "kernel", "bias", "gamma".
        shape: its shape.
    """

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LayerRecord:
    """One layer.

    Attributes:
        name: unique in the network.
        class_name: its Keras class ("Conv2D").
        output_shape: shape of its output, without the images' axis; None for a length that is not fixed.
        parameter_count: number of its weights and biases.
        activation: Keras name of its activation; empty for none.
        settings: what else defines it, as names and texts: ("kernel", "3 × 3").
        weights: its arrays.
        inputs: the layers that it reads, in order.
        why_not: why its channels cannot be pruned; empty if they can.
        owner: the convolution whose channels its output has, itself included; empty if there is none.
    """

    name: str
    class_name: str
    output_shape: tuple[int | None, ...]
    parameter_count: int
    activation: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    weights: tuple[WeightRecord, ...] = ()
    inputs: tuple[str, ...] = ()
    why_not: str = ""
    owner: str = ""

    @property
    def is_prunable(self) -> bool:
        """Whether its channels can be pruned."""
        return not self.why_not

    @property
    def shape_text(self) -> str:
        """The shape of its output: "28 × 28 × 64"."""
        return " × ".join("?" if length is None else str(length) for length in self.output_shape) or "1"


@dataclass(frozen=True, slots=True)
class NetworkStructure:
    """The layers of a network and what they read.

    Attributes:
        layers: in topological order, the input first.
        prunable: the convolutions whose channels can be pruned, as opened: measured behind the activation.
    """

    layers: tuple[LayerRecord, ...]
    prunable: tuple[PrunableLayer, ...] = ()
    _by_name: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {layer.name: place for place, layer in enumerate(self.layers)})
        if len(self._by_name) != len(self.layers):
            raise ValueError("each layer must have a name of its own")

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def layer(self, name: str) -> LayerRecord:
        """Return the layer of this name.

        Raises:
            KeyError: there is none.
        """
        return self.layers[self._by_name[name]]

    def place(self, name: str) -> int:
        """Return the position of a layer in `layers`.

        Raises:
            KeyError: there is none.
        """
        return self._by_name[name]

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Each pair of a layer and one that reads it, once."""
        return tuple(
            dict.fromkeys((source, layer.name) for layer in self.layers for source in layer.inputs if source in self)
        )

    def consumers(self) -> dict[str, tuple[str, ...]]:
        """Return the layers that read each layer, by name."""
        found: dict[str, list[str]] = {layer.name: [] for layer in self.layers}
        for source, target in self.edges:
            found[source].append(target)
        return {name: tuple(targets) for name, targets in found.items()}

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases of all layers."""
        return sum(layer.parameter_count for layer in self.layers)
