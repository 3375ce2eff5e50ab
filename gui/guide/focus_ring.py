"""A ring around the widget that has the keyboard focus, wherever the keyboard moved it."""

import shiboken6
from PySide6.QtCore import QEvent, QObject, QRectF, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QFocusFrame, QMenu, QMenuBar, QScrollArea, QWidget

from gui.theme import theme

RINGLESS = "ringless"  # a property of widgets that never need the ring
_NO_RING = (QMenu, QMenuBar)  # they highlight their entries


class FocusRing(QFocusFrame):
    """Follows the focus in a window while keys move it, and scrolls what has the focus into view.

    Args:
        window: the window; widgets outside it are left alone.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.hide()  # else it is shown with the window, around nothing
        self._window = window
        self._is_by_key = False
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus_changed)
        theme.signals.theme_changed.connect(self.update)
        self._is_watching = False
        self.hide()  # otherwise it is shown with the window, around nothing
        self._watch()

    @property
    def shown_around(self) -> QWidget | None:
        """The widget with the ring; None for none."""
        return self.widget() if self.isVisible() else None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ring."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.current().accent), 2))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice whether keys or the mouse are used; a press of the mouse takes the ring away."""
        if event.type() == QEvent.Type.KeyPress:
            self._is_by_key = True
        elif event.type() == QEvent.Type.MouseButtonPress:
            self._is_by_key = False
            self._surround(None)
        return bool(super().eventFilter(watched, event))

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is None or not shiboken6.isValid(self) or new.window() is not self._window:
            return
        self._watch()
        is_ringed = self._is_by_key and not isinstance(new, _NO_RING) and not new.property(RINGLESS)
        self._surround(new if is_ringed else None)
        if is_ringed:
            _scroll_to(new)

    def _watch(self) -> None:
        """Watch the keys of the system's window, once there is one."""
        handle = self._window.windowHandle()
        if handle is not None and not self._is_watching:
            self._is_watching = True
            handle.installEventFilter(self)

    def _surround(self, widget: QWidget | None) -> None:
        if widget is not self.widget():
            self.setWidget(widget)  # type: ignore[arg-type]  # None takes the ring away
        if widget is not None:
            self.raise_()


def _scroll_to(widget: QWidget) -> None:
    """Scroll the area around a widget so that it can be seen; a scroll area does so only for moves within it."""
    around = widget.parentWidget()
    while around is not None:
        content = around.widget() if isinstance(around, QScrollArea) else None
        if isinstance(around, QScrollArea) and content is not None and content.isAncestorOf(widget):
            around.ensureWidgetVisible(widget, theme.GRID, theme.GRID)
        around = around.parentWidget()
