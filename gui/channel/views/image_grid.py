"""The images on which a channel is most active; a click sends one to the classifier."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QToolButton, QWidget

from gui.channel.jobs import BestImage
from gui.theme import formatting, theme

SIDE = 72
SPACING = 4


class ImageGrid(QWidget):
    """Buttons with an image each, in as many columns as fit."""

    image_chosen = Signal(object)  # BestImage

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: list[QToolButton] = []
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACING)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)

    def show_images(self, images: Sequence[BestImage], set_words: Sequence[str]) -> None:
        """Show images, the most active first.

        Args:
            images: the images.
            set_words: what images of each set are called: "clean", "triggered".
        """
        for button in self.buttons:
            self._grid.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = [self._button(each, set_words[each.ranked.set_index]) for each in images]
        self._columns = 0
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use as many columns as fit."""
        super().resizeEvent(event)
        self._arrange()

    def _button(self, image: BestImage, word: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("boxed", True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIcon(QIcon(_pixmap(image, self.devicePixelRatioF())))
        button.setIconSize(QSize(SIDE, SIDE))
        activation = formatting.number_text(image.ranked.activation)
        button.setText(f"{word} {image.label}\n{activation}")
        button.setFont(theme.scaled_font(self.font(), 0.8))
        button.setAccessibleName(f"{image.name}: {word}, label {image.label}, activation {activation}")
        button.setToolTip(
            f"{image.name}\n{word}, label {image.label}, activation {activation}\nClick to classify this image"
        )
        button.clicked.connect(lambda: self.image_chosen.emit(image))
        return button

    def _arrange(self) -> None:
        widest = max((button.sizeHint().width() for button in self.buttons), default=SIDE)
        columns = max(1, (self.width() + SPACING) // (widest + SPACING))
        if columns == self._columns:
            return
        self._columns = columns
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 0)
        for place, button in enumerate(self.buttons):
            self._grid.addWidget(button, place // columns, place % columns, Qt.AlignmentFlag.AlignLeft)
        self._grid.setColumnStretch(columns, 1)


def _pixmap(image: BestImage, ratio: float) -> QPixmap:
    pixels = image.pixels
    rgb = np.repeat(pixels[..., :1], 3, axis=2) if pixels.shape[2] < 3 else pixels[..., :3]
    rgb = np.ascontiguousarray(rgb)
    height, width, _ = rgb.shape
    shown = QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
    side = round(SIDE * ratio)
    is_small = max(width, height) < side
    mode = Qt.TransformationMode.FastTransformation if is_small else Qt.TransformationMode.SmoothTransformation
    pixmap = QPixmap.fromImage(shown.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, mode))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
