"""Second answers, with triggers made by hand on the planted network."""

from dataclasses import replace

import numpy as np
import pytest

from core.detect.detectors.second_answers import SECOND_ANSWERS, excess
from core.detect.records import ClassScores, ReconstructedTrigger
from core.detect.task import DetectionTask
from core.errors import DetectorError
from core.monitor import Monitor
from core.records import Share
from core.scale import WHITE, Scale
from tests.core.detect.planted import CLASS_COUNT, PATCH, SIZE, TARGET, planted_network, quarter_images


def trigger(label: int, where: tuple[slice, slice], brightness: float) -> ReconstructedTrigger:
    """Return a trigger that paints a part of the picture."""
    opacity = np.zeros((SIZE, SIZE, 1), np.float32)
    opacity[where] = 1
    return ReconstructedTrigger(label, opacity, np.full((SIZE, SIZE, 1), brightness, np.float32), Share(40, 40))


def triggers() -> dict[int, ReconstructedTrigger]:
    """Return the planted trigger, and for classes 0 to 3 one that hides the whole picture but a bright quarter."""
    half = SIZE // 2
    made = {TARGET: trigger(TARGET, (PATCH, PATCH), WHITE)}
    for label in range(4):
        row, column = divmod(label, 2)
        quarter = slice(row * half, (row + 1) * half), slice(column * half, (column + 1) * half)
        opaque = trigger(label, (slice(None), slice(None)), 0.0)
        pixels = opaque.pixels.copy()
        pixels[quarter] = WHITE
        # Dark in the middle, so that the planted patch stays out of it.
        pixels[PATCH, PATCH] = 0
        made[label] = replace(opaque, pixels=pixels)
    return made


def found(made: dict[int, ReconstructedTrigger], name: str = "patch-inversion") -> ClassScores:
    """Return what an inversion found."""
    statistic = np.full(CLASS_COUNT, np.nan)
    statistic[list(made)] = 1.0
    return ClassScores(name, statistic, statistic.copy(), triggers=made)


def task(*scores: ClassScores, has_labels: bool = True) -> DetectionTask:
    """Return the task on the planted network after inversions."""
    return DetectionTask(
        planted_network(), Scale.UNIT, dataset=quarter_images(), has_labels=has_labels, found=tuple(scores)
    )


@pytest.mark.parametrize("has_labels", [True, False])
def test_the_planted_trigger_leaves_every_image_its_own_answer(*, has_labels: bool) -> None:
    scores = SECOND_ANSWERS.run(task(found(triggers()), has_labels=has_labels), Monitor())
    assert scores.statistic[TARGET] == 1.0
    assert (scores.statistic[:4] < 0.5).all(), "an opaque picture hides what an image shows"
    assert np.isnan(scores.statistic[5]), "without a trigger there is nothing to measure"
    assert scores.ranked[0] == TARGET
    assert scores.scores[TARGET] > 1


def test_a_trigger_that_draws_nothing_is_not_taken_for_one_that_hides_nothing() -> None:
    made = triggers() | {5: trigger(5, (slice(0, 1), slice(0, 1)), 0.0)}
    assert np.isnan(SECOND_ANSWERS.run(task(found(made)), Monitor()).statistic[5])


def test_the_triggers_of_two_inversions_count_alike() -> None:
    one, two = found(triggers()), found(triggers(), "whole-picture-inversion")
    alone = SECOND_ANSWERS.run(task(one), Monitor())
    both = SECOND_ANSWERS.run(task(one, two), Monitor())
    np.testing.assert_allclose(both.scores, alone.scores)
    partly = found({label: each for label, each in triggers().items() if label != 1}, "whole-picture-inversion")
    assert np.isfinite(SECOND_ANSWERS.run(task(one, partly), Monitor()).scores[1])


def test_shares_are_compared_by_their_ratio() -> None:
    few = excess(np.array([0.9, 0.3, 0.25, 0.35, np.nan]))
    assert few[0] == pytest.approx(np.log(0.95 / 0.35) / 0.5)
    assert np.isnan(few[4])
    many = excess(np.array([0.2, 0.02, 0.02, 0.02]))
    assert many[0] > 2, "where all shares are small, a larger one stands out as well"
    assert (np.abs(many[1:]) < 0.1).all()
    assert np.isnan(excess(np.array([0.9, 0.1, np.nan]))).all()


def test_without_triggers_it_cannot_be_run() -> None:
    with pytest.raises(DetectorError, match="an inversion found") as caught:
        SECOND_ANSWERS.run(task(), Monitor())
    assert caught.value.code == "no-triggers"
