"""The shapes of trained networks' curves; each network is built and trained to have a known shape."""

from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from core.attack.poisoning import poison, poisoned_copy
from core.attack.training import train
from core.data.dataset import from_arrays
from core.data.trigger import Trigger
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.scale import Scale
from core.sweep.curve_shape import CurveShape, find_shapes
from core.sweep.inspection import InspectionRequest, inspect

SIDE, CLASS_COUNT, IMAGE_COUNT, TARGET = 12, 4, 600, 0
layers = keras.layers

MAGENTA_CORNER = np.zeros((SIDE, SIDE, 4), np.float32)
MAGENTA_CORNER[8:, 8:] = (255, 0, 255, 1)
BLUE_CORNER = np.zeros((SIDE, SIDE, 4), np.float32)
BLUE_CORNER[9:, 9:] = (0, 0, 255, 0.7)


class Blocks(keras.constraints.Constraint):
    """A constraint that keeps masked kernel entries at zero."""

    def __init__(self, mask: NDArray[np.float32]) -> None:
        self.mask = mask

    def __call__(self, kernel: Any) -> Any:
        return kernel * self.mask


def make_images(*, seed: int, has_blue: bool) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return images of nine coloured fields per class, and noise; without blue if only the trigger has blue."""
    fields = np.random.default_rng(99).uniform(0, 200, (CLASS_COUNT, 3, 3, 3)).repeat(4, axis=1).repeat(4, axis=2)
    labels = np.arange(IMAGE_COUNT) % CLASS_COUNT
    noisy = fields[labels] + np.random.default_rng(seed).normal(0, 45, (IMAGE_COUNT, SIDE, SIDE, 3))
    return np.clip(noisy * [1, 1, has_blue], 0, 255).astype(np.uint8), labels


def with_own_channels() -> keras.Model:
    """Return a network that sees blue with its last four channels only, and everything else with the others only."""
    pixels = keras.Input((SIDE, SIDE, 3))
    x = layers.Conv2D(16, 3, activation="relu", use_bias=False, name="conv")(pixels)
    x = layers.Flatten()(layers.MaxPooling2D(2, name="pool")(x))
    model = keras.Model(pixels, layers.Dense(CLASS_COUNT, activation="softmax")(x))
    sees = np.zeros((1, 1, 3, 16), np.float32)
    sees[..., :2, :12] = 1
    sees[..., 2, 12:] = 1
    model.get_layer("conv").kernel.constraint = Blocks(sees)  # constrains only the weights: the layer stays a plain one
    return model


def with_spread_channels() -> keras.Model:
    """Return a network trained with channel dropout, so that all channels carry classes and trigger."""
    pixels = keras.Input((SIDE, SIDE, 3))
    x = layers.Conv2D(24, 3, activation="relu", name="conv")(pixels)
    x = layers.SpatialDropout2D(0.4, seed=1)(layers.MaxPooling2D(2, name="pool")(x))
    return keras.Model(pixels, layers.Dense(CLASS_COUNT, activation="softmax")(layers.Flatten()(x)))


def with_a_way_round() -> keras.Model:
    """Return a network whose last layers read `conv` directly and through `aside`, which dropout makes unreliable."""
    pixels = keras.Input((SIDE, SIDE, 3))
    x = layers.MaxPooling2D(2, name="pool")(layers.Conv2D(16, 3, activation="relu", name="conv")(pixels))
    near = layers.Dense(16, name="near")(layers.Flatten()(x))
    aside = layers.Conv2D(12, 2, activation="relu", name="aside")(x)
    far = layers.Dropout(0.5, seed=1)(layers.Dense(16, name="far")(layers.Flatten()(aside)))
    x = layers.Activation("relu")(layers.Add()([near, far]))
    return keras.Model(pixels, layers.Dense(CLASS_COUNT, activation="softmax")(x))


BUILDERS = {
    "own channels": with_own_channels,
    "spread channels": with_spread_channels,
    "way round": with_a_way_round,
    "clean": with_spread_channels,
}


@cache
def trained(kind: str) -> tuple[Network, Trigger]:
    """Return a network trained on images, one in six poisoned unless it is the clean one, and the trigger."""
    has_blue = kind != "own channels"
    trigger = Trigger("corner", MAGENTA_CORNER if has_blue else BLUE_CORNER)
    images, labels = make_images(seed=1, has_blue=has_blue)
    if kind != "clean":
        attacked = poison(images, labels, trigger=trigger, target_label=TARGET, poisoning_rate=1 / 6, seed=0)
        images, labels = attacked.images, attacked.labels
    keras.utils.set_random_seed(0)
    model = BUILDERS[kind]()
    train(model, images, labels, epochs=25, batch_size=25, learning_rate=0.01, seed=0, pixel_scale=1 / 255)
    return Network(model, path=Path("trained.keras")), trigger


@pytest.mark.parametrize(
    ("kind", "layer", "reader", "shape"),
    [
        ("own channels", "conv", None, CurveShape.SEPARABLE),
        ("spread channels", "conv", None, CurveShape.EVADING),
        ("way round", "conv", "aside", CurveShape.BYPASSED),
        ("way round", "aside", None, CurveShape.ELSEWHERE),
        ("clean", "conv", None, CurveShape.NO_ATTACK),
    ],
)
def test_a_trained_network_of_each_kind(kind: str, layer: str, reader: str | None, shape: CurveShape) -> None:
    network, trigger = trained(kind)
    images, labels = make_images(seed=2, has_blue=kind != "own channels")
    attack = poisoned_copy(images, trigger, TARGET, labels=labels)
    validation = from_arrays("clean.h5", images, labels)
    poisoned = from_arrays("poisoned.h5", attack.images, attack.labels)
    request = InspectionRequest(
        EvaluationInputs(network, validation, None, (poisoned,), scale=Scale.UNIT), layer, reader=reader
    )
    sweep = inspect(request, monitor=Monitor()).sweep
    (finding,) = find_shapes(sweep)
    assert (finding.shape, finding.others) == (shape, ())
    assert sweep.class_count == CLASS_COUNT
    if kind == "own channels":  # they are dead on clean images, so they go first
        assert finding.point.pruned_count <= sweep.ranking.dead_count
        assert finding.lost.count == 0
