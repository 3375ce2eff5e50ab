"""A widget whose share is a link to the images that it counts."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QEnterEvent, QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from core.images.selection import AskedShare, Part
from gui.tables.share_links import share_menu


class ShareLink(QWidget):
    """Asks for the images of its share by a click, by Enter or Space, or by a context menu.

    A subclass draws it as a link while `is_hot`.
    """

    asked = Signal(object)  # AskedShare

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._asked: AskedShare | None = None
        self._is_hovered = False

    @property
    def is_hot(self) -> bool:
        """Whether it is a link, and the mouse or the focus is on it."""
        return self._asked is not None and (self._is_hovered or self.hasFocus())

    def set_asked(self, asked: AskedShare | None) -> None:
        """Set the share whose images can be shown; None for none."""
        if asked == self._asked:
            return
        self._asked = asked
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus if asked is None else Qt.FocusPolicy.TabFocus)
        if asked is None:
            self.unsetCursor()
        else:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._show_hot()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Look like a link."""
        super().enterEvent(event)
        self._set_hovered(True)

    def leaveEvent(self, event: QEvent) -> None:
        """Look like text."""
        super().leaveEvent(event)
        self._set_hovered(False)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Look like a link."""
        super().focusInEvent(event)
        self._show_hot()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Look like text."""
        super().focusOutEvent(event)
        self._show_hot()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ask for the images that are counted."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._ask(Part.COUNTED)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the press, so that the release comes here."""
        event.setAccepted(self._asked is not None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ask with Enter or Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._asked is not None:
            self._ask(Part.COUNTED)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the images of the share, the other ones, and all."""
        if self._asked is None:
            event.ignore()
        else:
            share_menu(self, self._asked, self._ask).popup(event.globalPos())

    def _ask(self, part: Part) -> None:
        if self._asked is not None:
            self.asked.emit(self._asked.showing(part))

    def _set_hovered(self, is_hovered: bool) -> None:
        self._is_hovered = is_hovered
        self._show_hot()

    def _show_hot(self) -> None:
        raise NotImplementedError
