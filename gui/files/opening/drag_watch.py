"""Follows files that are dragged over the window, wherever they are, and takes those that no part of it takes."""

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractSpinBox, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from core.words import counted
from gui.files.opening.drop_hint import TEXT, DropHint
from gui.widgets.dropped_files import accept_copy, local_files

_NO_FILES = "Only local files can be opened"


class DragWatch(QObject):
    """Announces when files come over the window and when they go, and shows a hint meanwhile.

    Qt tells a widget only of drags over itself, and the native window of all. Fields for text would take a file's
    address as text, so they take nothing while files are dragged.

    Args:
        window: the window, which is shown.
        content: the widget that the hint covers.
    """

    began = Signal(object)  # tuple[Path, ...]: files and folders are dragged over the window
    ended = Signal()
    dropped = Signal(object)  # tuple[Path, ...], on the window's edge: the menu bar or the status bar

    def __init__(self, window: QWidget, *, content: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._is_dragging = False
        self._closed_fields: list[QWidget] = []
        self.hint = DropHint(content)
        window.setAcceptDrops(True)
        window.installEventFilter(self)
        native = window.windowHandle()
        if native is not None:
            native.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the drags of the native window, and take what its parts leave to the window."""
        kind = event.type()
        if watched is self._window:
            return self._take(event)
        if kind == QEvent.Type.DragEnter and isinstance(event, QDragEnterEvent) and event.mimeData().hasUrls():
            self._begin(local_files(event, has_folders=True))
        elif kind in (QEvent.Type.DragLeave, QEvent.Type.Drop):
            self._end()
        elif kind == QEvent.Type.Show:
            native = self._window.windowHandle()
            if native is not None:
                native.installEventFilter(self)
        return False

    def _take(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and (native := self._window.windowHandle()) is not None:
            native.installEventFilter(self)  # again: a filter is installed once
        is_drop = event.type() == QEvent.Type.Drop
        if event.type() not in (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop):
            return False
        if not isinstance(event, QDropEvent) or not event.mimeData().hasUrls():
            return False
        if accept_copy(event) and is_drop:
            self.dropped.emit(local_files(event, has_folders=True))
        return True

    def _begin(self, paths: tuple[Path, ...]) -> None:
        self._is_dragging = True
        kinds = (QLineEdit, QAbstractSpinBox, QPlainTextEdit, QTextEdit)
        for kind in kinds:
            for field in self._window.findChildren(kind):
                if field.acceptDrops():
                    field.setAcceptDrops(False)
                    self._closed_fields.append(field)
        self.hint.show_text(TEXT if paths else _NO_FILES, _described(paths))
        self.began.emit(paths)

    def _end(self) -> None:
        if self._is_dragging:
            self._is_dragging = False
            self.hint.hide()
            self.ended.emit()
            QTimer.singleShot(0, self._open_fields)  # after the drop has reached its place

    @Slot()
    def _open_fields(self) -> None:
        if not self._is_dragging:
            for field in self._closed_fields:
                field.setAcceptDrops(True)
            self._closed_fields = []


def _described(paths: tuple[Path, ...]) -> str:
    """Return what is dragged: its name, or how many there are."""
    if len(paths) == 1:
        name = paths[0].name
        return name if len(name) <= 60 else f"{name[:28]}…{name[-28:]}"
    folder_count = sum(path.is_dir() for path in paths)
    file_count = len(paths) - folder_count
    parts = [counted(count, word) for count, word in ((file_count, "file"), (folder_count, "folder")) if count]
    return " and ".join(parts)
