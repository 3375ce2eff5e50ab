"""A layout that places widgets side by side, and begins another line where they do not fit."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayoutItem, QWidget

from gui.layout.wrapping import WrappingLayout


class FlowLayout(WrappingLayout):
    """Places widgets as words are placed in a text.

    Args:
        line_gap: the distance between two lines, in logical pixels.
    """

    def __init__(self, line_gap: int) -> None:
        super().__init__()
        self._line_gap = line_gap
        self._gaps: list[int] = []

    def add(self, widget: QWidget, *, gap: int) -> None:
        """Add a widget, at a distance from the one before."""
        self._gaps.append(gap)
        self.addWidget(widget)

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Remove an item, and return it; None if there is none."""
        if 0 <= index < len(self._gaps):
            del self._gaps[index]
        return super().takeAt(index)

    def expandingDirections(self) -> Qt.Orientation:
        """It uses no more room than it needs."""
        return Qt.Orientation(0)

    def sizeHint(self) -> QSize:
        """Return the smallest size."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        """Return the size of the largest item."""
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _place(self, rect: QRect, *, is_moving: bool) -> int:
        """Place the visible widgets in lines; return the height."""
        left, top, height = rect.left(), rect.top(), 0
        for item, gap in zip(self._items, self._gaps, strict=True):
            if item.isEmpty():
                continue
            size = item.sizeHint()
            start = left + gap if left > rect.left() else left
            if start + size.width() > rect.left() + rect.width() and left > rect.left():
                top += height + self._line_gap
                start, height = rect.left(), 0
            if is_moving:
                item.setGeometry(QRect(QPoint(start, top), size))
            left = start + size.width()
            height = max(height, size.height())
        return top + height - rect.top()
