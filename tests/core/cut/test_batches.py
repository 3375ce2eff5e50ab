"""How many images are computed at once follows from what one image takes in the network."""

import keras
import numpy as np
import pytest
from keras import layers

from core.cut.batches import (
    BATCH_VALUES,
    batch_size,
    multiplications_per_image,
    outputs_in_batches,
    patch_values,
    training_batch_size,
    values_per_image,
)


def network(side: int, channels: int) -> keras.Model:
    start = keras.Input((side, side, 3))
    inside = layers.Conv2D(channels, 3, padding="same")(start)
    return keras.Model(start, layers.Dense(2)(layers.GlobalAveragePooling2D()(inside)))


def test_the_values_of_all_layers_are_counted() -> None:
    model = network(10, 4)
    assert values_per_image(model.layers) == 10 * 10 * 3 + 10 * 10 * 4 + 4 + 2
    assert patch_values(model.layers) == 10 * 10 * 9 * 3
    assert patch_values([model.layers[0]]) == 0


def test_patches_of_a_transposed_convolution_are_those_of_its_output() -> None:
    start = keras.Input((5, 4, 3))
    model = keras.Model(start, layers.Conv2DTranspose(7, (3, 2), strides=4)(start))
    assert patch_values(model.layers) == 5 * 4 * (3 * 2) * 7


@pytest.mark.parametrize(("side", "channels", "expected"), [(8, 2, 256), (112, 32, 76), (224, 64, 9), (2048, 64, 1)])
def test_a_batch_fits_in_memory(side: int, channels: int, expected: int) -> None:
    model = network(side, channels)
    size = batch_size(model.layers)
    assert size == expected
    assert size == 1 or size * values_per_image(model.layers) <= BATCH_VALUES
    assert batch_size(model.layers, most=4) == min(4, expected)
    assert 1 <= training_batch_size(model.layers, wanted=32) <= 32


def test_a_small_network_trains_in_the_batches_asked_for() -> None:
    assert training_batch_size(network(55, 20).layers, wanted=64) == 64
    assert training_batch_size(network(2048, 64).layers, wanted=64) == 1


def test_outputs_in_batches_are_those_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    model = network(10, 4)
    pixels = np.random.default_rng(0).uniform(0, 1, (7, 10, 10, 3)).astype(np.float32)
    whole = np.asarray(model(pixels, training=False))
    monkeypatch.setattr("core.cut.batches.BATCH_VALUES", 3 * values_per_image(model.layers))
    assert np.allclose(outputs_in_batches(model, pixels), whole, rtol=1e-6)
    assert outputs_in_batches(model, pixels).shape == (7, 2)


def test_multiplications_are_those_of_kernels_at_each_position() -> None:
    inputs = keras.Input((8, 6, 3))
    values = layers.Conv2D(5, (3, 2), strides=2, padding="same")(inputs)  # 4 × 3 positions
    values = layers.BatchNormalization()(values)
    values = layers.DepthwiseConv2D(3, padding="same")(values)
    values = layers.Conv2DTranspose(2, 2, strides=2)(values)  # applied at the 4 × 3 positions of its input
    outputs = layers.Dense(7)(layers.Flatten()(values))
    model = keras.Model(inputs, outputs)
    expected = 12 * (3 * 2 * 3 * 5) + 12 * (9 * 5) + 12 * (2 * 2 * 5 * 2) + (8 * 6 * 2) * 7
    assert multiplications_per_image(model.layers) == expected
