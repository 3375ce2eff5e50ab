"""STRIP in the window: asked of the image on the screen, calibrated between other questions."""

from pathlib import Path
from typing import Any

import pytest

from gui.classifier.strip.view import BUSY_TEXT
from gui.shell.wiring import WindowWiring
from gui.state.session import Role


@pytest.fixture
def view(wiring: WindowWiring) -> Any:
    return wiring.panels.classifier.strip_view


def test_there_is_nothing_without_clean_images(wiring: WindowWiring, driver: Any, engine: Any, view: Any) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    assert engine.classified
    assert engine.blended == []
    assert view.isHidden()
    wiring.open_file(Role.VALIDATION, Path("v.h5"))
    driver.settle()
    assert engine.blended == [("face.png", False)]
    assert not view.isHidden()
    assert view.text.text().startswith("2 of 8 blends keep class 0 (clean: 2)")


def test_it_follows_the_trigger_and_is_calibrated_once(
    wiring: WindowWiring, driver: Any, engine: Any, view: Any
) -> None:
    driver.open_all()
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    assert engine.slices == [2, 4]
    assert "entropy lower than 1 of 4 clean pictures" in view.text.text()
    assert "so far" not in view.toolTip()
    assert "On this network 2 pictures of p.h5 are told from clean ones with AUROC" in view.toolTip()
    wiring.panels.classifier.trigger_toggled.emit(True)
    assert view.text.text() == BUSY_TEXT
    driver.settle()
    assert engine.blended[-1] == ("face.png", True)
    assert engine.slices == [2, 4]
    assert view.text.text() == "8 of 8 blends keep class 0 (clean: 2)\nentropy lower than 4 of 4 clean pictures"


def test_other_clean_images_are_a_new_calibration(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    driver.open_all()
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    wiring.open_file(Role.VALIDATION, Path("other.h5"))
    driver.settle()
    assert engine.slices == [2, 4, 2, 4]


def test_moving_the_cursor_asks_nothing_anew(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    driver.run_all()
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    wiring.pages["prune"].curves.cursor_moved.emit(4)
    driver.settle()
    assert engine.blended == [("face.png", False)]
    assert engine.slices == [2, 4]


def test_during_a_run_the_image_is_blended_and_the_rest_waits(
    wiring: WindowWiring, driver: Any, engine: Any, view: Any
) -> None:
    driver.open_all()
    driver.start_run_that_waits(engine, 1)
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.wait_until(lambda: engine.blended == [("face.png", False)] and "2 of 8" in view.text.text())
    assert engine.slices == []
    assert view.chart.isHidden()
    assert "clean:" not in view.text.text()
    wiring.runner.cancel()
    driver.settle()
    assert engine.slices == [2, 4]
    assert not view.chart.isHidden()


def test_a_refusal_is_a_sentence_until_other_images_are_open(
    wiring: WindowWiring, driver: Any, engine: Any, view: Any, log_guard: list[Any]
) -> None:
    engine.is_blend_refused = True
    driver.open_all()
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    assert view.text.text() == "'net.h5' answers blended pictures with outputs that are no numbers."
    assert view.chart.isHidden()
    engine.is_blend_refused = False
    wiring.open_file(Role.VALIDATION, Path("other.h5"))
    driver.settle()
    assert "2 of 8 blends" in view.text.text()
    assert ["[no-answer]" in record.getMessage() for record in log_guard] == [True]
    log_guard.clear()


def test_too_few_clean_images_are_said_in_the_line_alone(
    wiring: WindowWiring, driver: Any, engine: Any, view: Any
) -> None:
    """Nothing is asked, so nothing is refused: the log stays empty, which `log_guard` checks."""
    engine.has_few_pictures = True
    driver.open_all()
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    assert view.text.text() == "STRIP needs at least 40 clean pictures, got 20 in 'v.h5'."
    assert not view.isHidden()
    assert view.chart.isHidden()
    assert engine.blended == []
    engine.has_few_pictures = False
    wiring.open_file(Role.VALIDATION, Path("other.h5"))
    driver.settle()
    assert "2 of 8 blends" in view.text.text()


def test_a_repaired_network_is_not_asked(wiring: WindowWiring, driver: Any, engine: Any, view: Any) -> None:
    wiring.open_file(Role.MODEL, Path("repaired.h5"))
    wiring.open_file(Role.VALIDATION, Path("v.h5"))
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    assert engine.blended == []
    assert view.isHidden()


def test_closing_the_model_hides_it(wiring: WindowWiring, driver: Any, view: Any) -> None:
    driver.open_all()
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    wiring.session.close_network()
    driver.settle()
    assert view.isHidden()
