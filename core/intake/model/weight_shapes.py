"""The shapes that a layer's weights must have, from its settings and the shape of its input."""

from collections.abc import Callable
from typing import Any

from core.intake.model.graph.attention import CLASS, attention_shapes
from core.intake.model.layers import RULES, Config
from core.intake.refusal import Refusal

Shape = tuple[int, ...]


def weight_names(class_name: str, config: Config) -> list[str]:
    """Return the names of a layer's weights in Keras' order."""
    rule = RULES[class_name]
    return rule.trainable_weights(config) + rule.other_weights(config)


def weight_shapes(class_name: str, config: Config, input_shape: Shape, *others: Shape) -> list[Shape]:
    """Return the shape of each weight of a layer, in the order of `weight_names`.

    Args:
        class_name: a class of the allow-list.
        config: its checked settings.
        input_shape: shape of its input, without the batch axis.
        others: shapes of its further inputs, which count for an attention alone.

    Raises:
        Refusal: `unsupported-config`, if the settings do not fit the input.
    """
    names = weight_names(class_name, config)
    if not names:
        return []
    try:
        is_attention = class_name == CLASS
        shapes = (
            attention_shapes(config, (input_shape, *others))
            if is_attention
            else _SHAPES[class_name](config, input_shape)
        )
    except (IndexError, ValueError, ZeroDivisionError, KeyError, TypeError) as error:
        raise Refusal(
            "unsupported-config", f"a {class_name} layer cannot read an input of shape {input_shape}"
        ) from error
    return [shapes[name] for name in names]


def _conv(config: Config, input_shape: Shape) -> dict[str, Shape]:
    kernel = (*config["kernel_size"], input_shape[-1] // config.get("groups", 1), config["filters"])
    return {"kernel": kernel, "bias": (config["filters"],)}


def _transposed(config: Config, input_shape: Shape) -> dict[str, Shape]:
    return {"kernel": (*config["kernel_size"], config["filters"], input_shape[-1]), "bias": (config["filters"],)}


def _depthwise(config: Config, input_shape: Shape) -> dict[str, Shape]:
    multiplier, channels = config.get("depth_multiplier", 1), input_shape[-1]
    return {
        "depthwise_kernel": (*config["kernel_size"], channels, multiplier),
        "bias": (channels * multiplier,),
    }


def _depthwise_1d(config: Config, input_shape: Shape) -> dict[str, Shape]:
    shapes = _depthwise(config, input_shape)
    return {"kernel": shapes["depthwise_kernel"], "bias": shapes["bias"]}


def _separable(config: Config, input_shape: Shape) -> dict[str, Shape]:
    multiplier, channels = config.get("depth_multiplier", 1), input_shape[-1]
    return {
        "depthwise_kernel": (*config["kernel_size"], channels, multiplier),
        "pointwise_kernel": (*(1 for _ in config["kernel_size"]), channels * multiplier, config["filters"]),
        "bias": (config["filters"],),
    }


def _dense(config: Config, input_shape: Shape) -> dict[str, Shape]:
    return {"kernel": (input_shape[-1], config["units"]), "bias": (config["units"],)}


def _einsum_dense(config: Config, input_shape: Shape) -> dict[str, Shape]:
    left, _, result = config["equation"].partition("->")
    read, _, kernel = left.partition(",")
    wanted = config["output_shape"]
    wanted = wanted if isinstance(wanted, list) else [wanted]
    lengths: dict[str, int | None] = dict(zip(result[1:], wanted, strict=True))
    # The input shape is known; the output shape may leave a length open that the input shape defines.
    lengths |= dict(zip(read[1:], input_shape, strict=True))
    bias_axes = config.get("bias_axes") or ""
    first = min((result.index(letter) for letter in bias_axes), default=len(result))
    bias = tuple(lengths[letter] if letter in bias_axes else 1 for letter in result[first:])
    return {"kernel": _known(lengths[letter] for letter in kernel), "bias": _known(bias)}


def _known(lengths: Any) -> Shape:
    return tuple(int(length) for length in lengths)


def _batch_norm(config: Config, input_shape: Shape) -> dict[str, Shape]:
    one = (input_shape[_place(config.get("axis", -1), input_shape)],)
    return dict.fromkeys(("gamma", "beta", "moving_mean", "moving_variance"), one)


def _one_norm(config: Config, input_shape: Shape) -> dict[str, Shape]:
    axis = config.get("axis", -1)
    length = input_shape[_place(axis[0] if isinstance(axis, list) else axis, input_shape)]
    groups = config.get("groups", 1)
    if length % (length if groups == -1 else groups):
        raise ValueError(groups)
    return dict.fromkeys(("gamma", "beta", "scale"), (length,))


def _layer_norm(config: Config, input_shape: Shape) -> dict[str, Shape]:
    axes = config.get("axis", -1)
    axes = axes if isinstance(axes, list) else [axes]
    shape = tuple(input_shape[_place(axis, input_shape)] for axis in axes)
    return {"gamma": shape, "beta": shape}


def _prelu(config: Config, input_shape: Shape) -> dict[str, Shape]:
    shared = config.get("shared_axes") or []
    places = {_place(axis, input_shape) for axis in (shared if isinstance(shared, list) else [shared])}
    return {"alpha": tuple(1 if place in places else length for place, length in enumerate(input_shape))}


def _normalization(config: Config, input_shape: Shape) -> dict[str, Shape]:
    axes = config.get("axis", -1)
    axes = [] if axes is None else axes if isinstance(axes, list) else [axes]
    shape = tuple(input_shape[place] for place in sorted(_place(axis, input_shape) for axis in axes))
    return {"mean": shape, "variance": shape, "count": ()}


def _place(axis: int, input_shape: Shape) -> int:
    """Convert an axis that counts the batch axis to an index into a shape without it."""
    place = axis - 1 if axis > 0 else axis + len(input_shape)
    if axis == 0 or not 0 <= place < len(input_shape):
        raise IndexError(axis)
    return place


_SHAPES: dict[str, Callable[[Config, Shape], dict[str, Shape]]] = {
    "Conv1D": _conv,
    "Conv2D": _conv,
    "Conv2DTranspose": _transposed,
    "DepthwiseConv1D": _depthwise_1d,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv1D": _separable,
    "SeparableConv2D": _separable,
    "Dense": _dense,
    "EinsumDense": _einsum_dense,
    "BatchNormalization": _batch_norm,
    "GroupNormalization": _one_norm,
    "RMSNormalization": _one_norm,
    "LayerNormalization": _layer_norm,
    "PReLU": _prelu,
    "Normalization": _normalization,
}
