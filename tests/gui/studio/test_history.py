"""Undo and redo in the trigger studio, by real keys while it has the focus."""

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.data.trigger_design.design import DesignKind
from gui.shell.wiring import WindowWiring
from gui.studio.window import StudioWindow
from tests.gui.studio.test_studio import choose, drag, faces, pixels_of, studio

__all__ = ["faces", "studio"]  # fixtures
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def shown(studio: StudioWindow, qtbot: QtBot) -> StudioWindow:
    """The studio as the active window."""
    studio.activateWindow()
    qtbot.waitUntil(studio.isActiveWindow)
    studio.canvas.setFocus()
    return studio


def undo(window: StudioWindow) -> None:
    QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Z, CTRL)


def redo(window: StudioWindow) -> None:
    QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Z, CTRL | SHIFT)


def test_a_drag_is_one_step(wiring: WindowWiring, shown: StudioWindow) -> None:
    canvas, steps = shown.canvas, len(wiring.history.labels)
    start = canvas.placement
    assert start is not None
    places = [start]
    for by in (QPointF(-40, -30), QPointF(20, 10)):
        drag(canvas, canvas.to_screen(places[-1].x, places[-1].y), by)
        assert canvas.placement is not None
        places.append(canvas.placement)
    assert len(set(places)) == 3
    last = pixels_of(canvas)
    undo(shown)
    assert canvas.placement == places[1]
    assert shown.settings.design.placement == places[1]
    undo(shown)
    assert canvas.placement == start
    redo(shown)
    QTest.keyClick(shown.canvas, Qt.Key.Key_Y, CTRL)
    assert canvas.placement == places[2]
    assert (pixels_of(canvas) == last).all()
    assert len(wiring.history.labels) == steps  # the main window's steps are others


def test_strokes_and_chosen_things_are_steps(
    wiring: WindowWiring, shown: StudioWindow, faces: np.ndarray[Any, Any]
) -> None:
    choose(shown, DesignKind.DRAWING)
    shown.settings.numbers["brush"].setValue(2)
    canvas = shown.canvas
    seen = [pixels_of(canvas)]
    for y in (2, 6):
        drag(canvas, canvas.to_screen(2, y), canvas.to_screen(6, y) - canvas.to_screen(2, y))
        seen.append(pixels_of(canvas))
    shown.settings.sources["clear"].click()
    assert (pixels_of(canvas) == faces[0]).all()
    for expected in reversed(seen):
        undo(shown)
        assert (pixels_of(canvas) == expected).all()
    assert wiring.image_tools.studio.trigger is None  # nothing is drawn
    undo(shown)
    assert shown.settings.design.kind is DesignKind.PATCH
    assert shown.redo_button.isEnabled()
    for _ in range(3):
        shown.redo_button.click()
    assert (pixels_of(canvas) == seen[2]).all()


def test_one_setting_changed_in_a_row_is_one_step_and_fields_give_way(shown: StudioWindow) -> None:
    slider, angle = shown.settings.opacity_slider, shown.settings.numbers["angle"]
    for value in (90, 70, 40):
        slider.setValue(value)
    angle.setFocus()
    angle.setValue(30)
    angle.setValue(45)
    QTest.keyClick(angle, Qt.Key.Key_Z, CTRL)
    assert angle.value() == 0
    assert slider.value() == 40
    QTest.keyClick(angle, Qt.Key.Key_Z, CTRL)
    assert slider.value() == 100
    QTest.keyClick(angle, Qt.Key.Key_Z, CTRL | SHIFT)
    assert slider.value() == 40
    QTest.keyClicks(angle, "9")  # text that is being edited is the field's
    QTest.keyClick(angle, Qt.Key.Key_Z, CTRL)
    assert slider.value() == 40


def test_the_buttons_name_the_steps(shown: StudioWindow) -> None:
    shown.settings.opacity_slider.setValue(60)
    assert "opacity" in shown.undo_button.toolTip()
    assert not shown.redo_button.isEnabled()
    undo(shown)
    assert "opacity" in shown.redo_button.toolTip()
