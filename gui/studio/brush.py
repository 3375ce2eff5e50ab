"""Strokes of the brush on a drawing."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from core.data.trigger_design.design import Colour


def with_stroke(
    drawing: NDArray[np.uint8], start: QPointF, end: QPointF, *, width: float, colour: Colour | None
) -> NDArray[np.uint8]:
    """Return a drawing (H, W, 4) uint8 with one more stroke; no colour erases.

    Args:
        drawing: red, green, blue, opacity; not changed.
        start: where the stroke begins, in pixels.
        end: where it ends.
        width: of the brush, in pixels.
        colour: of the brush.
    """
    height, columns = drawing.shape[:2]
    pixels = np.ascontiguousarray(drawing)
    image = QImage(pixels.data, columns, height, 4 * columns, QImage.Format.Format_RGBA8888).copy()
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, width > 1)
    if colour is None:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationOut)
    pen = QPen(QColor(*(colour or (0, 0, 0))), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    if start == end:
        painter.drawPoint(start)
    else:
        painter.drawLine(start, end)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    return rows[:, : 4 * columns].reshape(height, columns, 4).copy()
