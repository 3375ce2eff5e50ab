"""How a repaired network was made, judged by its weights."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.channels import ChannelTensor
from core.cut.graph import CONVOLUTIONS
from core.network.network import Network
from core.network.rebuild import copy_model, prune_output

FOR_TRAINING = ("initializer", "regularizer", "constraint", "trainable", "seed")


def weight_difference(base: Network, pruned: Network) -> str:
    """Describe how B′ differs from B: "48 of 60 channels of conv_3 are zero, all else is B's".

    Args:
        base: B.
        pruned: B′.
    """
    layers, others = base.graph.layers, pruned.graph.layers
    if base.graph.inputs != pruned.graph.inputs or any(
        _settings(layers[name]) != _settings(each) for name, each in others.items()
    ):
        return "its layers are others than B's"
    parts = []
    copy = copy_model(base)
    first, last = (base.graph.prunable_layers(tensor) for tensor in ChannelTensor)
    for activated, normalized in zip(first, last, strict=True):
        prunable = activated
        zero = _zero_channels(others[activated.name]) & ~_zero_channels(layers[activated.name])
        if zero.any():
            chain, longer = base.graph.chain(activated), base.graph.chain(normalized)
            if all(_passes_zero(others[name], zero) for name in longer[len(chain) :]):
                prunable, chain = normalized, longer
            place = f" {prunable.tensor.text}" if prunable.tensor is not None else ""
            parts.append(f"{int(zero.sum())} of {len(zero)} channels of {prunable.name} are zero{place}")
            for name in chain:
                prune_output(copy.get_layer(name), np.flatnonzero(zero))
    changed_count = sum(not _is_equal(copy.get_layer(name), layer) for name, layer in others.items())
    if changed_count:
        what = (
            "the weights of 1 layer differ" if changed_count == 1 else f"the weights of {changed_count} layers differ"
        )
        return ", ".join([*parts, f"{what} from B's{' beyond that' if parts else ''}"])
    return ", ".join([*parts, "all else is B's"]) if parts else "its weights are B's"


def _settings(layer: Any) -> tuple[str, dict[str, Any], list[tuple[int, ...]]]:
    """Return what defines a layer's function, without what matters only for training."""
    config = {key: value for key, value in layer.get_config().items() if not key.endswith(FOR_TRAINING)}
    return type(layer).__name__, config, [each.shape for each in layer.get_weights()]


def _zero_channels(layer: Any) -> NDArray[np.bool_]:
    """Return which output channels of a convolution have a zero kernel and a zero bias, shape (C,)."""
    assert type(layer).__name__ in CONVOLUTIONS
    weights = layer.get_weights()
    kernel = weights[1 if type(layer).__name__ == "SeparableConv2D" else 0]
    is_zero: NDArray[np.bool_] = ~kernel.reshape(-1, layer.output.shape[-1]).any(axis=0)
    return is_zero & (weights[-1] == 0) if layer.use_bias else is_zero


def _passes_zero(layer: Any, channels: NDArray[np.bool_]) -> bool:
    """Whether a layer behind a convolution leaves channels that are zero at zero, by its weights."""
    if type(layer).__name__ != "BatchNormalization":
        return True
    shifts = (layer.gamma, layer.beta, layer.moving_mean)
    return not any(np.asarray(each)[channels].any() for each in shifts if each is not None)


def _is_equal(one: Any, other: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))
