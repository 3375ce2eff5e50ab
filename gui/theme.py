"""Colours, fonts and icons of the window, light and dark.

The series colours follow Okabe and Ito's palette, which people with any of the three colour-vision deficiencies can
tell apart; charts never rely on colour alone (dashes, marks and words go with it).
"""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

import qtawesome
from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QIcon, QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication

Scheme = Literal["system", "light", "dark"]

GRID = 8  # distances are multiples of this, in logical pixels
SMALL = 0.88  # size of secondary text as a share of the application's font


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as `#rrggbb`.

    Attributes:
        name: "light" or "dark".
        window: behind the panels.
        surface: a panel.
        raised: a field, button or header on a panel.
        border: a line between them.
        grid: lines inside a chart.
        text: text.
        muted: secondary text.
        disabled: text of what cannot be used now.
        accent: focus, links, what is chosen.
        on_accent: text on `accent`.
        selection: background of a chosen row.
        validation: clean validation accuracy.
        test: clean test accuracy.
        asr: ASR, one colour a poisoned set, used in turn.
        detection: G's detection rate.
        false_alarm: G's false alarm rate.
        base: network B.
        pruned_network: network B′.
        repaired: network G.
        kept: a channel that is kept.
        pruned: a channel that is pruned.
        next: the channel that the next step prunes.
        dead: a channel that was zero on every image.
        ok: all is well.
        warning: take note.
        error: refused, or backdoored.
        ok_surface: background of such a note.
        warning_surface: background of such a note.
        error_surface: background of such a note.
    """

    name: str
    window: str
    surface: str
    raised: str
    border: str
    grid: str
    text: str
    muted: str
    disabled: str
    accent: str
    on_accent: str
    selection: str
    validation: str
    test: str
    asr: tuple[str, ...]
    detection: str
    false_alarm: str
    base: str
    pruned_network: str
    repaired: str
    kept: str
    pruned: str
    next: str
    dead: str
    ok: str
    warning: str
    error: str
    ok_surface: str
    warning_surface: str
    error_surface: str

    @property
    def is_dark(self) -> bool:
        """Whether text is lighter than what it stands on."""
        return self.name == "dark"

    def colours(self) -> list[str]:
        """Every colour of the theme."""
        values = [getattr(self, field.name) for field in fields(self) if field.name not in ("name", "asr")]
        return [*values, *self.asr]


LIGHT = Theme(
    name="light",
    window="#eef0f3",
    surface="#ffffff",
    raised="#f6f7f9",
    border="#d3d8df",
    grid="#e3e6eb",
    text="#1a1e24",
    muted="#59626f",
    disabled="#8d95a1",
    accent="#0a66b0",
    on_accent="#ffffff",
    selection="#dcebf8",
    validation="#0072b2",
    test="#00805c",
    asr=("#c94a00", "#8e3b8a", "#6b5300", "#4a4fa3"),
    detection="#9a6b00",
    false_alarm="#b03d78",
    base="#59626f",
    pruned_network="#0072b2",
    repaired="#6f42b5",
    kept="#2f86c6",
    pruned="#aab2bd",
    next="#e08e00",
    dead="#79828e",
    ok="#00704f",
    warning="#8a5a00",
    error="#b3331e",
    ok_surface="#e3f4ed",
    warning_surface="#fdf2da",
    error_surface="#fce9e4",
)

DARK = Theme(
    name="dark",
    window="#14171b",
    surface="#1c2026",
    raised="#272c34",
    border="#363d47",
    grid="#2a3038",
    text="#e7eaee",
    muted="#a0a9b5",
    disabled="#6c7580",
    accent="#5fb0ea",
    on_accent="#0d1116",
    selection="#24405a",
    validation="#56b4e9",
    test="#2fc69c",
    asr=("#f5793a", "#d68fd0", "#d2b450", "#9da3f2"),
    detection="#f0c94a",
    false_alarm="#ea8fbd",
    base="#a0a9b5",
    pruned_network="#56b4e9",
    repaired="#b795f0",
    kept="#4aa0d8",
    pruned="#545d69",
    next="#f3b13b",
    dead="#7d8794",
    ok="#4cc9a0",
    warning="#f0bd5a",
    error="#ff8a70",
    ok_surface="#17332b",
    warning_surface="#3a2f17",
    error_surface="#42231c",
)

_RESOURCES = Path(__file__).resolve().parent.parent / "resources" / "icons"

_ICONS = {
    "about": "mdi6.information-outline",
    "add": "mdi6.plus",
    "back": "mdi6.restore",
    "cancel": "mdi6.stop",
    "clear": "mdi6.close",
    "copy": "mdi6.content-copy",
    "data": "mdi6.image-multiple-outline",
    "error": "mdi6.alert-circle-outline",
    "export": "mdi6.tray-arrow-down",
    "flagged": "mdi6.shield-alert-outline",
    "model": "mdi6.graph-outline",
    "ok": "mdi6.check-circle-outline",
    "open": "mdi6.folder-open-outline",
    "picture": "mdi6.image-outline",
    "poisoned": "mdi6.biohazard",
    "remove": "mdi6.close",
    "run": "mdi6.play",
    "save": "mdi6.content-save-outline",
    "settings": "mdi6.cog-outline",
    "theme": "mdi6.theme-light-dark",
    "trigger": "mdi6.sunglasses",
    "warning": "mdi6.alert-outline",
}


class _Signals(QObject):
    """Says when `current()` has changed."""

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
            _put_on(app, _system_theme(app))


signals = _Signals()
"""Connect to `signals.theme_changed` to redraw in the new colours of `current()`."""


def current() -> Theme:
    """The theme in force; the light one before `apply_theme` was called."""
    return signals.theme


def apply_theme(app: QApplication, scheme: Scheme) -> None:
    """Dress the whole application; "system" goes on following the system's light or dark setting."""
    hints = app.styleHints()
    signals.follows_system = scheme == "system"
    if not signals.is_watching:
        hints.colorSchemeChanged.connect(signals.on_scheme_changed)
        signals.is_watching = True
    if scheme == "system":
        hints.unsetColorScheme()
        _put_on(app, _system_theme(app))
    else:
        hints.setColorScheme(Qt.ColorScheme.Dark if scheme == "dark" else Qt.ColorScheme.Light)
        _put_on(app, DARK if scheme == "dark" else LIGHT)


def icon(name: str, *, colour: str | None = None) -> QIcon:
    """One of the window's icons in the theme's text colour, or in `colour`.

    Raises:
        KeyError: there is no such icon.
    """
    theme = current()
    made: QIcon = qtawesome.icon(_ICONS[name], color=colour or theme.text, color_disabled=theme.disabled)
    return made


def dress(button: QAbstractButton, name: str) -> None:
    """Put one of the window's icons on a button, as high as its text."""
    button.setIcon(icon(name))
    side = button.fontMetrics().height()
    button.setIconSize(QSize(side, side))


def figures_font(font: QFont) -> QFont:
    """The same font with digits of equal width, so that figures stand in columns and do not jitter."""
    result = QFont(font)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


def scaled_font(font: QFont, factor: float) -> QFont:
    """The same font, `factor` times as large."""
    result = QFont(font)
    if font.pointSizeF() > 0:
        result.setPointSizeF(font.pointSizeF() * factor)
    else:
        result.setPixelSize(max(1, round(font.pixelSize() * factor)))
    return result


def _system_theme(app: QApplication) -> Theme:
    return DARK if app.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT


def _put_on(app: QApplication, theme: Theme) -> None:
    signals.theme = theme
    if not app.styleSheet():  # with one, the style answers under another name
        app.setStyle("Fusion")
    app.setPalette(_palette(theme))
    app.setStyleSheet(_style_sheet(theme))
    signals.theme_changed.emit()


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


def _style_sheet(theme: Theme) -> str:
    """What a palette cannot say: rounded panels, flat buttons, quiet headers."""
    check = (_RESOURCES / f"check-{theme.name}.svg").as_posix()
    chevron = (_RESOURCES / f"chevron-{theme.name}.svg").as_posix()
    return f"""
QToolTip {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.border}; padding: 4px; }}
QWidget[panel="true"] {{ background: {theme.surface}; border: 1px solid {theme.border}; border-radius: 8px; }}
QLabel[role="muted"] {{ color: {theme.muted}; }}
QLabel[role="error"] {{ color: {theme.error}; }}
QLabel[role="warning"] {{ color: {theme.warning}; }}
QLabel[role="ok"] {{ color: {theme.ok}; }}
QLabel[role]:disabled {{ color: {theme.disabled}; }}
QPushButton, QToolButton[boxed="true"] {{
    background: {theme.raised}; border: 1px solid {theme.border}; border-radius: 6px; padding: 3px 10px;
}}
QToolButton[boxed="true"] {{ padding: 3px 6px; }}
QToolButton[boxed="true"]::menu-indicator {{ image: none; width: 0; }}
QPushButton:hover, QToolButton[boxed="true"]:hover {{ border-color: {theme.muted}; }}
QPushButton:pressed, QToolButton[boxed="true"]:pressed {{ background: {theme.border}; }}
QPushButton:focus, QToolButton[boxed="true"]:focus {{ border-color: {theme.accent}; }}
QPushButton:disabled, QToolButton[boxed="true"]:disabled {{ color: {theme.disabled}; }}
QPushButton[primary="true"] {{
    background: {theme.accent}; color: {theme.on_accent}; border-color: {theme.accent}; font-weight: 600;
}}
QPushButton[primary="true"]:hover {{ border-color: {theme.text}; }}
QPushButton[primary="true"]:disabled {{
    background: {theme.raised}; color: {theme.disabled}; border-color: {theme.border};
}}
QToolButton[boxed="true"]:checked {{
    background: {theme.selection}; border-color: {theme.accent}; color: {theme.text};
}}
QToolButton[boxed="true"]:checked:disabled {{
    background: {theme.raised}; border-color: {theme.border}; color: {theme.disabled};
}}
QFrame[notice="warning"] {{ background: {theme.warning_surface}; border-radius: 6px; }}
QFrame[notice="error"] {{ background: {theme.error_surface}; border-radius: 6px; }}
QFrame[notice="ok"], QFrame[notice="flagged"] {{ background: {theme.ok_surface}; border-radius: 6px; }}
QFrame[notice="quiet"] {{ background: {theme.raised}; border-radius: 6px; }}
QFrame[notice] QLabel {{ background: transparent; }}
QComboBox, QLineEdit {{
    background: {theme.raised}; border: 1px solid {theme.border}; border-radius: 6px; padding: 3px 8px;
    selection-background-color: {theme.accent}; selection-color: {theme.on_accent};
}}
QComboBox:hover, QLineEdit:hover {{ border-color: {theme.muted}; }}
QComboBox:focus, QLineEdit:focus {{ border-color: {theme.accent}; }}
QComboBox:disabled, QLineEdit:disabled {{ color: {theme.disabled}; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{ image: url("{chevron}"); width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{
    background: {theme.raised}; border: 1px solid {theme.border}; outline: none;
    selection-background-color: {theme.selection}; selection-color: {theme.text};
}}
QCheckBox {{ spacing: 6px; }}
QCheckBox::indicator, QRadioButton::indicator {{
    width: 14px; height: 14px; border: 1px solid {theme.muted}; border-radius: 4px; background: {theme.surface};
}}
QRadioButton::indicator {{ border-radius: 8px; }}
QCheckBox::indicator:hover, QRadioButton::indicator:hover, QCheckBox::indicator:focus, QRadioButton::indicator:focus {{
    border-color: {theme.accent};
}}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{ border-color: {theme.border}; }}
QCheckBox::indicator:checked {{ background: {theme.accent}; border-color: {theme.accent}; image: url("{check}"); }}
QCheckBox::indicator:checked:disabled {{ background: {theme.disabled}; border-color: {theme.disabled}; }}
QRadioButton::indicator:checked {{ background: {theme.accent}; border: 4px solid {theme.surface}; }}
QScrollBar {{ background: transparent; border: none; margin: 0; }}
QScrollBar:vertical {{ width: 10px; }}
QScrollBar:horizontal {{ height: 10px; }}
QScrollBar::handle {{ background: {theme.border}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 24px; }}
QScrollBar::handle:horizontal {{ min-width: 24px; }}
QScrollBar::handle:hover {{ background: {theme.disabled}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QHeaderView {{ background: {theme.surface}; border: none; }}
QTableCornerButton::section {{ background: {theme.surface}; border: none; border-bottom: 1px solid {theme.border}; }}
QTableView {{
    background: {theme.surface}; border: none; gridline-color: {theme.grid};
    selection-background-color: {theme.selection}; selection-color: {theme.text};
}}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QScrollArea {{ background: transparent; border: none; }}
QSplitter::handle {{ background: transparent; }}
"""
