"""Layers that bring a tensor into the order and shape that another layer reads it in."""

from dataclasses import replace

import numpy as np

from core.intake.conversion.builder import NetworkBuilder
from core.intake.conversion.tensor import IndexArray, Shape, Tensor, in_order
from core.intake.refusal import Refusal


def reshaped(tensor: Tensor, shape: Shape) -> Tensor:
    """Return a tensor in another shape; no layer is needed until something reads it.

    Raises:
        Refusal: `unsupported-network`, if the number of values differs.
    """
    if np.prod(shape, dtype=object) != tensor.size:
        raise Refusal("unsupported-network", f"it reshapes {tensor.shape} to {shape}")
    return replace(tensor, shape=shape)


def transposed(builder: NetworkBuilder, tensor: Tensor, axes: Shape) -> Tensor:
    """Return a tensor with its axes in another order; no layer is needed unless it was reshaped before."""
    tensor = plain(builder, tensor)
    return replace(
        tensor, order=tuple(tensor.order[axis] for axis in axes), shape=tuple(tensor.shape[axis] for axis in axes)
    )


def plain(builder: NetworkBuilder, tensor: Tensor) -> Tensor:
    """Return a tensor whose axes are those of its layer, after layers that reshape it where that is needed."""
    if tensor.is_plain:
        return tensor
    order = builder.image_order if len(tensor.shape) == 3 else tuple(range(len(tensor.shape)))
    stored_shape = tuple(tensor.shape[order.index(axis)] for axis in range(len(order)))
    if _long_axes(tensor.stored_shape, tensor.order) != _long_axes(stored_shape, order):
        tensor = _in_file_order(builder, tensor)
        if order != tuple(range(len(order))):
            shaped = _reshape(builder, tensor, tensor.shape, tuple(range(len(order))))
            return reordered(builder, shaped, order)
    return _reshape(builder, tensor, stored_shape, order)


def reordered(builder: NetworkBuilder, tensor: Tensor, order: Shape) -> Tensor:
    """Return a tensor whose layer has its axes in a certain order, after a Permute layer where that is needed."""
    tensor = plain(builder, tensor)
    if tensor.order == order:
        return tensor
    dims = [tensor.order[order.index(axis)] + 1 for axis in range(len(order))]
    stored_shape = tuple(tensor.stored_shape[axis - 1] for axis in dims)
    made = builder.add("Permute", tensor, stored_shape, order=order, dims=dims)
    return replace(made, is_nonnegative=tensor.is_nonnegative)


def image(builder: NetworkBuilder, tensor: Tensor) -> Tensor:
    """Return an image whose layer has height, width and channels in this order.

    Raises:
        Refusal: `unsupported-network`, if it does not have three axes.
    """
    if len(tensor.shape) != 3:
        raise Refusal(
            "unsupported-network", f"it reads a tensor of shape {tensor.shape} like an image, which has three axes"
        )
    return reordered(builder, tensor, builder.image_order)


def vector(builder: NetworkBuilder, tensor: Tensor) -> tuple[Tensor, IndexArray]:
    """Return a tensor whose layer gives one axis, and for each value, in the file's order, its place on that axis."""
    places = tensor.places()
    shape = (tensor.size,)
    if len(tensor.stored_shape) == 1:
        return replace(tensor, shape=shape), places
    made = builder.add("Flatten", tensor, shape, order=(0,))
    return replace(made, is_nonnegative=tensor.is_nonnegative, is_alone=tensor.is_alone), places


def ordered_vector(builder: NetworkBuilder, tensor: Tensor) -> Tensor:
    """Return a tensor whose layer gives one axis with the values in the file's order."""
    places = tensor.places()
    if not np.array_equal(places, np.arange(tensor.size)):
        tensor = _in_file_order(builder, tensor)
    return vector(builder, tensor)[0]


def _in_file_order(builder: NetworkBuilder, tensor: Tensor) -> Tensor:
    """Return a tensor whose layer has its axes in the file's order, still in its old shape."""
    old = replace(tensor, shape=tensor.transposed_shape)
    made = reordered(builder, old, tuple(range(len(tensor.order))))
    return replace(made, shape=tensor.shape)


def _reshape(builder: NetworkBuilder, tensor: Tensor, stored_shape: Shape, order: Shape) -> Tensor:
    if stored_shape == tensor.stored_shape:
        return replace(tensor, order=order, shape=in_order(stored_shape, order))
    made = builder.add("Reshape", tensor, stored_shape, order=order, target_shape=list(stored_shape))
    return replace(made, is_nonnegative=tensor.is_nonnegative)


def _long_axes(stored_shape: Shape, order: Shape) -> list[tuple[int, int]]:
    """Return the axes of a layer's output longer than 1, each by its rank in the file's order and its length."""
    long = [axis for axis in order if stored_shape[axis] > 1]
    return [(long.index(axis), stored_shape[axis]) for axis in range(len(stored_shape)) if stored_shape[axis] > 1]
