"""Additions, products and dense layers, between tensors and with constants."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from core.intake.conversion.builder import ConvertedLayer, NetworkBuilder
from core.intake.conversion.layout import ordered_vector, plain, reordered, reshaped, vector
from core.intake.conversion.tensor import Shape, Tensor
from core.intake.refusal import Refusal

FloatArray = npt.NDArray[Any]

_MOST_SCALES = 65_536  # numbers that a Rescaling layer may have, by the allow-list


def dense(builder: NetworkBuilder, tensor: Tensor, kernel: FloatArray, bias: FloatArray | None, *, hint: str) -> Tensor:
    """Add a dense layer over all values of an image, or over the last axis of several.

    Args:
        builder: the network.
        tensor: shape (F,), or (…, F).
        kernel: shape (F, units).
        bias: shape (units,), or None.
        hint: what to name the layer after.
    """
    if kernel.ndim != 2 or kernel.shape[0] != tensor.shape[-1] or 0 in kernel.shape:
        raise Refusal("wrong-weight-shape", f"'{hint}' multiplies {tensor.shape} by a matrix {kernel.shape}")
    if bias is not None and bias.shape != (kernel.shape[1],):
        raise Refusal("wrong-weight-shape", f"'{hint}' has a bias of shape {bias.shape}, got {kernel.shape[1]} units")
    weights = {} if bias is None else {"bias": bias}
    if len(tensor.shape) == 1:
        tensor, places = vector(builder, tensor)
        moved = np.empty_like(kernel)
        moved[places] = kernel
        weights["kernel"] = moved
        stored_shape: Shape = (kernel.shape[1],)
    else:
        tensor = reordered(builder, tensor, tuple(range(len(tensor.shape))))
        weights["kernel"] = kernel
        stored_shape = (*tensor.shape[:-1], kernel.shape[1])
    return builder.add(
        "Dense", tensor, stored_shape, hint=hint, weights=weights, units=kernel.shape[1], use_bias=bias is not None
    )


def normalized(
    builder: NetworkBuilder, tensor: Tensor, axis: int, weights: dict[str, FloatArray], *, epsilon: float, hint: str
) -> Tensor:
    """Add a batch normalization along an axis of the file's tensor; each weight has that axis' length."""
    length = tensor.shape[axis] if axis < len(tensor.shape) else 0
    if any(values.shape != (length,) for values in weights.values()):
        raise Refusal("wrong-weight-shape", f"'{hint}' normalizes {length} channels with weights of another number")
    if len(tensor.shape) == 1 and not tensor.is_plain:
        # The features of an image in the file's order: normalized where they are, and given the image's shape again.
        line, places = vector(builder, tensor)
        moved = {name: np.empty_like(values) for name, values in weights.items()}
        for name, values in weights.items():
            moved[name][places] = values
        done = builder.add(
            "BatchNormalization", line, line.stored_shape, hint=hint, weights=moved, axis=-1, epsilon=epsilon
        )
        target = list(tensor.stored_shape)
        back = builder.add("Reshape", done, tensor.stored_shape, order=tensor.order, target_shape=target)
        return replace(back, shape=tensor.shape)
    tensor = plain(builder, tensor)
    stored_axis = tensor.order[axis]
    return builder.add_alike(
        "BatchNormalization",
        tensor,
        hint=hint,
        weights=weights,
        axis=-1 if stored_axis == len(tensor.stored_shape) - 1 else stored_axis + 1,
        epsilon=epsilon,
    )


def scaled(
    builder: NetworkBuilder,
    tensor: Tensor,
    *,
    scale: FloatArray | None = None,
    offset: FloatArray | None = None,
    hint: str,
) -> Tensor:
    """Multiply a tensor by constants, and add others, each broadcast to it as in the file.

    At the network's input this becomes a Rescaling layer; behind a layer without a bias its bias; elsewhere a batch
    normalization that leaves everything else as it is, if the constants belong to channels.

    Args:
        builder: the network.
        tensor: the tensor.
        scale: what to multiply by, with a batch axis or fewer axes; None for 1.
        offset: what to add then; None for 0.
        hint: what to name the layer after.
    """
    scales = _stored(tensor, np.asarray(1.0) if scale is None else scale, hint)
    offsets = _stored(tensor, np.asarray(0.0) if offset is None else offset, hint)
    if not (np.isfinite(scales).all() and np.isfinite(offsets).all()):
        raise Refusal("bad-weights", f"'{hint}' computes with values that are not finite numbers")
    if (scales == 1).all() and (offsets == 0).all():
        return tensor
    layer = builder.layers[tensor.layer]
    if scale is None and tensor.is_alone and _takes_bias(layer) and _is_per_channel(offsets):
        layer.config["use_bias"] = True
        layer.weights["bias"] = np.broadcast_to(offsets.reshape(-1), tensor.stored_shape[-1:]).copy()
        return tensor
    if layer.class_name == "Rescaling" and tensor.is_alone:
        old_scale, old_offset = (np.asarray(layer.config[key], dtype=np.float64) for key in ("scale", "offset"))
        scales, offsets = scales * old_scale, old_offset * scales + offsets
        layer.config.update(scale=_listed(scales, hint), offset=_listed(offsets, hint))
        return tensor
    if layer.class_name == "InputLayer" or not (_is_per_channel(scales) and _is_per_channel(offsets)):
        numbers = {"scale": _listed(scales, hint), "offset": _listed(offsets, hint)}
        return builder.add_alike("Rescaling", tensor, hint=hint, **numbers)
    channels = tensor.stored_shape[-1:]
    if layer.class_name == "BatchNormalization" and layer.config["axis"] == -1 and tensor.is_alone:
        layer.weights["gamma"] = layer.weights["gamma"] * scales.reshape(-1)
        layer.weights["beta"] = layer.weights["beta"] * scales.reshape(-1) + offsets.reshape(-1)
        return tensor
    weights = {
        "gamma": np.broadcast_to(scales.reshape(-1), channels),
        "beta": np.broadcast_to(offsets.reshape(-1), channels),
        "moving_mean": np.zeros(channels),
        "moving_variance": np.ones(channels),
    }
    return builder.add_alike("BatchNormalization", tensor, hint=hint, weights=weights, axis=-1, epsilon=0.0)


def merged(builder: NetworkBuilder, class_name: str, tensors: Sequence[Tensor], *, hint: str) -> Tensor:
    """Combine tensors value by value; an axis of length 1 is repeated.

    Args:
        builder: the network.
        class_name: "Add", "Subtract", "Multiply", "Maximum", "Minimum" or "Average".
        tensors: the tensors.
        hint: what to name the layer after.
    """
    first = tensors[0]
    is_nonnegative = class_name != "Subtract" and all(one.is_nonnegative for one in tensors)
    if all(
        (one.stored_shape, one.order, one.shape) == (first.stored_shape, first.order, first.shape) for one in tensors
    ):
        made = builder.add(class_name, tensors, first.stored_shape, hint=hint, is_nonnegative=is_nonnegative)
        return replace(made, shape=first.shape)
    tensors = [plain(builder, one) for one in tensors]
    largest = max(tensors, key=lambda one: one.size)
    if any(len(one.shape) != len(largest.shape) for one in tensors):
        raise Refusal("unsupported-network", f"'{hint}' combines tensors of {listed_shapes(tensors)}")
    tensors = [reordered(builder, one, largest.order) for one in tensors]
    try:
        shape = np.broadcast_shapes(*(one.stored_shape for one in tensors))
    except ValueError as error:
        raise Refusal("unsupported-network", f"'{hint}' combines tensors of {listed_shapes(tensors)}") from error
    return builder.add(class_name, tensors, shape, hint=hint, is_nonnegative=is_nonnegative)


def joined(builder: NetworkBuilder, tensors: Sequence[Tensor], axis: int, *, hint: str) -> Tensor:
    """Put tensors side by side along an axis of the file."""
    if len(tensors) == 1:
        return tensors[0]
    if all(len(one.shape) == 1 for one in tensors):
        tensors = [ordered_vector(builder, one) for one in tensors]
        tensors = [replace(one, order=(0,), shape=one.stored_shape) for one in tensors]
    tensors = [plain(builder, one) for one in tensors]
    order = tensors[0].order
    if any(len(one.shape) != len(order) for one in tensors) or not 0 <= axis < len(order):
        raise Refusal("unsupported-network", f"'{hint}' joins tensors of {listed_shapes(tensors)}")
    tensors = [reordered(builder, one, order) for one in tensors]
    place = order[axis]
    shapes = {tuple(0 if each == place else length for each, length in enumerate(one.stored_shape)) for one in tensors}
    if len(shapes) != 1:
        raise Refusal("unsupported-network", f"'{hint}' joins tensors of {listed_shapes(tensors)}")
    shape = list(tensors[0].stored_shape)
    shape[place] = sum(one.stored_shape[place] for one in tensors)
    return builder.add(
        "Concatenate",
        tensors,
        tuple(shape),
        hint=hint,
        is_nonnegative=all(one.is_nonnegative for one in tensors),
        axis=-1 if place == len(shape) - 1 else place + 1,
    )


def listed_shapes(tensors: Sequence[Tensor]) -> str:
    """Return the shapes of tensors for a message."""
    return " and ".join(str(one.shape) for one in tensors[:4])


def flat(tensor: Tensor) -> Tensor:
    """Return a tensor with one axis."""
    return reshaped(tensor, (tensor.size,))


def _stored(tensor: Tensor, values: FloatArray, hint: str) -> FloatArray:
    """Return constants with the axes of a layer's output, which they may be broadcast to, float64."""
    values = np.asarray(values, dtype=np.float64)
    rank = len(tensor.shape)
    if values.size == 1:
        return values.reshape((1,) * len(tensor.stored_shape))
    shape = (1,) * (rank + 1 - values.ndim) + values.shape
    if (
        len(shape) != rank + 1
        or shape[0] != 1
        or any(length not in (1, whole) for length, whole in zip(shape[1:], tensor.shape, strict=True))
    ):
        raise Refusal("unsupported-network", f"'{hint}' combines {tensor.shape} with constants of shape {values.shape}")
    values = values.reshape(shape[1:])
    if tensor.is_plain:
        return values.transpose([tensor.order.index(axis) for axis in range(rank)])
    stored = np.empty(tensor.size)
    stored[tensor.places()] = np.broadcast_to(values, tensor.shape).reshape(-1)
    return stored.reshape(tensor.stored_shape)


def _is_per_channel(stored: FloatArray) -> bool:
    return all(length == 1 for length in stored.shape[:-1])


def _takes_bias(layer: ConvertedLayer) -> bool:
    return layer.class_name in {"Conv2D", "DepthwiseConv2D", "Dense"} and layer.config.get("use_bias") is False


def _listed(values: FloatArray, hint: str) -> Any:
    """Return constants as a number or nested lists, without leading axes of length 1."""
    if values.size > _MOST_SCALES:
        raise Refusal("unsupported-network", f"'{hint}' computes with {values.size:,} constants: too many for a layer")
    while values.ndim > 1 and values.shape[0] == 1:
        values = values[0]
    return float(values.reshape(-1)[0]) if values.size == 1 else values.tolist()
