"""The weights that make a channel, and those by which other layers read it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.activity.records import ChannelWeights, ReaderWeight
from core.channels import Reader
from core.network.network import Network

FloatArray = NDArray[np.float32]
SLICE_COUNT = 16


def channel_weights(network: Network, layer: str, channel: int, *, slice_count: int = SLICE_COUNT) -> ChannelWeights:
    """Return the weights of a channel.

    Args:
        network: the network.
        layer: the convolution.
        channel: index of the channel.
        slice_count: the most slices of the kernel that are returned, those with the largest norms.

    Raises:
        LayerError: no such layer.
    """
    prunable = network.layer(layer)
    keras_layer = network.graph.layers[layer]
    kernel, sources = _kernel_of(keras_layer, channel)
    norms = np.sqrt((kernel.astype(np.float64) ** 2).sum(axis=(1, 2)))
    is_colour = network.graph.inputs[layer] == (network.graph.input_layer,) and len(kernel) == 3
    chosen = np.arange(3) if is_colour else np.sort(np.argsort(-norms, kind="stable")[:slice_count])
    return ChannelWeights(
        kernel=np.array(kernel[chosen], dtype=np.float32),
        sources=tuple(sources[place] for place in chosen),
        source_count=len(kernel),
        norm=float(np.sqrt((norms**2).sum())),
        bias=_bias_of(keras_layer, channel),
        is_colour=is_colour,
        readers=tuple(_reader_weight(network, each, channel, prunable.channel_count) for each in prunable.readers),
    )


def _kernel_of(layer: Any, channel: int) -> tuple[FloatArray, tuple[int, ...]]:
    """Return the slices of a channel's kernel, shape (S, kh, kw), and the input channel of each."""
    kind = type(layer).__name__
    if kind == "DepthwiseConv2D":
        kernel = np.asarray(layer.kernel)  # (kh, kw, inputs, multiplier)
        source, part = divmod(channel, kernel.shape[3])
        return kernel[np.newaxis, :, :, source, part], (source,)
    if kind == "SeparableConv2D":
        kernel = _separable(layer)
        return np.moveaxis(kernel[..., channel], 2, 0), tuple(range(kernel.shape[2]))
    kernel = np.asarray(layer.kernel)  # (kh, kw, inputs of a group, outputs)
    inputs, outputs = kernel.shape[2:]
    first = channel // (outputs // layer.groups) * inputs
    return np.moveaxis(kernel[..., channel], 2, 0), tuple(range(first, first + inputs))


def _separable(layer: Any) -> FloatArray:
    """Return the kernel (kh, kw, inputs, outputs) of the convolution that a separable one is equal to."""
    depthwise, pointwise = np.asarray(layer.depthwise_kernel), np.asarray(layer.pointwise_kernel)
    inputs, multiplier = depthwise.shape[2:]
    mixing = pointwise[0, 0].reshape(inputs, multiplier, -1)
    return np.einsum("hwim,imo->hwio", depthwise, mixing, optimize=True)


def _bias_of(layer: Any, channel: int) -> float | None:
    bias = getattr(layer, "bias", None)
    return None if bias is None else float(np.asarray(bias)[channel])


def _reader_weight(network: Network, reader: Reader, channel: int, channel_count: int) -> ReaderWeight:
    norms = _norms_by_channel(network.graph.layers[reader.layer], channel_count) if reader.is_cuttable else None
    if norms is None:
        return ReaderWeight(reader.layer, reader.class_name, None, 0, channel_count)
    place = int((norms > norms[channel]).sum()) + 1
    return ReaderWeight(reader.layer, reader.class_name, float(norms[channel]), place, channel_count)


def _norms_by_channel(layer: Any, channel_count: int) -> NDArray[np.float64] | None:
    """Return the norm of the weights by which a layer reads each channel, shape (C,); None if that is not known."""
    kind = type(layer).__name__
    if kind == "DepthwiseConv2D":
        parts = np.moveaxis(np.asarray(layer.kernel), 2, 0)
    elif kind == "SeparableConv2D":
        parts = np.moveaxis(_separable(layer), 2, 0)
    elif kind == "Dense":
        kernel = np.asarray(layer.kernel)  # flattened, the channels are the last axis
        if len(kernel) % channel_count:
            return None
        parts = np.moveaxis(kernel.reshape(-1, channel_count, kernel.shape[1]), 1, 0)
    else:
        kernel = np.asarray(layer.kernel)
        inputs, outputs = kernel.shape[2:]
        groups = kernel.reshape(*kernel.shape[:2], inputs, layer.groups, outputs // layer.groups)
        parts = np.moveaxis(groups, (3, 2), (0, 1)).reshape(layer.groups * inputs, -1)
    if len(parts) != channel_count:
        return None
    return np.sqrt((parts.reshape(channel_count, -1).astype(np.float64) ** 2).sum(axis=1))
