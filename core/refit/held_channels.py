"""Pruned channels that stay pruned during training: which weights are held at zero."""

from collections.abc import Mapping

import keras
import numpy as np
from numpy.typing import NDArray

from core.channels import ALL_LAYERS
from core.errors import PruningError
from core.network.network import FloatArray, Network
from core.network.rebuild import build_pruned, copy_model, prune_output

BoolArray = NDArray[np.bool_]


def prune_to_train(
    network: Network, channel_masks: Mapping[str, BoolArray], *, probe: FloatArray | None = None
) -> tuple[keras.Model, dict[str, BoolArray]]:
    """Return a copy with channels pruned in its weights, and the weights that must stay zero.

    If a channel is pruned by a mask layer (because an activation does not map zero to zero), that layer is not trained.

    Args:
        network: B; not changed.
        channel_masks: masks by convolution, shape (C,), True = kept; convolutions not listed keep all channels.
        probe: images for comparing the copy's outputs, see `build_pruned`.

    Returns:
        The copy, and by variable path a mask of the variable's shape, True = free to change; variables that are
        entirely free are left out.

    Raises:
        LayerError: no such convolution.
        PruningError: a mask does not fit its layer.
    """
    for name, mask in channel_masks.items():
        expected = (network.layer(name).channel_count,)
        if mask.shape != expected:
            raise PruningError(
                f"channel_mask must have shape {expected} for the convolution '{name}', got {mask.shape}"
            )
    pruned = {name: np.flatnonzero(~mask) for name, mask in channel_masks.items() if not mask.all()}
    if not pruned:
        model = copy_model(network)
        make_trainable(model)
        return model, {}
    parts = network.layer(ALL_LAYERS).parts
    full = [channel_masks.get(part.name, np.ones(part.channel_count, dtype=bool)) for part in parts]
    model = build_pruned(network, layer=ALL_LAYERS, channel_mask=np.concatenate(full), probe=probe)
    make_trainable(model)
    for layer in model.layers:
        if layer.name not in network.graph.layers:
            layer.trainable = False
    free: dict[str, BoolArray] = {}
    for name, channels in pruned.items():
        for each in network.graph.chain(network.layer(name)):
            layer = model.get_layer(each)
            before = layer.get_weights()
            layer.set_weights([np.ones_like(array) for array in before])
            prune_output(layer, channels)
            for variable, array in zip(layer.weights, layer.get_weights(), strict=True):
                if variable.trainable and not array.all():
                    free[variable.path] = free.get(variable.path, True) & (array != 0)
            layer.set_weights(before)
    return model, free


def make_trainable(model: keras.Model) -> None:
    """Make every layer trainable, whatever the model file says."""
    for layer in model.layers:
        layer.trainable = True
