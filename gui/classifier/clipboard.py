"""Images and files on the clipboard."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QImage

# Encoded images are read like files, by the intake; only what comes as plain pixels is taken as it is.
_ENCODED = {
    "image/png": ".png",
    "image/webp": ".webp",
    "image/jpeg": ".jpg",
    "image/tiff": ".tif",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
}
_MOST_TEXT = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Pasted:
    """What was on the clipboard; one of the three, or nothing.

    Attributes:
        paths: files and folders.
        encoded: the content of an image file, and its suffix.
        rgba: the pixels of an image, (H, W, 4) uint8, read-only.
    """

    paths: tuple[Path, ...] = ()
    encoded: tuple[bytes, str] | None = None
    rgba: NDArray[np.uint8] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there was neither an image nor a file."""
        return not self.paths and self.encoded is None and self.rgba is None


def read_clipboard(mime: QMimeData) -> Pasted:
    """Return the files on the clipboard, else the image; paths may also be lines of text."""
    paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()] if mime.hasUrls() else []
    if paths:
        return Pasted(tuple(paths))
    for form, suffix in _ENCODED.items():
        if mime.hasFormat(form):
            content = bytes(mime.data(form).data())
            if content:
                return Pasted(encoded=(content, suffix))
    if mime.hasImage():
        image = mime.imageData()
        if isinstance(image, QImage) and not image.isNull():
            return Pasted(rgba=_pixels(image))
    return Pasted(_paths_in(mime.text())) if mime.hasText() else Pasted()


def _paths_in(text: str) -> tuple[Path, ...]:
    """Return the paths in the lines of a text; nothing if a line is no path of a file."""
    if len(text) > _MOST_TEXT:
        return ()
    lines = [line.strip().strip("\"'") for line in text.splitlines() if line.strip()]
    paths = [Path(QUrl(line).toLocalFile() if line.startswith("file:") else line) for line in lines]
    try:
        return tuple(paths) if all(path.is_absolute() and path.exists() for path in paths) else ()
    except (OSError, ValueError):
        return ()


def _pixels(image: QImage) -> NDArray[np.uint8]:
    plain = image.convertToFormat(QImage.Format.Format_RGBA8888)
    height, width = plain.height(), plain.width()
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(height, plain.bytesPerLine())
    pixels = rows[:, : 4 * width].reshape(height, width, 4).copy()
    pixels.flags.writeable = False
    return pixels
