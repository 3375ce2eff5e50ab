"""Colours, fonts and icons of the window, light and dark; the colours are defined in `colours.py`."""

import gc
from types import FunctionType
from typing import Literal

import qtawesome
import shiboken6
from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QIcon, QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from gui.theme.colours import DARK, LIGHT, Theme
from gui.theme.style_sheet import style_sheet

Scheme = Literal["system", "light", "dark"]

GRID = 8  # distances are multiples of this, in logical pixels
SMALL = 0.88  # size of secondary text as a share of the application's font


_ICONS = {
    "about": "mdi6.information-outline",
    "add": "mdi6.plus",
    "back": "mdi6.restore",
    "backward": "mdi6.chevron-up",
    "cancel": "mdi6.stop",
    "checks": "mdi6.shield-search",
    "target": "mdi6.target",
    "redo": "mdi6.redo",
    "undo": "mdi6.undo",
    "clear": "mdi6.close",
    "copy": "mdi6.content-copy",
    "crop": "mdi6.crop",
    "data": "mdi6.image-multiple-outline",
    "error": "mdi6.alert-circle-outline",
    "export": "mdi6.tray-arrow-down",
    "flagged": "mdi6.shield-alert-outline",
    "fold": "mdi6.arrow-collapse-horizontal",
    "folder": "mdi6.folder-image",
    "forward": "mdi6.chevron-down",
    "model_folder": "mdi6.folder-outline",
    "folded": "mdi6.chevron-right",
    "model": "mdi6.graph-outline",
    "not_completed": "mdi6.minus-circle-outline",
    "ok": "mdi6.check-circle-outline",
    "open": "mdi6.folder-open-outline",
    "image": "mdi6.image-outline",
    "pause": "mdi6.pause",
    "paste": "mdi6.content-paste",
    "poisoned": "mdi6.biohazard",
    "remove": "mdi6.close",
    "repair": "mdi6.wrench-outline",
    "run": "mdi6.play",
    "runs": "mdi6.layers-outline",
    "save": "mdi6.content-save-outline",
    "settings": "mdi6.cog-outline",
    "table": "mdi6.table",
    "theme": "mdi6.theme-light-dark",
    "trigger": "mdi6.sunglasses",
    "unfolded": "mdi6.chevron-down",
    "warning": "mdi6.alert-outline",
    "whole": "mdi6.fit-to-page-outline",
}


SYSTEM_FONT = "backdoorInspectorSystemFont"  # a property of the application: the font of the usual size
_DRESSED = "isDressed"  # a property of buttons whose icon follows their text


class _Signals(QObject):
    """Announces changes of `current()`."""

    theme_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.theme = LIGHT
        self.follows_system = False
        self.is_watching = False

    @Slot()
    def on_scheme_changed(self) -> None:
        app = QApplication.instance()
        if self.follows_system and isinstance(app, QApplication):
            _set_theme(app, _system_theme(app))


signals = _Signals()
"""Connect to `signals.theme_changed` to redraw in the new colours of `current()`."""


def current() -> Theme:
    """Return the current theme; the light one before `apply_theme` is called."""
    return signals.theme


def apply_theme(app: QApplication, scheme: Scheme) -> None:
    """Apply a theme to the application; "system" follows the system's light or dark setting."""
    hints = app.styleHints()
    signals.follows_system = scheme == "system"
    if not signals.is_watching:
        hints.colorSchemeChanged.connect(signals.on_scheme_changed)
        signals.is_watching = True
    if scheme == "system":
        hints.unsetColorScheme()
        _set_theme(app, _system_theme(app))
    else:
        hints.setColorScheme(Qt.ColorScheme.Dark if scheme == "dark" else Qt.ColorScheme.Light)
        _set_theme(app, DARK if scheme == "dark" else LIGHT)


def _living_widgets(app: QApplication) -> list[QWidget]:
    """Return all widgets; garbage that is collected while Python makes the list would take some of them away."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return app.allWidgets()
    finally:
        if was_enabled:
            gc.enable()


def icon(name: str, *, colour: str | None = None) -> QIcon:
    """Return an icon in the theme's text colour, or in `colour`.

    Raises:
        KeyError: there is no such icon.
    """
    theme = current()
    made: QIcon = qtawesome.icon(_ICONS[name], color=colour or theme.text, color_disabled=theme.disabled)
    return made


def dress(button: QAbstractButton, name: str, *, colour: str | None = None) -> None:
    """Set the icon of a button, as high as its text; it stays so when the text gets another size."""
    button.setIcon(icon(name, colour=colour))
    button.setProperty(_DRESSED, True)
    fit_icon(button)


def fit_icon(button: QAbstractButton) -> None:
    """Make the icon of a button that was dressed as high as its text."""
    if button.property(_DRESSED):
        side = button.fontMetrics().height()
        button.setIconSize(QSize(side, side))


def figures_font(font: QFont) -> QFont:
    """Return the font with digits of equal width, so that figures align and do not jitter."""
    result = QFont(font)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


def underlined(font: QFont) -> QFont:
    """Return the font underlined, as a link."""
    result = QFont(font)
    result.setUnderline(True)
    return result


def scaled_font(font: QFont, factor: float) -> QFont:
    """Return the font scaled by `factor`."""
    result = QFont(font)
    if font.pointSizeF() > 0:
        result.setPointSizeF(font.pointSizeF() * factor)
    else:
        result.setPixelSize(max(1, round(font.pixelSize() * factor)))
    return result


def text_factor() -> float:
    """Return the size of the application's text as a share of the usual size."""
    app = QApplication.instance()
    usual = app.property(SYSTEM_FONT) if isinstance(app, QApplication) else None
    if usual is None:
        return 1.0
    return QFontMetricsF(QApplication.font()).height() / QFontMetricsF(usual).height()


def _system_theme(app: QApplication) -> Theme:
    return DARK if app.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT


def _set_theme(app: QApplication, theme: Theme) -> None:
    signals.theme = theme
    if not app.styleSheet():  # with a style sheet, the style has another name
        app.setStyle("Fusion")
    app.setPalette(_palette(theme))
    app.setStyleSheet(style_sheet(theme))
    pass_font_on(app)  # another style sheet gives widgets the fonts back that they were created with
    signals.theme_changed.emit()


def pass_font_on(app: QApplication) -> None:
    """Pass the application's font on to the widgets that there are.

    Under a style sheet Qt leaves the fonts of widgets as they are, and it keeps `ApplicationFontChange` from
    `changeEvent`, where widgets that scale their font by themselves wait for it.
    """
    for window in app.topLevelWidgets():
        window.setFont(app.font())
    event = QEvent(QEvent.Type.ApplicationFontChange)
    for widget in _living_widgets(app):
        if not shiboken6.isValid(widget):  # deleted by another that was told before
            continue
        QApplication.sendEvent(widget, event)
        if isinstance(type(widget).changeEvent, FunctionType):  # Qt's own have nothing to do
            widget.changeEvent(event)
        if isinstance(widget, QAbstractButton):
            fit_icon(widget)


def _palette(theme: Theme) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for target, value in (
        (role.Window, theme.window),
        (role.WindowText, theme.text),
        (role.Base, theme.surface),
        (role.AlternateBase, theme.raised),
        (role.ToolTipBase, theme.raised),
        (role.ToolTipText, theme.text),
        (role.PlaceholderText, theme.muted),
        (role.Text, theme.text),
        (role.Button, theme.raised),
        (role.ButtonText, theme.text),
        (role.BrightText, theme.error),
        (role.Link, theme.accent),
        (role.LinkVisited, theme.accent),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.Accent, theme.accent),
        (role.Light, theme.raised),
        (role.Midlight, theme.border),
        (role.Mid, theme.border),
        (role.Dark, theme.border),
        (role.Shadow, theme.window),
    ):
        palette.setColor(target, QColor(value))
    for target in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, target, QColor(theme.disabled))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(theme.border))
    return palette
