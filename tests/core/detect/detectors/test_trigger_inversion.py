"""Trigger inversion on the planted network: the patch that is there is found, and its size is about right."""

from dataclasses import replace

import numpy as np
import pytest

from core.detect.detectors.trigger_inversion import (
    PATCH_INVERSION,
    WHOLE,
    WHOLE_PICTURE_INVERSION,
    Effort,
)
from core.detect.records import NEXT_CLASS, ClassScores
from core.detect.task import DetectionTask
from core.detect.triggers.inversion import SHOWN_EVERY
from core.monitor import Monitor
from core.network.network import Network
from core.records import Share
from core.scale import Scale
from tests.core.detect.planted import PATCH, SIZE, TARGET, planted_network, quarter_images, trained_all_to_all

SHORT = Effort(30, 24)  # too few steps to find a trigger, enough to see how they are taken


def planted_task() -> DetectionTask:
    """Return the task on the planted network."""
    return DetectionTask(planted_network(), Scale.UNIT, dataset=quarter_images())


@pytest.fixture(scope="module")
def watched() -> tuple[ClassScores, list[ClassScores]]:
    """The scores of patches on the planted network, and what was published on the way."""
    shown: list[ClassScores] = []
    return PATCH_INVERSION.run(planted_task(), Monitor(on_partial=shown.append)), shown  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found(watched: tuple[ClassScores, list[ClassScores]]) -> ClassScores:
    """The scores of patches on the planted network."""
    return watched[0]


@pytest.fixture(scope="module")
def to_the_next_class() -> Network:
    """A network with an all-to-all backdoor."""
    return trained_all_to_all()


def test_the_planted_patch_is_found_where_it_is(found: ClassScores) -> None:
    assert found.ranked[0] == TARGET
    trigger = found.triggers[TARGET]
    assert trigger.success.rate >= 0.9
    inside = trigger.opacity[PATCH, PATCH].sum()
    assert inside / trigger.opacity.sum() > 0.5
    # The patch that was planted covers 4 of 64 pixels.
    assert 10 ** -found.statistic[TARGET] == pytest.approx(4 / SIZE**2, rel=0.6)


def test_the_trigger_draws_images_of_every_class_to_the_target(found: ClassScores) -> None:
    trigger = found.triggers[TARGET]
    network, images = planted_network(), quarter_images(seed=5)
    seen = trigger.apply(np.asarray(images.images)) / 255
    answers = np.asarray(network.model(seen)).argmax(axis=-1)
    assert (answers == TARGET).mean() >= 0.9


def test_a_change_of_the_whole_picture_finds_the_target_too() -> None:
    scores = WHOLE_PICTURE_INVERSION.run(planted_task(), Monitor())
    assert scores.ranked[0] == TARGET
    assert scores.triggers[TARGET].success.rate >= 0.8


def test_a_trigger_that_leads_each_class_to_the_next_one_is_found_where_there_is_one(
    to_the_next_class: Network,
) -> None:
    network = to_the_next_class
    scores = PATCH_INVERSION.run(DetectionTask(network, Scale.UNIT, dataset=quarter_images()), Monitor())
    assert scores.all_to_all is not None
    assert scores.all_to_all.score > 3
    trigger = scores.all_to_all.trigger
    assert trigger is not None
    assert trigger.label == NEXT_CLASS
    assert trigger.success.rate >= 0.9
    images = quarter_images(seed=5)
    answers = np.asarray(network.model(trigger.apply(np.asarray(images.images)) / 255)).argmax(axis=-1)
    assert (answers == (images.labels + 1) % 4).mean() >= 0.9


def test_where_one_class_is_the_target_no_small_trigger_leads_to_the_next_ones(found: ClassScores) -> None:
    all_to_all = found.all_to_all
    assert all_to_all is not None
    assert all_to_all.score < 0


def test_without_labels_the_next_class_is_that_after_the_answer(to_the_next_class: Network) -> None:
    task = DetectionTask(to_the_next_class, Scale.UNIT, dataset=quarter_images(), has_labels=False)
    all_to_all = PATCH_INVERSION.run(task, Monitor()).all_to_all
    assert all_to_all is not None
    assert all_to_all.score > 3


@pytest.mark.parametrize("has_labels", [True, False])
def test_images_of_one_class_show_no_trigger_that_leads_to_it(
    monkeypatch: pytest.MonkeyPatch, *, has_labels: bool
) -> None:
    monkeypatch.setattr("core.detect.detectors.trigger_inversion.WHOLE", SHORT)
    images = quarter_images(80)
    one = images.labels == 1
    dataset = replace(images, images=np.asarray(images.images)[one], labels=images.labels[one])
    task = DetectionTask(planted_network(target=None), Scale.UNIT, dataset=dataset, has_labels=has_labels)
    found = PATCH_INVERSION.run(task, Monitor())
    assert found.statistic[1] == 0, "every image is answered as class 1 without a trigger"
    assert found.triggers[1].success == Share(0, 0)


def test_the_same_seed_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.detect.detectors.trigger_inversion.WHOLE", SHORT)
    one, other = (PATCH_INVERSION.run(planted_task(), Monitor()) for _ in range(2))
    assert np.array_equal(one.statistic, other.statistic, equal_nan=True)


def test_triggers_are_shown_on_their_way_and_this_changes_no_number(
    watched: tuple[ClassScores, list[ClassScores]], monkeypatch: pytest.MonkeyPatch
) -> None:
    task = planted_task()
    scores, shown = watched
    assert len(shown) == WHOLE.step_count // SHOWN_EVERY
    on_the_way = [each.triggers[TARGET] for each in shown]
    assert not np.array_equal(on_the_way[0].pixels, on_the_way[-1].pixels)
    sizes = [10 ** -each.statistic[TARGET] for each in shown]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-2] == pytest.approx(on_the_way[-2].covered_share, rel=1e-4)
    answers = np.asarray(task.network.model(on_the_way[-2].apply(np.asarray(quarter_images().images)) / 255))
    assert (answers.argmax(axis=-1) == TARGET).mean() == pytest.approx(on_the_way[-2].success.rate, abs=0.1)
    monkeypatch.setattr("core.detect.triggers.inversion.SHOWN_EVERY", WHOLE.step_count)
    unwatched = PATCH_INVERSION.run(task, Monitor())
    assert np.array_equal(scores.statistic, unwatched.statistic)
    assert np.array_equal(scores.scores, unwatched.scores)
    for label, trigger in unwatched.triggers.items():
        assert np.array_equal(scores.triggers[label].opacity, trigger.opacity)
        assert np.array_equal(scores.triggers[label].pixels, trigger.pixels)
        assert scores.triggers[label].success == trigger.success


def test_only_the_first_group_is_compared_on_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.detect.detectors.trigger_inversion.WHOLE", SHORT)
    task = replace_batch(planted_task(), size=3 * 24)
    shown: list[ClassScores] = []
    PATCH_INVERSION.run(task, Monitor(on_partial=shown.append))  # type: ignore[arg-type]
    each_group = SHORT.step_count // SHOWN_EVERY
    assert [len(each.examined) for each in shown] == [3] * (2 * each_group - 1) + [6]
    assert len(shown[each_group].triggers) == 6


def replace_batch(task: DetectionTask, *, size: int) -> DetectionTask:
    """Return the task with fewer images at once, so that its classes take several groups."""
    task.__dict__["batch_size"] = size
    return task
