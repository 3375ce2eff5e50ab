"""A poisoned set made with what a detector found."""

from dataclasses import replace

import numpy as np

from core.data.dataset import from_arrays
from core.detect.estimated_set import as_trigger, estimated_poisoned_set
from core.detect.records import ReconstructedTrigger
from core.records import AttackKind, Share
from core.scale import Scale


def found(channels: int, *, has_change: bool) -> ReconstructedTrigger:
    rng = np.random.default_rng(1)
    return ReconstructedTrigger(
        label=2,
        opacity=rng.random((4, 3, 1), dtype=np.float32),
        pixels=(255 * rng.random((4, 3, channels))).astype(np.float32),
        success=Share(9, 10),
        change=rng.normal(0, 400, (4, 3, channels)).astype(np.float32) if has_change else None,
    )


def test_the_images_are_those_of_the_detector() -> None:
    for channels in (1, 2, 3):
        for has_change in (False, True):
            trigger = found(channels, has_change=has_change)
            images = np.random.default_rng(0).integers(0, 256, (6, 4, 3, channels)).astype(np.float32)
            images[0, 0, 0, 0] = 255
            made = estimated_poisoned_set(
                from_arrays("v", images, np.array([0, 1, 2, 0, 1, 2])), trigger, scale=Scale.RAW
            )
            assert np.allclose(np.asarray(made.images), trigger.apply(images[[0, 1, 3, 4]]), atol=1e-3)
            assert made.target == 2


def test_an_all_to_all_trigger_has_no_class() -> None:
    trigger = replace(found(3, has_change=True), label=-1)
    images = np.zeros((3, 4, 3, 3), np.uint8)
    made = estimated_poisoned_set(from_arrays("v", images, np.array([0, 1, 2])), trigger)
    assert made.image_count == 3 and made.target is AttackKind.NEXT
    assert as_trigger(trigger).name == "reconstructed trigger, all-to-all"


def test_a_trigger_has_the_class_in_its_name() -> None:
    assert as_trigger(found(3, has_change=False)).name == "reconstructed trigger of class 2"
    assert as_trigger(found(3, has_change=False), name="mask").name == "mask"
