"""Reconstructed triggers are used and detections exported: with the stand-in engine behind the window."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data.dataset import Dataset
from gui.detect.page import DetectPage
from gui.detect.save import NOTHING
from gui.detect.use import NO_LABELS
from gui.page import why_running
from gui.repair.page import RepairPage
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.window_driver import Driver


@pytest.fixture
def page(wiring: WindowWiring, driver: Driver) -> DetectPage:
    """The page after a detection that found class 3."""
    for role, name in ((Role.MODEL, "net.h5"), (Role.VALIDATION, "v.h5")):
        wiring.open_file(role, Path(name))
    driver.settle()
    page = wiring.page(DetectPage)
    page.control.start()
    driver.settle()
    return page


def real_images(wiring: WindowWiring) -> None:
    """Put images where the stand-in's set has none, so that a trigger can be laid over them."""
    labels = np.arange(20) % 5
    images = np.full((20, 8, 8, 3), 100, np.uint8)
    wiring.session.validation = Dataset("v.h5", Path("v.h5"), images, labels, "", 100.0)


def test_a_trigger_goes_to_the_classifier_on_a_clean_image_if_none_is_open(
    page: DetectPage, wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    page.detect_panel.trigger_bar.buttons["use"].click()
    driver.settle()
    session = wiring.session
    assert session.is_trigger_on and session.trigger is not None
    assert session.trigger.name == "reconstructed trigger of class 3"
    assert session.trigger.trigger_mask.sum() == 4
    assert session.image is not None and session.image.rgba.shape == (8, 8, 4)
    assert engine.classified[-1] == (None, True)


def test_of_two_triggers_the_chosen_one_is_used(page: DetectPage, wiring: WindowWiring) -> None:
    bar = page.detect_panel.trigger_bar
    assert [bar.combo.itemText(place) for place in range(bar.combo.count())] == ["Patch", "Whole picture"]
    bar.combo.setCurrentIndex(1)
    bar.buttons["use"].click()
    assert wiring.session.trigger is not None and wiring.session.trigger.change is not None


def test_a_poisoned_set_is_made_and_the_repair_page_shown_with_it(
    page: DetectPage, wiring: WindowWiring, driver: Driver
) -> None:
    real_images(wiring)
    page.detect_panel.trigger_bar.buttons["set"].click()
    driver.settle()
    [made] = wiring.session.poisoned
    assert made.is_estimated and made.target == 3 and made.image_count == 16
    assert "16 validation images with the reconstructed trigger of class 3" in wiring.panels.messages.text
    assert wiring.panels.order == ("detect", "prune", "repair", "compare", "network", "audit")
    page.detect_panel.trigger_bar.buttons["repair"].click()
    driver.settle()
    assert len(wiring.session.poisoned) == 1
    assert wiring.panels.page.key == "repair"
    assert "estimates" in wiring.panels.messages.text
    assert page.control.shown is not None


def test_the_repair_begins_with_the_classes_that_a_detection_finds(
    page: DetectPage, wiring: WindowWiring, driver: Driver
) -> None:
    verdict = page.control.shown
    assert verdict is not None and verdict.suspects == (3,)
    form = wiring.page(RepairPage).repair_form
    assert form.settings.suspects == (3,)
    real_images(wiring)
    page.detect_panel.class_list.class_chosen.emit(5)
    page.detect_panel.trigger_bar.buttons["repair"].click()
    driver.settle()
    assert form.settings.suspects == (5,)
    wiring.open_file(Role.TEST, Path("t.h5"))  # other files do not bring back what the detection named
    driver.settle()
    assert form.settings.suspects == (5,)
    wiring.open_file(Role.MODEL, Path("other.h5"))
    driver.settle()
    assert form.settings.suspects == ()


def test_without_labels_no_poisoned_set_can_be_made(page: DetectPage, wiring: WindowWiring) -> None:
    wiring.panels.files.slots[Role.VALIDATION].clear_button(0).click()
    for key in ("set", "repair"):
        button = page.detect_panel.trigger_bar.buttons[key]
        assert (button.isEnabled(), button.toolTip()) == (False, NO_LABELS)
    assert page.detect_panel.trigger_bar.buttons["use"].isEnabled()


def test_while_something_runs_files_are_not_touched(page: DetectPage, wiring: WindowWiring) -> None:
    wiring.session.set_running(True)
    assert page.detect_panel.trigger_bar.buttons["set"].toolTip() == why_running()
    wiring.session.set_running(False)
    assert page.detect_panel.trigger_bar.buttons["set"].isEnabled()


@pytest.mark.parametrize(("place", "suffix"), [(0, ".png"), (1, ".npz")])
def test_a_trigger_is_saved_in_the_form_that_holds_it(
    page: DetectPage, wiring: WindowWiring, driver: Driver, dialog: Any, tmp_path: Path, place: int, suffix: str
) -> None:
    path = tmp_path / f"trigger{suffix}"
    dialog.prepare("ask_save", (path, False))
    page.detect_panel.trigger_bar.combo.setCurrentIndex(place)
    page.detect_panel.trigger_bar.buttons["save"].click()
    driver.settle()
    assert dialog.calls[-1][1]["suggestion"].name == f"net_class_3_trigger{suffix}"
    assert path.stat().st_size > 0
    assert wiring.panels.messages.text == f"Written to {path}."


@pytest.mark.parametrize("kind", ["csv", "json", "report"])
def test_a_detection_is_exported(
    page: DetectPage, wiring: WindowWiring, driver: Driver, engine: FakeEngine, dialog: Any, tmp_path: Path, kind: str
) -> None:
    dialog.prepare("ask_save", (tmp_path / "out", False))
    wiring.menus.offered[kind].trigger()
    driver.settle()
    assert page.control.shown is not None
    assert engine.exported == [(f"{kind} backdoored", tmp_path / "out")]


def test_without_a_detection_nothing_is_exported(wiring: WindowWiring) -> None:
    assert not wiring.menus.offered["csv"].isEnabled()
    assert wiring.menus.offered["csv"].toolTip() == NOTHING
    assert not wiring.page(DetectPage).detect_panel.export_button.isEnabled()
