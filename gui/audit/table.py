"""The table of an audit: sorted and filtered here, as thousands of rows come while somebody reads it."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.audit.records import Ending
from core.detect.verdict import Outcome
from core.report.tables.plain_table import PlainTable
from gui.audit.cells import TITLES, VERDICT, Shown, ShownRow
from gui.tables.twin import TwinView
from gui.theme import theme

TITLE = "Audit"
_WIDEST_NAME = 12  # times the height of the text
_MEASURED_ROWS = 60  # for the widths of the columns
Index = QModelIndex | QPersistentModelIndex


class AuditTable(TwinView):
    """Shows the rows that are wanted, in the order that is wanted; what is chosen stays chosen while rows come.

    Attributes:
        rows: all rows.
        shown: those that are shown, in their order.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Networks of the audit", parent)
        self.rows: Sequence[ShownRow] = ()
        self.shown: list[ShownRow] = []
        self._which, self._words = Shown.ALL, ""
        self._column, self._order = -1, Qt.SortOrder.AscendingOrder
        self._fitted_count = 0
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

    @Slot(int, Qt.SortOrder)
    def _on_sort(self, column: int, order: Qt.SortOrder) -> None:
        self._column, self._order = column, order
        self._show()

    def _show(self) -> None:
        chosen = {self.shown[self._row_of(each)].row.key for each in self.selectionModel().selectedRows()}
        current, scrolled = self.current, self.verticalScrollBar().value()
        self.shown = self._sorted_rows([each for each in self.rows if each.is_shown(self._which, self._words)])
        self.show_table(PlainTable(TITLE, TITLES, tuple(each.cells for each in self.shown)))
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
        for column in range(header.count() - 1):
            header.resizeSection(column, min(header.sectionSize(column) + theme.GRID, widest))
        self._fitted_count = len(getattr(self, "shown", ()))


class _VerdictDelegate(QStyledItemDelegate):
    """Draws verdicts in the colour of their severity."""

    def __init__(self, table: AuditTable) -> None:
        super().__init__(table)
        self._table = table

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Choose the colour."""
        super().initStyleOption(option, index)
        row = self._table.row_at(index.row())
        if index.column() != VERDICT or row is None:
            return
        colour = verdict_colour(row)
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
            option.palette.setColor(role, QColor(colour))


def verdict_colour(shown: ShownRow) -> str:
    """Return the colour of a row's verdict or ending, `#rrggbb`."""
    colours, row = theme.current(), shown.row
    if row.ending is not Ending.FINISHED:
        return colours.muted if row.ending is Ending.REFUSED else colours.warning
    found = {Outcome.BACKDOORED.value: colours.error, Outcome.SUSPICIOUS.value: colours.warning}
    return found.get(row.verdict, colours.text)
