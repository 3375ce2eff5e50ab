"""Drags over a real window, as its native window hears them."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

COPY, MOVE = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction
_LEFT, _NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


class Drag:
    """Files that are dragged over a window; their source proposes to move them, as file managers do.

    Args:
        window: the window, on the screen.
        paths: the files and folders.
        actions: what their source allows.
        content: what is dragged instead of files.
    """

    def __init__(
        self,
        window: QWidget,
        paths: Sequence[Path],
        *,
        actions: Qt.DropAction = COPY | MOVE,
        content: QMimeData | None = None,
    ) -> None:
        self._window, self._actions = window, actions
        self._mime = content or QMimeData()
        if content is None:
            self._mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])

    def enter(self, widget: QWidget, at: QPoint | None = None) -> QDragEnterEvent:
        """Come over the window where a widget is."""
        event = QDragEnterEvent(self._place(widget, at), self._actions, self._mime, _LEFT, _NO_KEY)
        return self._sent(event)

    def move(self, widget: QWidget, at: QPoint | None = None) -> QDragMoveEvent:
        """Go on to another widget."""
        event = QDragMoveEvent(self._place(widget, at), self._actions, self._mime, _LEFT, _NO_KEY)
        return self._sent(event)

    def leave(self) -> None:
        """Leave the window."""
        self._sent(QDragLeaveEvent())

    def drop(self, widget: QWidget, at: QPoint | None = None) -> QDropEvent:
        """Let the files fall on a widget, after coming over it."""
        self.enter(widget, at)
        self.move(widget, at)
        event = QDropEvent(QPointF(self._place(widget, at)), self._actions, self._mime, _LEFT, _NO_KEY)
        return self._sent(event)

    def _place(self, widget: QWidget, at: QPoint | None) -> QPoint:
        return widget.mapTo(self._window, widget.rect().center() if at is None else at)

    def _sent(self, event):
        event.ignore()
        QApplication.sendEvent(self._window.windowHandle(), event)
        return event
