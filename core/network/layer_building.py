"""Layers of a checked description, built with Keras on the tensors that they read."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from core.cut.graph import call_arguments
from core.intake.answers import LayerAnswer
from core.intake.client import Reading
from core.intake.model.graph.attention import CLASS, attention_values
from core.intake.model.layers import OWN_CLASSES, RULES, checked_config
from core.intake.model.weight_shapes import weight_names, weight_shapes
from core.intake.refusal import Refusal

# No real image classifier has a layer with more outputs per image than this; a malicious one might.
_LARGEST_ACTIVATION = 2**26

_MOST_TAKEN = 64
# Layers along any axis; the axes of the others are checked with the shapes of their weights.
_FREE_AXES = {"Softmax", "Concatenate", "Dot", "UnitNormalization"}

_LAYER_CLASSES: dict[str, Callable[..., Any]] = {
    name: getattr(keras.layers, name) for name in RULES if name != "InputLayer" and name not in OWN_CLASSES
}


def applied(reading: Reading, layer: LayerAnswer, inputs: list[Any]) -> Any:
    """Apply a layer to its inputs; Keras allocates its weights only after they are checked against the inputs.

    Args:
        reading: the file, with the values of its weights.
        layer: the layer.
        inputs: Keras tensors that it reads.

    Returns:
        A Keras tensor.

    Raises:
        Refusal: the layer does not fit its inputs, or its output is too large.
    """
    config = checked_config(layer.class_name, layer.config, layer=layer.name, is_own=True)
    least, most = RULES[layer.class_name].input_count
    if not least <= len(inputs) <= most:
        raise Refusal("unsupported-network", f"layer '{layer.name}' reads {len(inputs)} layers")
    if layer.is_operation and len({len(one.shape) for one in inputs}) > 1:
        raise Refusal(
            "unsupported-config", f"the operation '{layer.name}' reads tensors with different numbers of axes"
        )
    if layer.class_name in OWN_CLASSES:
        return _taken(inputs[0], config["channels"], name=layer.name)
    shapes = [tuple(one.shape[1:]) for one in inputs]
    expected = weight_shapes(layer.class_name, config, *(shapes if layer.class_name == CLASS else shapes[:1]))
    names = weight_names(layer.class_name, config)
    stored = [tuple(weight.shape) for weight in layer.weights]
    for name, wanted, got in zip(names, expected, stored, strict=False):
        if wanted != got:
            raise Refusal(
                "wrong-weight-shape", f"{name} of layer '{layer.name}' must have shape {wanted} here, got {got}"
            )
    if len(stored) != len(expected):
        raise Refusal("missing-weights", f"layer '{layer.name}' must have {len(expected)} weights, got {len(stored)}")
    if layer.class_name == CLASS and attention_values(config, tuple(shapes)) > _LARGEST_ACTIVATION:
        raise Refusal("file-too-large", f"the attention of layer '{layer.name}' is too large, between {shapes}")
    _refuse_mixing(layer, config, len(inputs[0].shape))
    _refuse_misfit_scale(layer, config, tuple(inputs[0].shape[1:]))
    try:
        arguments = _arguments(layer.class_name, config)
        if layer.class_name == "EinsumDense":
            arguments["output_shape"] = _einsum_shape(config, tuple(inputs[0].shape[1:]))
        made = _LAYER_CLASSES[layer.class_name](**arguments, name=layer.name, dtype="float32")
        answer = made(*call_arguments(made, inputs) if most > 1 else inputs[:1])
    except Exception as error:  # for settings that do not fit the input, Keras and TensorFlow may raise anything
        raise Refusal(
            "unsupported-config", f"layer '{layer.name}' of class {layer.class_name} cannot read {shapes}"
        ) from error
    if (
        any(length is None for length in answer.shape[1:])
        or np.prod(answer.shape[1:], dtype=float) > _LARGEST_ACTIVATION
    ):
        raise Refusal(
            "file-too-large", f"the output of layer '{layer.name}' is too large, with shape {tuple(answer.shape[1:])}"
        )
    if stored:
        made.set_weights([np.array(reading.array(weight)) for weight in layer.weights])
        if layer.class_name == "Normalization":
            made.finalize_state()
    return answer


def _arguments(class_name: str, config: dict[str, Any]) -> dict[str, Any]:
    """Return the settings as Keras' constructors expect them, without random weights, which are replaced anyway."""
    arguments = {
        key: tuple(value) if isinstance(value, list) and key != "shared_axes" else value
        for key, value in config.items()
    }
    if class_name in {"Rescaling", "Normalization"}:
        for key in ("scale", "offset", "mean", "variance"):
            if isinstance(config.get(key), list):
                arguments[key] = np.array(config[key], dtype=np.float32)
    elif class_name in {"ZeroPadding2D", "Cropping2D"}:
        for key in ("padding", "cropping"):
            if key in config:
                arguments[key] = tuple(tuple(side) for side in config[key])
    elif class_name in {"Conv1D", "Conv2D", "Conv2DTranspose", "Dense", "EinsumDense", CLASS}:
        arguments["kernel_initializer"] = "zeros"
    elif class_name in {"DepthwiseConv1D", "DepthwiseConv2D"}:
        arguments["depthwise_initializer"] = "zeros"
    elif class_name in {"SeparableConv1D", "SeparableConv2D"}:
        arguments |= {"depthwise_initializer": "zeros", "pointwise_initializer": "zeros"}
    return arguments


def _einsum_shape(config: dict[str, Any], input_shape: tuple[int, ...]) -> tuple[int | None, ...]:
    """Return the output shape of an EinsumDense layer, with the lengths that its settings leave to its input."""
    left, _, result = config["equation"].partition("->")
    lengths = dict(zip(left.partition(",")[0][1:], input_shape, strict=True))
    stored = config["output_shape"]
    stored = stored if isinstance(stored, list) else [stored]
    return tuple(
        lengths.get(letter) if length is None else length for letter, length in zip(result[1:], stored, strict=True)
    )


def _taken(tensor: Any, channels: str | list[int], *, name: str) -> Any:
    """Take channels out of images, in an order, with layers that have no weights.

    Raises:
        Refusal: `unsupported-config`, if there are no such channels.
    """
    if len(tensor.shape) != 4:
        raise Refusal("unsupported-config", f"'{name}' takes channels out of an input of shape {tensor.shape[1:]}")
    count = int(tensor.shape[-1])
    wanted = list(range(count))[::-1] if isinstance(channels, str) else channels
    if not 1 <= len(wanted) <= _MOST_TAKEN or max(wanted) >= count:
        raise Refusal("unsupported-config", f"'{name}' takes channels {wanted} out of {count}")
    layers = keras.layers
    columns = layers.Permute((1, 3, 2), name=f"{name}_channels_inside")(tensor)
    parts = [
        layers.Cropping2D(((0, 0), (channel, count - 1 - channel)), name=f"{name}_channel_{place}")(columns)
        for place, channel in enumerate(wanted)
    ]
    joined = layers.Concatenate(axis=2, name=f"{name}_channels")(parts) if len(parts) > 1 else parts[0]
    return layers.Permute((1, 3, 2), name=name)(joined)


def _refuse_mixing(layer: LayerAnswer, config: dict[str, Any], rank: int) -> None:
    """Refuse a layer that computes along the batch axis: an image's answer would depend on the images beside it.

    Args:
        layer: the layer.
        config: its checked settings.
        rank: number of axes of its input, with the batch axis.

    Raises:
        Refusal: `unsupported-config`.
    """
    axes = config.get("axes" if layer.class_name == "Dot" else "axis", -1)
    for axis in axes if isinstance(axes, list) else [axes]:
        if layer.class_name in _FREE_AXES and not (0 < axis < rank or -rank < axis < 0):
            raise Refusal("unsupported-config", f"layer '{layer.name}' computes along axis {axis} of {rank}")


def _refuse_misfit_scale(layer: LayerAnswer, config: dict[str, Any], input_shape: tuple[int, ...]) -> None:
    """Refuse a Rescaling layer that does not fit its input: Keras builds it, and fails when it computes.

    Args:
        layer: the layer.
        config: its checked settings.
        input_shape: shape of its input, without the batch axis.

    Raises:
        Refusal: `unsupported-config`.
    """
    if layer.class_name != "Rescaling":
        return
    try:
        shapes = [np.array(config.get(key, 0), dtype=np.float32).shape for key in ("scale", "offset")]
        scaled_shape = np.broadcast_shapes(*shapes, input_shape)
    except ValueError as error:
        raise Refusal(
            "unsupported-config", f"layer '{layer.name}' has scales of another shape than its input"
        ) from error
    if max(len(shape) for shape in shapes) > len(input_shape):
        raise Refusal("unsupported-config", f"layer '{layer.name}' scales each image of a batch otherwise")
    if scaled_shape != input_shape:
        raise Refusal("unsupported-config", f"layer '{layer.name}' has scales of another shape than its input")
