"""A tensor of a network that is converted: which Keras layer gives it, and how its axes lie there."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Shape = tuple[int, ...]
IndexArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor of the file, given by a Keras layer with its axes in another order, and perhaps not yet reshaped.

    Transposed by `order` and then reshaped to `shape`, row by row, the layer's output is the file's tensor. All shapes
    are without the batch axis. Transposing and flattening in the file thus take no layer.

    Attributes:
        layer: name of the Keras layer.
        stored_shape: shape of the layer's output.
        order: for each axis of the transposed output, the axis of the layer's output.
        shape: shape of the file's tensor.
        is_alone: whether only one operator reads it, so that the layer may still be changed.
        is_nonnegative: whether none of its values is negative.
    """

    layer: str
    stored_shape: Shape
    order: Shape
    shape: Shape
    is_alone: bool = False
    is_nonnegative: bool = False

    @property
    def transposed_shape(self) -> Shape:
        """The shape of the layer's output in the file's order of axes."""
        return tuple(self.stored_shape[axis] for axis in self.order)

    @property
    def is_plain(self) -> bool:
        """Whether each axis of the file's tensor is one of the layer's output."""
        return self.transposed_shape == self.shape

    @property
    def size(self) -> int:
        """The number of its values."""
        return int(np.prod(self.stored_shape, dtype=np.int64))

    def places(self) -> IndexArray:
        """Return for each value, in the file's order, its place in the layer's output; shape (size,)."""
        return np.arange(self.size, dtype=np.int64).reshape(self.stored_shape).transpose(self.order).reshape(-1)


def in_order(stored_shape: Shape, order: Shape) -> Shape:
    """Return a shape with its axes in another order."""
    return tuple(stored_shape[axis] for axis in order)
