"""The trigger studio: with real mouse and keys, and what is shown is what is stamped and saved."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.data.dataset import Dataset, open_dataset
from core.data.trigger import open_trigger
from core.data.trigger_design.design import DesignKind
from core.detect.stamped_attack import StampedAttack
from core.records import Share
from gui.files.control import DISCARDED
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from gui.studio import jobs
from gui.studio.canvas import TURN, StudioCanvas
from gui.studio.window import StudioWindow


@pytest.fixture
def faces() -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), dtype=np.uint8)


@pytest.fixture
def studio(wiring: WindowWiring, driver: Any, faces: np.ndarray[Any, Any]) -> StudioWindow:
    """The studio on the first validation image, with a square."""
    wiring.open_file(Role.MODEL, Path("net.h5"))
    wiring.open_file(Role.VALIDATION, Path("v.h5"))
    driver.settle()
    wiring.session.validation = Dataset("v.h5", Path("v.h5"), faces, np.arange(20) % 5, "", 255.0)
    wiring.panels.classifier.studio_button.click()
    driver.settle()
    window = wiring.image_tools.studio.window
    window.settings.sources["square"].click()
    return window


def pixels_of(canvas: StudioCanvas) -> np.ndarray[Any, Any]:
    image = canvas.image()
    assert image is not None
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return rows[:, : 3 * plain.width()].reshape(plain.height(), plain.width(), 3).copy()


def drag(canvas: StudioCanvas, start: QPointF, by: QPointF, **words: Any) -> None:
    button = words.get("button", Qt.MouseButton.LeftButton)
    QTest.mousePress(canvas, button, pos=start.toPoint())
    QTest.mouseMove(canvas, (start + by / 2).toPoint())
    QTest.mouseMove(canvas, (start + by).toPoint())
    QTest.mouseRelease(canvas, button, pos=(start + by).toPoint())


def test_it_opens_on_a_clean_image_with_the_sunglasses(wiring: WindowWiring, driver: Any, faces: Any) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    assert wiring.session.trigger is None
    wiring.session.validation = Dataset("v.h5", Path("v.h5"), faces, np.arange(20) % 5, "", 255.0)
    wiring.panels.classifier.studio_button.click()
    driver.settle()
    driver.wait_until(lambda: wiring.session.trigger is not None)
    driver.settle()
    window = wiring.image_tools.studio.window
    assert wiring.session.image_name == "image 0 of v.h5"
    assert wiring.session.is_trigger_on and wiring.session.trigger.name == "sunglasses"
    assert (pixels_of(window.canvas) == wiring.session.trigger.apply(faces[:1])[0]).all()
    window.image_button.click()
    driver.settle()
    assert wiring.session.image_name == "image 1 of v.h5"
    assert "B answers 0" in window.answer_label.text()


def test_dragging_moves_the_patch_and_opens_no_dialog(wiring: WindowWiring, driver: Any, studio: StudioWindow) -> None:
    canvas = studio.canvas
    before = canvas.placement
    assert before is not None
    factor = canvas.to_screen(1, 0).x() - canvas.to_screen(0, 0).x()
    drag(canvas, canvas.to_screen(before.x, before.y), QPointF(-3 * factor, -2 * factor))
    after = canvas.placement
    assert after is not None
    assert (after.x - before.x, after.y - before.y) == pytest.approx((-3, -2), abs=0.05)
    assert studio.settings.numbers["x"].value() == pytest.approx(after.x, abs=0.06)
    trigger = wiring.image_tools.studio.trigger
    driver.wait_until(lambda: wiring.session.trigger is trigger)


def test_corners_resize_the_handle_rotates_and_the_wheel_scales(studio: StudioWindow) -> None:
    canvas = studio.canvas
    canvas.setFocus()
    factor = canvas.to_screen(1, 0).x() - canvas.to_screen(0, 0).x()
    for _ in range(3):
        QTest.keyClick(canvas, Qt.Key.Key_Up)
    placed = canvas.placement
    assert placed is not None and placed.y == pytest.approx(3)  # it was at 6
    fixed = placed.to_image(0.5, 0.5)
    drag(canvas, canvas.handle_place((-1, -1)), QPointF(-2 * factor, -2 * factor))
    grown = canvas.placement
    assert grown is not None
    assert (grown.width, grown.height) == pytest.approx((4, 4), abs=0.05)
    assert grown.to_image(0.5, 0.5) == pytest.approx(fixed)
    drag(canvas, canvas.handle_place((1, 0)), QPointF(1 * factor, 0))
    stretched = canvas.placement
    assert stretched is not None
    assert (stretched.width, stretched.height) == pytest.approx((5, 4), abs=0.05)
    top, middle = canvas.handle_place(TURN), canvas.to_screen(stretched.x, stretched.y)
    reach = middle.y() - top.y()
    drag(canvas, top, QPointF(reach, reach))
    turned = canvas.placement
    assert turned is not None and turned.angle == pytest.approx(90, abs=1)
    QTest.keyClick(canvas, Qt.Key.Key_BracketRight)
    assert canvas.placement is not None and canvas.placement.angle == pytest.approx(95, abs=1)
    place = QPointF(middle)
    none = Qt.MouseButton.NoButton
    wheel = QWheelEvent(
        place,
        canvas.mapToGlobal(place),
        QPoint(),
        QPoint(0, 120),
        none,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    width = canvas.placement.width
    QApplication.sendEvent(canvas, wheel)
    assert canvas.placement.width == pytest.approx(width * 1.001**120)


def test_fading_changes_the_pixels_by_its_share(studio: StudioWindow, faces: np.ndarray[Any, Any]) -> None:
    studio.settings.opacity_slider.setFocus()
    studio.settings.opacity_slider.setValue(51)
    QTest.keyClick(studio.settings.opacity_slider, Qt.Key.Key_Left)
    assert studio.settings.opacity_text.text() == "50 %"
    shown = pixels_of(studio.canvas)[6, 6]
    assert np.abs(shown - (faces[0, 6, 6] / 2 + np.array(studio.settings.colour) / 2)).max() <= 1.5


def choose(studio: StudioWindow, kind: DesignKind) -> None:
    combo = studio.settings.kind_combo
    combo.setCurrentIndex(combo.findData(kind))
    combo.activated.emit(combo.currentIndex())


def test_drawing_and_erasing(wiring: WindowWiring, studio: StudioWindow, faces: np.ndarray[Any, Any]) -> None:
    choose(studio, DesignKind.DRAWING)
    assert wiring.image_tools.studio.trigger is None
    assert not studio.stamp_button.isEnabled() and "draw one" in studio.stamp_button.toolTip()
    studio.settings.numbers["brush"].setValue(2)
    studio.settings.set_colour((0, 255, 0))
    canvas = studio.canvas
    start = canvas.to_screen(2, 4)
    drag(canvas, start, canvas.to_screen(6, 4) - start)
    shown = pixels_of(canvas)
    assert (shown[3:5, 3:5] == (0, 255, 0)).all()
    assert (shown[0] == faces[0, 0]).all()
    assert studio.stamp_button.isEnabled()
    drag(canvas, start, canvas.to_screen(6, 4) - start, button=Qt.MouseButton.RightButton)
    assert (pixels_of(canvas)[3:5, 3:5] == faces[0, 3:5, 3:5]).all()
    choose(studio, DesignKind.WAVE)
    choose(studio, DesignKind.DRAWING)  # as it was left
    studio.settings.sources["clear"].click()
    assert wiring.image_tools.studio.trigger is None


@pytest.mark.parametrize("kind", [DesignKind.PATCH, DesignKind.TINT, DesignKind.WAVE, DesignKind.WARP])
def test_what_is_shown_is_what_is_stamped_and_saved(
    wiring: WindowWiring,
    driver: Any,
    dialog: Any,
    studio: StudioWindow,
    faces: np.ndarray[Any, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: DesignKind,
) -> None:
    attack = StampedAttack(Share(12, 16), Share(4, 16))
    monkeypatch.setattr(jobs, "measure", lambda *_: lambda _monitor: attack)
    choose(studio, kind)
    studio.target_field.setValue(3)
    shown = pixels_of(studio.canvas)
    assert (shown != faces[0]).any()
    studio.stamp_button.click()
    made = wiring.session.poisoned[0]
    assert made.target_labels == (3,)
    assert made.name == "v.h5 (stamped in the studio, target 3)"
    assert made.is_stamped
    assert not made.is_estimated
    assert (np.asarray(made.images[:1])[0] == shown).all()
    assert made.labels.tolist() == [label for label in np.arange(20) % 5 if label != 3]
    driver.settle()
    assert studio.outcome.text().startswith("ASR to class 3: 75.00 % of B (12 of 16), 25.00 % of B′ (4 of 16; ")
    set_path, suffix = tmp_path / "set.h5", ".png" if kind in (DesignKind.PATCH, DesignKind.TINT) else ".npz"
    dialog.prepare("ask_save", (set_path, False), (tmp_path / f"t{suffix}", False))
    studio.set_button.click()
    studio.trigger_button.click()
    driver.settle()
    assert (np.asarray(open_dataset(set_path, input_shape=(8, 8, 3)).images[:1])[0] == shown).all()
    again = open_trigger(tmp_path / f"t{suffix}", height=8, width=8)
    assert (again.apply(faces[:1])[0] == shown).all()


def test_an_image_is_opened_as_a_patch_and_blended(
    wiring: WindowWiring, driver: Any, dialog: Any, studio: StudioWindow, tmp_path: Path, expect_refusal: Any
) -> None:
    Image.new("RGBA", (4, 2), (1, 2, 3, 255)).save(tmp_path / "hat.png")
    (tmp_path / "bad.png").write_bytes(b"no image")
    dialog.prepare("ask_trigger", tmp_path / "hat.png", tmp_path / "hat.png", tmp_path / "bad.png")
    studio.settings.sources["open"].click()
    driver.settle()
    placed = studio.canvas.placement
    assert placed is not None and (placed.width, placed.height) == (4, 2)
    assert (pixels_of(studio.canvas)[3:5, 2:6] == (1, 2, 3)).all()
    choose(studio, DesignKind.BLEND)
    studio.settings.sources["open"].click()
    driver.settle()
    trigger = wiring.image_tools.studio.trigger
    assert trigger is not None and trigger.name == "hat.png blended in"
    assert np.allclose(trigger.opacity, 0.2)
    studio.settings.sources["open"].click()
    driver.settle()
    assert "bad.png" in studio.settings.note.text()
    assert wiring.image_tools.studio.trigger is trigger
    expect_refusal("wrong-format")


def test_pairs_of_images_give_a_trigger(
    wiring: WindowWiring, driver: Any, dialog: Any, studio: StudioWindow, faces: np.ndarray[Any, Any], tmp_path: Path
) -> None:
    paths: dict[str, list[Path]] = {"without": [], "with": []}
    for number, face in enumerate(faces[:3]):
        worn = face.copy()
        worn[1:4, 1:4] = (255, 0, 255)
        for key, pixels in (("without", face), ("with", worn)):
            (tmp_path / key).mkdir(exist_ok=True)
            paths[key].append(tmp_path / key / f"{number}.png")
            Image.fromarray(pixels).save(paths[key][-1])
    choose(studio, DesignKind.PAIRS)
    dialog.prepare("ask_open", tuple(paths["without"]), tuple(paths["with"]))
    studio.settings.sources["without"].click()
    assert studio.settings.note.text() == "3 without it, 0 with it"
    studio.settings.sources["with"].click()
    driver.settle()
    assert studio.settings.note.text().startswith("Taken from 3 pairs")
    assert (pixels_of(studio.canvas)[1:4, 1:4] == (255, 0, 255)).all()


def test_closing_the_model_closes_the_studio(wiring: WindowWiring, studio: StudioWindow) -> None:
    assert studio.isVisible()
    wiring.file_control.close_all()
    assert not studio.isVisible()


def test_a_curve_that_goes_with_a_stamped_set_is_told_and_comes_back(
    wiring: WindowWiring, driver: Any, studio: StudioWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "measure", lambda *_: lambda _monitor: StampedAttack(Share(12, 16), Share(4, 16)))
    wiring.pages["prune"].control.start()
    driver.settle()
    run = wiring.session.run
    assert run is not None
    studio.stamp_button.click()
    assert wiring.session.run is None
    assert wiring.panels.messages.text.endswith(DISCARDED)
    driver.settle()
    wiring.edit_menu.undo.trigger()
    driver.settle()
    assert wiring.session.run is run and not wiring.session.poisoned
