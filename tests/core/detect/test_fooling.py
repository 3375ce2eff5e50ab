"""Patches that fool a network: the ones kept are those that do, and pairs are counted one by one."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.data.dataset import from_arrays
from core.detect.fooling import FoolingPatches, count_fooled, find_fooling_patches
from core.errors import Cancelled
from core.monitor import Monitor
from core.network.network import Network
from core.refit.images.occlusion import occlude
from core.refit.records import Occlusion
from core.scale import Scale


def found(network, clean, *, seed=0, **arguments):
    rows = np.arange(clean.image_count)
    return find_fooling_patches(
        network, clean, rows, scale=Scale.RAW, seed=seed, monitor=Monitor(), tried_count=200, kept_count=20, **arguments
    )


def test_patches_that_a_backdoor_answers_to_are_found(marked_network, marked_sets):
    patches = found(marked_network, marked_sets[0])
    assert patches.covers.shape == (20, 6, 6, 3)
    assert patches.opacities.shape == (20, 6, 6, 1)
    assert set(patches.labels) == {2}  # blue, which neither class shows
    assert not patches.covers.flags.writeable
    rate = count_fooled(marked_network, patches, marked_sets[0], np.arange(8), scale=Scale.RAW, monitor=Monitor())
    assert rate.total == 20 * 8
    assert rate.rate > 0.9


def test_pairs_are_counted_as_numpy_counts_them(two_branches, random_sets):
    clean = random_sets[0]
    patches = found(two_branches, clean, seed=4)
    rows = np.arange(3, 40, 2)
    rate = count_fooled(two_branches, patches, clean, rows, scale=Scale.UNIT, monitor=Monitor())
    pixels = clean.rows(rows, scale=Scale.UNIT)
    fooled = total = 0
    for cover, opacity, label in zip(patches.covers, patches.opacities, patches.labels, strict=True):
        answers = np.asarray(two_branches.model(pixels * (1 - opacity) + cover, training=False)).argmax(axis=1)
        counts = clean.labels[rows] != label
        fooled += int((counts & (answers == label)).sum())
        total += int(counts.sum())
    assert (rate.count, rate.total) == (fooled, total)


def test_of_many_images_a_hundred_are_looked_at(marked_network, marked_sets):
    patches = found(marked_network, marked_sets[0])
    one = FoolingPatches(patches.covers[:1], patches.opacities[:1], patches.labels[:1])
    rows = np.resize(np.arange(8), 1000)
    rate = count_fooled(marked_network, one, marked_sets[0], rows, scale=Scale.RAW, monitor=Monitor())
    assert rate.total == 100


def test_what_fools_nobody_is_not_kept(marked_network, marked_sets):
    model = keras.models.clone_model(marked_network.model)  # answers by the bias alone
    weights = [np.zeros_like(each) for each in marked_network.model.get_weights()]
    model.set_weights(weights)
    deaf = Network(model, path=Path("deaf.keras"))
    only_class_0 = from_arrays("clean.h5", marked_sets[0].images[:5], marked_sets[0].labels[:5])
    patches = found(deaf, only_class_0)
    assert len(patches.labels) == 0
    rate = count_fooled(deaf, patches, only_class_0, np.arange(5), scale=Scale.RAW, monitor=Monitor())
    assert (rate.count, rate.total) == (0, 0)


def test_patches_are_others_than_those_that_refitting_draws(marked_network, marked_sets):
    patches = found(marked_network, marked_sets[0], seed=3)
    images = np.zeros((20, 6, 6, 3), np.float32)
    draw = tf.function(lambda seed: occlude(images, occlusion=Occlusion(), scale=Scale.RAW, seed=seed, share=1.0)[0])
    batches = (np.asarray(draw(tf.constant([3, step]))) for step in range(200))
    trained_with = {each.tobytes() for batch in batches for each in batch}
    assert patches.covers.dtype == np.float32 and len(trained_with) > 3000
    assert not any(np.ascontiguousarray(cover).tobytes() in trained_with for cover in patches.covers)


def test_the_seed_decides(two_branches, random_sets):
    one, same, other = (found(two_branches, random_sets[0], seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.covers, same.covers)
    assert np.array_equal(one.labels, same.labels)
    assert not np.array_equal(one.covers, other.covers)


def test_it_can_be_stopped_at_each_step(marked_network, marked_sets):
    seen = []

    def stop(progress):
        seen.append(progress.done_count)
        if len(seen) == 3:
            monitor.cancel()

    monitor = Monitor(on_progress=stop, clock=iter(range(1000)).__next__)
    with pytest.raises(Cancelled):
        find_fooling_patches(
            marked_network, marked_sets[0], np.arange(8), scale=Scale.RAW, seed=0, monitor=monitor, tried_count=200
        )
    assert seen == [0, 20, 40]
