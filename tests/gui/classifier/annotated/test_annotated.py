"""The image with its answers as a picture: saved, dragged out, and with everything on it."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.records import ClassScore, ImageAnswer
from gui.classifier.annotated import control as annotated_control
from gui.classifier.annotated.drawing import AnnotatedImage, annotated_mime, draw_annotated
from gui.shell.wiring import WindowWiring
from gui.state.session import Role


def made(name: str = "face.png", *, trigger: str = "") -> AnnotatedImage:
    seen = np.full((8, 8, 3), (250, 10, 10), np.uint8)
    answer = ImageAnswer(seen, (ClassScore(3, 0.9),), (ClassScore(1, 0.6),), 10, 10)
    return AnnotatedImage(
        image_name=name, model_name="net.h5", network_text="4 of 6", trigger_name=trigger, answer=answer
    )


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def test_it_is_saved_as_png(wiring: WindowWiring, driver: Any, dialog: Any, tmp_path: Path) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    button = wiring.panels.classifier.image_bar.save_button
    assert not button.isEnabled()
    wiring.open_file(Role.IMAGE, Path("face.png"))
    wiring.session.set_trigger_on(True)
    driver.settle()
    dialog.prepare("ask_save", (tmp_path / "face_answers.png", False))
    button.click()
    driver.settle()
    assert dialog.calls[-1][1]["suggestion"].name == "face_answers.png"
    assert size_of(tmp_path / "face_answers.png") == (1520, 800)
    shown = wiring.image_tools.annotated.shown
    assert shown is not None
    assert (shown.image_name, shown.model_name, shown.trigger_name) == ("face.png", "net.h5", "sunglasses")
    wiring.file_control.close_all()
    assert not button.isEnabled()


def test_the_drawing_shows_the_image_and_differs_by_what_is_said(qapp: Any) -> None:
    plain, triggered = draw_annotated(made()), draw_annotated(made(trigger="hat"))
    assert plain.pixelColor(2 * 180, 2 * 200).getRgb()[:3] == (250, 10, 10)
    assert plain != triggered


def test_what_is_dragged_out_is_a_file_with_a_safe_name(qapp: Any) -> None:
    mime = annotated_mime([made("../a/b:face.png", trigger="hat")])
    (url,) = mime.urls()
    path = Path(url.toLocalFile())
    assert path.name == "b_face_triggered_answers.png"
    assert size_of(path) == (1520, 800)
    assert mime.hasImage()
    several = annotated_mime([made("x.png"), made("x.png")])
    assert len({url.toLocalFile() for url in several.urls()}) == 2
    assert not several.hasImage()


def test_a_drag_begins_with_the_file(wiring: WindowWiring, driver: Any, monkeypatch: Any) -> None:
    dragged: list[Any] = []

    class Drag:
        def __init__(self, source: Any) -> None:
            self.source = source

        def setMimeData(self, mime: Any) -> None:
            dragged.append([Path(url.toLocalFile()).name for url in mime.urls()])

        def setPixmap(self, pixmap: Any) -> None:
            dragged.append(pixmap.width())

        def exec(self, action: Any) -> None:
            dragged.append(self.source is wiring.panels.classifier.drop_zone)

    monkeypatch.setattr(annotated_control, "QDrag", Drag)
    wiring.open_file(Role.MODEL, Path("net.h5"))
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    wiring.panels.classifier.drop_zone.drag_requested.emit()
    assert dragged == [["face_answers.png"], 240, True]
