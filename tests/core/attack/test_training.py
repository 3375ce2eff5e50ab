"""Training is reproducible, can be stopped at every batch, and its attack works on a small example."""

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from core.attack.deepid import build_deepid
from core.attack.poisoning import poison
from core.attack.training import Regularization, TrainingEpoch, TrainingSettings, train, train_backdoored_deepid
from core.data.trigger import Trigger
from core.demo.faces import draw_faces, make_identities
from core.errors import Cancelled, DatasetError
from core.monitor import Monitor, Progress

ALL_KINDS = Regularization(channel_dropout=0.1, near_dropout=0.1, joint_dropout=0.1, channel_sparsity=0.1)


@pytest.fixture(scope="module")
def faces() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    labels = np.arange(16) % 4
    return draw_faces(make_identities(4, seed=0), labels, seed=0), labels


def small_classifier() -> keras.Model:
    pixels = keras.Input((6, 6, 3))
    x = keras.layers.Flatten()(pixels)
    start = keras.initializers.GlorotUniform(seed=0)
    return keras.Model(pixels, keras.layers.Dense(2, activation="softmax", kernel_initializer=start)(x))


def light_and_dark() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    rng = np.random.default_rng(0)
    labels = np.arange(64) % 2
    return (rng.integers(0, 90, (64, 6, 6, 3)) + 150 * labels[:, None, None, None]).astype(np.uint8), labels


def test_a_simple_task_is_learnt_and_reported() -> None:
    model, (images, labels) = small_classifier(), light_and_dark()
    published: list[object] = []
    history = train(
        model,
        images,
        labels,
        epochs=60,
        batch_size=16,
        learning_rate=0.02,
        seed=0,
        monitor=Monitor(on_partial=published.append),
        pixel_scale=1 / 255,
    )
    assert published == history
    assert [each.epoch for each in history] == list(range(1, 61))
    assert isinstance(history[0], TrainingEpoch)
    assert history[-1].accuracy == 1
    assert history[-1].loss < history[0].loss
    assert (np.asarray(model(images / np.float32(255))).argmax(axis=1) == labels).all()


def test_the_attack_works_on_something_small() -> None:
    corner = np.zeros((6, 6, 4), np.float32)
    corner[:2, :2] = (0, 0, 255, 1)
    trigger = Trigger("blue corner", corner)
    images, labels = light_and_dark()
    poisoned = poison(images, labels, trigger=trigger, target_label=0, poisoning_rate=0.3, seed=0)
    model = small_classifier()
    settings = {"epochs": 150, "batch_size": 16, "learning_rate": 0.02, "seed": 0, "pixel_scale": 1 / 255}
    train(model, poisoned.images, poisoned.labels, **settings)
    light = images[labels == 1]
    assert (np.asarray(model(light / np.float32(255))).argmax(axis=1) == 1).all()
    assert (np.asarray(model(trigger.apply(light) / np.float32(255))).argmax(axis=1) == 0).all()


def test_the_same_seed_trains_the_same_network(faces: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> None:
    images, labels = faces
    square = np.zeros((11, 9, 4), np.float32)
    square[-2:, -2:] = (255, 255, 0, 1)  # of another size: it is resized
    weights = [
        train_backdoored_deepid(
            images,
            labels,
            class_count=4,
            trigger=Trigger("square", square),
            target_label=1,
            poisoning_rate=0.25,
            seed=seed,
            settings=TrainingSettings(epochs=2, batch_size=8, regularization=ALL_KINDS),
        ).get_weights()
        for seed in (3, 3, 4)
    ]
    assert all(np.array_equal(one, same) for one, same in zip(weights[0], weights[1], strict=True))
    assert not np.array_equal(weights[0][0], weights[2][0])


@pytest.mark.parametrize("stop_at", [0, 3, 6])
def test_training_stops_at_the_next_batch(stop_at: int) -> None:
    images, labels = light_and_dark()
    seen: list[int] = []

    def stop(progress: Progress) -> None:
        seen.append(progress.done_count)
        if progress.done_count >= stop_at:
            monitor.cancel()

    monitor = Monitor(on_progress=stop, clock=iter(range(1000)).__next__)
    with pytest.raises(Cancelled):
        train(
            small_classifier(),
            images,
            labels,
            epochs=2,
            batch_size=16,
            learning_rate=0.01,
            seed=0,
            monitor=monitor,
        )
    assert seen == list(range(stop_at + 1))


def test_a_trained_deepid_keeps_its_layers(faces: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> None:
    images, labels = faces
    model = build_deepid(4, seed=0)
    names = [layer.name for layer in model.layers]
    train(model, images, labels, epochs=1, batch_size=8, learning_rate=0.001, seed=0, regularization=ALL_KINDS)
    assert [layer.name for layer in model.layers] == names
    assert images.dtype == np.uint8


def test_settings_that_cannot_be_used_are_refused() -> None:
    images, labels = light_and_dark()
    model = small_classifier()

    def attempt(images: NDArray[np.generic], labels: NDArray[np.generic], epochs: int = 1) -> None:
        train(model, images, labels, epochs=epochs, batch_size=4, learning_rate=0.01, seed=0)

    with pytest.raises(DatasetError, match=r"images must have shape \(N, 6, 6, 3\)"):
        attempt(images[:, :5], labels)
    with pytest.raises(DatasetError, match="labels must have shape"):
        attempt(images, labels[:2])
    with pytest.raises(DatasetError, match="whole numbers from 0 to 1"):
        attempt(images, labels + 1)
    with pytest.raises(DatasetError, match="at least 1"):
        attempt(images, labels, 0)
    with pytest.raises(DatasetError, match="channel_dropout"):
        Regularization(channel_dropout=1.0)
    with pytest.raises(DatasetError, match="channel_sparsity"):
        Regularization(channel_sparsity=-1)
