"""A small read-only table that is as high as its rows, and can be copied."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from gui.theme import theme

MOST_ROWS = 8  # then the table scrolls


class PlainTable(QTableWidget):
    """Rows of text; columns behind the first `left_count` are aligned to the right.

    Args:
        name: for screen readers.
        columns: titles of the columns.
        left_count: number of columns that are aligned to the left.
        stretched: the column that takes the rest of the width.

    Attributes:
        rows: the texts.
    """

    def __init__(
        self,
        name: str,
        columns: Sequence[str],
        *,
        left_count: int = 1,
        stretched: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(0, len(columns), parent)
        self._left_count = left_count
        self.setAccessibleName(name)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QTableWidget.Shape.NoFrame)
        small = theme.scaled_font(self.font(), theme.SMALL)
        self.setFont(small)
        self.horizontalHeader().setFont(small)
        self.setMinimumWidth(0)
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(24)
        self._stretched = stretched
        self._columns = tuple(columns)
        for column, title in enumerate(columns):
            item = QTableWidgetItem(title)
            item.setTextAlignment(self._alignment(column))
            self.setHorizontalHeaderItem(column, item)
        self.rows: tuple[tuple[str, ...], ...] = ()

    def set_rows(self, rows: Sequence[Sequence[str]], *, chosen: int = -1) -> None:
        """Replace the rows, and choose one of them."""
        self.rows = tuple(map(tuple, rows))
        was_blocked = self.blockSignals(True)
        self.setRowCount(len(rows))
        for row, cells in enumerate(rows):
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setTextAlignment(self._alignment(column))
                item.setToolTip(text)
                self.setItem(row, column, item)
        if chosen >= 0:
            self.setCurrentCell(chosen, 0)
        self.blockSignals(was_blocked)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the rest of the width to one column, and room to a scroll bar where there is none to give."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        header, column = self.horizontalHeader(), self._stretched
        needed = max(self.sizeHintForColumn(column), header.sectionSizeHint(column))
        others = sum(header.sectionSize(each) for each in range(self.columnCount()) if each != column)
        header.resizeSection(column, max(needed, self.viewport().width() - others))
        is_scrolled = others + needed > self.viewport().width()
        bar = self.horizontalScrollBar().sizeHint().height() if is_scrolled else 0
        rows = min(len(self.rows), MOST_ROWS) * self.verticalHeader().defaultSectionSize()
        height = header.sizeHint().height() + rows + bar + 4
        if height != self.height():
            self.setFixedHeight(height)

    @Slot()
    def copy(self) -> None:
        """Copy the table as tab-separated text."""
        lines = "".join("\t".join(cells) + "\n" for cells in (self._columns, *self.rows))
        QGuiApplication.clipboard().setText(lines)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy with Ctrl+C."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignLeft if column < self._left_count else Qt.AlignmentFlag.AlignRight
        return side | Qt.AlignmentFlag.AlignVCenter
