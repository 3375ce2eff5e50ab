"""Images that resemble each other: frames of one scene are told from images that only share their class."""

from pathlib import Path

import keras
import numpy as np
import pytest

from core.data.dataset import Dataset, from_arrays
from core.errors import Cancelled
from core.monitor import Monitor
from core.network.network import Network
from core.records import Share
from core.repair.recipe_records import Resemblance
from core.repair.resemblance import find_resemblance
from core.scale import Scale

CLASS_COUNT, COUNT, SHAPE = 4, 160, (15, 17, 3)


def always_zero() -> Network:
    """A network that answers class 0 whatever it sees: it is right for a quarter of the images."""
    pixels = keras.Input(SHAPE, name="pixels")
    x = keras.layers.Flatten(name="flat")(pixels)
    answer = keras.layers.Dense(
        CLASS_COUNT,
        kernel_initializer="zeros",
        bias_initializer=keras.initializers.Constant([1, 0, 0, 0]),
        name="answer",
    )(x)
    return Network(keras.Model(pixels, answer), path=Path("zero.keras"))


def scenes(each: int) -> Dataset:
    """Random scenes, `each` frames of every one, which differ in brightness, contrast and a little noise."""
    rng = np.random.default_rng(4)
    kinds = rng.uniform(0.2, 0.8, (COUNT // each, *SHAPE))
    frames = np.repeat(kinds, each, axis=0) * rng.uniform(0.6, 1.1, (COUNT, 1, 1, 1))
    frames += rng.uniform(-0.05, 0.05, (COUNT, 1, 1, 1)) + rng.normal(0, 0.02, frames.shape)
    labels = np.repeat(np.arange(COUNT // each) % CLASS_COUNT, each)
    order = rng.permutation(COUNT)
    images = np.clip(255 * frames, 0, 255).astype(np.uint8)
    return from_arrays("scenes.h5", images[order], labels[order])


@pytest.mark.parametrize("scale", [Scale.UNIT, Scale.RAW, Scale("own", (120.0, 110.0, 100.0), (60.0, 50.0, 70.0))])
def test_frames_of_the_same_scene_are_told_by_the_most_similar_image(scale: Scale) -> None:
    found = find_resemblance(always_zero(), scenes(8), scale=scale, seed=0, monitor=Monitor())
    assert found.base == Share(COUNT // 4, COUNT)
    assert found.nearest.count > 0.95 * COUNT
    assert found.is_too_close


def test_images_that_share_only_their_class_are_not() -> None:
    found = find_resemblance(always_zero(), scenes(1), scale=Scale.UNIT, seed=0, monitor=Monitor())
    assert found.nearest.count < 0.45 * COUNT
    assert not Resemblance(found.nearest, Share(COUNT - 2, COUNT)).is_too_close


def test_it_can_be_stopped_and_the_seed_decides() -> None:
    dataset, network = scenes(2), always_zero()
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        find_resemblance(network, dataset, scale=Scale.UNIT, seed=0, monitor=monitor)
    one, same = (find_resemblance(network, dataset, scale=Scale.UNIT, seed=3, monitor=Monitor()) for _ in range(2))
    assert one == same


def test_two_images_are_enough() -> None:
    dataset = scenes(1).subset(np.arange(2))
    found = find_resemblance(always_zero(), dataset, scale=Scale.UNIT, seed=0, monitor=Monitor())
    assert found.nearest.total == 2
