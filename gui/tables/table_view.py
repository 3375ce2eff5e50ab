"""The view of the results table: grouped column titles, row titles, and cells with a rate above its count."""

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from gui.tables.detail import Detail
from gui.tables.measured_texts import MeasuredTexts
from gui.tables.results_table import (
    COUNT_ROLE,
    DETAIL_ROLE,
    GROUP_ROLE,
    INTERVAL_ROLE,
    LIVE_ROLE,
    SHORT_ROLE,
    TITLE_ROLE,
    WIDEST_ROLE,
    ResultsModel,
)
from gui.tables.share_links import LinkedTable
from gui.tables.title_lines import cell_lines, group_colour, in_lines, two_line_width
from gui.theme import theme

PADDING = 5
SMALL_PADDING = 4  # two of them are between the figures of two columns
TIGHT_PADDINGS = (2, 1)  # rather than scroll
GAP = 6  # between the bands of two networks
EVIDENCE_SIZE = 0.8  # of counts and intervals, as a share of the rate's font size
_DISPLAY = Qt.ItemDataRole.DisplayRole
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ResultsView(LinkedTable):
    """The table. Its columns share the width; if they do not fit even in a smaller font, it scrolls."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._detail = Detail.COUNTS
        self._factor = 1.0
        self._padding = PADDING
        self._fitted_size = QSize()
        self.expected_rows = 0  # for which height is kept while there is none
        self.measured = MeasuredTexts()
        self.fonts = self.cell_fonts()  # the fonts of the cells as drawn
        self.setHorizontalHeader(GroupedHeader(self))
        self.setVerticalHeader(RowHeader(self))
        self.setItemDelegate(ShareDelegate(self))
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setMinimumSize(120, 64)

    @property
    def detail(self) -> Detail:
        """What a cell shows."""
        return self._detail

    @property
    def factor(self) -> float:
        """The font size as a share of the application's font; below 1 if the columns would not fit otherwise."""
        return self._factor

    @property
    def padding(self) -> int:
        """The space beside a figure, in logical pixels."""
        return self._padding

    def set_detail(self, detail: Detail) -> None:
        """Set what a cell shows."""
        self._detail = detail
        self.fit()

    def has_room_for(self, detail: Detail) -> bool:
        """Return whether the whole table, with a row for the cursor, would fit without scrolling."""
        was = (self._detail, self._factor, self._padding)
        self._detail, self._factor, self._padding = detail, 1.0, PADDING
        width = self.verticalHeader().sizeHint().width() + sum(self._needed_widths())
        model = self.model()
        has_rows = bool(model and model.rowCount())
        is_live = has_rows and bool(model.headerData(0, Qt.Orientation.Vertical, LIVE_ROLE))
        has_to_come = isinstance(model, ResultsModel) and has_rows and not is_live
        height = self.needed_height() + has_to_come * self._row_height()
        self._detail, self._factor, self._padding = was
        return width <= self.width() and height <= self.height()

    def row_count(self) -> int:
        """Return the number of rows; while there is none, of those that are expected."""
        model = self.model()
        return (model.rowCount() if model else 0) or self.expected_rows

    def most_height(self, rows: int) -> int:
        """Return the height of the header and some rows in the largest font, without a scroll bar."""
        return round((self.horizontalHeader().sizeHint().height() + rows * self._row_height()) / self._factor) + rows

    def needed_height(self) -> int:
        """Return the height of all rows and the header, without a scroll bar."""
        return self.horizontalHeader().sizeHint().height() + self.row_count() * self._row_height()

    def fit(self) -> None:
        """Resize rows and columns to their contents."""
        self.executeDelayedItemsLayout()  # which painting would begin, and then paint again
        steps = ((1.0, PADDING), *((theme.SMALL, each) for each in (SMALL_PADDING, *TIGHT_PADDINGS)))
        for self._factor, self._padding in steps:
            if self._needed_width() <= self.width():
                break
        else:  # it scrolls in any case
            self._factor, self._padding = theme.SMALL, SMALL_PADDING
        self._fitted_size = self.size()
        self.fonts = self.cell_fonts()
        self.verticalHeader().setDefaultSectionSize(self._row_height())
        widths = self._needed_widths()
        spare = max(0, self.width() - self._needed_width()) // max(len(widths), 1)
        with QSignalBlocker(self.horizontalHeader()):  # QTableView would paint again in a later turn
            for column, width in enumerate(widths):
                self.horizontalHeader().resizeSection(column, width + spare)
        self.updateGeometries()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns to a new size, also where only what stands beside the table has changed."""
        super().resizeEvent(event)
        if self.size() != self._fitted_size:
            self.fit()

    def recolour(self) -> None:
        """Draw headers and cells in the theme's colours."""
        for part in (self.horizontalHeader(), self.verticalHeader(), self):
            part.viewport().update()

    def text_area(self, index: QModelIndex | QPersistentModelIndex) -> QRect:
        """Return where the texts of a cell are, in the viewport."""
        main, small = (QFontMetrics(font) for font in self.fonts)
        below = [str(index.data(role) or "") for role in (COUNT_ROLE, INTERVAL_ROLE)[: self._detail.line_count - 1]]
        width = max(main.horizontalAdvance(str(index.data())), *map(small.horizontalAdvance, ("", *below)))
        rect = self.visualRect(self.model().index(index.row(), index.column()))
        return rect.adjusted(max(0, rect.width() - width - 2 * self._padding), 0, 0, 0)

    def cell_fonts(self) -> tuple[QFont, QFont]:
        """Return the fonts of a cell's first line and of the lines below it."""
        return cell_font(self._factor), cell_font(EVIDENCE_SIZE * self._factor)

    def _row_height(self) -> int:
        main, small = (QFontMetrics(font) for font in self.cell_fonts())
        return main.height() + 4 + (self._detail.line_count - 1) * small.height()

    def _needed_width(self) -> int:
        """Return the width of row titles and columns, and of the vertical scroll bar if the rows do not fit."""
        is_scrolled = self.needed_height() > self.height()
        bar = self.verticalScrollBar().sizeHint().width() if is_scrolled else 0
        return self.verticalHeader().sizeHint().width() + sum(self._needed_widths()) + bar

    def _needed_widths(self) -> list[int]:
        """Return the width of every column, wide enough not to change while the cursor moves."""
        return self.measured.get(self.model(), (self._detail, self._factor, self._padding), self._measure_columns)

    def _measure_columns(self) -> list[int]:
        main, small = (QFontMetrics(font) for font in self.cell_fonts())
        titles = QFontMetrics(cell_font(theme.SMALL * self._factor))
        model = self.model()
        widths = []
        for column in range(model.columnCount() if model else 0):
            title = str(model.headerData(column, Qt.Orientation.Horizontal, _DISPLAY))
            width = two_line_width(title, titles) + 4
            width = max(width, main.horizontalAdvance("99.99 %")) if column else width
            if column and self._detail is Detail.INTERVALS:
                width = max(width, small.horizontalAdvance("99.99–99.99 %"))
            for row in range(model.rowCount()):
                index = model.index(row, column)
                width = max(width, main.horizontalAdvance(str(index.data(_DISPLAY))))
                if self._detail is not Detail.RATES:
                    width = max(width, small.horizontalAdvance(str(index.data(WIDEST_ROLE))))
            widths.append(width + 2 * self._padding)
        return widths

    def changeEvent(self, event: QEvent) -> None:
        """Adapt to a new application font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.fit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a row by the left button alone: another would highlight a second one, away from the cursor's."""
        if event.button() == Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
        else:
            event.accept()

    def sizeHint(self) -> QSize:
        """Return a default size; the layout may give any other."""
        return QSize(480, 160)


class GroupedHeader(QHeaderView):
    """Column titles of up to two lines, below a band that names the network they belong to."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(24)

    def sizeHint(self) -> QSize:
        """Return the height of two lines, and of the band if there is one."""
        small = QFontMetrics(cell_font(theme.SMALL * _factor(self)))
        return QSize(super().sizeHint().width(), (2 + self._has_bands()) * small.height() + 5)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        """Draw a title, and the part of its group's band above it."""
        colours = theme.current()
        group = str(self._data(section, GROUP_ROLE) or "")
        small = cell_font(theme.SMALL * _factor(self))
        line = QFontMetrics(small).height()
        painter.save()
        painter.setClipRect(rect)
        painter.fillRect(rect, QColor(colours.surface))
        if group:
            band = self._band(section, group)
            width = min(rect.width(), band.right() - GAP - rect.left())
            painter.fillRect(rect.left(), rect.top() + line + 1, width, 2, QColor(group_colour(group)))
            painter.setFont(_bold(cell_font(theme.SMALL * _factor(self))))
            painter.setPen(QColor(group_colour(group)))
            name = {"B′": "B′  pruned network", "G": "G  repaired network"}.get(group, group)
            place = QRect(max(band.left(), 0), rect.top(), band.width(), line + 2)
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.setFont(small)
        painter.setPen(QColor(colours.muted))
        padding = SMALL_PADDING if _factor(self) < 1 else PADDING
        above = line + 3 if self._has_bands() else 1
        title = QRect(rect.left(), rect.top() + above, rect.width() - padding, rect.height() - above - 1)
        text = in_lines(str(self._data(section, _DISPLAY) or ""), QFontMetrics(small), width=title.width())
        painter.drawText(title, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, text)
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(colours.border))
        painter.restore()

    def _data(self, section: int, role: int) -> object:
        return self.model().headerData(section, self.orientation(), role)

    def _has_bands(self) -> bool:
        """Return whether any column belongs to a network; True while there are no columns."""
        model = self.model()
        count = model.columnCount() if model else 0
        return not count or any(self._data(section, GROUP_ROLE) for section in range(count))

    def _band(self, section: int, group: str) -> QRect:
        """Return the rectangle of all columns of the group."""
        first = last = section
        while first > 0 and self._data(first - 1, GROUP_ROLE) == group:
            first -= 1
        while last < self.count() - 1 and self._data(last + 1, GROUP_ROLE) == group:
            last += 1
        left = self.sectionViewportPosition(first)
        right = self.sectionViewportPosition(last) + self.sectionSize(last)
        return QRect(left, 0, right - left, self.height())


class RowHeader(QHeaderView):
    """Row titles at the left of the cells; they do not scroll horizontally."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(8)  # less than the style's, which is higher than a row of small text
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def sizeHint(self) -> QSize:
        """Return the width of the longest title."""
        view = self.parent()
        assert isinstance(view, ResultsView)
        return view.measured.get(self.model(), ("titles", self._is_split(), view.factor), self._measure_titles)

    def _measure_titles(self) -> QSize:
        model = self.model()
        rows = range(model.rowCount()) if model else range(0)
        factor = _factor(self)
        main, small = QFontMetrics(cell_font(factor)), QFontMetrics(cell_font(EVIDENCE_SIZE * factor))
        if self._is_split():
            widths = [main.horizontalAdvance(self._text(n, TITLE_ROLE)) for n in rows]
            widths += [small.horizontalAdvance(self._text(n, DETAIL_ROLE)) for n in rows]
        else:
            widths = [main.horizontalAdvance(self._text(n, SHORT_ROLE)) for n in rows]
        if isinstance(model, ResultsModel):
            widths.append(main.horizontalAdvance("At the cursor" if self._is_split() else self._widest_live()))
        return QSize(max(widths, default=0) + 2 * PADDING, 0)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        """Draw a title; a bar at the left marks the row that follows the cursor."""
        colours = theme.current()
        is_live = bool(self.model().headerData(section, self.orientation(), LIVE_ROLE))
        view = self.parent()
        is_chosen = isinstance(view, QTableView) and view.selectionModel().isRowSelected(section, QModelIndex())
        painter.save()
        painter.fillRect(rect, QColor(_row_background(is_chosen=is_chosen, is_live=is_live)))
        if is_live:
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), QColor(colours.accent))
        factor = _factor(self)
        font = cell_font(factor)
        place = rect.adjusted(PADDING, 0, -2, 0)
        detail = self._text(section, DETAIL_ROLE) if self._is_split() else ""
        if detail:
            small = cell_font(EVIDENCE_SIZE * factor)
            upper, lower = cell_lines(place, font, small, 2)
            painter.setFont(small)
            painter.setPen(QColor(colours.muted))
            painter.drawText(lower, _LEFT, detail)
            place = upper
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        painter.drawText(place, _LEFT, self._text(section, TITLE_ROLE if detail else SHORT_ROLE))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(colours.grid))
        painter.restore()

    def _widest_live(self) -> str:
        """Return the longest title that the cursor's row can have, so that the width does not change."""
        model = self.model()
        lefts = [str(model.index(n, 0).data(_DISPLAY)) for n in range(model.rowCount())] if model else []
        digits = max((sum(letter.isdigit() for letter in left) for left in lefts), default=1)
        return f"Cursor, {'8' * digits} pruned"

    def _text(self, section: int, role: int) -> str:
        return str(self.model().headerData(section, self.orientation(), role) or "")

    def _is_split(self) -> bool:
        """Return whether titles have two lines, as cells do."""
        view = self.parent()
        return isinstance(view, ResultsView) and view.detail is not Detail.RATES


class ShareDelegate(QStyledItemDelegate):
    """Draws a rate, and below it in a smaller font its count and interval."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one cell."""
        colours = theme.current()
        view = self.parent()
        assert isinstance(view, ResultsView)
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        rect: QRect = option.rect
        text = str(index.data(_DISPLAY))
        roles = (COUNT_ROLE, INTERVAL_ROLE)[: view.detail.line_count - 1]
        evidence = [str(index.data(role) or "") for role in roles]
        painter.save()
        painter.fillRect(rect, QColor(_row_background(is_chosen=is_chosen, is_live=bool(index.data(LIVE_ROLE)))))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(colours.grid))
        main, small = view.fonts
        if view.hasFocus() and option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QColor(colours.accent))
            painter.drawRect(rect.adjusted(0, 0, -1, -2))
        if is_link := view.is_hovered(index):
            main = theme.underlined(main)
        upper = rect.adjusted(2, 0, -view.padding, 0)
        if any(evidence):
            upper, *lower = cell_lines(upper, main, small, 1 + len(evidence))
            painter.setFont(small)
            painter.setPen(QColor(colours.muted))
            for place, line in zip(lower, evidence, strict=True):
                painter.drawText(place, _RIGHT, line)
        painter.setFont(main)
        is_exact = text[:1].isdigit()  # not "≈ 96 %", "< 1 %" or "–"
        painter.setPen(QColor(colours.accent if is_link else colours.text if is_exact else colours.muted))
        painter.drawText(upper, _RIGHT, text)
        painter.restore()


def cell_font(factor: float = 1.0) -> QFont:
    """Return the application's font, scaled, with digits of equal width."""
    return theme.figures_font(theme.scaled_font(QApplication.font(), factor))


def _bold(font: QFont) -> QFont:
    font.setWeight(QFont.Weight.DemiBold)
    return font


def _factor(header: QHeaderView) -> float:
    view = header.parent()
    return view.factor if isinstance(view, ResultsView) else 1.0


def _row_background(*, is_chosen: bool, is_live: bool) -> str:
    colours = theme.current()
    if is_chosen:
        return colours.selection
    return colours.raised if is_live else colours.surface
