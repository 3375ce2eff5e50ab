"""The size of the window's text, as a share of the system's."""

from PySide6.QtWidgets import QApplication

from gui.theme import theme

SMALLEST, USUAL, LARGEST = 80, 100, 200
"""In percent of the size that the system gives."""
SIZES = (80, 90, 100, 110, 125, 150, 175, 200)


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
    font = app.property(theme.SYSTEM_FONT)
    if font is None:
        font = app.font()
        app.setProperty(theme.SYSTEM_FONT, font)
    wanted = theme.scaled_font(font, max(SMALLEST, min(percent, LARGEST)) / 100)
    if wanted != app.font():
        app.setFont(wanted)
        theme.pass_font_on(app)
