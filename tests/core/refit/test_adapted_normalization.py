"""Refitting a network that scales its images by statistics of its own: they go with it into every copy."""

from pathlib import Path

import keras
import numpy as np

from core.data.dataset import from_arrays
from core.network.network import Network
from core.refit.records import Augmentation, RefitSettings
from core.refit.refit import refit_network
from core.scale import Scale

SETTINGS = RefitSettings(
    epochs=1,
    batch_size=8,
    learning_rate=1e-9,  # so that only the copies can change an answer
    held_out_share=0.5,
    rollback_margin=1,
    averaging=0.5,
    augmentation=Augmentation(shift=0, light=0, is_mirrored=False),
)


def test_the_statistics_stay() -> None:
    images = np.random.default_rng(3).integers(50, 200, (24, 6, 6, 3)).astype(np.uint8)
    start = keras.Input((6, 6, 3), name="pixels")
    scaling = keras.layers.Normalization(name="scaling")
    scaling.adapt(images.astype(np.float32))
    x = keras.layers.Flatten(name="flat")(scaling(start))
    model = keras.Model(start, keras.layers.Dense(3, activation="softmax", name="answer")(x))
    network = Network(model, path=Path("scaled.keras"))
    expected = network.outputs(images.astype(np.float32))
    own = from_arrays("own.h5", images, expected.argmax(axis=1))
    refitted = refit_network(network, own, SETTINGS, scale=Scale.RAW)
    assert [each.held_out.rate for each in refitted.history] == [1, 1]
    np.testing.assert_allclose(np.asarray(refitted.model(images.astype(np.float32))), expected, atol=1e-5)
