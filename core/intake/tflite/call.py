"""An operator of a TensorFlow Lite graph together with the values that it reads, as its conversion needs them."""

from dataclasses import dataclass
from typing import Any

from core.intake.conversion.builder import NetworkBuilder
from core.intake.conversion.inputs import Inputs
from core.intake.conversion.tensor import Tensor
from core.intake.refusal import Refusal, shortened
from core.intake.tflite.graph_file import Array, Operator


@dataclass(frozen=True, slots=True)
class Spread:
    """An image that was cut into a batch of smaller ones, which is how TensorFlow writes a convolution with gaps.

    Attributes:
        tensor: the image as it was, or what the convolution with gaps makes of it with the padding.
        block: distance of the values that the convolution reads.
        before, after: rows and columns of padding that the cutting adds; None behind the convolution.
    """

    tensor: Tensor
    block: tuple[int, int]
    before: tuple[int, int] | None
    after: tuple[int, int] | None


Known = Tensor | Array | Spread


@dataclass(frozen=True, slots=True)
class Call(Inputs):
    """An operator and the values that it reads.

    Attributes:
        operator: the operator.
        kind: its name in TensorFlow Lite ("CONV_2D").
        inputs: what it reads; None where it is left out.
        output_name: the name of the tensor that it gives.
        builder: the network.
    """

    operator: Operator
    kind: str
    inputs: list[Known | None]
    output_name: str
    builder: NetworkBuilder

    @property
    def hint(self) -> str:
        """What to name its layer after: the Keras layer that it was converted from."""
        parts = [part for part in self.output_name.partition(";")[0].split("/") if part]
        name = parts[-2] if len(parts) > 1 else (parts or [self.kind.lower()])[0]
        return self.kind.lower() if name.startswith("StatefulPartitionedCall") else name

    def wholes(self, index: int) -> tuple[int, ...]:
        """Return a constant input as a few whole numbers."""
        found = self.constant(index)
        if found.dtype.kind not in "iu" or found.size > 64:
            raise self.refusal(f"expected a few whole numbers as input {index}")
        return tuple(int(value) for value in found.reshape(-1))

    def option(self, field: int, form: str = "<i", default: Any = 0) -> Any:
        """Return one of its options by the option's number in the schema."""
        options = self.operator.options
        return default if options is None else options.number(field, form, default)

    def axis(self, axis: int) -> int:
        """Return an axis of the first tensor without the batch axis."""
        rank = len(self.tensor().shape) + 1
        place = axis + rank if axis < 0 else axis
        if not 1 <= place < rank:
            raise self.refusal(f"it computes along axis {axis} of {rank}, the batch included")
        return place - 1

    def refusal(self, reason: str) -> Refusal:
        """Return the refusal of this operator."""
        return Refusal("unsupported-network", f"the operator {self.kind} '{shortened(self.output_name)}': {reason}")
