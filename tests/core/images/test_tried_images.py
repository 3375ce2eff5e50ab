"""The images of a reconstructed trigger: what the detector saw, with the answers that it counted."""

from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import Dataset
from core.detect.records import NEXT_CLASS, ReconstructedTrigger, TriedImages
from core.detect.task import DetectionTask
from core.detect.triggers.tried import tried_trigger
from core.images.answers import ImageAnswers, Who
from core.images.pixels import seen_pixels
from core.images.selection import AskedShare, Outcome, Part, outcome_flags
from core.images.tried_images import answers_with_trigger
from core.metrics.figures import ATTACK
from core.monitor import Monitor
from core.records import Share
from core.report.images.folder import TABLE, write_image_folder
from core.report.images.record import ExportedImages
from core.scale import Scale
from tests.core.detect.planted import CLASS_COUNT, PATCH, SIZE, TARGET, planted_network, quarter_images


def faint_trigger(label: int = TARGET, *, opacity: float = 0.7) -> ReconstructedTrigger:
    """The planted patch, so faint that it draws some images and not others."""
    cover = np.zeros((SIZE, SIZE, 1), np.float32)
    cover[PATCH, PATCH] = opacity
    return ReconstructedTrigger(label, cover, np.full((SIZE, SIZE, 1), 230.3, np.float32), Share(0, 0))


def standardized(dataset: Dataset, scale: Scale) -> Dataset:
    """The same images, as the network reads them."""
    values = dataset.rows(np.arange(dataset.image_count), scale=scale)
    return Dataset("s.h5", Path("s.h5"), values, dataset.labels, "", float(values.max()), pixel_minimum=-1.0)


@pytest.mark.parametrize("form", ["pixels", "standardized", "unlabelled", "to-the-next"])
def test_the_answers_are_those_that_the_detector_counted(form: str) -> None:
    scale = Scale.UNIT
    dataset = quarter_images(100)
    if form == "standardized":
        dataset = standardized(dataset, scale)
    task = DetectionTask(planted_network(), scale, dataset=dataset, has_labels=form != "unlabelled")
    label = NEXT_CLASS if form == "to-the-next" else TARGET
    trigger = tried_trigger(task, faint_trigger(label, opacity=0.53), while_waiting=lambda: None)
    assert trigger.tried is not None
    published: list[ImageAnswers] = []
    answers = answers_with_trigger(task, trigger, name="t", monitor=Monitor(on_partial=published.append))  # type: ignore[arg-type]
    images = answers.images
    assert np.array_equal(images.file_rows, trigger.tried.rows)
    assert np.array_equal(answers.pruned == images.wanted, trigger.tried.is_drawn)
    if label == TARGET:
        assert 0 < trigger.success.count < trigger.success.total
    asked = AskedShare(ATTACK, Who.PRUNED, trigger.success)
    for part in Part:
        shown = asked.showing(part)
        assert shown.selection.holds(answers).sum() == shown.shown_count
    assert np.array_equal(outcome_flags(answers, Who.PRUNED, Outcome.ATTACKED), trigger.tried.is_drawn)
    # B answers the images without the trigger as what they show.
    assert np.array_equal(answers.base, dataset.labels[images.file_rows])
    assert (images.true_labels is None) == (form == "unlabelled")
    assert len(published) == 1
    assert published[0].pruned_confidences is None
    assert answers.pruned_confidences is not None
    # What is seen are these images with the trigger, rounded.
    clean = seen_pixels(quarter_images(100), images.file_rows[:5], scale=scale).astype(float)
    seen = seen_pixels(images.dataset, np.arange(5), scale=scale).astype(float)
    expected = clean.copy()
    opacity = np.float32(0.53)
    expected[:, PATCH, PATCH] = clean[:, PATCH, PATCH] * (1 - opacity) + 230.3 * opacity
    assert np.abs(seen - expected).max() <= 0.51
    assert not np.array_equal(seen, clean)


def test_a_trigger_that_was_not_tried_on_these_images_is_refused() -> None:
    task = DetectionTask(planted_network(), Scale.UNIT, dataset=quarter_images(8))
    outside = TriedImages(np.array([3, 8]), np.array([True, False]))
    made = faint_trigger()
    for trigger in (
        made,
        ReconstructedTrigger(TARGET, made.opacity, made.pixels, Share(1, 2), tried=outside),
    ):
        with pytest.raises(ValueError, match="tried on"):
            answers_with_trigger(task, trigger, name="t", monitor=Monitor())


def test_they_are_exported_with_the_answers_before_and_after(tmp_path: Path) -> None:
    task = DetectionTask(planted_network(), Scale.UNIT, dataset=quarter_images(100))
    trigger = tried_trigger(task, faint_trigger(opacity=0.53), while_waiting=lambda: None)
    answers = answers_with_trigger(task, trigger, name="t", monitor=Monitor())
    exported = ExportedImages("t", answers, np.arange(answers.images.image_count), Who.PRUNED)
    assert exported.caption(0)[1] == f"before {answers.base[0]}  after {answers.pruned[0]}"
    folder = write_image_folder(tmp_path / "made", exported, monitor=Monitor())
    lines = (folder / TABLE).read_text("utf-8-sig").splitlines()
    assert lines[0].split(",")[4:9] == [
        "before_label",
        "before_confidence",
        "after_label",
        "after_confidence",
        "is_drawn",
    ]
    assert sum(line.split(",")[8] == "1" for line in lines[1:]) == trigger.success.count
    names = [each.name for each in folder.glob("*.png")]
    assert len(names) == trigger.success.total
    assert sum(f"after-{TARGET}" in name for name in names) == trigger.success.count
    assert not any("b-" in name or "flagged" in name for name in names)
    assert CLASS_COUNT > TARGET
