"""How a repaired network was made, judged by its weights."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    for prunable in base.summary.layers:
        zero = _zero_channels(others[prunable.name]) & ~_zero_channels(layers[prunable.name])
        if zero.any():
            parts.append(f"{int(zero.sum())} of {len(zero)} channels of {prunable.name} are zero")
            for name in base.graph.chain(prunable):
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


def _is_equal(one: Any, other: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))
