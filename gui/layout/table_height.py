"""The height of a table in a page that may scroll."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView

LEAST_ROWS = 2  # above which a table scrolls by itself


class TableHeight(QObject):
    """Keeps a table as high as all its rows where the page has room for them or scrolls; else the table scrolls.

    Args:
        view: the table; owns this object.
        needed_height: returns the height of the header and that many rows, or all, in the largest font that the
            table may take.
        row_count: returns how many rows there are, or will be soon; without it, those of the model.
    """

    rows_changed = Signal()

    def __init__(
        self,
        view: QAbstractItemView,
        needed_height: Callable[[int], int],
        row_count: Callable[[], int] | None = None,
    ) -> None:
        super().__init__(view)
        self._view = view
        self._needed_height = needed_height
        self._rows_of = row_count or self._count_rows
        self._is_whole = False
        self._is_shown = True
        self._row_count = -1

    @property
    def more(self) -> int:
        """How much more than its least height the table needs to show all rows, in logical pixels."""
        return max(0, self._height(is_whole=True) - self._height(is_whole=False)) if self._is_shown else 0

    @property
    def extra(self) -> int:
        """How much higher than its least height the table is kept, in logical pixels."""
        if not (self._is_whole and self._is_shown):
            return 0
        return max(0, self._view.minimumHeight() - self._height(is_whole=False))

    def set_shown(self, is_shown: bool) -> None:
        """Set whether the table is shown; one that is folded away needs no height."""
        self._is_shown = is_shown

    @Slot(bool)
    def set_whole(self, is_whole: bool) -> None:
        """Set whether the table is as high as its rows."""
        self._is_whole = is_whole
        self.update()

    @Slot()
    def update(self) -> None:
        """Follow the table's rows and font."""
        height = self._height(is_whole=self._is_whole and self._is_shown)
        if height != self._view.minimumHeight():
            self._view.setMinimumHeight(height)
        rows = self._rows_of()
        if rows != self._row_count:
            self._row_count = rows
            self.rows_changed.emit()

    def _count_rows(self) -> int:
        model = self._view.model()
        return model.rowCount() if model is not None else 0

    def _height(self, *, is_whole: bool) -> int:
        bar = self._view.horizontalScrollBar().sizeHint().height()
        return self._needed_height(self._rows_of()) + bar if is_whole else self._needed_height(LEAST_ROWS)
