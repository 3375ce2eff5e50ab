"""The table of an audit: sorted and filtered here, as thousands of rows come while somebody reads it."""

import html
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, Qt, Slot
from PySide6.QtGui import QColor, QHelpEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QToolTip, QWidget

from core.audit.records import Ending
from core.detect.verdict import Outcome
from core.report.tables.formats import cell_text
from core.report.tables.plain_table import PlainTable
from gui.audit.cells import MESSAGE, REPAIR, TITLES, VERDICT, Shown, ShownRow, short_text
from gui.tables.twin import TwinView
from gui.theme import theme

TITLE = "Audit"
_WIDEST_NAME = 12  # times the height of the text
_LEAST_NAME, _NAME_BESIDE_MESSAGE, _LEAST_MESSAGE = 5, 8, 14  # likewise
_MEASURED_ROWS = 60  # for the widths of the columns
Index = QModelIndex | QPersistentModelIndex


class AuditTable(TwinView):
    """Shows the rows that are wanted, in the order that is wanted; what is chosen stays chosen while rows come.

    Attributes:
        rows: all rows.
        shown: those that are shown, in their order.
    """

    spares_width = False  # in its own way

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Networks of the audit", parent)
        self.rows: Sequence[ShownRow] = ()
        self.shown: list[ShownRow] = []
        self._which, self._words = Shown.ALL, ""
        self._column, self._order = -1, Qt.SortOrder.AscendingOrder
        self._fitted_count = self._name_width = 0
        self.setSortingEnabled(False)  # the rows themselves are sorted: many times as fast as two at a time
        self.setItemDelegate(_VerdictDelegate(self))
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.horizontalHeader()
        header.setResizeContentsPrecision(_MEASURED_ROWS)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.sortIndicatorChanged.connect(self._on_sort)
        self.set_rows(())

    @property
    def current(self) -> ShownRow | None:
        """The row that is chosen; None if there is none."""
        place = self._row_of(self.currentIndex())
        return self.shown[place] if 0 <= place < len(self.shown) else None

    def set_rows(self, rows: Sequence[ShownRow]) -> None:
        """Show other rows."""
        self.rows = rows
        self._show()

    def show_only(self, which: Shown, text: str) -> None:
        """Show only some rows.

        Args:
            which: by verdict or ending.
            text: words that a row contains.
        """
        self._which, self._words = which, text.strip().casefold()
        self._show()

    def row_at(self, place: int) -> ShownRow | None:
        """Return the row at a place of the table; None if there is none any more."""
        return self.shown[place] if 0 <= place < len(self.shown) else None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep names and figures in sight where the table becomes narrow."""
        super().resizeEvent(event)
        self._shorten()

    @Slot(int, Qt.SortOrder)
    def _on_sort(self, column: int, order: Qt.SortOrder) -> None:
        self._column, self._order = column, order
        self._show()

    def _show(self) -> None:
        chosen = {self.shown[self._row_of(each)].row.key for each in self.selectionModel().selectedRows()}
        current, scrolled = self.current, self.verticalScrollBar().value()
        self.shown = self._sorted_rows([each for each in self.rows if each.is_shown(self._which, self._words)])
        self.show_table(PlainTable(TITLE, TITLES, tuple(each.cells for each in self.shown)))
        self.setColumnHidden(REPAIR, not any(each.row.repair for each in self.rows))
        if len(self.shown) > 2 * self._fitted_count:
            self._fit_columns()
        places = {each.row.key: place for place, each in enumerate(self.shown)}
        self.choose(-1 if current is None else places.get(current.row.key, -1))
        self._select(sorted(places[key] for key in chosen if key in places))
        self.verticalScrollBar().setValue(scrolled)

    def _select(self, places: list[int]) -> None:
        selection = self.selectionModel()
        was_blocked = self.blockSignals(True)
        selection.clearSelection()
        for place in places[:_MEASURED_ROWS]:
            selection.select(
                self.model().index(place, 0), selection.SelectionFlag.Select | selection.SelectionFlag.Rows
            )
        self.blockSignals(was_blocked)

    def _sorted_rows(self, rows: list[ShownRow]) -> list[ShownRow]:
        """Return the rows in the chosen order, figures that there are not last; else as they came."""
        column = self._column
        if column < 0:
            return rows
        keyed = [(key, each) for each in rows if (key := each.sort_key(column)) is not None]
        keyed.sort(key=lambda pair: pair[0], reverse=self._order is Qt.SortOrder.DescendingOrder)
        return [each for _, each in keyed] + [each for each in rows if each.sort_key(column) is None]

    def _fit_columns(self) -> None:
        """Make columns a little wider than their contents, but no name so wide that the figures are not seen."""
        super()._fit_columns()
        header = self.horizontalHeader()
        widest = max(_WIDEST_NAME * self.fontMetrics().height(), self.width() // 4)
        for column in range(MESSAGE):
            wanted = max(self.sizeHintForColumn(column) + theme.GRID, header.sectionSizeHint(column))
            header.resizeSection(column, min(wanted, widest))
        self._name_width = header.sectionSize(0)
        self._shorten()
        self._fitted_count = len(getattr(self, "shown", ()))

    def _shorten(self) -> None:
        """Give the figures their room, then the names; the message has the rest, and is left out where that is little.

        The message of the chosen row is below the table.
        """
        header, height = self.horizontalHeader(), self.fontMetrics().height()
        header.setStretchLastSection(False)  # gives the last figure its own width back
        figures = sum(header.sectionSize(each) for each in range(1, MESSAGE))
        room = self.viewport().width() - figures
        beside = room - _LEAST_MESSAGE * height
        has_message = beside >= min(self._name_width, _NAME_BESIDE_MESSAGE * height)
        self.setColumnHidden(MESSAGE, not has_message)
        header.setStretchLastSection(has_message)
        if has_message:
            width = min(self._name_width, beside)
        elif room >= min(self._name_width, _LEAST_NAME * height):
            width = room
        else:  # it is scrolled sideways, whatever the name takes
            width = min(self._name_width, _NAME_BESIDE_MESSAGE * height)
        header.resizeSection(0, width)


class _VerdictDelegate(QStyledItemDelegate):
    """Draws figures briefly, and verdicts in the colour of their severity; a tooltip has the whole cell."""

    def __init__(self, table: AuditTable) -> None:
        super().__init__(table)
        self._table = table

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Choose text and colour."""
        super().initStyleOption(option, index)
        row = self._table.row_at(index.row())
        if row is not None:
            option.text = short_text(index.column(), row.cells[index.column()])
        if index.column() == MESSAGE:
            option.textElideMode = Qt.TextElideMode.ElideRight
        if index.column() != VERDICT or row is None:
            return
        colour = verdict_colour(row)
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
            option.palette.setColor(role, QColor(colour))

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        """Show the whole cell where it is drawn briefly."""
        row = self._table.row_at(index.row())
        if event.type() != QEvent.Type.ToolTip or row is None:
            return super().helpEvent(event, view, option, index)
        whole = cell_text(row.cells[index.column()])
        message = row.cells[MESSAGE]
        if index.column() == VERDICT and message is not None and self._table.isColumnHidden(MESSAGE):
            QToolTip.showText(event.globalPos(), html.escape(f"{whole}: {cell_text(message)}"), view)
            return True
        is_brief = whole != short_text(index.column(), row.cells[index.column()])
        is_elided = self.sizeHint(option, index).width() > view.visualRect(index).width()
        QToolTip.showText(event.globalPos(), html.escape(whole) if is_brief or is_elided else "", view)
        return True


def verdict_colour(shown: ShownRow) -> str:
    """Return the colour of a row's verdict or ending, `#rrggbb`."""
    colours, row = theme.current(), shown.row
    if row.ending is not Ending.FINISHED:
        return colours.muted if row.ending is Ending.REFUSED else colours.warning
    found = {Outcome.BACKDOORED.value: colours.error, Outcome.SUSPICIOUS.value: colours.warning}
    return found.get(row.verdict, colours.text)
