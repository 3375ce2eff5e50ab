"""The crop tool: a frame that is moved and resized on the whole image, and what the network is shown then."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from gui.classifier.crop.dialog import CropDialog
from gui.classifier.crop.geometry import fitted, moved, resized
from gui.shell.wiring import WindowWiring
from gui.state.session import Role


@pytest.fixture
def dialog_of(wiring: WindowWiring, driver: Any) -> CropDialog:
    """The crop tool on an image of 24 × 8 pixels, for a network of 8 × 8."""
    wiring.open_file(Role.MODEL, Path("net.h5"))
    wiring.open_file(Role.IMAGE, Path("wide.png"))
    driver.settle()
    wiring.panels.classifier.image_bar.crop_button.click()
    return wiring.image_tools.crop.dialog


def frame_of(wiring: WindowWiring) -> tuple[float, ...]:
    image = wiring.session.image
    assert image is not None
    return image.frame_for((8, 8, 3))


def test_a_wide_image_says_that_it_is_cropped(wiring: WindowWiring, dialog_of: CropDialog) -> None:
    label = wiring.panels.classifier.crop_label
    assert label.isVisible()
    assert label.text() == "Cropped around its centre: 8 × 8 of 24 × 8 pixels."
    assert dialog_of.isVisible()
    assert dialog_of.view.frame == (8, 0, 16, 8)


def test_dragging_the_frame_shows_the_network_another_part(
    wiring: WindowWiring, driver: Any, engine: Any, dialog_of: CropDialog
) -> None:
    view = dialog_of.view
    count = len(engine.classified)
    middle = view.handle_place((0, -1)).toPoint() + QPoint(0, int(view.handle_place((0, 1)).y() / 3))
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(view, middle - QPoint(2000, 0))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=middle - QPoint(2000, 0))
    driver.settle()
    assert frame_of(wiring) == (0, 0, 8, 8)
    assert len(engine.classified) > count
    assert wiring.panels.classifier.crop_label.text() == "Cropped by hand: 8 × 8 of 24 × 8 pixels."


def test_a_corner_keeps_the_aspect_ratio_and_a_free_frame_does_not(
    wiring: WindowWiring, driver: Any, dialog_of: CropDialog
) -> None:
    view = dialog_of.view
    corner = view.handle_place((1, 1)).toPoint()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=corner)
    QTest.mouseMove(view, corner - QPoint(30, 60))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=corner - QPoint(30, 60))
    left, top, right, bottom = frame_of(wiring)
    assert right - left == pytest.approx(bottom - top)
    assert right - left < 8
    dialog_of.stretch_button.click()
    edge = view.handle_place((1, 0)).toPoint()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=edge)
    QTest.mouseMove(view, edge + QPoint(2000, 0))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=edge + QPoint(2000, 0))
    assert frame_of(wiring)[2] == 24
    assert "stretched" in wiring.panels.classifier.crop_label.text()
    dialog_of.keep_button.click()
    left, top, right, bottom = frame_of(wiring)
    assert right - left == pytest.approx(bottom - top)


def test_keys_buttons_and_cancel(wiring: WindowWiring, dialog_of: CropDialog) -> None:
    QTest.keyClick(dialog_of.view, Qt.Key.Key_Left)
    assert frame_of(wiring) == (7, 0, 15, 8)
    QTest.keyClick(dialog_of.view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert frame_of(wiring) == (7, 0, 14, 7)
    dialog_of.whole_button.click()
    assert frame_of(wiring) == (0, 0, 24, 8)
    QTest.keyClick(dialog_of, Qt.Key.Key_Escape)
    assert not dialog_of.isVisible()
    assert frame_of(wiring) == (8, 0, 16, 8)


def test_frames_stay_within_the_image() -> None:
    size = (24, 8)
    assert moved((8, 0, 16, 8), 100, 5, size=size) == (16, 0, 24, 8)
    assert resized((8, 0, 16, 8), (-1, 0), (-9, 0), size=size, aspect=None) == (0, 0, 16, 8)
    assert resized((8, 2, 12, 6), (1, 1), (99, 99), size=size, aspect=1.0) == (8, 2, 14, 8)
    assert resized((8, 2, 12, 6), (1, 0), (99, 0), size=size, aspect=2.0) == pytest.approx((8, 0, 24, 8))
    assert resized((8, 2, 12, 6), (-1, -1), (11.9, 5.9), size=size, aspect=1.0) == (8, 2, 12, 6)
    assert fitted((0, 0, 24, 8), size=size, aspect=1.0) == (8, 0, 16, 8)
