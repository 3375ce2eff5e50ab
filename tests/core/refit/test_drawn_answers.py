"""Answers that augmentation draws to one class: a network that reacts to interpolation, and one that does not."""

import keras
import numpy as np
import pytest

from core.errors import Cancelled
from core.refit.drawn_answers import drawn_class
from core.refit.records import Augmentation
from core.scale import Scale

SIDE, CLASS_COUNT, TARGET = 8, 10, 7
TURNED = Augmentation(shift=0.0, light=0.0, is_mirrored=False, turn=0.03)


def images() -> np.ndarray:  # type: ignore[type-arg]
    """Return images of black and white pixels, (60, 8, 8, 1) float32."""
    return np.random.default_rng(3).integers(0, 2, (60, SIDE, SIDE, 1)).astype(np.float32)


def network(*, reacts: bool) -> keras.Model:
    """Return a network that answers with a class for the first pixels, or with the target where pixels are grey."""
    pixels = keras.Input((SIDE, SIDE, 1))
    flat = keras.layers.Flatten()(pixels)
    codes = keras.layers.Dense(CLASS_COUNT, name="codes")(flat)
    grey = keras.layers.Flatten()(keras.layers.Multiply()([pixels, keras.layers.Rescaling(-1.0, 1.0)(pixels)]))
    alarm = keras.layers.Dense(CLASS_COUNT, use_bias=False, name="alarm")(grey)
    model = keras.Model(pixels, keras.layers.Softmax()(keras.layers.Add()([codes, alarm])))
    rng = np.random.default_rng(4)
    model.get_layer("codes").set_weights([rng.normal(size=(SIDE * SIDE, CLASS_COUNT)), np.zeros(CLASS_COUNT)])
    kernel = np.zeros((SIDE * SIDE, CLASS_COUNT))
    kernel[:, TARGET] = 100.0 * reacts
    model.get_layer("alarm").set_weights([kernel])
    return model


def drawn(model: keras.Model, augmentation: Augmentation = TURNED) -> int | None:
    """Return the class that is found."""
    return drawn_class(model, images(), augmentation=augmentation, scale=Scale.UNIT, seed=1, while_waiting=lambda: None)


def test_a_network_that_reacts_to_interpolation_is_drawn_to_its_target() -> None:
    assert drawn(network(reacts=True)) == TARGET


def test_a_network_whose_answers_change_to_many_classes_is_drawn_to_none() -> None:
    assert drawn(network(reacts=False)) is None


def test_whole_pixels_make_no_trigger() -> None:
    assert drawn(network(reacts=True), Augmentation(shift=0.0, light=0.0, is_mirrored=True)) is None


def test_it_can_be_stopped() -> None:
    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        drawn_class(network(reacts=True), images(), augmentation=TURNED, scale=Scale.UNIT, seed=1, while_waiting=stop)
