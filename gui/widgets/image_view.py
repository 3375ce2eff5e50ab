"""A small image shown pixel by pixel, enlarged without distortion."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import theme

_MAP_STOPS = ("#0b0d1f", "#2c2f73", "#1f6f9c", "#2ab29a", "#a9d65c", "#fbf3a3")
"""Colours from smallest to largest; lightness rises evenly, so that the map also reads in grey."""


class ImageView(QWidget):
    """Shows one image; each of its pixels becomes a square of whole screen pixels where there is room for it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._opacity = 1.0
        self.setMinimumSize(48, 48)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def has_image(self) -> bool:
        """Whether an image is shown."""
        return self._image is not None

    def image(self) -> QImage | None:
        """Return the shown image, at its own size."""
        return self._image

    def sizeHint(self) -> QSize:
        """Return the preferred size."""
        return QSize(160, 160)

    def clear(self) -> None:
        """Show nothing."""
        self._image = None
        self.update()

    def set_image(self, pixels: NDArray[np.uint8]) -> None:
        """Show an image, shape (H, W, 3) or (H, W, 1) or (H, W), uint8, 0–255."""
        self._image = as_image(pixels)
        self.update()

    def set_map(self, values: NDArray[np.float32]) -> None:
        """Show a map of values, shape (H, W), from its zero (or least, if that is below) to its largest."""
        self._image = as_image(map_colours(values)[0])
        self.update()

    def set_dimmed(self, is_dimmed: bool) -> None:
        """Dim the image if it is out of date."""
        self._opacity = 0.35 if is_dimmed else 1.0
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the image in the middle."""
        del event
        if self._image is None:
            return
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        size = self._image.size()
        factor = min(self.width() * ratio / size.width(), self.height() * ratio / size.height())
        is_whole = factor >= 1
        factor = float(int(factor)) if is_whole else factor
        width, height = size.width() * factor / ratio, size.height() * factor / ratio
        left, top = (self.width() - width) / 2, (self.height() - height) / 2
        target = QRectF(round(left * ratio) / ratio, round(top * ratio) / ratio, width, height)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not is_whole)
        painter.setOpacity(self._opacity)
        painter.drawImage(target, self._image)
        painter.setOpacity(1.0)
        painter.setPen(QColor(theme.current().border))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(target.adjusted(-0.5, -0.5, 0.5, 0.5))
        painter.end()


def as_image(pixels: NDArray[np.uint8]) -> QImage:
    """Return pixels, shape (H, W, 3) or (H, W, 1) or (H, W), uint8, 0–255, as an image of its own."""
    grey_or_rgb = pixels[..., None] if pixels.ndim == 2 else pixels
    rgb = np.repeat(grey_or_rgb[..., :1], 3, axis=2) if grey_or_rgb.shape[2] < 3 else grey_or_rgb[..., :3]
    contiguous = np.ascontiguousarray(rgb, dtype=np.uint8)
    height, width, _ = contiguous.shape
    return QImage(contiguous.data, width, height, width * 3, QImage.Format.Format_RGB888).copy()


def map_colours(values: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return the colours of a map of values, (H, W, 3), and the values as shares in [0, 1], (H, W).

    A share is counted from zero (or from the least value, if that is below) to the largest value.
    """
    finite = np.nan_to_num(np.asarray(values, dtype=np.float64), posinf=0.0, neginf=0.0)
    low, high = min(0.0, float(finite.min(initial=0.0))), float(finite.max(initial=0.0))
    share = (finite - low) / (high - low) if high > low else np.zeros_like(finite)
    return colour_table()[np.round(share * 255).astype(np.intp)], share


def colour_table() -> NDArray[np.uint8]:
    """The colour of each of 256 levels, shape (256, 3)."""
    stops = np.array([[int(stop[n : n + 2], 16) for n in (1, 3, 5)] for stop in _MAP_STOPS], dtype=np.float64)
    places = np.linspace(0, len(stops) - 1, 256)
    return np.stack([np.interp(places, range(len(stops)), stops[:, c]) for c in range(3)], axis=1).astype(np.uint8)
