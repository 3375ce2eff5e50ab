"""Convolutions computed without their pruned channels, so that the cost falls with every pruned channel.

Only for masks shared by all images of a batch. A pruned channel's output is neither computed nor read.
"""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from core.channels import PrunableLayer
from core.cut.graph import Graph

# Layers between a convolution and where its activation is measured that work with any number of channels.
_ANY_WIDTH = ("Activation", "ReLU", "MaxPooling2D", "AveragePooling2D", "Dropout", "SpatialDropout2D")


def find_slim(graph: Graph, parts: Sequence[PrunableLayer]) -> dict[str, int]:
    """Map each convolution that can be computed for a subset of its channels to the index of its part."""
    found = {}
    for place, part in enumerate(parts):
        first, *others = graph.chain(part)
        layer = graph.layers[first]
        is_plain = graph.kind(first) == "Conv2D" and layer.groups == 1 and layer.data_format == "channels_last"
        if is_plain and _acts_alone(layer) and all(graph.kind(name) in _ANY_WIDTH for name in others):
            found[first] = place
    return found


def _acts_alone(layer: Any) -> bool:
    """Whether the layer's activation treats each channel independently of the others."""
    return layer.activation is None or keras.activations.serialize(layer.activation) not in ("softmax", "log_softmax")


def find_live(channel_mask: Any) -> Any:
    """Return the indices of the channels that a mask (C,) keeps; the first channel if it keeps none."""
    live = tf.where(channel_mask)[:, 0]
    return tf.cond(tf.size(live) > 0, lambda: live, lambda: tf.zeros((1,), tf.int64))


def convolve(layer: Any, pixels: Any, *, taken: Any | None, live: Any, is_linear: bool) -> Any:
    """Compute some of the output channels of a convolution.

    Args:
        layer: a Keras `Conv2D` without groups.
        pixels: the input, (n, h, w, C).
        taken: indices of the input channels that are not zero everywhere; None for all.
        live: indices of the output channels to compute.
        is_linear: whether to leave the activation out.
    """
    kernel, bias = layer.kernel, layer.bias
    if taken is not None:
        chosen = tf.one_hot(taken, pixels.shape[-1], axis=0)
        pixels, kernel = _times(pixels, chosen, tf.size(taken)), tf.gather(kernel, taken, axis=2)
    convolved = tf.nn.convolution(
        pixels,
        tf.gather(kernel, live, axis=3),
        strides=layer.strides,
        padding=layer.padding.upper(),
        dilations=layer.dilation_rate,
    )
    value = convolved if bias is None else convolved + tf.gather(bias, live)
    return value if is_linear or layer.activation is None else layer.activation(value)


def widen(value: Any, live: Any, channel_count: int) -> Any:
    """Return live channels (n, ..., L) at their positions among all channels (n, ..., C), zeros elsewhere."""
    return _times(value, tf.one_hot(live, channel_count), channel_count)


def _times(value: Any, matrix: Any, width: Any) -> Any:
    """Multiply a tensor (n, h, w, C) by a 0/1 matrix (C, D): exact, and faster than gathering columns."""
    height, breadth = value.shape[1], value.shape[2]
    product = tf.reshape(value, (-1, tf.shape(value)[-1])) @ matrix
    return tf.reshape(product, (-1, height, breadth, width))
