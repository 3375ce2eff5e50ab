"""Trigger unlearning on the planted network: the copy forgets the patch, and the network stays as it is."""

from dataclasses import replace

import numpy as np
import pytest

from core.detect.detectors import trigger_unlearning
from core.detect.detectors.trigger_inversion import Effort
from core.detect.detectors.trigger_unlearning import TRIGGER_UNLEARNING
from core.detect.records import ClassScores, ReconstructedTrigger
from core.detect.task import DetectionTask
from core.detect.unlearning import Course, unlearned
from core.errors import Cancelled, DetectorError
from core.monitor import Monitor
from core.records import Share
from core.scale import WHITE, Scale
from tests.core.detect.planted import CLASS_COUNT, PATCH, SIZE, TARGET, planted_network, quarter_images

COURSE = Course(step_count=60, clean_count=24, stamped_count=24, rate=0.05, pool_count=64)


def nothing(*_: int) -> None:
    """Do nothing."""


def planted_trigger(label: int = TARGET) -> ReconstructedTrigger:
    """Return the planted trigger."""
    opacity = np.zeros((SIZE, SIZE, 1), np.float32)
    opacity[PATCH, PATCH] = 1
    return ReconstructedTrigger(label, opacity, np.full((SIZE, SIZE, 1), WHITE, np.float32), Share(40, 40))


def planted_task(*found: ClassScores) -> DetectionTask:
    """Return the task on the planted network."""
    return DetectionTask(planted_network(), Scale.UNIT, dataset=quarter_images(), found=found)


def drawn(task: DetectionTask) -> float:
    """Return the share of the images that the planted trigger draws to the target."""
    images, _ = task.images(40)
    shown = planted_trigger().apply(images * WHITE) / WHITE
    return float((np.asarray(task.logits(shown)).argmax(axis=-1) == TARGET).mean())


def test_the_copy_unlearns_the_trigger_and_keeps_its_answers() -> None:
    task = planted_task()
    weights = [each.copy() for each in task.network.model.get_weights()]
    steps: list[int] = []
    made = unlearned(task, [planted_trigger()], COURSE, on_step=steps.append, while_waiting=nothing)
    assert drawn(task) == 1.0
    assert drawn(made) <= 0.05
    images, labels = made.images(40)
    assert (np.asarray(made.logits(images)).argmax(axis=-1) == labels).mean() >= 0.95
    assert steps == list(range(COURSE.step_count))
    for before, after in zip(weights, task.network.model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_layer_that_was_frozen_is_changed_in_the_copy_alone() -> None:
    task = planted_task()
    task.network.model.trainable = False
    made = unlearned(task, [planted_trigger()], COURSE, on_step=nothing, while_waiting=nothing)
    assert drawn(made) <= 0.05
    assert not task.network.model.trainable


def test_unlearning_can_be_cancelled() -> None:
    def cancel(_: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        unlearned(planted_task(), [planted_trigger()], COURSE, on_step=cancel, while_waiting=nothing)


def test_the_planted_trigger_does_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trigger_unlearning, "RATE", 0.05)
    monkeypatch.setattr(trigger_unlearning, "WHOLE", Effort(60, 24))
    statistic = np.array([0.6, 0.6, 0.55, 0.5, -np.log10(4 / SIZE**2), np.nan])
    opaque = replace(
        planted_trigger(), opacity=np.ones((SIZE, SIZE, 1), np.float32), pixels=np.zeros((SIZE, SIZE, 1), np.float32)
    )
    triggers = {label: replace(opaque, label=label) for label in range(4)} | {TARGET: planted_trigger()}
    before = ClassScores("patch-inversion", statistic, statistic.copy(), triggers=triggers)
    published: list[ClassScores] = []
    scores = TRIGGER_UNLEARNING.run(
        planted_task(before),
        Monitor(on_partial=published.append),  # type: ignore[arg-type]
    )
    assert scores.ranked[0] == TARGET
    assert scores.statistic[TARGET] > 0.3, "its trigger has at least doubled"
    assert np.isnan(scores.statistic[CLASS_COUNT - 1])
    np.testing.assert_array_equal(published[-1].scores, scores.scores)


def test_many_classes_are_the_most_suspicious_ones_and_those_in_the_middle() -> None:
    statistic = np.linspace(1, 0, 24)
    triggers = {label: planted_trigger(label) for label in range(24)}
    before = ClassScores("patch-inversion", statistic, statistic.copy(), triggers=triggers)
    assert trigger_unlearning.chosen_classes(before).tolist() == [0, 1, 2, 3, 10, 11, 12, 13]
    few = ClassScores("patch-inversion", statistic[:6], statistic[:6].copy(), triggers=triggers)
    assert trigger_unlearning.chosen_classes(few).tolist() == list(range(6))


def test_without_triggers_it_cannot_be_run() -> None:
    with pytest.raises(DetectorError, match="an inversion found") as caught:
        TRIGGER_UNLEARNING.run(planted_task(), Monitor())
    assert caught.value.code == "no-triggers"
