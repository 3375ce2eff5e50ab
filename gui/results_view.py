"""How the results table is drawn: grouped column titles, row titles, and cells of a rate over its count."""

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from gui import theme
from gui.results_table import COUNT_ROLE, DETAIL_ROLE, GROUP_ROLE, LIVE_ROLE, SHORT_ROLE, TITLE_ROLE, WIDEST_ROLE

PADDING = 5
GAP = 6  # between the bands of two networks
SMALLEST = 0.8  # the counts' size
_DISPLAY = Qt.ItemDataRole.DisplayRole
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def group_colour(group: str) -> str:
    """The colour that stands for a network."""
    colours = theme.current()
    return {"B′": colours.pruned_network, "G": colours.repaired}.get(group, colours.muted)


class ResultsView(QTableView):
    """The table; columns share the room there is, and scroll where there is too little."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shows_counts = True
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
    def shows_counts(self) -> bool:
        """Whether each rate stands over its count."""
        return self._shows_counts

    def set_shows_counts(self, shows_counts: bool) -> None:
        """Whether each rate stands over its count."""
        self._shows_counts = shows_counts
        self.fit()

    def width_with_counts(self) -> int:
        """How wide the table would be with its counts."""
        was, self._shows_counts = self._shows_counts, True
        width = self.verticalHeader().sizeHint().width() + sum(self._needed_widths())
        self._shows_counts = was
        return width

    def fit(self) -> None:
        """Size rows and columns for what is in them."""
        main, small = QFontMetrics(cell_font()), QFontMetrics(cell_font(SMALLEST))
        height = main.height() + 8 + (small.height() if self._shows_counts else 0)
        self.verticalHeader().setDefaultSectionSize(height)
        self.updateGeometries()
        widths = self._needed_widths()
        spare = max(0, self.viewport().width() - sum(widths)) // max(len(widths), 1)
        for column, width in enumerate(widths):
            self.horizontalHeader().resizeSection(column, width + spare)
        self.viewport().update()

    def _needed_widths(self) -> list[int]:
        """For every column, so that nothing moves while the cursor does."""
        main, small = QFontMetrics(cell_font()), QFontMetrics(cell_font(SMALLEST))
        titles = QFontMetrics(cell_font(theme.SMALL))
        model = self.model()
        count = model.columnCount() if model else 0
        widths = []
        for column in range(count):
            title = str(model.headerData(column, Qt.Orientation.Horizontal, _DISPLAY))
            width = max(titles.horizontalAdvance(word) for word in title.split()) + 4
            width = max(width, main.horizontalAdvance("99.99 %")) if column else width
            for row in range(model.rowCount()):
                index = model.index(row, column)
                width = max(width, main.horizontalAdvance(str(index.data(_DISPLAY))))
                if self._shows_counts:
                    width = max(width, small.horizontalAdvance(str(index.data(WIDEST_ROLE))))
            widths.append(width + 2 * PADDING)
        return widths

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.fit()

    def sizeHint(self) -> QSize:
        """A table takes what it gets."""
        return QSize(480, 160)


class GroupedHeader(QHeaderView):
    """Column titles of up to two lines, under a band that says which network they belong to."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(24)

    def sizeHint(self) -> QSize:
        """The band and two lines."""
        small = QFontMetrics(cell_font(theme.SMALL))
        return QSize(super().sizeHint().width(), 3 * small.height() + 8)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        """Draw a title, and the part of its group's band that lies over it."""
        colours = theme.current()
        group = str(self._data(section, GROUP_ROLE) or "")
        small = cell_font(theme.SMALL)
        line = QFontMetrics(small).height()
        painter.save()
        painter.setClipRect(rect)
        painter.fillRect(rect, QColor(colours.surface))
        if group:
            band = self._band(section, group)
            width = min(rect.width(), band.right() - GAP - rect.left())
            painter.fillRect(rect.left(), rect.top() + line + 2, width, 2, QColor(group_colour(group)))
            painter.setFont(_bold(cell_font(theme.SMALL)))
            painter.setPen(QColor(group_colour(group)))
            name = {"B′": "B′  pruned network", "G": "G  repaired network"}.get(group, group)
            place = QRect(max(band.left(), 0), rect.top(), band.width(), line + 2)
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.setFont(small)
        painter.setPen(QColor(colours.muted))
        title = QRect(rect.left() + 4, rect.top() + line + 4, rect.width() - 4 - PADDING, rect.height() - line - 6)
        flags = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom) | int(Qt.TextFlag.TextWordWrap)
        painter.drawText(title, flags, str(self._data(section, _DISPLAY) or ""))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(colours.border))
        painter.restore()

    def _data(self, section: int, role: int) -> object:
        return self.model().headerData(section, self.orientation(), role)

    def _band(self, section: int, group: str) -> QRect:
        """Where the group's columns lie, all of them."""
        first = last = section
        while first > 0 and self._data(first - 1, GROUP_ROLE) == group:
            first -= 1
        while last < self.count() - 1 and self._data(last + 1, GROUP_ROLE) == group:
            last += 1
        left = self.sectionViewportPosition(first)
        right = self.sectionViewportPosition(last) + self.sectionSize(last)
        return QRect(left, 0, right - left, self.height())


class RowHeader(QHeaderView):
    """Row titles, at the left of the cells, never scrolled away."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def sizeHint(self) -> QSize:
        """As wide as the longest title."""
        model = self.model()
        rows = range(model.rowCount()) if model else range(0)
        main, small = QFontMetrics(cell_font()), QFontMetrics(cell_font(SMALLEST))
        if self._is_split():
            widths = [main.horizontalAdvance(self._text(n, TITLE_ROLE)) for n in rows]
            widths += [small.horizontalAdvance(self._text(n, DETAIL_ROLE)) for n in rows]
        else:
            widths = [main.horizontalAdvance(self._text(n, SHORT_ROLE)) for n in rows]
        widths.append(main.horizontalAdvance("At the cursor" if self._is_split() else "Cursor, 88 pruned"))
        return QSize(max(widths) + 2 * PADDING, 0)

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
        font = cell_font()
        place = rect.adjusted(PADDING, 0, -2, 0)
        detail = self._text(section, DETAIL_ROLE) if self._is_split() else ""
        if detail:
            small = cell_font(SMALLEST)
            upper, lower = _two_lines(place, font, small)
            painter.setFont(small)
            painter.setPen(QColor(colours.muted))
            painter.drawText(lower, _LEFT, detail)
            place = upper
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        painter.drawText(place, _LEFT, self._text(section, TITLE_ROLE if detail else SHORT_ROLE))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(colours.grid))
        painter.restore()

    def _text(self, section: int, role: int) -> str:
        return str(self.model().headerData(section, self.orientation(), role) or "")

    def _is_split(self) -> bool:
        """Whether names stand on two lines, as cells do."""
        view = self.parent()
        return isinstance(view, ResultsView) and view.shows_counts


class ShareDelegate(QStyledItemDelegate):
    """A rate, and under it in small its count."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one cell."""
        colours = theme.current()
        view = self.parent()
        shows_counts = isinstance(view, ResultsView) and view.shows_counts
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        rect: QRect = option.rect
        text, count = str(index.data(_DISPLAY)), str(index.data(COUNT_ROLE) or "")
        painter.save()
        painter.fillRect(rect, QColor(_row_background(is_chosen=is_chosen, is_live=bool(index.data(LIVE_ROLE)))))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(colours.grid))
        main, small = cell_font(), cell_font(SMALLEST)
        inner = rect.adjusted(2, 0, -PADDING, 0)
        upper = inner
        if shows_counts and count:
            upper, lower = _two_lines(inner, main, small)
            painter.setFont(small)
            painter.setPen(QColor(colours.muted))
            painter.drawText(lower, _RIGHT, count)
        painter.setFont(main)
        painter.setPen(QColor(colours.text if text[:1].isdigit() else colours.muted))
        painter.drawText(upper, _RIGHT, text)
        painter.restore()


def cell_font(factor: float = 1.0) -> QFont:
    """The application's font with digits of equal width."""
    return theme.figures_font(theme.scaled_font(QApplication.font(), factor))


def _bold(font: QFont) -> QFont:
    font.setWeight(QFont.Weight.DemiBold)
    return font


def _two_lines(rect: QRect, upper_font: QFont, lower_font: QFont) -> tuple[QRect, QRect]:
    """Where two lines of text lie, in the middle of a rectangle."""
    upper, lower = QFontMetrics(upper_font).height(), QFontMetrics(lower_font).height()
    top = rect.top() + (rect.height() - upper - lower) // 2
    return QRect(rect.left(), top, rect.width(), upper), QRect(rect.left(), top + upper, rect.width(), lower)


def _row_background(*, is_chosen: bool, is_live: bool) -> str:
    colours = theme.current()
    if is_chosen:
        return colours.selection
    return colours.raised if is_live else colours.surface
