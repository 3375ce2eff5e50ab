"""The rows of a page, one below the other: they share the height, and scroll where they have too little of it."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QWidget

from gui.layout.table_height import TableHeight

ROOM_BESIDE = 60  # which the other rows keep beyond their least heights when tables show all rows, in logical pixels


class RowPanel(QWidget):
    """A panel that is never lower than its content at its width, also where texts and controls wrap."""

    def minimumSizeHint(self) -> QSize:
        """Return the height of the content at the panel's width."""
        size = super().minimumSizeHint()
        layout = self.layout()
        if layout is None or not layout.hasHeightForWidth() or not self.width():
            return size
        return QSize(size.width(), max(size.height(), layout.totalMinimumHeightForWidth(self.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width needs another height."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()


class ScrollingRows(QScrollArea):
    """Scrolls the rows if the sum of their least heights is more than there is.

    Tables in them show all of their rows then, so that no table scrolls in a page that does, and also where there is
    room for that.

    Args:
        rows: the rows, which a person can make higher or lower.
        tables: the heights of tables in them.
    """

    def __init__(self, rows: QSplitter, tables: Sequence[TableHeight] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._tables = tuple(tables)
        self._is_whole = False
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(rows)
        rows.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().rangeChanged.connect(self.fit_rows)
        for table in self._tables:
            table.rows_changed.connect(self.fit_rows)

    def minimumSizeHint(self) -> QSize:
        """Return the width of the rows, which do not scroll sideways."""
        return QSize(self._rows.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width(), 120)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Scroll, or cease to."""
        super().resizeEvent(event)
        self.fit_rows()

    @Slot()
    def fit_rows(self) -> None:
        """Show the whole tables where there is room, or where the rows scroll."""
        least = self._rows.minimumSizeHint().height() - sum(table.extra for table in self._tables)
        room = self.viewport().height() - least
        is_roomy = room >= sum(table.more for table in self._tables) + ROOM_BESIDE
        is_whole = room < 0 or is_roomy
        if is_whole != self._is_whole:
            self._is_whole = is_whole
            for table in self._tables:
                table.set_whole(is_whole)
