"""The height of a table in a page that may scroll."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QAbstractItemView

LEAST_ROWS = 2  # above which a table scrolls by itself


class TableHeight(QObject):
    """Keeps a table as high as all its rows while the page around it scrolls, and lets it scroll otherwise.

    Args:
        view: the table; owns this object.
        needed_height: returns the height of the header and that many rows, or all, in the largest font that the
            table may take.
    """

    def __init__(self, view: QAbstractItemView, needed_height: Callable[[int], int]) -> None:
        super().__init__(view)
        self._view = view
        self._needed_height = needed_height
        self._is_whole = False

    @property
    def extra(self) -> int:
        """How much higher than its least height the table is kept, in logical pixels."""
        return max(0, self._view.minimumHeight() - self._needed_height(LEAST_ROWS)) if self._is_whole else 0

    @Slot(bool)
    def set_whole(self, is_whole: bool) -> None:
        """Set whether the page around the table scrolls."""
        self._is_whole = is_whole
        self.update()

    @Slot()
    def update(self) -> None:
        """Follow the table's rows and font."""
        bar = self._view.horizontalScrollBar().sizeHint().height()
        model = self._view.model()
        rows = model.rowCount() if self._is_whole and model is not None else LEAST_ROWS
        height = self._needed_height(rows) + (bar if self._is_whole else 0)
        if height != self._view.minimumHeight():
            self._view.setMinimumHeight(height)
