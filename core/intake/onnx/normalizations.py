"""ONNX's normalizations, in batches, layers, groups and single images.

Source: ONNX Operator Schemas (onnx.ai/onnx/operators).
"""

from typing import Any

import numpy as np

from core.intake.conversion.arithmetic import normalized
from core.intake.conversion.layout import image, plain
from core.intake.conversion.tensor import Tensor
from core.intake.onnx.call import Call
from core.intake.refusal import Refusal


def batch_normalization(call: Call) -> Tensor:
    """Convert BatchNormalization."""
    if call.setting("training_mode", 0) or call.setting("spatial", 1) != 1:
        raise call.refusal("it normalizes as in training")
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    weights = {name: call.floats(index + 1) for index, name in enumerate(names)}
    epsilon = call.setting("epsilon", 1e-5)
    return normalized(call.builder, call.tensor(), 0, weights, epsilon=epsilon, hint=call.hint)


def layer_normalization(call: Call) -> Tensor:
    """Convert LayerNormalization along one axis or several, which are the last ones in the file."""
    tensor = plain(call.builder, call.tensor())
    rank = len(tensor.shape)
    axes = tuple(range(call.axis(call.setting("axis", -1)), rank))
    stored = sorted(tensor.order[axis] for axis in axes)
    # Weights have the file's order of axes, and those of the layer its own.
    turned = [tensor.order[axes[0] :].index(axis) for axis in stored]
    weights: dict[str, Any] = {}
    for index, name in ((1, "gamma"), (2, "beta")):
        if call.has(index):
            values = call.floats(index)
            if values.shape != tensor.shape[axes[0] :]:
                raise Refusal("wrong-weight-shape", f"'{call.hint}' normalizes {tensor.shape} with {values.shape}")
            weights[name] = values.transpose(turned)
    return call.builder.add(
        "LayerNormalization",
        tensor,
        tensor.stored_shape,
        hint=call.hint,
        weights=weights,
        axis=-1 if stored == [rank - 1] else [axis + 1 for axis in stored],
        epsilon=call.setting("epsilon", 1e-5),
        center="beta" in weights,
        scale="gamma" in weights,
    )


def axes_normalization(call: Call) -> Tensor:
    """Convert a layer normalization without weights, along any axes; see `fusions`."""
    tensor = plain(call.builder, call.tensor())
    axes = call.axes(1) or ()
    stored = sorted({tensor.order[call.axis(axis)] for axis in axes})
    return call.builder.add_alike(
        "LayerNormalization",
        tensor,
        hint=call.hint,
        axis=-1 if stored == [len(tensor.stored_shape) - 1] else [axis + 1 for axis in stored],
        epsilon=call.setting("epsilon", 1e-5),
        center=False,
        scale=False,
    )


def instance_normalization(call: Call) -> Tensor:
    """Convert InstanceNormalization of an image, or of an image whose channels were reshaped to groups."""
    tensor, scale, offset = call.tensor(), call.floats(1), call.floats(2)
    if len(tensor.shape) == 2 and len(tensor.stored_shape) == 3 and tensor.order == call.builder.image_order:
        # Exporters write a normalization of groups as one of images with a channel for each group.
        channels, groups = tensor.stored_shape[2], tensor.shape[0]
        if channels % groups == 0 and tensor.order[0] == 2:
            return _grouped(call, tensor, groups, *(np.repeat(each, channels // groups) for each in (scale, offset)))
    return _grouped(call, image(call.builder, tensor), -1, scale, offset)


def group_normalization(call: Call) -> Tensor:
    """Convert GroupNormalization, whose weights belong to channels, or before version 21 to groups."""
    tensor = image(call.builder, call.tensor())
    channels, groups = tensor.stored_shape[2], call.setting("num_groups", 0)
    if groups < 1 or channels % groups:
        raise call.refusal(f"it divides {channels} channels into {groups} groups")
    weights = [call.floats(index) for index in (1, 2)]
    if call.opset < 21:
        weights = [np.repeat(each, channels // groups) for each in weights]
    return _grouped(call, tensor, groups, *weights)


def unit_normalization(call: Call) -> Tensor:
    """Convert a division by the root of the sum of squares along one axis; see `fusions`."""
    tensor = plain(call.builder, call.tensor())
    axis = tensor.order[call.axis(call.setting("axis", -1))]
    return call.builder.add_alike(
        "UnitNormalization",
        tensor,
        hint=call.hint,
        axis=-1 if axis == len(tensor.stored_shape) - 1 else axis + 1,
        is_nonnegative=tensor.is_nonnegative,
    )


def _grouped(call: Call, tensor: Tensor, groups: int, scale: Any, offset: Any) -> Tensor:
    channels = tensor.stored_shape[2]
    if any(each.shape != (channels,) for each in (scale, offset)):
        raise Refusal("wrong-weight-shape", f"'{call.hint}' normalizes {channels} channels with weights of others")
    return call.builder.add_alike(
        "GroupNormalization",
        tensor,
        hint=call.hint,
        weights={"gamma": scale, "beta": offset},
        groups=groups,
        axis=-1,
        epsilon=call.setting("epsilon", 1e-5),
    )
