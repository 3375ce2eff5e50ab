"""A network of many classes."""

from pathlib import Path

import keras
from keras import layers

from core.network.network import Network


def wide_network(class_count: int) -> Network:
    """Return a network of one dense layer that reads images (4, 4, 1).

    Args:
        class_count: number of classes.
    """
    inputs = keras.Input((4, 4, 1))
    outputs = layers.Dense(class_count, activation="softmax", name="fc")(layers.Flatten()(inputs))
    return Network(keras.Model(inputs, outputs), path=Path("wide.keras"))
