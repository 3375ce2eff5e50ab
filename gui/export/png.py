"""Images of the window as the bytes of a PNG file."""

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QImage, QImageWriter

from gui.export.memory import file_bytes


def png_bytes(image: QImage) -> bytes:
    """Return an image as a PNG file; may be called in any thread."""
    return file_bytes(lambda device: QImageWriter(device, QByteArray(b"PNG")).write(image))
