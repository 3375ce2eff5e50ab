"""The random-patch screen: patches vote for the class that they draw half of their images to."""

from dataclasses import replace

import numpy as np
import pytest

from core.detect.detectors.random_patches import PATCH_COUNT, RANDOM_PATCHES
from core.detect.task import DetectionTask
from core.monitor import Monitor
from core.scale import Scale
from tests.core.detect.planted import TARGET, planted_network, quarter_images


@pytest.mark.parametrize("has_labels", [True, False])
def test_patches_that_hit_the_planted_corner_vote_for_the_target(has_labels: bool) -> None:
    dataset = quarter_images()
    if not has_labels:
        dataset = replace(dataset, labels=np.zeros_like(dataset.labels))
    task = DetectionTask(planted_network(), Scale.UNIT, dataset=dataset, has_labels=has_labels)
    scores = RANDOM_PATCHES.run(task, Monitor())
    assert scores.ranked[0] == TARGET
    assert 0 < scores.statistic[TARGET] < PATCH_COUNT
    assert scores.statistic[5] == 0


def test_without_a_backdoor_the_class_gets_no_vote() -> None:
    task = DetectionTask(planted_network(target=None), Scale.UNIT, dataset=quarter_images())
    assert RANDOM_PATCHES.run(task, Monitor()).statistic[TARGET] == 0
