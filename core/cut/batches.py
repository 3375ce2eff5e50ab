"""How many images a network computes at once, from the number of values that an image takes in it."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

# The total number of layer output values in one TensorFlow batch: large enough to keep TensorFlow busy, small enough to
# cancel quickly and to use little memory (128 MiB of float32).
BATCH_VALUES = 1 << 25
MOST_AT_ONCE = 256
# In training, the outputs of all layers are kept, and each has a gradient and as much again in between: 6 GiB.
TRAINING_VALUES = 1 << 29
TRAINING_COPIES = 3
# The most that one image may take, with the largest layer's patches: 1 GiB of float32.
LARGEST_VALUES = 1 << 28

_Layers = Iterable[Any]


def values_per_image(layers: _Layers) -> int:
    """Return the number of values that the layers of a Keras model put out for one image, with attention scores."""
    return sum(_size(layer.output.shape) + _attended(layer) for layer in layers)


def patch_values(layers: _Layers) -> int:
    """Return the number of values in the patches of one image that the largest convolution may be computed from.

    A convolution can be computed as a product of its kernel with the patches that it is applied to ("im2col"): for each
    output position the values of the kernel's whole field.
    """
    return max((_patch_size(layer) for layer in layers), default=0)


def multiplications_per_image(layers: _Layers) -> int:
    """Return about how many multiplications one image takes: those of convolutions and dense layers."""
    return sum(_multiplications(layer) for layer in layers)


def batch_size(layers: _Layers, *, most: int = MOST_AT_ONCE) -> int:
    """Return the number of images per TensorFlow batch, from 1 to `most`, for computing answers."""
    return int(np.clip(BATCH_VALUES // max(values_per_image(layers), 1), 1, most))


def training_batch_size(layers: _Layers, *, wanted: int) -> int:
    """Return the number of images per step of training, from 1 to `wanted`."""
    values = TRAINING_COPIES * values_per_image(layers)
    return int(np.clip(TRAINING_VALUES // max(values, 1), 1, wanted))


def outputs_in_batches(model: Any, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the outputs (n, K) of a Keras model for images (n, H, W, C), computed in batches that fit in memory."""
    size = batch_size(model.layers)
    parts = [model(pixels[start : start + size], training=False) for start in range(0, len(pixels), size)]
    return np.concatenate([np.asarray(part) for part in parts])


def _size(shape: Any) -> int:
    return int(np.prod([int(length) for length in shape[1:]], dtype=object))


def _attended(layer: Any) -> int:
    """Return the number of values inside an attention: its scores, before and after the softmax, and projections."""
    if type(layer).__name__ != "MultiHeadAttention":
        return 0
    query, value = (tensor.shape for tensor in layer._inbound_nodes[0].input_tensors[:2])
    places, places_read = (_size(shape) // int(shape[-1]) for shape in (query, value))
    read = int(np.prod([int(value[axis]) for axis in layer.attention_axes], dtype=object))
    widths = places * (layer.key_dim + layer.value_dim) + places_read * (layer.key_dim + layer.value_dim)
    return int(layer.num_heads) * (2 * places * read + widths)


def _multiplications(layer: Any) -> int:
    """Return positions · weights: each weight of a kernel is used once at each position that it is applied to."""
    kernels = [each for each in layer.weights if len(each.shape) > 1]
    if not kernels:
        return 0
    walked = layer.input if type(layer).__name__ == "Conv2DTranspose" else layer.output
    positions = _size(walked.shape) // int(walked.shape[-1])
    return positions * sum(int(np.prod([int(length) for length in each.shape])) for each in kernels)


def _patch_size(layer: Any) -> int:
    kernel_size = getattr(layer, "kernel_size", None)
    if kernel_size is None:
        return 0
    # A transposed convolution makes patches of its output from each position of its input.
    is_transposed = type(layer).__name__ == "Conv2DTranspose"
    walked, read = (layer.input, layer.output) if is_transposed else (layer.output, layer.input)
    *positions, _ = walked.shape[1:]
    field = int(np.prod(kernel_size)) * int(read.shape[-1])
    return int(np.prod([int(length) for length in positions], dtype=object)) * field
