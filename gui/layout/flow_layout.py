"""A layout that places widgets side by side, and begins another line where they do not fit."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Places widgets as words are placed in a text.

    Args:
        line_gap: the distance between two lines, in logical pixels.
    """

    def __init__(self, line_gap: int) -> None:
        super().__init__()
        self._line_gap = line_gap
        self._items: list[QLayoutItem] = []
        self._gaps: list[int] = []
        self.setContentsMargins(0, 0, 0, 0)

    def add(self, widget: QWidget, *, gap: int) -> None:
        """Add a widget, at a distance from the one before."""
        self._gaps.append(gap)
        self.addWidget(widget)

    def addItem(self, item: QLayoutItem) -> None:
        """Add an item at the end."""
        self._items.append(item)

    def count(self) -> int:
        """Return the number of items."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Return an item; None if there is none."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Remove an item, and return it; None if there is none."""
        if not 0 <= index < len(self._items):
            return None
        del self._gaps[index]
        return self._items.pop(index)

    def expandingDirections(self) -> Qt.Orientation:
        """It uses no more room than it needs."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """The height depends on the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines."""
        return self._place(QRect(0, 0, width, 0), is_moving=False)

    def setGeometry(self, rect: QRect) -> None:
        """Place the widgets."""
        super().setGeometry(rect)
        self._place(rect, is_moving=True)

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
