"""A channel's kernel as small images, one for each input channel."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from core.activity.records import ChannelWeights
from core.words import number_text
from gui.theme import theme

TILE = 36
GAP = 4
_NEGATIVE, _ZERO, _POSITIVE = (33, 102, 172), (247, 247, 247), (178, 88, 6)
"""Blue and orange around white: told apart with every colour vision, and no red, which stands for readers."""


class KernelView(QWidget):
    """The slices of a kernel in one scale: white is zero, the strongest colour is the largest weight of the channel."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.weights: ChannelWeights | None = None
        self._images: list[tuple[QImage, str]] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Kernel of the channel")
        theme.signals.theme_changed.connect(self.update)

    @property
    def images(self) -> tuple[tuple[QImage, str], ...]:
        """The images and what is said of each."""
        return tuple(self._images)

    def show_weights(self, weights: ChannelWeights | None) -> None:
        """Show a channel's kernel; None shows none."""
        self.weights = weights
        self._images = [] if weights is None else _images_of(weights)
        self.setAccessibleDescription("; ".join(text for _, text in self._images[:4]))
        self.updateGeometry()
        self.update()

    def heightForWidth(self, width: int) -> int:
        """Return the height of all slices at a width."""
        columns = max(1, (width + GAP) // (TILE + GAP))
        return max(1, -(-len(self._images) // columns)) * (TILE + GAP)

    def hasHeightForWidth(self) -> bool:
        """Slices are wrapped."""
        return True

    def sizeHint(self) -> QSize:
        """Return the preferred size."""
        return QSize(8 * (TILE + GAP), self.heightForWidth(8 * (TILE + GAP)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the slices."""
        del event
        painter = QPainter(self)
        painter.setPen(QColor(theme.current().border))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for place, (image, _) in enumerate(self._images):
            area = self._area(place)
            painter.drawImage(area, image)
            painter.drawRect(area)
        painter.end()

    def event(self, event: QEvent) -> bool:
        """Say which slice is under the mouse."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = (text for place, (_, text) in enumerate(self._images) if self._area(place).contains(event.pos()))
            QToolTip.showText(event.globalPos(), next(found, ""), self)
            return True
        return bool(super().event(event))

    def _area(self, place: int) -> QRect:
        columns = max(1, (self.width() + GAP) // (TILE + GAP))
        return QRect(place % columns * (TILE + GAP), place // columns * (TILE + GAP), TILE, TILE)


def kernel_text(weights: ChannelWeights) -> str:
    """Say what is shown: number of slices, scale and norm."""
    shown, total = len(weights.sources), weights.source_count
    largest = number_text(float(np.abs(weights.kernel).max(initial=0.0)))
    count = f"{total} slices" if shown == total else f"{shown} strongest of {total} slices"
    if total == 1:
        count = "1 slice"
    bias = "" if weights.bias is None else f", bias {number_text(weights.bias)}"
    colour = "; first in colour" if weights.is_colour else ""
    return f"{count}{colour}, orange to +{largest}, blue to −{largest}; norm {number_text(weights.norm)}{bias}"


def _images_of(weights: ChannelWeights) -> list[tuple[QImage, str]]:
    largest = float(np.abs(weights.kernel).max(initial=0.0)) or 1.0
    made = []
    if weights.is_colour:
        shares = np.clip(np.moveaxis(weights.kernel, 0, -1) / largest * 0.5 + 0.5, 0, 1)
        made.append((_image(np.round(255 * shares).astype(np.uint8)), "all three inputs as colour, grey is zero"))
    names = ("red", "green", "blue") if weights.is_colour else ()
    for place, (source, values) in enumerate(zip(weights.sources, weights.kernel, strict=True)):
        norm = number_text(float(np.sqrt((values.astype(np.float64) ** 2).sum())))
        what = names[place] if names else f"input channel {source}"
        made.append((_image(_diverging(values / largest)), f"{what}: norm {norm}"))
    return made


def _diverging(shares: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return colours (kh, kw, 3) of shares in [-1, 1], (kh, kw)."""
    shares = np.clip(np.nan_to_num(shares), -1, 1)[..., np.newaxis]
    zero, end = np.array(_ZERO, float), np.where(shares < 0, np.array(_NEGATIVE, float), np.array(_POSITIVE, float))
    colours: NDArray[np.uint8] = np.round(zero + (end - zero) * np.abs(shares)).astype(np.uint8)
    return colours


def _image(rgb: NDArray[np.uint8]) -> QImage:
    rgb = np.ascontiguousarray(rgb)
    height, width, _ = rgb.shape
    return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
