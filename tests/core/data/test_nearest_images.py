"""The most similar clean image of each image of a poisoned set."""

import numpy as np
import pytest

from core.data.dataset import from_arrays
from core.data.nearest_images import IMAGE_COUNT, nearest_labels
from core.errors import Cancelled
from core.monitor import Monitor
from core.scale import Scale


@pytest.fixture
def clean():
    images = np.random.default_rng(0).integers(0, 256, (700, 6, 6, 3)).astype(np.uint8)
    return from_arrays("clean.h5", images, np.arange(700) % 7)


@pytest.mark.parametrize("scale", [Scale.RAW, Scale.UNIT, Scale.IMAGENET, Scale.CAFFE])
def test_the_same_images_with_a_trigger_are_found(clean, scale):
    rows = np.random.default_rng(1).permutation(700)[:200]
    images = np.asarray(clean.images)[rows].copy()
    images[:, :3, :3] = 255
    poisoned = from_arrays("poisoned.h5", images, (clean.labels[rows] + 1) % 7)
    in_set, nearest = nearest_labels(poisoned, [clean], scale=scale, monitor=Monitor())
    assert len(in_set) == IMAGE_COUNT
    assert np.array_equal((nearest + 1) % 7, in_set)


def test_all_clean_sets_are_compared(clean):
    half = np.asarray(clean.images)
    one, two = from_arrays("1.h5", half[:350], np.zeros(350)), from_arrays("2.h5", half[350:], np.ones(350))
    poisoned = from_arrays("p.h5", half, np.arange(700) // 350)
    in_set, nearest = nearest_labels(poisoned, [one, two], scale=Scale.RAW, monitor=Monitor())
    assert np.array_equal(in_set, nearest) and set(in_set) == {0, 1}


def test_without_clean_images_there_is_nothing(clean):
    assert [len(each) for each in nearest_labels(clean, [], scale=Scale.RAW, monitor=Monitor())] == [0, 0]


def test_it_can_be_cancelled(clean):
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        nearest_labels(clean, [clean], scale=Scale.RAW, monitor=monitor)
