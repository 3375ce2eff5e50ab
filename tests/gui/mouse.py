"""A mouse that drags: `QTest.mouseMove` holds no button."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget


def drag(widget: QWidget, points: Sequence[QPoint], *, is_released: bool = True) -> None:
    """Press the left button at the first point, move over the others, and release it at the last."""
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=points[0])
    for each in points[1:]:
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(each),
            QPointF(widget.mapToGlobal(each)),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(widget, event)
    if is_released:
        QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=points[-1])
