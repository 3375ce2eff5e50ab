"""Optimizers: a rescaled network is trained alike, and steps have the size that they should."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from core.data.dataset import Dataset, from_arrays
from core.network.network import Network
from core.refit.optimizers import LEAST_VECTOR_SIZE, make_optimizer
from core.refit.records import Optimizer, RefitSettings
from core.refit.refit import refit_network
from core.scale import Scale

SETTINGS = RefitSettings(
    epochs=6, batch_size=16, learning_rate=0.05, optimizer=Optimizer.RELATIVE, rollback_margin=1, held_out_share=0.25
)


def made_network(factor: float) -> Network:
    """Return a network whose first kernel is multiplied by a factor; the rest is always the same."""
    keras.utils.set_random_seed(7)
    inputs = keras.Input((12, 12, 3))
    hidden = keras.layers.Conv2D(6, 3, activation="relu", name="conv_1")(inputs)
    hidden = keras.layers.Conv2D(8, 3, activation="relu", name="conv_2")(hidden)
    outputs = keras.layers.Dense(4, activation="softmax")(keras.layers.Flatten()(hidden))
    model = keras.Model(inputs, outputs)
    kernel, bias = model.get_layer("conv_1").get_weights()
    model.get_layer("conv_1").set_weights([kernel * factor, bias])
    return Network(model, path=Path("made.keras"))


def made_images() -> Dataset:
    """Return images whose labels the network has to learn."""
    images = np.random.default_rng(4).integers(0, 120, (64, 12, 12, 3), dtype=np.uint8)
    labels = np.arange(64) % 4
    for image, label in zip(images, labels, strict=True):
        image[3 * label : 3 * label + 3] += 120
    return from_arrays("made.h5", images, labels)


def answers(optimizer: Optimizer, *, factor: float, scale: Scale) -> NDArray[np.float32]:
    """Return what the network answers after training."""
    images, settings = made_images(), replace(SETTINGS, optimizer=optimizer)
    made = refit_network(made_network(factor), images, settings, scale=scale)
    return np.asarray(made.model(images.batch(0, 64, scale=scale), training=False))


def test_a_network_and_its_rescaled_twin_are_trained_alike() -> None:
    unit = answers(Optimizer.RELATIVE, factor=1, scale=Scale.UNIT)
    raw = answers(Optimizer.RELATIVE, factor=1 / 255, scale=Scale.RAW)
    assert np.abs(unit - raw).max() < 1e-3
    assert np.array_equal(unit.argmax(axis=1), raw.argmax(axis=1))
    # The training did something.
    before = np.asarray(made_network(1).model(made_images().batch(0, 64, scale=Scale.UNIT), training=False))
    assert np.abs(unit - before).max() > 0.1


def test_steps_of_one_size_do_not_train_the_twins_alike() -> None:
    unit = answers(Optimizer.ADAM, factor=1, scale=Scale.UNIT)
    raw = answers(Optimizer.ADAM, factor=1 / 255, scale=Scale.RAW)
    assert np.abs(unit - raw).max() > 0.05


@pytest.mark.parametrize(("start", "size"), [(np.full((2, 3), 5.0), 5.0), (np.zeros(4), LEAST_VECTOR_SIZE)])
def test_the_first_step_is_the_rate_times_the_size(start: NDArray[np.float64], size: float) -> None:
    optimizer = make_optimizer(Optimizer.RELATIVE, learning_rate=0.1)
    variable = keras.Variable(start)
    optimizer.build([variable])
    # Adam's first step is the sign of the gradient, however small this is.
    optimizer.apply([keras.ops.convert_to_tensor(np.full(start.shape, 1e-6, np.float32))], [variable])
    assert np.asarray(variable) == pytest.approx(start - 0.1 * size, rel=1e-4)


def test_the_size_is_that_at_the_start() -> None:
    optimizer = make_optimizer(Optimizer.RELATIVE, learning_rate=0.5)
    variable = keras.Variable(np.ones((2, 2)))
    optimizer.build([variable])
    for _ in range(4):
        optimizer.apply([keras.ops.ones((2, 2))], [variable])
    assert np.asarray(variable) == pytest.approx(np.full((2, 2), 1 - 4 * 0.5), rel=1e-3)


def test_entries_that_are_held_at_zero_do_not_make_steps_smaller() -> None:
    optimizer = make_optimizer(Optimizer.RELATIVE, learning_rate=0.1)
    start = np.array([[4.0, 0.0], [0.0, 0.0]])
    variable = keras.Variable(start)
    optimizer.build([variable])
    optimizer.apply([keras.ops.convert_to_tensor(np.where(start, 1, 0).astype(np.float32))], [variable])
    assert np.asarray(variable) == pytest.approx(np.array([[3.6, 0], [0, 0]]), rel=1e-4)
