"""The classes as bars, the most suspicious first; any number of them, as only those in view are drawn."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui.theme import class_names, theme

LEAST_ROWS, WISHED_ROWS = 5, 10
NO_CLASS = -2
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class ClassBar:
    """A class in the list.

    Attributes:
        label: the class; unique in the list.
        name: its name: "class 7".
        share: length of its bar, [0, 1].
        text: its value.
        colour: the name of the bar's colour in the theme.
        tip: the tooltip.
    """

    label: int
    name: str
    share: float
    text: str
    colour: str = "kept"
    tip: str = ""


class ClassList(QListView):
    """Lists classes with bars; a click or the arrow keys choose one."""

    class_chosen = Signal(int)
    images_wanted = Signal(int)  # a class, by Return or a double click

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars = _Bars(self)
        self._is_showing = False
        self._longest = self._longest_value = ""
        self.setModel(self._bars)
        self.setItemDelegate(_BarDelegate(self))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setStyleSheet("QListView { background: transparent; border: none; }")
        self.setAccessibleName("Classes, the most suspicious first")
        self.setMinimumWidth(150)
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        theme.signals.theme_changed.connect(self.viewport().update)
        class_names.signals.changed.connect(self.scheduleDelayedItemsLayout)

    @property
    def bars(self) -> Sequence[ClassBar]:
        """The bars, from top to bottom."""
        return self._bars.rows

    @property
    def chosen(self) -> int:
        """The chosen class; `NO_CLASS` for none."""
        index = self.currentIndex()
        return self.bars[index.row()].label if index.isValid() else NO_CLASS

    def show_bars(self, bars: Sequence[ClassBar], chosen: int) -> None:
        """Show bars, one of them chosen; the place that was scrolled to is kept."""
        place = self.verticalScrollBar().value()
        self._is_showing = True
        self._longest = max((each.name for each in bars), key=len, default="")
        self._longest_value = max((each.text for each in bars), key=len, default="")
        self._bars.show_rows(bars)
        rows = [row for row, each in enumerate(bars) if each.label == chosen]
        if rows:
            self.setCurrentIndex(self._bars.index(rows[0]))
        self._is_showing = False
        self.verticalScrollBar().setValue(place)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a class by the left button alone."""
        if event.button() == Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
        else:
            event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the images of a class."""
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            self.images_wanted.emit(self.bars[index.row()].label)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ask for the images of the chosen class with Return."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.chosen != NO_CLASS:
            self.images_wanted.emit(self.chosen)
        else:
            super().keyPressEvent(event)

    def name_width(self, metrics: QFontMetrics, *, room: int) -> int:
        """Return the width of the names, in logical pixels: a whole name is worth more than a bar.

        Args:
            metrics: of the font.
            room: the width of a row beside the face.
        """
        most = room - metrics.horizontalAdvance(self._longest_value) - theme.GRID
        return min(metrics.horizontalAdvance(self._longest) + 2, max(most, room // 2))

    def sizeHint(self) -> QSize:
        """Return a height for some rows."""
        return QSize(220, WISHED_ROWS * self._row_height())

    def minimumSizeHint(self) -> QSize:
        """Return a height for a few rows."""
        return QSize(150, LEAST_ROWS * self._row_height())

    def _row_height(self) -> int:
        return row_height(self.fontMetrics())

    @Slot(QModelIndex, QModelIndex)
    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid() and not self._is_showing:
            self.class_chosen.emit(self.bars[current.row()].label)


def row_height(metrics: QFontMetrics) -> int:
    """Return the height of a row, in logical pixels."""
    return metrics.height() + (10 if class_names.has_faces() else 6)


class _Bars(QAbstractListModel):
    """The rows of the list."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: Sequence[ClassBar] = ()

    def show_rows(self, rows: Sequence[ClassBar]) -> None:
        """Replace the rows."""
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """The number of classes."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a row's text, its tooltip, or the row itself."""
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{row.name}: {row.text}"
        return {Qt.ItemDataRole.ToolTipRole: row.tip, Qt.ItemDataRole.UserRole: row}.get(role)  # type: ignore[call-overload]


class _BarDelegate(QStyledItemDelegate):
    """Draws a row: the class at the left, its value at the right, a bar between them."""

    def __init__(self, view: ClassList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of a line."""
        del index
        return QSize(120, row_height(option.fontMetrics))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the row."""
        bar: ClassBar = index.data(Qt.ItemDataRole.UserRole)
        colours, metrics, rect = theme.current(), option.fontMetrics, QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.selection if is_chosen else colours.raised))
            painter.drawRoundedRect(rect, 4, 4)
        rect.adjust(6, 0, -6, 0)
        value_width = max(map(metrics.horizontalAdvance, ("+1000.0", "> 99.9 %")))
        painter.setPen(QColor(colours.text))
        centre = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect, Qt.AlignmentFlag.AlignRight | centre, bar.text)
        if class_names.has_faces():
            _draw_face(painter, bar.label, rect)
            rect.setLeft(rect.left() + rect.height() + 4)
        label_width = self._view.name_width(metrics, room=rect.width())
        name = metrics.elidedText(bar.name, Qt.TextElideMode.ElideRight, label_width)
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | centre, name)
        room = rect.adjusted(label_width + theme.GRID, 0, -value_width - theme.GRID // 2, 0)
        height = max(6, round(0.42 * metrics.height()))
        track = QRect(room.left(), room.center().y() - height // 2, max(room.width(), 0), height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.grid if not is_chosen else colours.border))
        painter.drawRoundedRect(track, 2, 2)
        share = bar.share if math.isfinite(bar.share) else 0.0
        width = round(min(max(share, 0.0), 1.0) * track.width())
        if width > 0:
            painter.setBrush(QColor(getattr(colours, bar.colour)))
            painter.drawRoundedRect(QRect(track.left(), track.top(), max(width, 2), height), 2, 2)
        painter.restore()


def _draw_face(painter: QPainter, label: int, rect: QRect) -> None:
    """Draw the example image of a class at the left of its row."""
    face = class_names.face_of(label)
    if face is None:
        return
    side = rect.height() - 2
    target = QRect(rect.left(), rect.top() + 1, side, side)
    size = face.size().scaled(target.size(), Qt.AspectRatioMode.KeepAspectRatio)
    target = QRect(target.center().x() - size.width() // 2, target.top(), size.width(), size.height())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawPixmap(target, face)
