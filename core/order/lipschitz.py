"""An upper bound of each channel's sensitivity to its input, computed from the weights alone.

Source: Zheng, Tang, Li, Liu, "Data-free Backdoor Removal Based on Channel Lipschitzness", ECCV 2022, section 3: a
channel's Lipschitz constant is bounded by the spectral norm of its kernel, as a matrix of input channels × positions,
times the scale over the standard deviation of a batch normalization in front of the tensor that is masked. Channels
that a trigger drives have large bounds.
Without batch normalization the bound is less informative, because the channels of a layer have no common scale.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.channels import PrunableLayer
from core.cut.graph import Graph

FloatArray = NDArray[np.float64]


def channel_bounds(graph: Graph, layer: PrunableLayer) -> FloatArray:
    """Return the bound of each channel of a layer, shape (C,), float64, at least 0; several layers are concatenated."""
    return np.concatenate([_bounds(graph, part) for part in layer.parts or (layer,)])


def _bounds(graph: Graph, layer: PrunableLayer) -> FloatArray:
    bounds = np.ones(layer.channel_count)
    for name in graph.chain(layer):
        kind, keras_layer = graph.kind(name), graph.layers[name]
        if kind == "BatchNormalization":
            bounds *= _scales(keras_layer)
        elif name == layer.name:
            bounds = _norms(kind, keras_layer)
    return bounds


def _norms(kind: str, layer: Any) -> FloatArray:
    """Return the spectral norm of each output channel's kernel, as a matrix of input channels × positions."""
    if kind == "SeparableConv2D":
        depthwise, pointwise = (np.asarray(each, dtype=np.float64) for each in layer.get_weights()[:2])
        kernels = np.einsum("hwim,imo->oihw", depthwise, pointwise.reshape(*depthwise.shape[2:], -1))
    elif kind == "DepthwiseConv2D":
        weights = np.asarray(layer.kernel, dtype=np.float64)  # (h, w, C, multiplier)
        kernels = weights.transpose(2, 3, 0, 1).reshape(-1, 1, *weights.shape[:2])
    else:
        kernels = np.asarray(layer.kernel, dtype=np.float64).transpose(3, 2, 0, 1)
    return np.linalg.norm(kernels.reshape(*kernels.shape[:2], -1), 2, axis=(1, 2))


def _scales(layer: Any) -> FloatArray:
    """Return the scale that a batch normalization gives each channel, |gamma| / sqrt(variance + epsilon)."""
    variance = np.asarray(layer.moving_variance, dtype=np.float64)
    gamma = np.ones_like(variance) if layer.gamma is None else np.asarray(layer.gamma, dtype=np.float64)
    return np.abs(gamma) / np.sqrt(variance + layer.epsilon)
