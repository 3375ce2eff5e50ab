"""The style sheet: what a palette cannot express. No Qt."""

from pathlib import Path

from gui.theme.colours import Theme

_RESOURCES = Path(__file__).resolve().parents[2] / "resources" / "icons"


def style_sheet(theme: Theme) -> str:
    """Return the style sheet of a theme: rounded panels, flat buttons, plain headers."""
    check = (_RESOURCES / f"check-{theme.name}.svg").as_posix()
    chevron = (_RESOURCES / f"chevron-{theme.name}.svg").as_posix()
    return f"""
QToolTip {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.border}; padding: 4px; }}
QWidget[panel="true"] {{ background: {theme.surface}; border: 1px solid {theme.border}; border-radius: 8px; }}
QDialogButtonBox, QMessageBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QLabel[role="muted"] {{ color: {theme.muted}; }}
QLabel[role="error"] {{ color: {theme.error}; }}
QLabel[role="warning"] {{ color: {theme.warning}; }}
QLabel[role="ok"] {{ color: {theme.ok}; }}
QLabel[role="link"] {{ color: {theme.accent}; }}
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
QToolButton[fold="true"] {{ background: transparent; border: none; padding: 3px 0; color: {theme.muted}; }}
QToolButton[fold="true"]:hover {{ color: {theme.text}; }}
QToolButton[fold="true"]:focus {{ color: {theme.accent}; }}
QWidget[floating="true"] {{
    background: {theme.surface}; border: 1px solid {theme.border}; border-radius: 8px;
}}
QToolButton[explain="true"] {{
    background: {theme.raised}; border: 1px solid {theme.border}; border-radius: 8px;
    color: {theme.muted}; font-weight: 600; padding: 0;
}}
QToolButton[explain="true"]:hover {{ color: {theme.text}; border-color: {theme.muted}; }}
QToolButton[explain="true"]:focus {{ color: {theme.accent}; border-color: {theme.accent}; }}
QPushButton[link="true"] {{ background: transparent; border: none; color: {theme.accent}; padding: 2px 4px; }}
QPushButton[link="true"]:hover {{ text-decoration: underline; }}
QPushButton[link="true"]:disabled {{ color: {theme.disabled}; }}
QFrame[notice="warning"], QWidget[severity="warning"] {{ background: {theme.warning_surface}; border-radius: 6px; }}
QFrame[notice="error"], QWidget[severity="error"] {{ background: {theme.error_surface}; border-radius: 6px; }}
QFrame[notice="ok"], QFrame[notice="flagged"], QWidget[severity="ok"], QWidget[severity="flagged"] {{
    background: {theme.ok_surface}; border-radius: 6px;
}}
QFrame[notice="quiet"], QWidget[severity="quiet"] {{ background: {theme.raised}; border-radius: 6px; }}
QFrame[notice] QLabel {{ background: transparent; }}
QWidget[severity] {{ border: none; }}
QComboBox, QLineEdit, QAbstractSpinBox {{
    background: {theme.raised}; border: 1px solid {theme.border}; border-radius: 6px; padding: 3px 8px;
    selection-background-color: {theme.accent}; selection-color: {theme.on_accent};
}}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QAbstractSpinBox::up-arrow, QAbstractSpinBox::down-arrow {{ image: none; width: 0; height: 0; }}
QAbstractSpinBox QLineEdit {{ background: transparent; border: none; padding: 0; }}
QComboBox:hover, QLineEdit:hover, QAbstractSpinBox:hover {{ border-color: {theme.muted}; }}
QComboBox:focus, QLineEdit:focus, QAbstractSpinBox:focus, QListWidget:focus {{ border-color: {theme.accent}; }}
QComboBox:disabled, QLineEdit:disabled, QAbstractSpinBox:disabled, QListWidget:disabled {{ color: {theme.disabled}; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{ image: url("{chevron}"); width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{
    background: {theme.raised}; border: 1px solid {theme.border}; outline: none;
    selection-background-color: {theme.selection}; selection-color: {theme.text};
}}
QListWidget {{
    background: {theme.raised}; border: 1px solid {theme.border}; border-radius: 6px; outline: none;
    selection-background-color: {theme.selection}; selection-color: {theme.text};
}}
QTabBar::tab {{
    background: transparent; color: {theme.muted}; border: none; border-bottom: 2px solid transparent;
    padding: 3px 14px 4px 14px;
}}
QTabBar::tab:hover {{ color: {theme.text}; }}
QTabBar::tab:selected {{ color: {theme.text}; border-bottom-color: {theme.accent}; font-weight: 600; }}
QTabBar::tab:focus {{ color: {theme.accent}; }}
QCheckBox {{ spacing: 6px; }}
QCheckBox::indicator, QRadioButton::indicator, QListView::indicator {{
    width: 14px; height: 14px; border: 1px solid {theme.muted}; border-radius: 4px; background: {theme.surface};
}}
QRadioButton::indicator {{ border-radius: 8px; }}
QCheckBox::indicator:hover, QRadioButton::indicator:hover, QCheckBox::indicator:focus, QRadioButton::indicator:focus,
QListView::indicator:hover {{
    border-color: {theme.accent};
}}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled, QListView::indicator:disabled {{
    border-color: {theme.border};
}}
QCheckBox::indicator:checked, QListView::indicator:checked {{
    background: {theme.accent}; border-color: {theme.accent}; image: url("{check}");
}}
QCheckBox::indicator:checked:disabled, QListView::indicator:checked:disabled {{
    background: {theme.disabled}; border-color: {theme.disabled};
}}
QRadioButton::indicator:checked {{
    border-color: {theme.accent};
    background: qradialgradient(cx: 0.5, cy: 0.5, fx: 0.5, fy: 0.5, radius: 0.5,
        stop: 0 {theme.accent}, stop: 0.5 {theme.accent}, stop: 0.62 {theme.surface}, stop: 1 {theme.surface});
}}
QRadioButton::indicator:checked:disabled {{
    border-color: {theme.disabled};
    background: qradialgradient(cx: 0.5, cy: 0.5, fx: 0.5, fy: 0.5, radius: 0.5,
        stop: 0 {theme.disabled}, stop: 0.5 {theme.disabled}, stop: 0.62 {theme.surface}, stop: 1 {theme.surface});
}}
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
QListView[samples="true"] {{
    selection-background-color: {theme.selection}; selection-color: {theme.text};
}}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QScrollArea {{ background: transparent; border: none; }}
QSplitter::handle {{ background: transparent; }}
"""
