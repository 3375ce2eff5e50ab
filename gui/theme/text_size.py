"""The size of the window's text, as a share of the system's."""

from types import FunctionType

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QAbstractButton, QApplication

from gui.theme import theme

SMALLEST, USUAL, LARGEST = 80, 100, 200
"""In percent of the size that the system gives."""
SIZES = (80, 90, 100, 110, 125, 150, 175, 200)
_SYSTEM_FONT = "backdoorInspectorSystemFont"  # a property of the application


def next_size(percent: int, direction: int) -> int:
    """Return the next larger size (`direction` 1) or the next smaller one (-1), within the limits."""
    if direction > 0:
        return next((size for size in SIZES if size > percent), LARGEST)
    return next((size for size in reversed(SIZES) if size < percent), SMALLEST)


def apply_text_size(app: QApplication, percent: int) -> None:
    """Scale the application's font; labels, tables, charts and icons beside text follow it.

    Args:
        app: the application.
        percent: the size in percent of the system's; values beyond the limits are taken as the limits.
    """
    font = app.property(_SYSTEM_FONT)
    if font is None:
        font = app.font()
        app.setProperty(_SYSTEM_FONT, font)
    wanted = theme.scaled_font(font, max(SMALLEST, min(percent, LARGEST)) / 100)
    if wanted != app.font():
        app.setFont(wanted)
        _tell_widgets(app)


def _tell_widgets(app: QApplication) -> None:
    """Pass a new font on to the widgets that there are.

    Under a style sheet Qt leaves the fonts of widgets as they are, and it keeps `ApplicationFontChange` from
    `changeEvent`, where widgets that scale their font by themselves wait for it.
    """
    for window in app.topLevelWidgets():
        window.setFont(app.font())
    event = QEvent(QEvent.Type.ApplicationFontChange)
    for widget in app.allWidgets():
        QApplication.sendEvent(widget, event)
        if isinstance(type(widget).changeEvent, FunctionType):  # Qt's own have nothing to do
            widget.changeEvent(event)
        if isinstance(widget, QAbstractButton):
            theme.fit_icon(widget)
