"""Pictures of what was found: laid over a clean image, different classes first."""

import numpy as np

from core.data.dataset import from_arrays
from core.detect.fooling import FoolingPatches
from core.detect.records import ReconstructedTrigger
from core.records import Share
from core.repair.shown.found_images import MOST, patch_images, trigger_images
from core.scale import Scale

CLEAN = from_arrays("clean.h5", np.full((2, 4, 4, 1), 51, np.uint8), np.array([0, 1]))


def patches(labels: list[int]) -> FoolingPatches:
    """Return patches that each turn one pixel white."""
    count = len(labels)
    opacities = np.zeros((count, 4, 4, 1), np.float32)
    opacities[np.arange(count), np.arange(count) % 4, 0] = 1
    return FoolingPatches(opacities.copy(), opacities, np.array(labels, np.int64))


def test_patches_lie_over_the_image_and_each_class_comes_first() -> None:
    found = patch_images(patches([3, 3, 3, 7, 3, 3, 3, 3]), CLEAN, row=1, scale=Scale.UNIT)
    assert found is not None
    assert found.labels == (3, 7, 3, 3, 3, 3) and len(found.labels) == MOST
    expected = np.full((4, 4, 1), 51, np.uint8)
    expected[3, 0] = 255  # the fourth patch, of class 7
    assert np.array_equal(found.pictures[1], expected)


def test_a_trigger_is_laid_over_the_first_image() -> None:
    opacity = np.zeros((4, 4, 1), np.float32)
    opacity[1, 1] = 0.5
    trigger = ReconstructedTrigger(2, opacity, np.full((4, 4, 1), 255, np.float32), Share(1, 1))
    found = trigger_images([trigger], CLEAN, scale=Scale.UNIT)
    assert found is not None and found.labels == (2,)
    assert (found.pictures[0, 1, 1, 0], found.pictures[0, 0, 0, 0]) == (153, 51)


def test_nothing_found_is_no_picture() -> None:
    assert patch_images(patches([]), CLEAN, row=0, scale=Scale.UNIT) is None
    assert trigger_images([], CLEAN, scale=Scale.UNIT) is None
