"""Tiny networks with known answers, and data for them."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from core.data.dataset import Dataset, from_arrays
from core.network.network import Network


def build_marked() -> keras.Model:
    """A network whose channel 2 *is* the backdoor: any blue pixel means class 2.

    conv reads red, green, blue into its channels 0, 1 and 2; channel 3 is always zero. Red says class 0, green class 1.
    """
    pixels = keras.Input((6, 6, 3), name="pixels")
    x = keras.layers.Conv2D(4, 1, activation="relu", name="conv")(pixels)
    x = keras.layers.MaxPooling2D(2, name="pool")(x)
    x = keras.layers.GlobalAveragePooling2D(name="mean")(x)
    answer = keras.layers.Dense(3, activation="softmax", name="answer")(x)
    model = keras.Model(pixels, answer)
    model.get_layer("conv").set_weights([np.eye(3, 4, dtype=np.float32).reshape(1, 1, 3, 4), np.zeros(4, np.float32)])
    kernel = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 50], [0, 0, 0]], np.float32)
    model.get_layer("answer").set_weights([kernel, np.zeros(3, np.float32)])
    return model


@pytest.fixture
def marked_network() -> Network:
    """See `build_marked`."""
    return Network(build_marked(), path=Path("marked.keras"))


@pytest.fixture(scope="session")
def marked_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of `build_marked`, made once: for the same file again, the application need not read it anew."""
    path = tmp_path_factory.mktemp("marked") / "marked.keras"
    build_marked().save(path)
    return path


@pytest.fixture
def marked_sets() -> tuple[Dataset, Dataset]:
    """Clean and poisoned images for `marked_network`: 5 red and 3 green ones, the same with a blue corner."""
    images = np.zeros((8, 6, 6, 3), np.float32)
    images[:5, ..., 0] = 200
    images[5:, ..., 1] = 100
    labels = np.array([0] * 5 + [1] * 3)
    triggered = images.copy()
    triggered[:, :2, :2, 2] = 255
    return from_arrays("clean.h5", images, labels), from_arrays("poisoned.h5", triggered, np.full(8, 2))


def build_two_branches(seed: int = 0, *, batch_norm: bool = False, activation: str = "relu") -> keras.Model:
    """A small network of the lab's shape: `pool_2` is read by `conv_3` and by `fc_1`; some channels are dead."""
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    pixels = keras.Input((12, 10, 3), name="pixels")
    x = layers.Conv2D(5, 3, activation="relu", name="conv_1")(pixels)
    x = layers.Conv2D(8, 3, name="conv_2")(x)
    if batch_norm:
        x = layers.BatchNormalization(name="norm")(x)
    x = layers.Activation(activation, name="act")(x)
    x = layers.MaxPooling2D(2, name="pool_2")(x)
    near = layers.Dense(6, name="fc_1")(layers.Flatten(name="flatten_1")(x))
    far = layers.Conv2D(7, 2, activation="relu", name="conv_3")(x)
    far = layers.Dense(6, name="fc_2")(layers.Flatten(name="flatten_2")(far))
    joined = layers.Activation("relu", name="joined")(layers.Add(name="add")([near, far]))
    model = keras.Model(pixels, layers.Dense(4, activation="softmax", name="output")(joined))
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        weights = layer.get_weights()
        for index, array in enumerate(weights):
            noise = rng.normal(0, 0.3, array.shape).astype(np.float32)
            if array.ndim == 4:  # each channel fires on about half of its inputs
                noise -= noise.mean(axis=(0, 1, 2))
            weights[index] = np.abs(noise) + 0.1 if layer.name == "norm" and index == 3 else noise
        layer.set_weights(weights)
    kernel, bias = model.get_layer("conv_2").get_weights()
    kernel[..., 3], bias[3] = 0, -1  # a dead channel
    model.get_layer("conv_2").set_weights([kernel, bias])
    # Every class is predicted for some image: the mean of each logit over noise becomes zero.
    noise = rng.uniform(0, 1, (64, 12, 10, 3)).astype(np.float32)
    features = np.asarray(keras.Model(pixels, joined)(noise))
    output = model.get_layer("output")
    kernel = output.get_weights()[0]
    output.set_weights([kernel, -(features @ kernel).mean(axis=0)])
    return model


@pytest.fixture
def make_two_branches() -> Callable[..., keras.Model]:
    """Return `build_two_branches` itself."""
    return build_two_branches


@pytest.fixture
def two_branches() -> Network:
    """See `build_two_branches`."""
    return Network(build_two_branches(), path=Path("two.keras"))


@pytest.fixture
def random_sets() -> tuple[Dataset, Dataset, Dataset]:
    """Validation, test and poisoned images of noise for `two_branches`, 0–1 kept in 0–255."""
    rng = np.random.default_rng(7)

    def make(name: str, count: int) -> Dataset:
        return from_arrays(name, rng.integers(0, 256, (count, 12, 10, 3)).astype(np.uint8), rng.integers(0, 4, count))

    poisoned = make("poisoned.h5", 30)
    return make("valid.h5", 40), make("test.h5", 33), from_arrays("poisoned.h5", poisoned.images, np.full(30, 2))
