"""The maximum margin against what arithmetic gives for the planted network."""

import numpy as np
import pytest

from core.detect.ascent import margins_of
from core.detect.detectors.maximum_margin import MAXIMUM_MARGIN
from core.detect.records import ClassScores
from core.detect.task import DetectionTask
from core.monitor import Monitor
from core.scale import Scale
from tests.core.detect.planted import BONUS, TARGET, planted_network


def test_a_margin_is_the_logit_less_the_largest_other() -> None:
    logits = np.array([[1.0, 5.0, 3.0], [1.0, 5.0, 3.0], [-4.0, -9.0, -6.0]], np.float32)
    assert margins_of(logits, np.array([1, 2, 0])).numpy() == pytest.approx([2.0, -2.0, 2.0])


def test_the_maximum_is_reached_for_every_class() -> None:
    """A quarter all white and the others black is the maximum of classes 0 to 3: 1. A black picture is 5's: 0.

    The target's is the bonus less the brightest quarter, of which the patch has one pixel of 16.
    """
    published: list[ClassScores] = []
    monitor = Monitor(on_partial=lambda each: published.append(each) if isinstance(each, ClassScores) else None)
    scores = MAXIMUM_MARGIN.run(DetectionTask(planted_network(), Scale.UNIT), monitor)
    assert scores.statistic[:3] == pytest.approx(1, abs=0.02)
    assert 0.95 * BONUS <= scores.statistic[TARGET] <= BONUS - 1 / 16 + 1e-4
    assert scores.ranked[0] == TARGET
    assert scores.scores[TARGET] > 10
    assert published


@pytest.mark.parametrize("scale", [Scale.RAW, Scale.SYMMETRIC, Scale.UNIT])
def test_the_pixel_range_of_the_network_is_used(scale: Scale) -> None:
    task = DetectionTask(planted_network(target=None), scale, wanted=(0,))
    white = np.ones((1, 8, 8, 1), np.float32)
    read = scale.read(255 * white)
    assert task.logits(white).numpy()[0, 0] == pytest.approx(float(read.mean()), rel=1e-5)


def test_without_a_backdoor_no_class_stands_out() -> None:
    scores = MAXIMUM_MARGIN.run(DetectionTask(planted_network(target=None), Scale.UNIT), Monitor())
    assert np.nanmax(scores.statistic) == pytest.approx(1, abs=0.02)
