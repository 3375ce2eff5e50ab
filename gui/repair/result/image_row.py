"""A row of small images with a caption below each."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from gui.theme import theme
from gui.widgets.image_view import ImageView
from gui.widgets.labels import ScaledLabel

SIDE = 64  # of an image, in logical pixels


class ImageRow(QWidget):
    """Shows up to so many images side by side below a title; hidden while there is none.

    Args:
        count: the largest number of images.
        size: the size of an image, in logical pixels.

    Attributes:
        title: the title.
        images: the places of the images; those without one are hidden.
        captions: what is said of each image.
    """

    def __init__(self, count: int, *, size: QSize | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.title = ScaledLabel(factor=theme.SMALL, role="muted")
        self.images = tuple(ImageView() for _ in range(count))
        self.captions = tuple(ScaledLabel(factor=theme.SMALL) for _ in range(count))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.GRID)
        grid.setVerticalSpacing(2)
        grid.addWidget(self.title, 0, 0, 1, count)
        for place, (image, caption) in enumerate(zip(self.images, self.captions, strict=True)):
            image.setFixedSize(size or QSize(SIDE, SIDE))
            caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            grid.addWidget(image, 1, place)
            grid.addWidget(caption, 2, place)

    def show_images(self, pixels: Sequence[NDArray[np.uint8]]) -> int:
        """Show images, (H, W, C) uint8; return how many of them have a place."""
        self.setVisible(bool(len(pixels)))
        for place, (view, caption) in enumerate(zip(self.images, self.captions, strict=True)):
            is_here = place < len(pixels)
            view.setVisible(is_here)
            caption.setVisible(is_here)
            if is_here:
                view.set_image(pixels[place])
        return min(len(pixels), len(self.images))
