"""The table of a chart: the same numbers in rows that can be sorted, copied and read out."""

from enum import IntEnum
from typing import Any, ClassVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QSignalBlocker,
    QSortFilterProxyModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from core.records import Share
from core.report.tables.formats import cell_text, table_text
from core.report.tables.plain_table import Cell, PlainTable
from core.words import NOTHING, percent
from gui.tables.table_view import cell_font
from gui.tables.title_lines import two_lines
from gui.theme import theme

SORT_ROLE = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
EMPTY = PlainTable("", (), ())
WIDEST_RATE = "99.9999 %"


class Tightness(IntEnum):
    """How a table spares width."""

    NONE = 0
    TITLES = 1  # on two lines
    RATES = 2  # also without counts, which are in the tooltips


class TwinModel(QAbstractTableModel):
    """A plain table as a Qt model.

    Attributes:
        table: the table.
        tightness: how it spares width; see `set_tightness`.
        title_metrics: of the font of the titles.
    """

    def __init__(self) -> None:
        super().__init__()
        self.table = EMPTY
        self.tightness = Tightness.NONE
        self.title_metrics = QFontMetrics(cell_font(theme.SMALL))

    def set_tightness(self, tightness: Tightness) -> None:
        """Spare width, or cease to."""
        self.tightness = tightness
        if self.table.columns:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.table.columns) - 1)

    def set_table(self, table: PlainTable) -> None:
        """Replace the table; where columns and the number of rows stay, what is chosen stays too."""
        old = self.table
        if table.columns == old.columns and len(table.rows) == len(old.rows):
            self.table = table
            if table.rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(table.rows) - 1, len(table.columns) - 1))
            return
        self.beginResetModel()
        self.table = table
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.table.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, alignment, or what it is sorted by."""
        cell = self.table.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._shown_text(cell)
        if role == Qt.ItemDataRole.ToolTipRole:
            return cell_text(cell) if cell_text(cell) != self._shown_text(cell) else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if isinstance(cell, str) else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.AccessibleTextRole:
            text = cell_text(cell)
            return f"{self.table.columns[index.column()]}: {'none' if text in ('', NOTHING) else text}"
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's title."""
        if orientation != Qt.Orientation.Horizontal or section >= len(self.table.columns):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        title = self.table.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return "\n".join(two_lines(title, self.title_metrics)).rstrip() if self.tightness else title
        return title if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole) else None

    def _shown_text(self, cell: Cell) -> str:
        is_short = self.tightness is Tightness.RATES and isinstance(cell, Share) and cell.total
        return percent(cell) if is_short and isinstance(cell, Share) else cell_text(cell)


class _Sorted(QSortFilterProxyModel):
    """Sorts numbers as numbers, shares by their rate, and words by their letters; missing figures come last."""

    def lessThan(self, left: _Index, right: _Index) -> bool:
        """Return whether a cell comes before another one."""
        model = self.sourceModel()
        assert isinstance(model, TwinModel)
        keys = [_sort_key(model.table.rows[each.row()][each.column()]) for each in (left, right)]
        return keys[0] < keys[1]


class TwinView(QTableView):
    """Shows a plain table; a row that the person chooses is announced by its number in the table."""

    row_chosen = Signal(int)  # by the person, never by `choose`
    row_activated = Signal(int)  # by Return or a double click

    spares_width: ClassVar[bool] = True  # whether titles break and counts are left out where there is little width

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.source = TwinModel()
        self._widths: tuple[list[int], ...] = ()  # of the columns' contents, by tightness
        self._sorted = _Sorted(self)
        self._sorted.setSourceModel(self.source)
        self.setModel(self._sorted)
        self.setAccessibleName(name)
        self.setSortingEnabled(True)
        self._sorted.sort(-1)  # as given, until a title is clicked
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().setVisible(False)
        header = self.horizontalHeader()
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorClearable(True)
        header.setHighlightSections(False)
        self.setMinimumSize(120, 72)
        self.selectionModel().currentRowChanged.connect(self._on_current_changed)
        self.doubleClicked.connect(self._on_double_clicked)
        self._fit()

    @property
    def table(self) -> PlainTable:
        """The table, in its own order."""
        return self.source.table

    @property
    def content_width(self) -> int:
        """The width at which no column is cut off, beside a scroll bar."""
        return sum(self._measured()[Tightness.NONE]) + self._beside

    def show_table(self, table: PlainTable) -> None:
        """Show a table, sorted as the last one was."""
        is_other = table.columns != self.table.columns
        is_longer = len(table.rows) > len(self.table.rows)
        with QSignalBlocker(self):
            self.source.set_table(table)
        if is_other:
            self._fit_columns()
        elif is_longer and self.spares_width:
            self._widths = self._measured()
            for column, width in enumerate(self._widths[self.source.tightness]):
                self.setColumnWidth(column, max(width, self.columnWidth(column)))

    def choose(self, row: int) -> None:
        """Choose a row of the table without emitting `row_chosen`; -1 for none."""
        if row == self._row_of(self.currentIndex()):
            return
        index = self._sorted.mapFromSource(self.source.index(row, 0)) if row >= 0 else QModelIndex()
        with QSignalBlocker(self):
            self.setCurrentIndex(index)

    def shown_table(self, *, is_selection_only: bool = False) -> PlainTable:
        """Return the table in the order that is shown, all of it or the selected rows."""
        chosen = {index.row() for index in self.selectionModel().selectedRows()} if is_selection_only else set()
        rows = [row for row in range(self._sorted.rowCount()) if row in chosen or not chosen]
        return self.table.selected([self._row_of(self._sorted.index(row, 0)) for row in rows])

    def chosen_rows(self) -> tuple[int, ...]:
        """Return the selected rows, by their numbers in the table."""
        return tuple(sorted(self._row_of(index) for index in self.selectionModel().selectedRows()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the selected rows with Ctrl+C; activate the current row with Return."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(table_text(self.shown_table(is_selection_only=True), "tsv"))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.row_activated.emit(self._row_of(self.currentIndex()))
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._fit()

    def _row_of(self, index: QModelIndex) -> int:
        return self._sorted.mapToSource(index).row() if index.isValid() else -1

    @Slot(QModelIndex, QModelIndex)
    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.row_chosen.emit(self._row_of(current))

    @Slot(QModelIndex)
    def _on_double_clicked(self, index: QModelIndex) -> None:
        self.row_activated.emit(self._row_of(index))

    def _fit(self) -> None:
        font = cell_font(theme.SMALL)
        self.setFont(font)
        self.horizontalHeader().setFont(font)
        self.verticalHeader().setDefaultSectionSize(QFontMetrics(font).height() + 6)
        self._fit_columns()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Spare width where there is too little; widths that the person chose stay otherwise."""
        super().resizeEvent(event)
        if self._widths and self._fitting() != self.source.tightness:
            self._show_columns()

    def _fit_columns(self) -> None:
        """Make columns as wide as their contents; the last one takes what is left."""
        header = self.horizontalHeader()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.source.title_metrics = QFontMetrics(header.font())
        if self.spares_width:
            self._widths = self._measured()
            self._show_columns()
        else:
            self.resizeColumnsToContents()

    def _show_columns(self) -> None:
        tightness = self._fitting()
        self.source.set_tightness(tightness)
        for column, width in enumerate(self._widths[tightness]):
            self.setColumnWidth(column, width)
        self.viewport().update()

    def _fitting(self) -> Tightness:
        """Return the least tightness at which the columns fit, or the greatest where they never do."""
        widths = [sum(each) + self._beside for each in self._widths]
        return next((each for each in Tightness if widths[each] <= self.width()), Tightness.RATES)

    @property
    def _beside(self) -> int:
        return self.verticalScrollBar().sizeHint().width() + 2 * self.frameWidth()

    def _measured(self) -> tuple[list[int], ...]:
        """Return the widths of the columns by tightness."""
        header, shown = self.horizontalHeader(), self.source.tightness
        columns = range(self.source.columnCount())
        self.source.tightness = Tightness.NONE
        cells, titles = ([size(each) for each in columns] for size in (self.sizeHintForColumn, header.sectionSizeHint))
        self.source.tightness = Tightness.TITLES
        broken = [header.sectionSizeHint(each) for each in columns]
        self.source.tightness = shown
        rate = QFontMetrics(self.font()).horizontalAdvance(WIDEST_RATE) + theme.GRID
        rates = [min(width, rate) if self.table.is_share(each) else width for each, width in enumerate(cells)]
        return tuple(
            [max(pair) for pair in zip(*pairs, strict=True)]
            for pairs in ((cells, titles), (cells, broken), (rates, broken))
        )


def _sort_key(cell: Cell) -> tuple[bool, float, str]:
    if cell is None or (isinstance(cell, Share) and not cell.total):
        return (True, 0.0, "")
    if isinstance(cell, Share):
        return (False, cell.rate, "")
    return (False, 0.0, cell) if isinstance(cell, str) else (False, float(cell), "")
