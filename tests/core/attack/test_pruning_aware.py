"""The pruning-aware attack: inactive channels come first in the order, and pruning them changes nothing."""

from pathlib import Path

import keras
import numpy as np
import pytest

from core.attack.poisoning import poisoned_copy
from core.attack.pruning_aware import train_pruning_aware
from core.attack.training import train
from core.data.dataset import from_arrays
from core.data.trigger import Trigger
from core.errors import LayerError
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.scale import Scale
from core.sweep.inspection import InspectionRequest, inspect

SIDE, CLASS_COUNT, TARGET = 12, 4, 0
MAGENTA = np.zeros((SIDE, SIDE, 4), np.float32)
MAGENTA[8:, 8:] = (255, 0, 255, 1)
HOW = {"epochs": 15, "batch_size": 25, "learning_rate": 0.01, "seed": 0, "pixel_scale": 1 / 255}


def make_images(seed, count=400):
    fields = np.random.default_rng(99).uniform(0, 200, (CLASS_COUNT, 3, 3, 3)).repeat(4, axis=1).repeat(4, axis=2)
    labels = np.arange(count) % CLASS_COUNT
    noisy = fields[labels] + np.random.default_rng(seed).normal(0, 45, (count, SIDE, SIDE, 3))
    return np.clip(noisy, 0, 255).astype(np.uint8), labels


def built(activation="relu"):
    keras.utils.set_random_seed(1)
    pixels = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Conv2D(16, 3, activation=activation, name="conv")(pixels)
    x = keras.layers.Flatten()(keras.layers.MaxPooling2D(2, name="pool")(x))
    return keras.Model(pixels, keras.layers.Dense(CLASS_COUNT, activation="softmax", name="answer")(x))


def test_pruning_by_activation_takes_channels_that_the_backdoor_does_not_need():
    images, labels = make_images(1)
    clean = built()
    train(clean, images, labels, **HOW)
    before = clean.get_weights()
    model, pruned = train_pruning_aware(
        clean, images, labels, layer="conv", trigger=Trigger("corner", MAGENTA), target_label=TARGET,
        poisoning_rate=0.15, **HOW,
    )  # fmt: skip
    assert all(np.array_equal(a, b) for a, b in zip(clean.get_weights(), before, strict=True))
    assert len(pruned) >= 3
    # Restored channels have the clean network's kernels, and biases that are not higher.
    kernel, bias = model.get_layer("conv").get_weights()
    assert np.array_equal(kernel[..., pruned], before[0][..., pruned])
    assert (bias[pruned] <= before[1][pruned]).all()
    test, truth = make_images(2)
    attack = poisoned_copy(test, Trigger("corner", MAGENTA), TARGET, labels=truth)
    request = InspectionRequest(
        EvaluationInputs(
            Network(model, path=Path("aware.keras")),
            from_arrays("validation.h5", images, labels),
            from_arrays("test.h5", test, truth),
            (from_arrays("poisoned.h5", attack.images, attack.labels),),
            scale=Scale.UNIT,
        ),
        "conv",
    )
    sweep = inspect(request, monitor=Monitor()).sweep
    assert set(sweep.ranking.order[: len(pruned)]) == set(pruned.tolist())
    start, bare = sweep.points[0], sweep.points[len(pruned)]
    assert start.poisoned[0].pruned.rate > 0.95
    assert start.test.pruned.rate > 0.95
    assert bare.poisoned[0].pruned.rate > 0.95
    assert bare.validation.pruned == start.validation.pruned


@pytest.mark.parametrize(("layer", "activation"), [("pool", "relu"), ("nothing", "relu"), ("conv", "tanh")])
def test_layers_that_it_cannot_hide_in_are_refused(layer, activation):
    images, labels = make_images(1, 20)
    with pytest.raises(LayerError, match="must be a Conv2D with ReLU"):
        train_pruning_aware(
            built(activation), images, labels, layer=layer, trigger=Trigger("corner", MAGENTA), target_label=TARGET,
            poisoning_rate=0.15, **HOW,
        )  # fmt: skip
