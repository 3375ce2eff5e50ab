"""The View and Help menus, and the layout that is kept from one start to the next."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication, QMainWindow, QToolButton, QWidget

from core.intake.sandbox.in_use import sandbox_state
from gui.files import dialogs
from gui.guide.focus_ring import FocusRing
from gui.navigation.actions import NavigationActions
from gui.navigation.control import NavigationControl
from gui.navigation.layout_control import LayoutControl
from gui.navigation.message_place import MessagePlace
from gui.navigation.tour import is_wanted
from gui.navigation.tour_steps import tour_steps
from gui.shell.menus import Menus
from gui.shell.window_frame import WindowFrame
from gui.state.preferences import Preferences
from gui.theme import theme


class ViewControl(QObject):
    """Handles the View and Help menus, and restores the layout of the last start.

    Attributes:
        layout: shows and hides the parts of the window.
        navigation: the command palette, the shortcuts, help and the tour.
        messages: where messages lie; hides them and shows them again.
        focus_ring: the ring around what has the keyboard focus.
    """

    def __init__(
        self,
        *,
        window: QMainWindow,
        menus: Menus,
        panels: WindowFrame,
        log_button: QToolButton,
        job: QWidget,
        preferences: Preferences,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._menus = menus
        self._panels = panels
        self._log_button = log_button
        self._preferences = preferences
        self._is_tour_due = False
        for bar in panels.offers:
            bar.changed.connect(self._start_due_tour)
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
        self._add_navigation(window, menus, job)

    def restore(self) -> None:
        """Restore the layout of the last start."""
        preferences = self._preferences
        self._panels.restore(preferences)
        for place in (self._menus, self._panels.welcome):
            place.show_recent(preferences.recent, preferences.recent_sessions)
        self._menus.show_theme(preferences.theme)
        self._menus.log.setChecked(preferences.is_log_shown)
        self.layout.restore()
        for page in self._panels.pages:
            page.restore(preferences)

    def start_tour_if_wanted(self) -> None:
        """Start the tour for a person who has not used the window before, once no offer is open that it would cover."""
        if not is_wanted(self._preferences):
            return
        self._is_tour_due = True
        self._start_due_tour()

    @Slot()
    def _start_due_tour(self) -> None:
        if self._is_tour_due and not any(bar.text for bar in self._panels.offers):
            self._is_tour_due = False
            self.navigation.start_tour()

    def remember(self) -> None:
        """Write the layout to the preferences."""
        self._panels.remember(self._preferences)
        for page in self._panels.pages:
            page.remember(self._preferences)

    def _add_navigation(self, window: QMainWindow, menus: Menus, job: QWidget) -> None:
        panels = self._panels
        actions = NavigationActions(view_menu=menus.view_menu, help_menu=menus.help_menu, log=menus.log, parent=self)
        self.layout = LayoutControl(
            actions=actions,
            left=panels.left,
            classifier=panels.classifier,
            reset=self._reset_layout,
            bar=window.statusBar(),
            preferences=self._preferences,
            parent=self,
        )
        self.layout.text_size_changed.connect(panels.scale_columns)
        steps = tour_steps(
            files=panels.files,
            tabs=panels.tabs,
            middle=panels.middle,
            find_buttons=lambda: panels.page.buttons,
            classifier=panels.classifier,
        )
        self.navigation = NavigationControl(
            window=window,
            actions=actions,
            pages=panels.pages,
            find_shown=lambda: panels.page,
            show_page=panels.show_page,
            find_page_actions=lambda: (*menus.offered.values(), *menus.actions.values()),
            tour_steps=steps,
            preferences=self._preferences,
        )
        self.messages = MessagePlace(
            window=window, bars=(panels.messages, *panels.offers), middle=panels.middle, job=job
        )
        for changed in (panels.messages.changed, *(bar.changed for bar in panels.offers)):
            changed.connect(self._on_message_changed)
        self.focus_ring = FocusRing(window)

    @Slot()
    def _on_message_changed(self) -> None:
        """Keep messages that come, which are raised, below the layer of the tour."""
        if self.navigation.tour.isVisible():
            self.navigation.tour.raise_()

    def _reset_layout(self) -> None:
        """Put columns, rows and the log back to where they are at the first start."""
        self._menus.log.setChecked(False)
        self._panels.reset_layout()
        for page in self._panels.pages:
            page.reset_layout()

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
        dialogs.show_about(self._window, sandbox=sandbox_state().sentence)
