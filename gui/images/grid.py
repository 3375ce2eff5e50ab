"""The images side by side; any number of them, as only those in view are drawn."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QRegion, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QStyle, QStyleOptionViewItem, QWidget

from gui.images.delegate import ImageDelegate
from gui.images.model import ImagesModel
from gui.images.thumbnails import Thumbnails
from gui.theme import class_names, theme

SIDES = (48, 64, 80, 96, 128, 160, 224)
USUAL_SIDE = 96
Index = QModelIndex | QPersistentModelIndex
_VISIBLE = QAbstractItemView.ScrollHint.EnsureVisible


class ImageGrid(QAbstractItemView):
    """Shows images with their labels and answers; the places of all follow from their number, so none is kept.

    Attributes:
        images: the model.
        thumbnails: makes the thumbnails.
    """

    image_chosen = Signal(int)  # position in the set; by a click or by Enter
    side_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.images = ImagesModel(self)
        self.thumbnails = Thumbnails(self)
        self._side = USUAL_SIDE
        self._anchor = 0  # where a selection of several begins
        self._hovered = -1
        self._delegate = ImageDelegate(self)
        self.setModel(self.images)
        self.setItemDelegate(self._delegate)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName("Images")
        self.clicked.connect(self._on_clicked)
        for changed in (self.thumbnails.loaded, theme.signals.theme_changed, class_names.signals.changed):
            changed.connect(self.viewport().update)

    @property
    def side(self) -> int:
        """The side of a thumbnail, in logical pixels."""
        return self._side

    @property
    def column_count(self) -> int:
        """The number of images side by side."""
        return max(1, self.viewport().width() // self._delegate.least_width)

    @property
    def line_height(self) -> int:
        """The height of a line of images, in logical pixels."""
        return self._delegate.height

    @property
    def selected_count(self) -> int:
        """The number of selected images."""
        return sum(each.height() for each in self.selectionModel().selection().toList())

    @property
    def chosen_rows(self) -> NDArray[np.int64]:
        """Positions in the set of the selected images, in the order that is shown."""
        is_chosen = np.zeros(len(self.images.rows), dtype=np.bool_)
        for each in self.selectionModel().selection().toList():
            is_chosen[each.top() : each.bottom() + 1] = True
        return self.images.rows[is_chosen]

    def set_side(self, side: int) -> None:
        """Set the side of a thumbnail to the nearest of `SIDES`."""
        side = min(SIDES, key=lambda each: abs(each - side))
        if side != self._side:
            self._side = side
            self.updateGeometries()
            self.scrollTo(self.currentIndex())
            self.viewport().update()
            self.side_changed.emit(side)

    def zoom(self, steps: int) -> None:
        """Enlarge the thumbnails by so many steps."""
        place = min(max(SIDES.index(self._side) + steps, 0), len(SIDES) - 1)
        self.set_side(SIDES[place])

    # What Qt asks of every view.

    def visualRect(self, index: Index) -> QRect:
        """Return the place of an image in the viewport."""
        if not index.isValid():
            return QRect()
        line, column = divmod(index.row(), self.column_count)
        width = self.viewport().width() // self.column_count
        return QRect(column * width, line * self.line_height - self.verticalOffset(), width, self.line_height)

    def indexAt(self, point: QPoint) -> QModelIndex:
        """Return the image at a point of the viewport; an invalid index if there is none."""
        columns = self.column_count
        column = point.x() // (self.viewport().width() // columns)
        row = (point.y() + self.verticalOffset()) // self.line_height * columns + column
        is_hit = 0 <= column < columns and point.y() + self.verticalOffset() >= 0 and row < self.images.rowCount()
        return self.images.index(row) if is_hit else QModelIndex()

    def scrollTo(self, index: Index, hint: QAbstractItemView.ScrollHint = _VISIBLE) -> None:
        """Scroll so far that an image is in view."""
        del hint
        if not index.isValid():
            return
        rect, bar = self.visualRect(index), self.verticalScrollBar()
        if rect.top() < 0:
            bar.setValue(bar.value() + rect.top())
        elif rect.bottom() > self.viewport().height():
            bar.setValue(bar.value() + min(rect.top(), rect.bottom() - self.viewport().height() + 1))

    def horizontalOffset(self) -> int:
        """It never scrolls sideways."""
        return 0

    def verticalOffset(self) -> int:
        """Return how far it is scrolled, in logical pixels."""
        return self.verticalScrollBar().value()

    def isIndexHidden(self, _index: Index) -> bool:
        """No image is hidden."""
        return False

    def moveCursor(self, action: QAbstractItemView.CursorAction, _modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Return the image that a key moves to."""
        count, columns = self.images.rowCount(), self.column_count
        if not count:
            return QModelIndex()
        row = max(self.currentIndex().row(), 0)
        page = columns * max(1, self.viewport().height() // self.line_height)
        move = QAbstractItemView.CursorAction
        steps = {
            move.MoveLeft: -1, move.MoveRight: 1, move.MovePrevious: -1, move.MoveNext: 1, move.MoveUp: -columns,
            move.MoveDown: columns, move.MovePageUp: -page, move.MovePageDown: page, move.MoveHome: -count,
            move.MoveEnd: count,
        }  # fmt: skip
        wanted = row + steps[action]
        is_line_move = action in (move.MoveUp, move.MoveDown)
        if is_line_move and not 0 <= wanted < count:
            is_above_last_line = action is move.MoveDown and row // columns < (count - 1) // columns
            wanted = count - 1 if is_above_last_line else row
        return self.images.index(min(max(wanted, 0), count - 1))

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Select one image, or all from where a selection began to the current one."""
        current = self.currentIndex()
        first, last = self.indexAt(rect.topLeft()), self.indexAt(rect.bottomRight())
        if not current.isValid():
            return
        if first == last:
            self._anchor = current.row()
        rows = sorted((min(self._anchor, self.images.rowCount() - 1), current.row()))
        selection = QItemSelection(self.images.index(rows[0]), self.images.index(rows[1]))
        self.selectionModel().select(selection, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """Return the part of the viewport that is drawn anew for a selection: all of it."""
        del selection
        return QRegion(self.viewport().rect())

    def updateGeometries(self) -> None:
        """Set how far it can be scrolled."""
        lines = -(-self.images.rowCount() // self.column_count)
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(max(self.line_height // 3, 1))
        bar.setRange(0, max(0, lines * self.line_height - self.viewport().height()))
        super().updateGeometries()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the images in view."""
        painter = QPainter(self.viewport())
        self._delegate.prepare()
        columns, top = self.column_count, event.rect().top() + self.verticalOffset()
        first = max(0, top // self.line_height) * columns
        last = ((top + event.rect().height()) // self.line_height + 1) * columns
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        plain = option.state & ~(QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_HasFocus)
        current, chosen = self.currentIndex().row(), self.selectionModel()
        for row in range(first, min(last, self.images.rowCount())):
            index = self.images.index(row)
            option.rect = self.visualRect(index)
            option.state = plain
            for is_on, flag in (
                (chosen.isSelected(index), QStyle.StateFlag.State_Selected),
                (row == current and self.hasFocus(), QStyle.StateFlag.State_HasFocus),
                (row == self._hovered, QStyle.StateFlag.State_MouseOver),
            ):
                option.state = option.state | flag if is_on else option.state & ~flag
            self._delegate.paint(painter, option, index)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the image under the mouse; a drag selects nothing."""
        self._set_hovered(self.indexAt(event.position().toPoint()).row())

    def leaveEvent(self, event: QEvent) -> None:
        """No image is under the mouse."""
        super().leaveEvent(event)
        self._set_hovered(-1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with Ctrl."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the current image with Enter; zoom with Ctrl and plus or minus."""
        index = self.currentIndex()
        is_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.image_chosen.emit(int(self.images.rows[index.row()]))
        elif is_control and event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1)
        elif is_control and event.key() == Qt.Key.Key_Minus:
            self.zoom(-1)
        else:
            super().keyPressEvent(event)

    def _set_hovered(self, row: int) -> None:
        if row != self._hovered:
            self._hovered = row
            self.viewport().update()

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        """Choose an image; with Ctrl or Shift only the selection changes."""
        if self.selected_count == 1 and self.selectionModel().isSelected(index):
            self.image_chosen.emit(int(self.images.rows[index.row()]))
