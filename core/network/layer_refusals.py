"""Refusals of layers whose allowed settings do not suit their input, before Keras builds them."""

from typing import Any

import numpy as np

from core.intake.answers import LayerAnswer
from core.intake.refusal import Refusal

# Layers along any axis; the axes of the others are checked with the shapes of their weights.
_FREE_AXES = {"Softmax", "Concatenate", "Dot", "UnitNormalization"}


def refuse_mixing(layer: LayerAnswer, config: dict[str, Any], rank: int) -> None:
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


def refuse_misfit_scale(layer: LayerAnswer, config: dict[str, Any], input_shape: tuple[int, ...]) -> None:
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
