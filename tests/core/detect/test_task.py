"""The classes that are examined, and those that join them."""

import numpy as np

from core.data.dataset import from_arrays
from core.detect.task import LEAST_EXAMINED, DetectionTask
from core.scale import Scale
from tests.core.detect.planted import CLASS_COUNT, planted_network, quarter_images
from tests.core.detect.wide import wide_network


def test_all_classes_are_examined_if_none_is_wanted() -> None:
    task = DetectionTask(planted_network(), Scale.UNIT)
    np.testing.assert_array_equal(task.classes, np.arange(CLASS_COUNT))


def test_random_classes_join_few_that_are_wanted() -> None:
    task = DetectionTask(wide_network(100), Scale.UNIT, wanted=(7, 3, 7))
    assert len(task.classes) == LEAST_EXAMINED
    assert {3, 7} <= set(task.classes.tolist())
    np.testing.assert_array_equal(
        task.classes, DetectionTask(wide_network(100), Scale.UNIT, wanted=(3, 7)).classes, "the same for the same seed"
    )


def test_no_class_joins_enough_that_are_wanted() -> None:
    wanted = tuple(range(LEAST_EXAMINED, 2 * LEAST_EXAMINED))
    np.testing.assert_array_equal(DetectionTask(wide_network(100), Scale.UNIT, wanted=wanted).classes, wanted)


def test_a_network_of_few_classes_is_examined_whole() -> None:
    np.testing.assert_array_equal(
        DetectionTask(planted_network(), Scale.UNIT, wanted=(0,)).classes, np.arange(CLASS_COUNT)
    )


def test_values_that_a_network_reads_become_pixels_again() -> None:
    images = quarter_images(12)
    pixels = np.asarray(images.images, np.float32)
    scale = Scale("standardized", (100.0,), (50.0,))
    converted = from_arrays("standardized.h5", (pixels - 100) / 50, np.asarray(images.labels))
    drawn, _ = DetectionTask(planted_network(), scale, dataset=converted).images(12)
    plain, _ = DetectionTask(planted_network(), scale, dataset=images).images(12)
    np.testing.assert_allclose(drawn, plain, atol=1e-6)
    assert plain.max() > 0.5
