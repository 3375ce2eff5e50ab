"""An operator of an ONNX graph together with the values that it reads, as its conversion needs them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.intake.conversion.builder import NetworkBuilder
from core.intake.conversion.inputs import Inputs
from core.intake.conversion.tensor import Tensor
from core.intake.onnx.graph_file import Node, whole_numbers
from core.intake.onnx.layer_names import layer_name
from core.intake.onnx.tensors import Array
from core.intake.refusal import Refusal

Known = Tensor | Array

# Stands for the open number of images in shapes that a graph computes; no computed length equals it by chance.
BATCH = 7_368_787


@dataclass(frozen=True, slots=True)
class Call(Inputs):
    """An operator and the values that it reads.

    Attributes:
        node: the operator.
        inputs: what it reads, as far as that is given; None where it is left out.
        builder: the network.
        opset: the version of ONNX's operators.
        batch_size: the number of images that the network reads at once; None if that is open.
        partners: of an Expand, what its readers combine it with, as far as that is known; None for other readers.
    """

    node: Node
    inputs: list[Known | None]
    builder: NetworkBuilder
    opset: int
    batch_size: int | None = None
    partners: Sequence[Known | None] = ()

    @property
    def hint(self) -> str:
        """What to name its layer after."""
        return layer_name(self.node)

    def wholes(self, index: int) -> tuple[int, ...]:
        """Return a constant input as whole numbers."""
        return whole_numbers(self.constant(index))

    def setting(self, name: str, default: Any) -> Any:
        """Return an attribute, which must be of the default's type.

        Raises:
            Refusal: `unsupported-config`.
        """
        found = self.node.settings.get(name, default)
        if default is not None and type(found) is not type(default):
            raise Refusal("unsupported-config", f"the operator '{self.node.title}' has a strange setting {name}")
        return found

    def pair(self, name: str, default: int) -> tuple[int, int]:
        """Return an attribute of two whole numbers."""
        found = whole_numbers(self.setting(name, [default, default]))
        if len(found) != 2:
            raise self.refusal(f"its {name} are not those of an image")
        return found[0], found[1]

    def axis(self, axis: int, *, rank: int | None = None) -> int:
        """Return an axis of the first tensor without the batch axis.

        Raises:
            Refusal: `unsupported-network`, if it is the batch axis or there is none of that number.
        """
        rank = (len(self.tensor().shape) if rank is None else rank) + 1
        place = axis + rank if axis < 0 else axis
        if not 1 <= place < rank:
            raise self.refusal(f"it computes along axis {axis} of {rank}, the batch included")
        return place - 1

    def axes(self, index: int) -> tuple[int, ...] | None:
        """Return the axes that it names in an attribute or, in newer versions, in an input; None if it names none."""
        if "axes" in self.node.settings:
            return whole_numbers(self.node.settings["axes"])
        return self.wholes(index) if self.has(index) else None

    def refusal(self, reason: str) -> Refusal:
        """Return the refusal of this operator."""
        return Refusal("unsupported-network", f"the operator {self.node.kind} '{self.node.title}': {reason}")
