"""Where a message lies: over the foot of the window, so that nothing moves under the mouse when it comes or goes."""

from PySide6.QtCore import QEvent, QObject, QPoint, Slot
from PySide6.QtWidgets import QMainWindow, QWidget

from gui.theme import theme
from gui.widgets.message_bar import MessageBar

LEAST_WIDTH = 360


class MessagePlace(QObject):
    """Keeps a message bar over the status bar, below the middle of the window; more lines grow upwards.

    A message of one line covers nothing but the empty part of the status bar.

    Args:
        window: the window.
        bar: the message bar; it becomes a child of the window.
        middle: the message begins at its left edge and is as wide, where there is room.
        job: the running job at the right of the status bar, which is never covered.
    """

    def __init__(self, *, window: QMainWindow, bar: MessageBar, middle: QWidget, job: QWidget) -> None:
        super().__init__(window)
        self._window, self._bar, self._middle, self._job = window, bar, middle, job
        bar.setParent(window)
        bar.hide()
        bar.changed.connect(self._on_changed)
        for watched in (window, middle, job):
            watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the sizes of the window, its middle and the running job."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.LayoutRequest) and self._bar.text:
            self.place()
        return bool(super().eventFilter(watched, event))

    def place(self) -> None:
        """Put the bar in its place, as high as its text."""
        bar, foot = self._bar, self._window.statusBar()
        if not bar.text:
            return
        left = max(self._middle.mapTo(self._window, QPoint()).x(), theme.GRID)
        end = left + self._middle.width()
        if self._job.width() > 1 and self._job.isVisible():
            end = min(end, self._job.mapTo(self._window, QPoint()).x() - theme.GRID)
        width = max(end - left, LEAST_WIDTH)
        left = max(theme.GRID, min(left, self._window.width() - width - theme.GRID))
        height = bar.heightForWidth(width)
        bottom = foot.mapTo(self._window, QPoint(0, foot.height())).y() - 2
        bar.setGeometry(left, bottom - height, width, height)

    @Slot()
    def _on_changed(self) -> None:
        self.place()
        self._bar.raise_()
