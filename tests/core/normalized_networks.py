"""Networks whose batch normalization is behind the activation, and their answers computed layer by layer."""

from pathlib import Path

import keras
import numpy as np

from core.channels import ChannelTensor
from core.network.network import Network

ACTIVATION, NORMALIZATION = ChannelTensor.ACTIVATION, ChannelTensor.NORMALIZATION
KINDS = ("plain", "layer", "separable", "depthwise", "sigmoid")


def build_normalized(kind: str = "plain", *, seed: int = 3) -> Network:
    """Return pixels (10, 10, 2) → 3 classes: conv → ReLU → norm three times; `pool_2` is read by `conv_3` and `fc_1`.

    Args:
        kind: of `conv_2`: with its activation inside, as a layer of its own, separable, depthwise (and then of 8
            channels), or with a sigmoid.
        seed: seed of the weights.
    """
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    second = {
        "plain": lambda: layers.Conv2D(6, 3, activation="relu", name="conv_2"),
        "layer": lambda: layers.Conv2D(6, 3, name="conv_2"),
        "separable": lambda: layers.SeparableConv2D(6, 3, activation="relu", name="conv_2"),
        "depthwise": lambda: layers.DepthwiseConv2D(3, depth_multiplier=2, activation="relu", name="conv_2"),
        "sigmoid": lambda: layers.Conv2D(6, 3, activation="sigmoid", name="conv_2"),
    }[kind]
    pixels = keras.Input((10, 10, 2), name="pixels")
    x = layers.Conv2D(4, 3, activation="relu", name="conv_1")(pixels)
    x = second()(layers.BatchNormalization(name="norm_1")(x))
    if kind == "layer":
        x = layers.ReLU(name="act_2")(x)
    x = layers.MaxPooling2D(2, name="pool_2")(layers.BatchNormalization(name="norm_2")(x))
    far = layers.Conv2D(5, 2, padding="same", activation="relu", name="conv_3")(x)
    far = layers.Flatten(name="flat_3")(layers.BatchNormalization(scale=False, name="norm_3")(far))
    near = layers.Dense(7, activation="relu", name="fc_1")(layers.Flatten(name="flat_2")(x))
    joined = layers.Concatenate(name="joined")([layers.Dense(6, activation="relu", name="fc_2")(far), near])
    model = keras.Model(pixels, layers.Dense(3, activation="softmax", name="out")(joined))
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            spread = [rng.normal(0, 0.5, weight.shape) for weight in layer.get_weights()]
            layer.set_weights([*spread[:-1], rng.uniform(0.2, 2, spread[-1].shape)])
        elif layer.get_weights() and layer.use_bias:
            weights = layer.get_weights()
            layer.set_weights([*weights[:-1], rng.normal(0, 0.1, weights[-1].shape)])
    # Every class is the answer of some images, so that pruning changes answers.
    features = np.asarray(keras.Model(pixels, joined)(rng.random((200, 10, 10, 2)).astype(np.float32), training=False))
    kernel = model.get_layer("out").get_weights()[0]
    kernel = kernel / (features @ kernel).std(axis=0)
    model.get_layer("out").set_weights([kernel, -(features @ kernel).mean(axis=0)])
    return Network(model, path=Path("normalized.keras"))


def answers(network, pixels, masks, tensor, *, reader=None):
    """Return the labels (n,) with channels zeroed at a tensor, by calling each layer.

    Args:
        network: of `build_normalized`.
        pixels: shape (n, 10, 10, 2).
        masks: by convolution, True = kept.
        tensor: where channels are zeroed.
        reader: "conv_3" or "fc_1" alone reads `conv_2` masked; None for both.
    """
    call = {layer.name: layer for layer in network.model.layers}

    def at(name, value, place):
        return value * masks[name].astype(np.float32) if name in masks and place is tensor else value

    def normalized(name, value):
        value = call[name.replace("conv", "norm")](at(name, value, ACTIVATION), training=False)
        return at(name, value, NORMALIZATION)

    x = normalized("conv_1", call["conv_1"](pixels))
    x = call["conv_2"](x)
    x = call["act_2"](x) if "act_2" in call else x
    pruned = call["pool_2"](normalized("conv_2", x))
    whole = call["pool_2"](call["norm_2"](x, training=False))
    far = call["flat_3"](normalized("conv_3", call["conv_3"](whole if reader == "fc_1" else pruned)))
    near = call["fc_1"](call["flat_2"](whole if reader == "conv_3" else pruned))
    outputs = call["out"](call["joined"]([call["fc_2"](far), near]))
    return np.asarray(outputs).argmax(axis=1)


def split(network, layer, mask):
    """Return the mask of each convolution of a mask (C,) of several."""
    prunable = network.layer(layer)
    parts = prunable.parts or (prunable,)
    ends = np.cumsum([each.channel_count for each in parts])[:-1]
    return {each.name: one for each, one in zip(parts, np.split(mask, ends), strict=True)}
