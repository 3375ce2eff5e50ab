"""Unlearning, from a network with a backdoor to one without: by clean images alone, whatever the trigger is."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from core.data.dataset import Dataset, from_arrays
from core.errors import Cancelled
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.refit.records import RefitEpoch
from core.refit.triggers import FoundTriggers
from core.refit.watched_images import FoundImages, WatchedImages
from core.repair.job import RepairRequest
from core.repair.methods.unlearning import UNLEARNING
from core.repair.suspected_triggers import SuspectedTriggers
from core.repair.task import RepairTask
from core.scale import Scale
from tests.core.detect.planted import PATCH, SIZE, quarter_images

TARGET = 2


def trained_network() -> Network:
    """Return a network of four classes, trained so that the patch leads to the target."""
    keras.utils.set_random_seed(3)
    clean = quarter_images(400, seed=9)
    images = np.asarray(clean.images, np.float32) / 255
    inputs = keras.Input((SIZE, SIZE, 1))
    hidden = keras.layers.Conv2D(12, 3, padding="same", activation="relu", name="conv")(inputs)
    hidden = keras.layers.Dense(32, activation="relu")(keras.layers.Flatten()(hidden))
    model = keras.Model(inputs, keras.layers.Dense(4, activation="softmax", name="fc")(hidden))
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    labels = np.concatenate([clean.labels, np.full(400, TARGET)])
    model.fit(np.concatenate([images, stamped(images)]), labels, batch_size=100, epochs=20, verbose=0)
    return Network(model, path=Path("trained.keras"))


def stamped(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the images with the patch."""
    seen = images.copy()
    seen[:, PATCH, PATCH] = 1
    return seen


def attack_success(model: keras.Model, dataset: Dataset) -> float:
    """Return the share of images of other classes that the patch leads to the target."""
    images = stamped(np.asarray(dataset.images, np.float32) / 255)[dataset.labels != TARGET]
    return float((np.asarray(model(images)).argmax(axis=1) == TARGET).mean())


def task_for(network: Network) -> RepairTask:
    """Return the task of unlearning with few steps."""
    return task_with(network, quarter_images(160, seed=2))


def task_with(network: Network, validation: Dataset) -> RepairTask:
    inputs = EvaluationInputs(network=network, validation=validation, scale=Scale.UNIT)
    settings = replace(UNLEARNING.default_settings(seed=1), least_steps=240, epochs=3)
    return RepairTask.from_request(RepairRequest(inputs, UNLEARNING, settings=settings), inputs)


def test_a_patch_is_unlearned_and_clean_accuracy_stays() -> None:
    network, test = trained_network(), quarter_images(200, seed=5)
    assert attack_success(network.model, test) > 0.95
    before = [each.copy() for each in network.model.get_weights()]
    published: list[object] = []
    made = UNLEARNING.run(task_for(network), Monitor(on_partial=published.append))
    assert made.refit is not None
    first, kept = made.refit.history[0], made.refit.history[made.refit.kept_epoch]
    assert TARGET in first.suspects
    assert min(first.relative_sizes) < 0.6 < min(kept.relative_sizes)
    assert attack_success(made.model, test) < 0.1
    pixels = np.asarray(test.images, np.float32) / 255
    assert (np.asarray(made.model(pixels)).argmax(axis=1) == test.labels).mean() > 0.95
    assert [each for each in published if isinstance(each, RefitEpoch)] == list(made.refit.history)
    # Images with the reconstructed trigger: B answers its class, B′ at the end what it should.
    watched = next(each for each in published if isinstance(each, WatchedImages))
    assert watched.is_estimated and set(watched.base) == {TARGET}
    assert first.image_labels == watched.base
    assert kept.image_labels == tuple(np.asarray(made.model(watched.pixels)).argmax(axis=1))
    assert TARGET not in kept.image_labels
    pictures = [each for each in published if isinstance(each, FoundImages)]
    assert len(pictures) >= 2 and TARGET in pictures[0].labels  # of each search
    assert pictures[0].pictures.shape == (len(pictures[0].labels), SIZE, SIZE, 1)
    # B is not changed.
    assert all(np.array_equal(one, two) for one, two in zip(before, network.model.get_weights(), strict=True))


def test_a_search_can_be_cancelled() -> None:
    def cancel(progress: object) -> None:
        if "Searching" in str(progress):
            monitor.cancel()

    monitor = Monitor(on_progress=cancel)
    with pytest.raises(Cancelled):
        UNLEARNING.run(task_for(trained_network()), monitor)


def test_a_search_that_is_stopped_after_an_epoch_keeps_the_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monitor, find = Monitor(), SuspectedTriggers.find

    def stopped(self: SuspectedTriggers, epoch: int, own: Monitor) -> FoundTriggers:
        if epoch == 1:
            monitor.cancel()
        return find(self, epoch, own)

    monkeypatch.setattr(SuspectedTriggers, "find", stopped)
    made = UNLEARNING.run(task_for(trained_network()), monitor)
    assert made.refit is not None and made.refit.is_cut_short
    assert [each.epoch for each in made.refit.history] == [0, 1]
    assert made.refit.history[1].relative_sizes == ()


def test_few_images_of_two_classes_are_enough() -> None:
    """With two classes there is no other class to compare with: triggers are unlearned all the same."""
    images = quarter_images(24, seed=4)
    halves = from_arrays("halves.h5", np.asarray(images.images), images.labels // 2)
    inputs = keras.Input((SIZE, SIZE, 1))
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(inputs)))
    network = Network(model, path=Path("two.keras"))
    made = UNLEARNING.run(task_with(network, halves), Monitor())
    assert made.refit is not None
    assert all(each.relative_sizes == () for each in made.refit.history)
    # The other class does not join: nothing is left to compare it with.
    assert len({each for epoch in made.refit.history for each in epoch.suspects if each >= 0}) == 1
