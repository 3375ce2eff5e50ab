"""The command palette: a field, and below it the commands that fit what was typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gui.guide.focus_ring import RINGLESS
from gui.navigation.commands import Command
from gui.navigation.matching import match
from gui.theme import theme
from gui.widgets.labels import centred_label

WIDTH = 620  # in logical pixels, with text of the usual size
MOST_ROWS = 10  # visible at once
RECENT = "recently used"
_RECENT_BONUS = 20.0
_DISABLED_MALUS = 15.0
_Index = QModelIndex | QPersistentModelIndex
_ROW = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Hit:
    """A command that fits the query.

    Attributes:
        command: the command.
        places: matched positions of its `search_text`.
        is_recent: whether it is listed first as it was used lately.
    """

    command: Command
    places: tuple[int, ...] = ()
    is_recent: bool = False


def find_hits(query: str, commands: Sequence[Command], recent: Sequence[str]) -> tuple[Hit, ...]:
    """Return the commands that fit a query, the best first.

    Without a query these are all: the recently used ones, then those that can be chosen, then the others.
    """
    by_key = {command.key: command for command in commands}
    if not query.strip():
        first = [by_key[key] for key in recent if key in by_key]
        rest = sorted((command for command in commands if command not in first), key=lambda each: bool(each.reason))
        return (*(Hit(each, is_recent=True) for each in first), *(Hit(each) for each in rest))
    found: list[tuple[float, int, Hit]] = []
    for number, command in enumerate(commands):
        fit = match(query, command.search_text)
        if fit is None:
            continue
        is_recent = command.key in recent
        score = fit.score + _RECENT_BONUS * is_recent - _DISABLED_MALUS * bool(command.reason)
        found.append((-score, number, Hit(command, fit.places, is_recent)))
    return tuple(hit for *_, hit in sorted(found, key=lambda each: each[:2]))


class CommandPalette(QFrame):
    """Lies over the upper part of the window. Enter runs the chosen command; Esc and a click elsewhere close it."""

    chosen = Signal(object)  # Command
    closed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._commands: tuple[Command, ...] = ()
        self._recent: tuple[str, ...] = ()
        self._before: QWidget | None = None
        self.setObjectName("palette")
        self.setProperty("floating", True)
        self.setAccessibleName("Command palette")
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find a command")
        self.field.setAccessibleName("Find a command")
        self.field.setProperty(RINGLESS, True)
        self.field.installEventFilter(self)
        self.hits = _Hits(self)
        self.list = QListView()
        self.list.setModel(self.hits)
        self.list.setItemDelegate(_HitDelegate(self.list))
        self.list.setAccessibleName("Commands")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the field keeps the focus, and the arrow keys move here
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.nothing = centred_label("No command fits.")
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self.field)
        column.addWidget(self.list, 1)
        column.addWidget(self.nothing)
        self.field.textChanged.connect(self._search)
        self.list.clicked.connect(self._on_clicked)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus_changed)
        window.installEventFilter(self)
        self.hide()

    @property
    def current(self) -> Hit | None:
        """The chosen row; None if no command fits."""
        index = self.list.currentIndex()
        return self.hits.rows[index.row()] if index.isValid() else None

    def open_with(self, commands: Sequence[Command], recent: Sequence[str]) -> None:
        """Open with these commands.

        Args:
            commands: all commands.
            recent: keys of those that were used lately, newest first.
        """
        if not self.isVisible():
            self._before = QApplication.focusWidget()
        self._commands, self._recent = tuple(commands), tuple(recent)
        self.field.clear()
        self._search()
        self.show()
        self.raise_()
        self._place()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_palette(self) -> None:
        """Close, and give the focus back."""
        if not self.isVisible():
            return
        before, self._before = self._before, None
        had_focus = self.field.hasFocus()
        self.hide()
        if had_focus and before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)
        self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the arrow keys, Enter and Esc from the field, and follow the window's size."""
        if watched is self._window and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        if watched is self.field and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
                event.accept()  # otherwise Esc stops the running job
                return True
            if event.type() == QEvent.Type.KeyPress and self._take_key(event):
                return True
        return bool(super().eventFilter(watched, event))

    def _take_key(self, event: QKeyEvent) -> bool:
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: MOST_ROWS - 1,
            Qt.Key.Key_PageUp: 1 - MOST_ROWS,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is not None:
            self._move(step)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run()
        elif event.key() == Qt.Key.Key_Escape:
            self.close_palette()
        elif event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self._move(1 if event.key() == Qt.Key.Key_Tab else -1)
        else:
            return False
        return True

    def _move(self, step: int) -> None:
        count = len(self.hits.rows)
        if count:
            row = self.list.currentIndex().row() + step
            row = row % count if abs(step) == 1 else max(0, min(row, count - 1))
            self.list.setCurrentIndex(self.hits.index(row))

    def _run(self) -> None:
        """Close, and run the chosen command once the focus is back; one that cannot be chosen stays listed."""
        hit = self.current
        if hit is None or hit.command.reason:
            return
        self.close_palette()
        QTimer.singleShot(0, self, lambda: self.chosen.emit(hit.command))

    @Slot()
    def _search(self) -> None:
        self.hits.show_rows(find_hits(self.field.text(), self._commands, self._recent))
        self.list.setVisible(bool(self.hits.rows))
        self.nothing.setVisible(not self.hits.rows)
        if self.hits.rows:
            self.list.setCurrentIndex(self.hits.index(0))
            self.list.scrollToTop()
        if self.isVisible():
            self._place()

    def _place(self) -> None:
        """Lie at the upper middle of the window, as high as the rows."""
        scale = QApplication.font().pointSizeF() / 9 if QApplication.font().pointSizeF() > 0 else 1.0
        width = min(round(WIDTH * max(1.0, scale)), self._window.width() - 4 * theme.GRID)
        heights = [self.list.sizeHintForRow(row) for row in range(min(MOST_ROWS, len(self.hits.rows)))]
        rows = sum(heights) + 2 if heights else self.nothing.sizeHint().height()
        height = self.field.sizeHint().height() + rows + 3 * theme.GRID + 2
        top = 4 * theme.GRID
        height = min(height, self._window.height() - top - 2 * theme.GRID)
        self.setGeometry((self._window.width() - width) // 2, top, width, height)

    @Slot(QModelIndex)
    def _on_clicked(self, _index: QModelIndex) -> None:
        self._run()

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if self.isVisible() and new is not None and new is not self.field:
            self.close_palette()


class _Hits(QAbstractListModel):
    """The rows."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: tuple[Hit, ...] = ()

    def show_rows(self, rows: tuple[Hit, ...]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        hit = self.rows[index.row()]
        command = hit.command
        if role == Qt.ItemDataRole.DisplayRole:
            return command.search_text
        if role == Qt.ItemDataRole.ToolTipRole:
            return command.reason
        if role == Qt.ItemDataRole.AccessibleTextRole:
            parts = (command.search_text, command.shortcut, command.reason)
            return ", ".join(each for each in parts if each)
        return hit if role == _ROW else None


class _HitDelegate(QStyledItemDelegate):
    """Draws a command: matched letters bold, keys at the right, and the reason below one that cannot be chosen."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return a height for one line, or for two where there is a reason."""
        del option
        line = QFontMetrics(QApplication.font()).height()
        small = QFontMetrics(theme.scaled_font(QApplication.font(), theme.SMALL)).height()
        return QSize(100, line + 8 + (small if index.data(_ROW).command.reason else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a row."""
        hit: Hit = index.data(_ROW)
        colours = theme.current()
        rect: QRect = option.rect
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.selection))
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), 4, 4)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(colours.raised))
        font = theme.scaled_font(QApplication.font(), 1.0)
        small = theme.scaled_font(font, theme.SMALL)
        line = QFontMetrics(font).height()
        inner = rect.adjusted(theme.GRID, 4, -theme.GRID, -4)
        right = hit.command.shortcut or (RECENT if hit.is_recent else "")
        painter.setFont(small)
        painter.setPen(QColor(colours.muted))
        top = QRect(inner.left(), inner.top(), inner.width(), line)
        painter.drawText(top, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, right)
        room = top.width() - QFontMetrics(small).horizontalAdvance(right) - 2 * theme.GRID
        _draw_text(painter, QRect(top.left(), top.top(), room, line), hit, font)
        if hit.command.reason:
            below = QRect(inner.left(), inner.top() + line, inner.width(), inner.height() - line)
            reason = QFontMetrics(small).elidedText(hit.command.reason, Qt.TextElideMode.ElideRight, below.width())
            painter.setFont(small)
            painter.setPen(QColor(colours.muted))
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, reason)
        painter.restore()


def _draw_text(painter: QPainter, room: QRect, hit: Hit, font: QFont) -> None:
    """Draw group and text of a command, the matched letters bold; what does not fit is cut off."""
    colours = theme.current()
    command = hit.command
    bold = QFont(font)
    bold.setWeight(QFont.Weight.Bold)
    text = f"{command.search_text}{'  ✓' if command.is_checked else ''}"
    group_end = len(command.group) + 1
    painter.setClipRect(room)
    left = room.left()
    for start, end, is_matched in _pieces(text, hit.places, group_end):
        piece = text[start:end]
        colour = colours.disabled if command.reason else colours.muted if end <= group_end else colours.text
        painter.setFont(bold if is_matched else font)
        painter.setPen(QColor(colours.accent if is_matched and not command.reason else colour))
        width = painter.fontMetrics().horizontalAdvance(piece)
        painter.drawText(QRect(left, room.top(), width + 2, room.height()), Qt.AlignmentFlag.AlignVCenter, piece)
        left += width
    painter.setClipping(False)


def _pieces(text: str, places: Sequence[int], group_end: int) -> list[tuple[int, int, bool]]:
    """Return the parts of a text that are drawn alike: start, end, and whether they were matched."""
    matched = set(places)
    cuts = {0, len(text), min(group_end, len(text))}
    cuts |= {n for n in range(1, len(text)) if (n in matched) != (n - 1 in matched)}
    ends = sorted(cuts)
    return [(start, end, start in matched) for start, end in pairwise(ends)]
