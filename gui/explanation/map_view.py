"""The image with a map over it, and the scale of the map's colours."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import theme
from gui.widgets.image_view import as_image, colour_table

MOST_OPAQUE = 0.85


class MapView(QWidget):
    """Shows an image in grey with a map over it: the more it counts, the more opaque its colour."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._text = ""
        self.setAccessibleName(name)
        self.setMinimumSize(140, 140)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.signals.theme_changed.connect(self.update)

    @property
    def text(self) -> str:
        """The text shown in place of the map."""
        return self._text

    def image(self) -> QImage | None:
        """Return what is shown, at the size of the image; None while there is only a text."""
        return self._image

    def sizeHint(self) -> QSize:
        """Return the preferred size."""
        return QSize(240, 260)

    def show_text(self, text: str) -> None:
        """Show a text in place of a map."""
        self._image, self._text = None, text
        self.setAccessibleDescription(text)
        self.update()

    def show_map(self, seen: NDArray[np.uint8], values: NDArray[np.float32], largest: float) -> None:
        """Show a map over an image.

        Args:
            seen: the image, (H, W, C) uint8.
            values: the map, of any size; what is below 0 is shown as 0.
            largest: the value of the strongest colour; 0 shows none.
        """
        self._image, self._text = as_image(overlaid(seen, values, largest)), ""
        row, column = np.unravel_index(int(values.argmax()), values.shape)
        height, width = values.shape
        self.setAccessibleDescription(
            f"largest {values.max():.3g}, at {100 * (column + 0.5) / width:.0f} % from the left and "
            f"{100 * (row + 0.5) / height:.0f} % from the top"
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the image, or the text."""
        del event
        painter, colours = QPainter(self), theme.current()
        if self._image is None:
            painter.setPen(QColor(colours.muted))
            flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(self.rect().adjusted(8, 8, -8, -8), flags, self._text)
        else:
            factor = min(self.width() / self._image.width(), self.height() / self._image.height())
            width, height = self._image.width() * factor, self._image.height() * factor
            place = QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, factor < 1)
            painter.drawImage(place, self._image)
        painter.end()


class ScaleBar(QWidget):
    """The colours of a row of maps, with the values at their ends."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ends = ("", "")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.signals.theme_changed.connect(self.update)

    @property
    def ends(self) -> tuple[str, str]:
        """What is written at both ends."""
        return self._ends

    def show_ends(self, low: str, high: str) -> None:
        """Show the values of the weakest and of the strongest colour."""
        self._ends = (low, high)
        self.setAccessibleName(f"Colours from {low} to {high}")
        self.update()

    def sizeHint(self) -> QSize:
        """Return a line of text."""
        return QSize(240, self.fontMetrics().height() + 2)

    def minimumSizeHint(self) -> QSize:
        """Return the same height."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the colours between the two ends."""
        del event
        painter, metrics = QPainter(self), self.fontMetrics()
        painter.setPen(QColor(theme.current().muted))
        left = metrics.horizontalAdvance(self._ends[0]) + theme.GRID
        right = self.width() - metrics.horizontalAdvance(self._ends[1]) - theme.GRID
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._ends[0])
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._ends[1])
        gradient = QLinearGradient(left, 0, right, 0)
        table = colour_table()
        for share in np.linspace(0, 1, 9):
            gradient.setColorAt(float(share), QColor(*(int(each) for each in table[round(255 * share)])))
        painter.fillRect(QRectF(left, self.height() / 2 - 4, max(0, right - left), 8), gradient)
        painter.end()


def overlaid(seen: NDArray[np.uint8], values: NDArray[np.float32], largest: float) -> NDArray[np.uint8]:
    """Return an image in grey with a map over it, (H, W, 3) uint8; see `MapView.show_map`."""
    height, width = seen.shape[:2]
    resized = Image.fromarray(np.asarray(values, np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    share = np.clip(np.asarray(resized) / largest, 0, 1) if largest > 0 else np.zeros((height, width), np.float32)
    grey = seen.astype(np.float32).mean(axis=2, keepdims=True)
    colours = colour_table()[np.rint(255 * share).astype(np.intp)]
    opacity = MOST_OPAQUE * np.sqrt(share)[..., np.newaxis]
    mixed: NDArray[np.uint8] = np.rint(grey * (1 - opacity) + colours * opacity).astype(np.uint8)
    return mixed
