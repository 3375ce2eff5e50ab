"""A table whose shares are links to the images that they count."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu, QTableView, QWidget

from core.images.selection import AskedShare, Part
from gui.tables.results_table import ASKED_ROLE

Index = QModelIndex | QPersistentModelIndex


class LinkedTable(QTableView):
    """Asks for the images of a share that is clicked, by Enter on its cell, or by a context menu.

    A subclass draws the link under the mouse, and says where the text of a cell is.
    """

    asked = Signal(int, object)  # row, AskedShare

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hovered = (-1, -1)
        self._is_pressed = False
        self.setMouseTracking(True)

    def text_area(self, index: Index) -> QRect:
        """Return where the texts of a cell are, in the viewport."""
        raise NotImplementedError

    def link_area(self, index: Index) -> QRect:
        """Return where the link of a cell is, in the viewport; empty if its images cannot be shown."""
        return QRect() if index.data(ASKED_ROLE) is None else self.text_area(index)

    def is_hovered(self, index: Index) -> bool:
        """Return whether the mouse is on the link of a cell."""
        return (index.row(), index.column()) == self._hovered

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the link under the mouse."""
        super().mouseMoveEvent(event)
        self._hover(self._link_at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Press a link; a press beside it is the table's."""
        is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        is_left = event.button() == Qt.MouseButton.LeftButton
        self._is_pressed = is_left and is_plain and self._link_at(event.position().toPoint()).isValid()
        if self._is_pressed:
            event.accept()
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Handle the second press like the first."""
        self.mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ask for the images of a link that was pressed."""
        if self._is_pressed:
            self._is_pressed = False
            self._ask(self._link_at(event.position().toPoint()), Part.COUNTED)
            event.accept()
        else:
            super().mouseReleaseEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """No link is under the mouse."""
        super().leaveEvent(event)
        self._hover(QModelIndex())

    def viewportEvent(self, event: QEvent) -> bool:
        """Notice that the mouse left the cells."""
        if event.type() == QEvent.Type.Leave:
            self._hover(QModelIndex())
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ask for the images of the current cell with Enter."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and self._ask(self.currentIndex(), Part.COUNTED):
            event.accept()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the images of the share, the other ones, and all."""
        is_by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if is_by_key else self.indexAt(event.pos())
        asked = index.data(ASKED_ROLE) if index.isValid() else None
        if not isinstance(asked, AskedShare):
            event.ignore()
            return
        place = self.visualRect(index).center() if is_by_key else event.pos()
        menu = share_menu(self, asked, lambda part: self._ask(index, part))
        menu.popup(self.viewport().mapToGlobal(place))

    def _link_at(self, place: QPoint) -> QModelIndex:
        index = self.indexAt(place)
        return index if index.isValid() and self.link_area(index).contains(place) else QModelIndex()

    def _hover(self, index: QModelIndex) -> None:
        if self.is_hovered(index):
            return
        self._hovered = (index.row(), index.column())
        if index.isValid():
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.viewport().unsetCursor()
        self.viewport().update()

    def _ask(self, index: QModelIndex, part: Part) -> bool:
        """Ask for images of a cell; return whether it has some."""
        asked = index.data(ASKED_ROLE) if index.isValid() else None
        if not isinstance(asked, AskedShare):
            return False
        self.asked.emit(index.row(), asked.showing(part))
        return True


def share_menu(parent: QWidget, asked: AskedShare, on_chosen: Callable[[Part], object]) -> QMenu:
    """Return a menu that offers the images of a share.

    Args:
        parent: owns the menu.
        asked: the share.
        on_chosen: called with the chosen part.
    """
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    share = asked.share
    for part, text, count in (
        (Part.COUNTED, "Show these {count:,} images", share.count),
        (Part.OTHERS, "Show the other {count:,} images", share.total - share.count),
        (Part.ALL, "Show all {count:,} images of the set", share.total),
    ):
        action = menu.addAction(text.format(count=count))
        action.setEnabled(count > 0)
        action.triggered.connect(lambda _checked=False, part=part: on_chosen(part))
    return menu
