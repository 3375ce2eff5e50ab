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

from core.metrics.measures import FOOLING
from core.records import Share
from core.repair.recipe_records import Attempt, Recipe, Trying, remark
from core.report.repair.recipe_text import HELD_OUT_MEANING
from core.words import NOTHING, percent
from gui.theme import theme

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_SHARE_ROLE = Qt.ItemDataRole.UserRole
_COLOUR_ROLE = Qt.ItemDataRole.UserRole + 1
NOW = "in progress …"
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
    """

    title: str
    held_out: Share | None
    fooled: Share | None
    size: float | None
    words: str = ""
    is_chosen: bool = False


def attempt_rows(
    attempts: Sequence[Attempt], *, base: Recipe | Trying, chosen: int = -1, now: str = ""
) -> tuple[AttemptRow, ...]:
    """Return a row for B and one for each plan.

    Args:
        attempts: the attempts, in order.
        base: holds the figures of B.
        chosen: position of the chosen attempt; -1 for none yet.
        now: the plan that runs; empty for none.
    """
    rows = [AttemptRow("B", base.held_out, base.fooled, min(base.relative_sizes, default=None))]
    for place, each in enumerate(attempts):
        words = remark(each, held_out=base.held_out, fooled=base.fooled, is_chosen=place == chosen)
        size = min(each.relative_sizes, default=None)
        rows.append(AttemptRow(each.plan.title, each.held_out, each.fooled, size, words, place == chosen))
    return (*rows, *([AttemptRow(now, None, None, None, NOW)] if now else []))


class AttemptsView(QTableView):
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
            return f"{share} · {_TIPS[column]}" if share is not None else _TIPS[column] or row.words
        if role == _SHARE_ROLE:
            return share
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
    """Draws a share as its text with a bar behind the free part of the cell."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the room of the text."""
        text = str(index.data() or "")
        return QSize(option.fontMetrics.horizontalAdvance(text) + 3 * PADDING, option.fontMetrics.height() + PADDING)

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
        painter.setFont(index.data(Qt.ItemDataRole.FontRole) or option.font)
        painter.setPen(QColor(colours.text))
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
