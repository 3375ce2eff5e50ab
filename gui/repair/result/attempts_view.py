"""The plans that "repair for me" tried, as a table with bars; rows fill in while they run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QHeaderView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from core.images.answers import Who
from core.images.selection import AskedShare
from core.metrics.figures import CLEAN_HELD_OUT
from core.metrics.measures import FOOLING
from core.records import Share
from core.repair.recipe_records import Attempt, Recipe, Trying, remark
from core.report.repair.recipe_text import HELD_OUT_MEANING
from core.words import NOTHING, percent
from gui.tables.results_table import ASKED_ROLE
from gui.tables.share_links import Index, LinkedTable
from gui.theme import theme

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_SHARE_ROLE = Qt.ItemDataRole.UserRole
_COLOUR_ROLE = Qt.ItemDataRole.UserRole + 1
NOW = "in progress …"
LINK_TIP = "Click, or press Enter, to see the images"
SIZE_MEANING = (
    "The smallest trigger found for a suspected class, as a share of the median of other classes' triggers: about 1 is "
    "like the others."
)
_HEADS = ("Plan", "Clean held-out", "Fooled by patches", "Smallest trigger", "")
_TIPS = ("", HELD_OUT_MEANING, FOOLING.sentence, SIZE_MEANING, "")
PADDING = 6


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """A row of the table.

    Attributes:
        title: "B", or the plan.
        held_out: held-out clean images predicted as their true label; None while the plan runs.
        fooled: pairs of patch and image that are fooled; None while the plan runs.
        size: the smallest relative size of a trigger; None if none was searched.
        words: what is said of it.
        is_chosen: whether it was chosen.
        asked: the held-out images, if they can be shown.
    """

    title: str
    held_out: Share | None
    fooled: Share | None
    size: float | None
    words: str = ""
    is_chosen: bool = False
    asked: AskedShare | None = None


def attempt_rows(
    attempts: Sequence[Attempt],
    *,
    base: Recipe | Trying,
    chosen: int = -1,
    now: str = "",
    known: tuple[Share | None, Share | None] = (None, None),
) -> tuple[AttemptRow, ...]:
    """Return a row for B and one for each plan.

    The held-out images can be shown of B and of the chosen plan alone: the networks of the others are not kept.

    Args:
        attempts: the attempts, in order.
        base: holds the figures of B.
        chosen: position of the chosen attempt; -1 for none yet.
        now: the plan that runs; empty for none.
        known: held-out figures of B and of B′ whose images can be shown; None for those whose images cannot.
    """
    size = min(base.relative_sizes, default=None)
    rows = [AttemptRow("B", base.held_out, base.fooled, size, asked=_asked(base.held_out, known[0], Who.BASE))]
    for place, each in enumerate(attempts):
        words = remark(each, held_out=base.held_out, fooled=base.fooled, is_chosen=place == chosen)
        size = min(each.relative_sizes, default=None)
        is_chosen = place == chosen
        asked = _asked(each.held_out, known[1], Who.PRUNED) if is_chosen else None
        rows.append(AttemptRow(each.plan.title, each.held_out, each.fooled, size, words, is_chosen, asked))
    return (*rows, *([AttemptRow(now, None, None, None, NOW)] if now else []))


def _asked(share: Share, known: Share | None, who: Who) -> AskedShare | None:
    """Return the images of a share; None unless it is the one that is known."""
    return AskedShare(CLEAN_HELD_OUT, who, share) if share == known and share.total else None


class AttemptsView(LinkedTable):
    """Shows the attempts; as high as its rows, hidden while there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table = _AttemptTable(self)
        self.setModel(self._table)
        self.setItemDelegate(_BarDelegate(self))
        self.setAccessibleName("Plans that were tried")
        self.setShowGrid(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.verticalHeader().setVisible(False)
        header = self.horizontalHeader()
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(4, QHeaderView.ResizeMode.ResizeToContents)
        theme.signals.theme_changed.connect(self.viewport().update)
        self.show_rows(())

    @property
    def rows(self) -> tuple[AttemptRow, ...]:
        """The rows that are shown."""
        return self._table.rows

    def text_area(self, index: Index) -> QRect:
        """Return where the figure of a cell is, in the viewport."""
        area = self.visualRect(index)
        text = str(index.data() or "")
        return QRect(area.left(), area.top(), self.fontMetrics().horizontalAdvance(text) + PADDING, area.height())

    def show_rows(self, rows: Sequence[AttemptRow]) -> None:
        """Show rows; none hides the table."""
        self._table.show_rows(rows)
        self._fit()
        self.setVisible(bool(rows))

    def sizeHint(self) -> QSize:
        """Return the height of all rows."""
        return QSize(super().sizeHint().width(), self.minimumHeight())

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._fit()

    def _fit(self) -> None:
        font = theme.scaled_font(QApplication.font(), theme.SMALL)
        self.setFont(font)
        self.horizontalHeader().setFont(font)
        height = QFontMetrics(font).height() + PADDING
        self.verticalHeader().setMinimumSectionSize(height)
        self.verticalHeader().setDefaultSectionSize(height)
        self.horizontalHeader().setFixedHeight(height + 2)
        self.setFixedHeight((height + 2) + height * len(self.rows) + 2)


class _AttemptTable(QAbstractTableModel):
    """The rows as a Qt model."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[AttemptRow, ...] = ()

    def show_rows(self, rows: Sequence[AttemptRow]) -> None:
        """Replace the rows."""
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_HEADS)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, its tooltip, its share, or the colour of its bar."""
        row, column = self.rows[index.row()], index.column()
        share = (None, row.held_out, row.fooled, None, None)[column]
        if role == Qt.ItemDataRole.DisplayRole:
            size = f"{row.size:.2f}" if row.size is not None else NOTHING
            return (row.title, _text(row.held_out), _text(row.fooled), size, row.words)[column]
        if role == Qt.ItemDataRole.ToolTipRole:
            link = f"\n{LINK_TIP}" if column == 1 and row.asked is not None else ""
            return f"{share} · {_TIPS[column]}{link}" if share is not None else _TIPS[column] or row.words
        if role in (ASKED_ROLE, _SHARE_ROLE):
            return share if role == _SHARE_ROLE else row.asked if column == 1 else None
        if role == _COLOUR_ROLE:
            return ("", theme.current().validation, theme.current().asr[0], "", "")[column]
        if role == Qt.ItemDataRole.FontRole and row.is_chosen:
            font = theme.scaled_font(QApplication.font(), theme.SMALL)
            font.setBold(True)
            return font
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's title and its meaning."""
        if orientation == Qt.Orientation.Vertical:
            return None
        return {Qt.ItemDataRole.DisplayRole: _HEADS[section], Qt.ItemDataRole.ToolTipRole: _TIPS[section]}.get(
            Qt.ItemDataRole(role)
        )


def _text(share: Share | None) -> str:
    return percent(share) if share is not None else NOTHING


class _BarDelegate(QStyledItemDelegate):
    """Draws a share as its text with a bar behind the free part of the cell; text under the mouse is a link."""

    def __init__(self, view: AttemptsView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the room of the text."""
        metrics = QFontMetrics(index.data(Qt.ItemDataRole.FontRole) or self._view.font())  # the chosen row is bold
        return QSize(metrics.horizontalAdvance(str(index.data() or "")) + 3 * PADDING, metrics.height() + PADDING)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw the cell."""
        share: Share | None = index.data(_SHARE_ROLE)
        if share is None:
            super().paint(painter, option, index)
            return
        colours, rect = theme.current(), QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(colours.selection))
        rect.adjust(PADDING // 2, 0, -PADDING, 0)
        text_width = option.fontMetrics.horizontalAdvance("100.00 %") + PADDING
        font = index.data(Qt.ItemDataRole.FontRole) or option.font
        is_hot = self._view.is_hovered(index)
        painter.setFont(theme.underlined(font) if is_hot else font)
        painter.setPen(QColor(colours.accent if is_hot else colours.text))
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, index.data())
        room = rect.adjusted(text_width, 0, 0, 0)
        height = max(5, round(0.42 * option.fontMetrics.height()))
        track = QRect(room.left(), room.center().y() - height // 2, max(room.width(), 0), height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.grid))
        painter.drawRoundedRect(track, 2, 2)
        width = round(share.rate * track.width())
        if width > 0:
            painter.setBrush(QColor(index.data(_COLOUR_ROLE)))
            painter.drawRoundedRect(QRect(track.left(), track.top(), max(width, 2), height), 2, 2)
        painter.restore()
