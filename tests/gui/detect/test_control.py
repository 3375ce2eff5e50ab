"""The page Detect on the stand-in engine: what starts, what is shown, what is kept, and what goes out of date."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.detect.records import NEXT_CLASS
from core.detect.verdict import Outcome
from core.report.detect.text import ANY_NETWORK
from gui.detect.control import NOTHING_FOUND, NOTHING_OPEN, OUT_OF_DATE
from gui.detect.page import DetectPage
from gui.detect.panel import NO_IMAGES, RUNNING, STOPPED
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.window_driver import Driver


@pytest.fixture
def page(wiring: WindowWiring) -> DetectPage:
    """The page."""
    return wiring.page(DetectPage)


def open_clean(driver: Driver) -> None:
    """Open a model and clean validation data."""
    for role, name in ((Role.MODEL, "net.h5"), (Role.VALIDATION, "v.h5")):
        driver.wiring.open_file(role, Path(name))
    driver.settle()


def detect(driver: Driver) -> None:
    """Open a model and clean validation data, and detect to the end."""
    open_clean(driver)
    driver.wiring.page(DetectPage).control.start()
    driver.settle()


def test_with_nothing_open_the_page_says_what_to_open(page: DetectPage, wiring: WindowWiring) -> None:
    assert wiring.panels.page is page
    assert page.detect_panel.empty_label.text() == NOTHING_OPEN
    assert not page.detect_form.start_button.isEnabled()
    assert page.detect_form.start_button.toolTip() == "Open a model first."
    assert wiring.menus.actions["detect", "detect"].toolTip() == "Open a model first."


def test_without_images_the_detectors_that_need_none_can_run(
    page: DetectPage, wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    assert page.detect_panel.empty_label.text() == NO_IMAGES
    boxes = {each.detector.name: each for each in page.detect_form.boxes}
    assert boxes["weight-signature"].box.isEnabled()
    assert not boxes["patch-inversion"].box.isEnabled()
    assert boxes["patch-inversion"].note.text() == "needs clean images, got none"
    page.detect_form.start_button.click()
    driver.settle()
    assert engine.started[-1] == "detect 2 None 0"


def test_further_images_without_labels_serve_where_no_validation_set_is_open(
    page: DetectPage, wiring: WindowWiring, driver: Driver
) -> None:
    for role, name in ((Role.MODEL, "net.h5"), (Role.UNLABELLED, "more.h5")):
        wiring.open_file(role, Path(name))
        driver.settle()
    assert all(each.box.isEnabled() for each in page.detect_form.boxes)
    page.control.start()
    driver.settle()
    assert page.control.shown is not None and not page.control.shown.inputs.has_labels


def test_the_time_is_measured_once_for_the_open_files_and_added_up(
    page: DetectPage, wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    open_clean(driver)
    form = page.detect_form
    assert engine.estimated[-1] is None
    count = len(engine.estimated)
    assert form.note.text() == "About 1 min 10 s on this machine."
    form.boxes[0].box.setChecked(False)
    driver.settle()
    assert form.note.text() == "About 1 min on this machine."
    assert len(engine.estimated) == count
    form.class_choice.setText("0, 3, 5-6")
    driver.settle()
    assert engine.estimated[-1] == (0, 3, 5, 6)


def test_the_time_is_not_measured_behind_another_page(wiring: WindowWiring, driver: Driver, engine: FakeEngine) -> None:
    wiring.panels.show_page("prune")
    open_clean(driver)
    assert engine.estimated == []
    wiring.panels.show_page("detect")
    driver.settle()
    assert engine.estimated == [None]


def test_settings_reach_the_engine(page: DetectPage, driver: Driver, engine: FakeEngine) -> None:
    open_clean(driver)
    for box in page.detect_form.boxes[2:]:
        box.box.setChecked(False)
    page.detect_form.class_choice.setText("1–3")
    page.detect_form.seed_field.setValue(7)
    page.detect_form.start_button.click()
    driver.settle()
    assert engine.started[-1] == "detect 2 (1, 2, 3) 7"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("0, x", "Classes are numbers such as 0, 3, 10–20, got “x”."), ("2, 10", "A class must be from 0 to 9, got 10.")],
)
def test_wrong_classes_are_refused_before_the_start(page: DetectPage, driver: Driver, text: str, reason: str) -> None:
    open_clean(driver)
    page.detect_form.class_choice.setText(text)
    assert page.detect_form.note.text() == reason
    assert not page.detect_form.start_button.isEnabled()
    page.detect_form.class_choice.setText("All")
    assert page.detect_form.start_button.isEnabled()


def test_while_detectors_run_bars_fill_in_and_files_cannot_change(
    page: DetectPage, wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    open_clean(driver)
    engine.stop_detection_at = 4
    wiring.panels.show_page("prune")
    page.control.start()
    panel = page.detect_panel
    driver.wait_until(lambda: len(panel.class_list.bars) > 0 and panel.triggers.sentences != ())
    assert wiring.panels.page is page
    assert panel.banner.heading.text() == RUNNING and panel.banner.kind == "quiet"
    assert panel.class_list.bars[0].label == 3 and panel.class_list.bars[0].text == "+6.0"
    assert panel.label == 3
    assert not panel.trigger_bar.isVisible()
    assert not page.detect_form.start_button.isEnabled() and page.detect_form.cancel_button.isEnabled()
    assert not wiring.menus.openers[Role.MODEL].isEnabled()
    engine.stop_detection_at = None
    driver.settle()
    assert not wiring.session.is_running


def test_a_finished_detection_shows_the_verdict_and_what_it_rests_on(page: DetectPage, driver: Driver) -> None:
    detect(driver)
    panel = page.detect_panel
    assert panel.banner.heading.text() == "Backdoored: class 3"
    assert panel.banner.kind == "error"
    assert "Probability of a backdoor" in panel.banner.sentence.text()
    assert panel.class_list.bars[0].colour == "error"
    assert panel.class_list.bars[0].text.endswith("%")
    assert "Random patches: class 3 is first of 10 classes" in panel.evidence.body.text()
    assert panel.next.body.text() and panel.limits.body.text()
    assert panel.triggers.sentences == (
        "93.75 % of the clean images tried become class 3 with this on 6.2 % of the picture.",
        "93.75 % of the clean images tried become class 3 with this change of 10.0 grey levels (root mean square).",
    )
    row = panel.detector_rows.rows["weight-signature"]
    assert row.state.text() == "2 s" and row.figures.text() == "class 3: +6.0\nplace 1 of 10"
    assert row.strip.count == 10 and row.strip.marked == 6.0


def test_another_class_shows_its_own_triggers_and_evidence(page: DetectPage, driver: Driver) -> None:
    detect(driver)
    panel = page.detect_panel
    places = {each.label: place for place, each in enumerate(panel.class_list.bars)}
    panel.class_list.setCurrentIndex(panel.class_list.model().index(places[5]))
    assert panel.trigger_title.text() == "Class 5"
    assert "become class 5" in panel.triggers.sentences[0]
    assert panel.evidence.title.text() == "Evidence on class 5"
    assert "class 5 is number 6 of 10" in panel.evidence.body.text()
    panel.class_list.setCurrentIndex(panel.class_list.model().index(places[0]))
    assert panel.triggers.sentences == ()
    assert panel.triggers.empty_label.text() == (
        "No trigger of class 0 was reconstructed: the class is not on the shortlist."
    )
    assert not any(each.isEnabled() for each in panel.trigger_bar.buttons.values())


def test_stopping_keeps_what_was_found(
    page: DetectPage, wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    open_clean(driver)
    engine.stop_detection_at = 2
    page.control.start()
    driver.wait_until(lambda: len(page.detect_panel.class_list.bars) > 0)
    page.detect_form.cancel_button.click()
    driver.settle()
    kept = page.control.shown
    assert kept is not None and kept.was_stopped
    assert page.detect_panel.notice.text() == STOPPED
    assert page.detect_panel.detector_rows.rows["patch-inversion"].state.text() == "not reached"
    assert not wiring.session.is_running


def test_stopping_before_anything_was_found_shows_the_earlier_detection(
    page: DetectPage, wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    detect(driver)
    earlier = page.control.shown
    engine.is_detection_empty = True
    page.control.start()
    driver.wait_until(lambda: page.control.is_running)
    wiring.menus.cancel.trigger()
    driver.settle()
    assert page.control.shown is earlier
    assert page.detect_panel.banner.heading.text() == "Backdoored: class 3"
    assert wiring.panels.messages.text.startswith(NOTHING_FOUND)


def test_other_images_make_a_detection_out_of_date_and_another_network_removes_it(
    page: DetectPage, wiring: WindowWiring, driver: Driver
) -> None:
    detect(driver)
    assert page.detect_panel.notice.text() == ""
    wiring.open_file(Role.VALIDATION, Path("w.h5"))
    driver.settle()
    assert page.control.shown is not None
    assert page.detect_panel.notice.text() == OUT_OF_DATE
    wiring.open_file(Role.MODEL, Path("other.h5"))
    driver.settle()
    assert page.control.shown is None
    assert page.detect_panel.empty_label.isVisible()


def test_closing_all_files_empties_the_page(page: DetectPage, wiring: WindowWiring, driver: Driver) -> None:
    detect(driver)
    wiring.menus.close_all.trigger()
    assert page.control.shown is None
    assert page.detect_panel.empty_label.text() == NOTHING_OPEN


def test_a_repaired_network_is_refused(page: DetectPage, wiring: WindowWiring, driver: Driver) -> None:
    wiring.open_file(Role.MODEL, Path("repaired.h5"))
    driver.settle()
    assert "already a repaired network" in page.detect_form.reason
    assert not page.detect_form.start_button.isEnabled()


def test_the_window_closes_while_detectors_run(
    page: DetectPage, wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    open_clean(driver)
    engine.stop_detection_at = 1
    page.control.start()
    driver.wait_until(lambda: len(page.detect_panel.class_list.bars) > 0)
    wiring.window.close()
    assert not wiring.runner.is_busy


def test_an_error_nobody_foresaw_leaves_the_page_usable(
    page: DetectPage, wiring: WindowWiring, driver: Driver, monkeypatch: pytest.MonkeyPatch, dialog: Any, log_guard: Any
) -> None:
    def broken(*_: Any) -> Any:
        def job(monitor: Any) -> Any:
            raise RuntimeError("nobody foresaw this")

        return job

    open_clean(driver)
    monkeypatch.setattr("gui.detect.jobs.detect_backdoors", broken)
    dialog.prepare("show_unforeseen", None)
    page.control.start()
    driver.settle()
    assert not wiring.session.is_running and not page.control.is_running
    assert page.detect_form.start_button.isEnabled()
    log_guard.clear()


def test_triggers_that_are_shown_though_nothing_was_found_are_put_right(page: DetectPage, driver: Driver) -> None:
    detect(driver)
    kept = page.control.shown
    assert kept is not None and kept.verdict is not None
    assert ANY_NETWORK not in page.detect_panel.evidence.body.text()
    nothing = replace(kept.verdict, classes=(), outcome=Outcome.NOTHING_FOUND)
    page.control.show_detection(replace(kept, verdict=nothing))
    assert page.detect_panel.triggers.sentences
    assert ANY_NETWORK in page.detect_panel.evidence.body.text()


def test_where_every_class_is_a_target_the_trigger_of_all_is_shown(page: DetectPage, driver: Driver) -> None:
    detect(driver)
    kept = page.control.shown
    assert kept is not None and kept.verdict is not None
    pairs = replace(kept.verdict, classes=(), is_all_to_all=True, outcome=Outcome.SUSPICIOUS)
    page.control.show_detection(replace(kept, verdict=pairs))
    panel = page.detect_panel
    assert panel.label == NEXT_CLASS
    assert panel.class_list.bars[0].name == "all to all" and panel.class_list.bars[0].colour == "warning"
    assert panel.banner.heading.text() == "Suspicious: each class leads to the next (all-to-all)"
    assert "become the class after their own" in panel.triggers.sentences[0]
    assert "a trigger that leads each class to the next one is −2.0" in panel.evidence.body.text()
    assert panel.detector_rows.rows["patch-inversion"].strip.marked == -2.0
    assert np.isnan(panel.detector_rows.rows["weight-signature"].strip.marked)
    assert all(each.isEnabled() for each in panel.trigger_bar.buttons.values())
