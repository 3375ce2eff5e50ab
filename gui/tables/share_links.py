"""Shares in a table as links to the images that they count."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu, QWidget

from core.images.selection import AskedShare, Part
from gui.tables.results_table import ASKED_ROLE, COUNT_ROLE, INTERVAL_ROLE

if TYPE_CHECKING:
    from gui.tables.table_view import ResultsView

Index = QModelIndex | QPersistentModelIndex


class ShareLinks(QObject):
    """Makes the shares of a table links: under the mouse, by Enter, and in a context menu.

    Args:
        view: the table; it draws the hovered link underlined.
    """

    asked = Signal(int, object)  # row, AskedShare

    def __init__(self, view: "ResultsView") -> None:
        super().__init__(view)
        self._view = view
        self._hovered = QPersistentModelIndex()
        self._is_pressed = False
        view.setMouseTracking(True)
        view.viewport().setMouseTracking(True)
        view.viewport().installEventFilter(self)
        view.installEventFilter(self)

    def is_hovered(self, index: Index) -> bool:
        """Return whether the mouse is on the link of a cell."""
        return self._hovered.isValid() and self._hovered == index

    def area(self, index: Index) -> QRect:
        """Return where the texts of a cell's share are, in the view's coordinates; empty if it is no link."""
        if index.data(ASKED_ROLE) is None:
            return QRect()
        view = self._view
        rect = view.visualRect(view.model().index(index.row(), index.column()))
        main, small = (QFontMetrics(font) for font in view.fonts)
        below = [str(index.data(role) or "") for role in (COUNT_ROLE, INTERVAL_ROLE)[: view.detail.line_count - 1]]
        width = max(main.horizontalAdvance(str(index.data())), *map(small.horizontalAdvance, ("", *below)))
        return QRect(rect.right() - width - 2 * view.padding, rect.top(), width + 2 * view.padding + 1, rect.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the mouse and the keys of the view."""
        if watched is self._view.viewport():
            return self._handle_mouse(event)
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            return (
                is_enter
                and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
                and self._ask(self._view.currentIndex(), Part.COUNTED)
            )
        return False

    def _handle_mouse(self, event: QEvent) -> bool:
        kind = event.type()
        if isinstance(event, QMouseEvent) and kind == QEvent.Type.MouseMove:
            self._hover(event.position().toPoint())
        elif kind == QEvent.Type.Leave:
            self._hover(QPoint(-1, -1))
        elif isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.LeftButton:
            place = event.position().toPoint()
            if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
                index = self._link_at(place)
                is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
                self._is_pressed = index.isValid() and is_plain
                if self._is_pressed:
                    self._view.setFocus(Qt.FocusReason.MouseFocusReason)
                return self._is_pressed
            if kind == QEvent.Type.MouseButtonRelease and self._is_pressed:
                self._is_pressed = False
                self._ask(self._link_at(place), Part.COUNTED)
                return True
        elif isinstance(event, QContextMenuEvent):
            return self._show_menu(event)
        return False

    def _hover(self, place: QPoint) -> None:
        index = QPersistentModelIndex(self._link_at(place))
        if index == self._hovered:
            return
        self._hovered = index
        self._view.viewport().update()
        if index.isValid():
            self._view.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self._view.viewport().unsetCursor()

    def _link_at(self, place: QPoint) -> QModelIndex:
        index = self._view.indexAt(place)
        return index if index.isValid() and self.area(index).contains(place) else QModelIndex()

    def _ask(self, index: QModelIndex, part: Part) -> bool:
        """Ask for images of a cell; return whether it has some."""
        asked = index.data(ASKED_ROLE) if index.isValid() else None
        if not isinstance(asked, AskedShare):
            return False
        self.asked.emit(index.row(), asked.showing(part))
        return True

    def _show_menu(self, event: QContextMenuEvent) -> bool:
        is_by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self._view.currentIndex() if is_by_key else self._view.indexAt(event.pos())
        asked = index.data(ASKED_ROLE) if index.isValid() else None
        if not isinstance(asked, AskedShare):
            return False
        menu = share_menu(self._view, asked, lambda part: self._ask(index, part))
        place = self._view.visualRect(index).center() if is_by_key else event.pos()
        menu.popup(self._view.viewport().mapToGlobal(place))
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
