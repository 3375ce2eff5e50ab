"""Where messages lie: over the foot of the window, so that nothing moves under the mouse when they come or go."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Slot
from PySide6.QtWidgets import QMainWindow, QToolButton, QWidget

from core.words import counted
from gui.disk_watch.offer_bar import OfferBar
from gui.theme import theme
from gui.widgets.message_bar import MessageBar

LEAST_WIDTH = 360
BUTTON_PLACE = 2  # in the status bar, right of those that show parts of the window


class MessagePlace(QObject):
    """Keeps message bars over the status bar, below the middle of the window; more lines grow upwards.

    A message of one line covers nothing but the empty part of the status bar. Higher ones cover the foot of the page: a
    button in the status bar hides them until they are wanted again, or another one comes.

    Args:
        window: the window.
        bars: the message bars, the lowest first; they become children of the window.
        middle: the messages begin at its left edge and are as wide, where there is room.
        job: the running job at the right of the status bar, which is never covered.

    Attributes:
        button: hides the messages and shows them again; itself hidden while there are none.
    """

    def __init__(
        self, *, window: QMainWindow, bars: Sequence[MessageBar | OfferBar], middle: QWidget, job: QWidget
    ) -> None:
        super().__init__(window)
        self._window, self._bars, self._middle, self._job = window, tuple(bars), middle, job
        self.button = QToolButton()
        self.button.setProperty("boxed", True)
        self.button.setCheckable(True)
        self.button.setChecked(True)
        self.button.hide()
        self.button.toggled.connect(self._on_toggled)
        window.statusBar().insertWidget(BUTTON_PLACE, self.button)
        self.button.hide()  # which inserting undid
        for bar in self._bars:
            bar.setParent(window)
            bar.hide()
            bar.changed.connect(self._on_changed)
        for watched in (window, middle, job, self.button):
            watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the sizes of the window, its middle and the running job."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.LayoutRequest):
            self.place()
        return bool(super().eventFilter(watched, event))

    def place(self) -> None:
        """Put the bars that say something in their places, one above the other, each as high as its text."""
        shown = [bar for bar in self._bars if bar.text]
        if not shown:
            return
        foot = self._window.statusBar()
        beside = self.button.mapTo(self._window, QPoint(self.button.width() + theme.GRID, 0)).x()
        left = max(self._middle.mapTo(self._window, QPoint()).x(), beside)
        end = left + self._middle.width()
        if self._job.width() > 1 and self._job.isVisible():
            end = min(end, self._job.mapTo(self._window, QPoint()).x() - theme.GRID)
        width = max(end - left, LEAST_WIDTH)
        left = max(beside, min(left, self._window.width() - width - theme.GRID))
        bottom = foot.mapTo(self._window, QPoint(0, foot.height())).y() - 2
        for bar in shown:
            height = bar.heightForWidth(width)
            bar.setGeometry(left, bottom - height, width, height)
            bottom -= height + 2

    @Slot()
    def _on_changed(self) -> None:
        """Show what came, also where the messages were hidden."""
        said = [bar for bar in self._bars if bar.text]
        if isinstance(bar := self.sender(), QWidget) and bar in said:
            self.button.setChecked(True)
        count = counted(len(said), "message")
        self.button.setText(count)
        self.button.setAccessibleName(f"Show or hide: {count}")
        self.button.setToolTip(f"Show or hide the {count} over the foot of the window")
        self.button.setVisible(bool(said))
        self._show()

    @Slot(bool)
    def _on_toggled(self, _is_shown: bool) -> None:
        self._show()

    def _show(self) -> None:
        for bar in self._bars:
            bar.setVisible(bool(bar.text) and self.button.isChecked())
        self.place()
        for bar in self._bars:
            bar.raise_()
