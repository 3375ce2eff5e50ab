"""The form of the page Detect alone: what can run on which network and images, and what is said where nothing can."""

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from core.detect.detectors.registry import DETECTORS
from core.scale import Scale
from gui.detect.form import MEASURING, NO_DETECTOR, DetectForm
from gui.state.detections import DetectionInputs
from tests.gui.stand_in_figures import FakeNetwork, FakeSet, make_summary


@pytest.fixture
def form(qtbot: QtBot) -> DetectForm:
    """A form with nothing open."""
    form = DetectForm()
    qtbot.addWidget(form)
    return form


def inputs(*, class_count: int = 10, image_count: int = 20, has_labels: bool = True) -> DetectionInputs:
    """Inputs with so many classes and images."""
    network: Any = FakeNetwork(make_summary(class_count=class_count))
    dataset: Any = FakeSet(Path("v.h5"), image_count=image_count) if image_count else None
    return DetectionInputs(network, dataset, has_labels, Scale.RAW)


def test_two_classes_are_too_few_for_any_detector(form: DetectForm) -> None:
    form.show_inputs(inputs(class_count=2))
    assert form.note.text() == (
        "Detectors compare the classes of a network with each other. They need at least 3, this network has 2."
    )
    assert not form.start_button.isEnabled()
    form.show_seconds({each.detector.name: 0.0 for each in form.boxes})
    assert [each.note.text() for each in form.boxes[:2]] == ["uses no images"] * 2  # it is said once, not by each box
    assert not any(each.box.isEnabled() for each in form.boxes)
    form.show_inputs(inputs())
    assert form.start_button.isEnabled()


def test_too_few_images_are_said_where_they_matter(form: DetectForm) -> None:
    form.show_inputs(inputs(image_count=3))
    by_name = {each.detector.name: each for each in form.boxes}
    assert by_name["patch-inversion"].note.text() == "needs at least 8 clean images, got 3"
    assert [each.name for each in form.settings.detectors] == ["weight-signature", "maximum-margin"]


def test_at_least_one_detector_must_be_ticked(form: DetectForm) -> None:
    form.show_inputs(inputs())
    for each in form.boxes:
        each.box.setChecked(False)
    assert form.note.text() == NO_DETECTOR and not form.start_button.isEnabled()


def test_what_examines_triggers_is_off_while_no_inversion_is_ticked(form: DetectForm) -> None:
    form.show_inputs(inputs())
    boxes = {each.detector.name: each for each in form.boxes}
    second = boxes["second-answers"]
    assert second.is_chosen and "uses the triggers found" in second.note.text()
    boxes["patch-inversion"].box.setChecked(False)
    assert second.is_chosen
    boxes["whole-picture-inversion"].box.setChecked(False)
    assert not second.is_chosen and not second.box.isEnabled()
    assert "choose an inversion as well" in second.note.text()
    assert DETECTORS.get("second-answers") not in form.settings.detectors
    boxes["patch-inversion"].box.setChecked(True)
    assert second.is_chosen and second.box.isEnabled()


def test_the_time_is_shown_for_each_detector_and_in_all(form: DetectForm) -> None:
    form.show_inputs(inputs())
    assert form.note.text() == MEASURING
    form.show_seconds({each.detector.name: 20.0 for each in form.boxes})
    assert form.boxes[0].note.text() == "about 20 s"
    assert form.boxes[-1].note.text() == "about 20 s · uses the triggers found"
    assert form.note.text() == "About 2 min 20 s on this machine."


def test_every_box_says_what_it_does_and_where_it_comes_from(form: DetectForm) -> None:
    for each in form.boxes:
        assert each.detector.help in each.toolTip() and each.detector.source in each.toolTip()


def test_while_a_job_runs_nothing_can_be_changed(form: DetectForm) -> None:
    form.show_inputs(inputs())
    form.set_running(True)
    fields = [form.start_button, form.class_choice, form.seed_field, *(each.box for each in form.boxes)]
    assert not any(each.isEnabled() for each in fields)
    form.set_running(False)
    assert all(each.isEnabled() for each in fields)
