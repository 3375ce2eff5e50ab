"""Files that Qt writes in memory."""

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QImage, QPainter, QPdfWriter

from gui.export.memory import file_bytes
from gui.export.png import png_bytes


def test_what_is_written_is_returned_whole() -> None:
    assert file_bytes(lambda device: device.write(QByteArray(b"a\0b"))) == b"a\0b"
    assert file_bytes(lambda device: None) == b""


def test_an_error_while_writing_is_the_caller_s() -> None:
    def fail(_device: object) -> None:
        raise ValueError("nothing to draw")

    with pytest.raises(ValueError, match="nothing to draw"):
        file_bytes(fail)


@pytest.mark.usefixtures("qapp")
def test_png_and_pdf_are_complete_files() -> None:
    image = QImage(5, 3, QImage.Format.Format_RGB32)
    image.fill(0xFF336699)
    read = QImage.fromData(png_bytes(image), "PNG")
    assert (read.width(), read.height(), read.pixelColor(4, 2).name()) == (5, 3, "#336699")

    def write(device: object) -> None:
        writer = QPdfWriter(device)
        painter = QPainter(writer)
        painter.drawImage(0, 0, image)
        painter.end()

    content = file_bytes(write)
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
