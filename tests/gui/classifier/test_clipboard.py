"""What is pasted: files, encoded images, pixels, paths as text, and nothing."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest

from core.monitor import Monitor
from gui.classifier.clipboard import Pasted, read_clipboard
from gui.classifier.jobs import open_pasted
from gui.shell.wiring import WindowWiring
from gui.state.session import Role


def mime_of_image() -> QMimeData:
    image = QImage(6, 5, QImage.Format.Format_RGB32)
    image.fill(QColor(200, 100, 50))
    mime = QMimeData()
    mime.setImageData(image)
    return mime


def test_pixels_are_taken_as_they_are() -> None:
    pasted = read_clipboard(mime_of_image())
    assert pasted.rgba is not None and pasted.rgba.shape == (5, 6, 4)
    assert pasted.rgba[2, 3].tolist() == [200, 100, 50, 255]
    image = open_pasted(pasted)(Monitor())
    assert (image.name, image.size) == ("pasted image", (6, 5))


def test_an_encoded_image_is_read_by_the_intake() -> None:
    content = io.BytesIO()
    Image.new("RGB", (3, 2), (1, 2, 3)).save(content, "PNG")
    mime = mime_of_image()
    mime.setData("image/png", content.getvalue())
    pasted = read_clipboard(mime)
    assert pasted.rgba is None and pasted.encoded is not None
    image = open_pasted(pasted)(Monitor())
    assert image.size == (3, 2)
    assert image.rgba[0, 0].tolist() == [1, 2, 3, 255]


def test_files_and_lines_of_paths(tmp_path: Path) -> None:
    path = tmp_path / "a face.png"
    path.write_bytes(b"")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    assert read_clipboard(mime).paths == (path,)
    for text in (str(path), f'"{path}"\n{tmp_path}', QUrl.fromLocalFile(str(path)).toString()):
        mime = QMimeData()
        mime.setText(text)
        assert read_clipboard(mime).paths[0] == path
    for text in ("hello", "/no/such/file.png", f"{path}\nhello", "a face.png", "\0"):
        mime = QMimeData()
        mime.setText(text)
        assert read_clipboard(mime).is_empty


@pytest.fixture
def ready(wiring: WindowWiring, driver: Any) -> WindowWiring:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    return wiring


def test_ctrl_v_puts_the_image_into_the_classifier(ready: WindowWiring, driver: Any, engine: Any) -> None:
    QGuiApplication.clipboard().setMimeData(mime_of_image())
    ready.window.activateWindow()
    driver.wait_until(ready.window.isActiveWindow)
    QTest.keyClick(ready.window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    driver.settle()
    assert ready.session.image_name == "pasted image"
    assert ready.session.image is not None and np.array_equal(ready.session.image.rgba[0, 0], [200, 100, 50, 255])
    assert len(engine.classified) == 1


def test_an_empty_clipboard_says_so_and_changes_nothing(ready: WindowWiring) -> None:
    QGuiApplication.clipboard().setText("nothing to see")
    ready.panels.classifier.image_bar.paste_button.click()
    assert "neither an image nor an image file" in ready.panels.messages.text
    assert ready.session.image is None
    assert Pasted().is_empty
