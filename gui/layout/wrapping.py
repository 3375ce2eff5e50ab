"""What layouts with lines have in common: their items, and a height that depends on the width."""

from abc import abstractmethod

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QLayout, QLayoutItem


class WrappingLayout(QLayout):
    """Keeps items in their order; how they are placed in lines is a matter of the subclasses."""

    def __init__(self) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._heights: dict[int, int] = {}  # by width, until an item is another
        self.setContentsMargins(0, 0, 0, 0)

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
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def hasHeightForWidth(self) -> bool:
        """The height depends on the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines.

        Qt asks for it again and again: showing one more widget on a page asks each header of the page a dozen times.
        """
        if width not in self._heights:
            self._heights[width] = self._place(QRect(0, 0, width, 0), is_moving=False)
        return self._heights[width]

    def invalidate(self) -> None:
        """Forget the heights."""
        self._heights.clear()
        super().invalidate()

    def setGeometry(self, rect: QRect) -> None:
        """Place the items."""
        super().setGeometry(rect)
        self._place(rect, is_moving=True)

    @abstractmethod
    def _place(self, rect: QRect, *, is_moving: bool) -> int:
        """Place the visible items in lines; return the height."""
