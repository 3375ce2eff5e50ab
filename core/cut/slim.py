"""Convolutions computed without the channels that are pruned: what they cost falls with every channel.

Only for masks that hold for all images of a batch. A pruned channel's output is not computed, and no reader takes it.
"""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from core.channels import PrunableLayer
from core.cut.graph import Graph

# Behind a convolution, as far as its activation is measured: these ask nothing of the number of channels.
_ANY_WIDTH = ("Activation", "ReLU", "MaxPooling2D", "AveragePooling2D", "Dropout", "SpatialDropout2D")


def find_slim(graph: Graph, parts: Sequence[PrunableLayer]) -> dict[str, int]:
    """The convolutions that can be computed for some of their channels alone, and which part each one is."""
    found = {}
    for place, part in enumerate(parts):
        first, *others = graph.chain(part)
        layer = graph.layers[first]
        is_plain = graph.kind(first) == "Conv2D" and layer.groups == 1 and layer.data_format == "channels_last"
        if is_plain and _acts_alone(layer) and all(graph.kind(name) in _ANY_WIDTH for name in others):
            found[first] = place
    return found


def _acts_alone(layer: Any) -> bool:
    """Whether its activation makes of each channel what that channel says, and not what the others do."""
    return layer.activation is None or keras.activations.serialize(layer.activation) not in ("softmax", "log_softmax")


def find_live(channel_mask: Any) -> Any:
    """The channels, by number, that a mask (C,) keeps; the first one where it keeps none."""
    live = tf.where(channel_mask)[:, 0]
    return tf.cond(tf.size(live) > 0, lambda: live, lambda: tf.zeros((1,), tf.int64))


def convolve(layer: Any, pixels: Any, *, taken: Any | None, live: Any, is_linear: bool) -> Any:
    """What a convolution makes of a tensor (n, h, w, C), for some of its channels.

    Args:
        layer: a Keras `Conv2D` without groups.
        pixels: what it reads.
        taken: which channels of it are not zero everywhere; None for all.
        live: which channels to compute.
        is_linear: leave the activation out.
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
    """The live channels (n, ..., L) in their places among all (n, ..., C), zeros elsewhere."""
    return _times(value, tf.one_hot(live, channel_count), channel_count)


def _times(value: Any, matrix: Any, width: Any) -> Any:
    """A tensor (n, h, w, C) times a matrix (C, D) of zeros and ones: exact, and faster than gathering columns."""
    height, breadth = value.shape[1], value.shape[2]
    product = tf.reshape(value, (-1, tf.shape(value)[-1])) @ matrix
    return tf.reshape(product, (-1, height, breadth, width))
