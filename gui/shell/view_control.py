"""The View and Help menus, and the layout that is kept from one start to the next."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication, QMainWindow, QToolButton

from core.intake.sandbox.in_use import sandbox_state
from core.version import VERSION
from gui.files import dialogs
from gui.shell.menus import Menus
from gui.shell.window_frame import WindowFrame
from gui.state.preferences import Preferences
from gui.theme import theme


class ViewControl(QObject):
    """Handles the View and Help menus, and restores the layout of the last start."""

    def __init__(
        self,
        *,
        window: QMainWindow,
        menus: Menus,
        panels: WindowFrame,
        log_button: QToolButton,
        preferences: Preferences,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._menus = menus
        self._panels = panels
        self._log_button = log_button
        self._preferences = preferences
        menus.theme_chosen.connect(self._on_theme_chosen)
        menus.page_chosen.connect(panels.show_page)
        panels.page_shown.connect(menus.show_page)
        panels.page_shown.connect(panels.messages.clear)
        menus.show_page(panels.page.key)
        menus.log.toggled.connect(self._on_log_toggled)
        log_button.toggled.connect(menus.log.setChecked)
        menus.method.triggered.connect(self._on_method)
        menus.about.triggered.connect(self._on_about)
        menus.quit.triggered.connect(window.close)

    def restore(self) -> None:
        """Restore the layout of the last start."""
        preferences = self._preferences
        self._panels.restore(preferences)
        self._menus.show_recent(preferences.recent, preferences.recent_sessions)
        self._menus.show_theme(preferences.theme)
        self._menus.log.setChecked(preferences.is_log_shown)
        for page in self._panels.pages:
            page.restore(preferences)

    def remember(self) -> None:
        """Write the layout to the preferences."""
        self._panels.remember(self._preferences)
        for page in self._panels.pages:
            page.remember(self._preferences)

    @Slot(str)
    def _on_theme_chosen(self, name: str) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._preferences.theme = "light" if name == "light" else "dark" if name == "dark" else "system"
        theme.apply_theme(app, self._preferences.theme)
        self._menus.show_theme(name)

    @Slot(bool)
    def _on_log_toggled(self, is_shown: bool) -> None:
        self._panels.log.setVisible(is_shown)
        self._log_button.setChecked(is_shown)
        self._preferences.is_log_shown = is_shown

    @Slot()
    def _on_method(self) -> None:
        dialogs.show_method(self._window)

    @Slot()
    def _on_about(self) -> None:
        dialogs.show_about(self._window, version=VERSION, sandbox=sandbox_state().sentence)
