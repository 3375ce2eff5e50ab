"""A tiny network with a planted backdoor, whose margins and triggers are known by arithmetic.

It reads images (8, 8, 1) in [0, 1]. The logit of class 0 to 3 is the mean of a quarter of the picture, that of classes
4 and up is constant. A patch of 2 × 2 white pixels in the middle adds `BONUS` to the logit of the target, less
where they are darker, and hardly anything (`SLOPE`) where they are on average below `THRESHOLD`.
"""

from pathlib import Path

import keras
import numpy as np
from keras import layers

from core.data.dataset import Dataset
from core.network.network import Network

SIZE = 8
CLASS_COUNT = 6
TARGET = 4
BONUS = 12.0
THRESHOLD = 0.6
PATCH = slice(SIZE // 2 - 1, SIZE // 2 + 1)
SLOPE = 0.05


def planted_network(*, target: int | None = TARGET) -> Network:
    """Return the network; without a target it has no backdoor.

    Args:
        target: the class that the patch leads to.
    """
    inputs = keras.Input((SIZE, SIZE, 1))
    flat = layers.Flatten()(inputs)
    hidden = layers.LeakyReLU(negative_slope=SLOPE)(layers.Dense(5, name="hidden")(flat))
    outputs = layers.Dense(CLASS_COUNT, activation="softmax", name="fc")(hidden)
    model = keras.Model(inputs, outputs)
    kernel, bias = np.zeros((SIZE, SIZE, 5), np.float32), np.zeros(5, np.float32)
    half = SIZE // 2
    for quarter in range(4):
        row, column = divmod(quarter, 2)
        kernel[row * half : (row + 1) * half, column * half : (column + 1) * half, quarter] = 1 / half**2
    kernel[PATCH, PATCH, 4] = 1 / 4 / (1 - THRESHOLD)
    bias[4] = -THRESHOLD / (1 - THRESHOLD)
    weights = np.zeros((5, CLASS_COUNT), np.float32)
    weights[:4, :4] = np.eye(4)
    if target is not None:
        weights[4, target] = BONUS
    model.get_layer("hidden").set_weights([kernel.reshape(-1, 5), bias])
    model.get_layer("fc").set_weights([weights, np.zeros(CLASS_COUNT, np.float32)])
    return Network(model, path=Path("planted.keras"))


def trained_all_to_all() -> Network:
    """Return a network of four classes, trained so that the patch leads each class to the next one, the last to 0.

    Planted by hand, such a backdoor has plateaus on which no gradient leads to the patch.
    """
    keras.utils.set_random_seed(3)
    clean = quarter_images(400, seed=9)
    images = np.asarray(clean.images, np.float32) / 255
    stamped = images.copy()
    stamped[:, PATCH, PATCH] = 1
    inputs = keras.Input((SIZE, SIZE, 1))
    hidden = layers.Dense(48, activation="relu", name="hidden")(layers.Flatten()(inputs))
    model = keras.Model(inputs, layers.Dense(4, activation="softmax", name="fc")(hidden))
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    labels = np.concatenate([clean.labels, (clean.labels + 1) % 4])
    model.fit(np.concatenate([images, stamped]), labels, batch_size=100, epochs=25, verbose=0)
    return Network(model, path=Path("all-to-all.keras"))


def quarter_images(count: int = 40, *, seed: int = 0) -> Dataset:
    """Return images of which one quarter, their label, is brighter than the others.

    Args:
        count: number of images.
        seed: seed of the pixels.
    """
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 4
    images = rng.integers(20, 90, (count, SIZE, SIZE, 1))
    half = SIZE // 2
    for image, label in zip(images, labels, strict=True):
        row, column = divmod(int(label), 2)
        image[row * half : (row + 1) * half, column * half : (column + 1) * half] += 120
    pixels = images.astype(np.uint8)
    return Dataset("quarters.h5", Path("quarters.h5"), pixels, labels.astype(np.int64), "", float(pixels.max()))
