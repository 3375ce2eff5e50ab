"""A finished trigger says which images became its class; asked again, the network answers the same."""

from dataclasses import replace

import numpy as np
import pytest

from core.detect.detectors.trigger_inversion import PATCH_INVERSION, WHOLE_PICTURE_INVERSION, Effort, TriggerInversion
from core.detect.records import NEXT_CLASS, ReconstructedTrigger, TriedImages
from core.detect.task import DetectionTask
from core.detect.triggers.tried import TRIED_COUNT, answers_with, known_labels, tried_trigger, wanted_classes
from core.monitor import Monitor
from core.records import Share
from core.scale import Scale
from tests.core.detect.planted import PATCH, SIZE, TARGET, planted_network, quarter_images

SHORT = Effort(40, 24)


def nothing() -> None:
    """Wait for nothing."""


def task_of(*, has_labels: bool = True, count: int = 100) -> DetectionTask:
    """The task on the planted network, with more images than are tried."""
    return DetectionTask(planted_network(), Scale.UNIT, dataset=quarter_images(count), has_labels=has_labels)


@pytest.mark.parametrize("detector", [PATCH_INVERSION, WHOLE_PICTURE_INVERSION], ids=lambda each: each.name)
@pytest.mark.parametrize("has_labels", [True, False])
def test_the_answers_are_the_same_when_the_images_are_tried_again(
    monkeypatch: pytest.MonkeyPatch, detector: TriggerInversion, *, has_labels: bool
) -> None:
    monkeypatch.setattr("core.detect.detectors.trigger_inversion.WHOLE", SHORT)
    scores = detector.run(task_of(has_labels=has_labels), Monitor())
    assert scores.all_to_all is not None
    assert scores.all_to_all.trigger is not None
    triggers = [*scores.triggers.values(), scores.all_to_all.trigger]
    assert len(triggers) == 7
    again = task_of(has_labels=has_labels)  # nothing is left of the first one
    drawn = set()
    for trigger in triggers:
        tried = trigger.tried
        assert tried is not None
        assert trigger.success == tried.share == Share(int(tried.is_drawn.sum()), len(tried.rows))
        labels = known_labels(again, tried.rows, while_waiting=nothing)
        assert len(tried.rows) == TRIED_COUNT if trigger.label == NEXT_CLASS else trigger.label not in labels
        answers = answers_with(again, trigger, tried.rows, while_waiting=nothing)
        assert np.array_equal(answers == wanted_classes(again, trigger, labels), tried.is_drawn)
        drawn.add(trigger.success)
    assert len(drawn) > 2  # the test would see a change
    assert any(0 < each.count < each.total for each in drawn)


def test_triggers_on_their_way_say_nothing_of_the_images_of_their_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.detect.detectors.trigger_inversion.WHOLE", SHORT)
    shown = []
    PATCH_INVERSION.run(task_of(), Monitor(on_partial=shown.append))  # type: ignore[arg-type]
    assert all(each.tried is None for each in shown[0].triggers.values())
    assert all(each.tried is not None for each in shown[-1].triggers.values())


def planted_trigger(label: int = TARGET) -> ReconstructedTrigger:
    """The patch that was planted."""
    opacity = np.zeros((SIZE, SIZE, 1), np.float32)
    opacity[PATCH, PATCH] = 1
    return ReconstructedTrigger(label, opacity, np.full((SIZE, SIZE, 1), 255.0, np.float32), Share(0, 0))


def test_parts_of_another_size_are_put_together_in_order() -> None:
    task = task_of()
    task.__dict__["batch_size"] = 7
    found = tried_trigger(task, planted_trigger(), while_waiting=nothing)
    assert found.success == Share(TRIED_COUNT, TRIED_COUNT)
    wrong = tried_trigger(task, planted_trigger(0), while_waiting=nothing)
    assert wrong.tried is not None
    assert wrong.success.count == 0
    dataset = task.dataset
    assert dataset is not None
    assert wrong.success.total == (dataset.labels[task.rows(TRIED_COUNT, fold=1)] != 0).sum() > 7
    assert (dataset.labels[wrong.tried.rows] != 0).all()


def test_a_record_whose_parts_do_not_fit_is_refused() -> None:
    rows, is_drawn = np.array([1, 4]), np.array([True, False])
    found = replace(planted_trigger(), success=Share(1, 2), tried=TriedImages(rows, is_drawn))
    assert found.tried is not None
    assert not found.tried.rows.flags.writeable
    with pytest.raises(ValueError, match="success"):
        replace(found, success=Share(2, 2))
    for wrong_rows, wrong_flags in (
        (np.array([4, 1]), is_drawn),
        (np.array([-1, 1]), is_drawn),
        (np.array([1, 1]), is_drawn),
        (np.array([1, 2, 3]), is_drawn),
        (np.array([[1, 2]]), np.array([[True, False]])),
    ):
        with pytest.raises(ValueError, match="row"):
            TriedImages(wrong_rows, wrong_flags)
