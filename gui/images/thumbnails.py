"""Thumbnails of the images of a set, made when they are first seen, in small portions between events."""

import logging
import time
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QPixmap

from core.errors import InspectorError
from core.images.answers import CountedImages

logger = logging.getLogger(__name__)

LARGEST_SIDE = 256  # of a thumbnail, in pixels
MOST_BYTES = 96 * 2**20
PORTION = 8  # images read at once
PORTION_S = 0.008
MOST_WAITING = 600  # requests; older ones are dropped, because what they were for is out of view


class Thumbnails(QObject):
    """Makes thumbnails of the rows that are asked for, the latest first, and keeps those used last."""

    loaded = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._images: CountedImages | None = None
        self._made: OrderedDict[int, QPixmap] = OrderedDict()
        self._bytes = 0
        self._waiting: OrderedDict[int, None] = OrderedDict()
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._load)

    @property
    def is_busy(self) -> bool:
        """Whether thumbnails are still to be made."""
        return bool(self._waiting)

    @property
    def count(self) -> int:
        """The number of thumbnails that are kept."""
        return len(self._made)

    def set_images(self, images: CountedImages | None) -> None:
        """Set the images; thumbnails of other ones are dropped."""
        if self._images is not None and images is not None and self._images.dataset is images.dataset:
            self._images = images
            return
        self._images = images
        self._made.clear()
        self._waiting.clear()
        self._bytes = 0
        self._timer.stop()

    def pixmap(self, row: int) -> QPixmap | None:
        """Return the thumbnail of an image; None if it is not made yet, and is made soon."""
        found = self._made.get(row)
        if found is not None:
            self._made.move_to_end(row)
            return found
        if self._images is not None:
            self._waiting.pop(row, None)
            self._waiting[row] = None
            while len(self._waiting) > MOST_WAITING:
                self._waiting.popitem(last=False)
            if not self._timer.isActive():
                self._timer.start()
        return None

    @Slot()
    def _load(self) -> None:
        """Make some of the thumbnails that are waited for."""
        start_s = time.perf_counter()
        while self._waiting and time.perf_counter() - start_s < PORTION_S:
            rows = [self._waiting.popitem()[0] for _ in range(min(PORTION, len(self._waiting)))]
            self._make(np.array(sorted(rows)))
        if not self._waiting:
            self._timer.stop()
        self.loaded.emit()

    def _make(self, rows: NDArray[np.int64]) -> None:
        from core.images.pixels import seen_pixels  # noqa: PLC0415 - decodes no file, but brings the reading of data

        images = self._images
        if images is None:
            return
        try:
            found = seen_pixels(images.dataset, rows, scale=images.scale)
        except (OSError, InspectorError) as error:  # the images of a large file are read from the disk
            logger.warning("The images of '%s' cannot be read: %s", images.name, error)
            self._waiting.clear()
            return
        for row, pixels in zip(rows.tolist(), found, strict=True):
            made = as_pixmap(pixels)
            self._made[row] = made
            self._bytes += _size_bytes(made)
        while self._bytes > MOST_BYTES and len(self._made) > PORTION:
            self._bytes -= _size_bytes(self._made.popitem(last=False)[1])


def as_pixmap(pixels: NDArray[np.uint8], *, largest_side: int = LARGEST_SIDE) -> QPixmap:
    """Return pixels (H, W, 1, 3 or 4), uint8, as a pixmap, scaled down if they are large."""
    contiguous = np.ascontiguousarray(pixels)
    height, width, channels = contiguous.shape
    form = {1: QImage.Format.Format_Grayscale8, 3: QImage.Format.Format_RGB888}.get(
        channels, QImage.Format.Format_RGBA8888
    )
    image = QImage(contiguous.data, width, height, width * channels, form)
    if max(width, height) > largest_side:
        image = image.scaled(
            QSize(largest_side, largest_side),
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    return QPixmap.fromImage(image)  # copies


def _size_bytes(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
