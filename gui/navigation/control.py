"""The command palette, the list of shortcuts, help on what has the focus, the glossary and the tour."""

from collections.abc import Callable, Sequence

import shiboken6
from PySide6.QtCore import QEvent, QObject, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QWidget

from gui.guide.explain import TopicBox
from gui.guide.focus_help import help_for
from gui.guide.glossary import show_glossary
from gui.keys.bindings import bindings
from gui.navigation.actions import NavigationActions
from gui.navigation.cheat_sheet import CheatSheet
from gui.navigation.commands import Command, find_commands
from gui.navigation.palette import CommandPalette
from gui.navigation.rebinding.control import RebindingControl
from gui.navigation.tour import Tour, TourStep
from gui.page import Page
from gui.state.preferences import Preferences, save_preferences

_PORTABLE = QKeySequence.SequenceFormat.PortableText


class NavigationControl(QObject):
    """Opens what helps to find one's way.

    Args:
        window: the window.
        actions: the entries of the Help menu.
        pages: the pages.
        find_shown: returns the page that is shown.
        show_page: shows a page, by its key.
        find_page_actions: returns the menu entries that stand for commands of pages.
        tour_steps: the steps of the tour.
        preferences: the stored preferences; kept up to date.

    Attributes:
        palette: the command palette.
        rebinding: changes the keyboard shortcuts.
        tour: the tour.
        topic_box: what F1 opened last; None before the first time.
    """

    def __init__(
        self,
        *,
        window: QMainWindow,
        actions: NavigationActions,
        pages: Sequence[Page],
        find_shown: Callable[[], Page],
        show_page: Callable[[str], object],
        find_page_actions: Callable[[], Sequence[QAction]],
        tour_steps: Sequence[TourStep],
        preferences: Preferences,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._pages = tuple(pages)
        self._find_shown, self._show_page, self._find_page_actions = find_shown, show_page, find_page_actions
        self._preferences = preferences
        self.palette = CommandPalette(window)
        self.tour = Tour(window, tour_steps)
        self.topic_box: TopicBox | None = None
        self._change_shortcuts = actions.change_shortcuts.trigger
        self.rebinding = RebindingControl(window=window, action=actions.change_shortcuts, preferences=preferences)
        self._watched: QLineEdit | None = None
        self.palette.chosen.connect(self._on_chosen)
        self.tour.ended.connect(self._on_tour_ended)
        actions.palette.triggered.connect(self.open_palette)
        actions.shortcuts.triggered.connect(self.show_shortcuts)
        actions.focus_help.triggered.connect(self.explain_focus)
        actions.glossary.triggered.connect(self._on_glossary)
        actions.tour.triggered.connect(self.start_tour)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus_changed)

    @property
    def commands(self) -> tuple[Command, ...]:
        """All commands of the window, as they are now."""
        return find_commands(
            self._window.menuBar(),
            self._pages,
            shown=self._find_shown(),
            show_page=self._show_page,
            page_actions=self._find_page_actions(),
        )

    @Slot()
    def open_palette(self) -> None:
        """Open the command palette; close it if it is open."""
        if self.palette.isVisible():
            self.palette.close_palette()
        else:
            self.palette.open_with(self.commands, self._preferences.recent_commands)

    @Slot()
    def show_shortcuts(self) -> None:
        """Show the list of shortcuts."""
        box = CheatSheet(self.commands, self._window)
        box.change_requested.connect(self._change_shortcuts)
        box.exec()
        box.deleteLater()

    @Slot()
    def explain_focus(self) -> None:
        """Explain the widget that has the focus; the window if none has."""
        focused = QApplication.focusWidget()
        told = help_for(focused)
        if self.topic_box is None:
            self.topic_box = TopicBox(self._window)
        self.topic_box.show_text(told.title, list(told.paragraphs), told.entries)
        self.topic_box.open_below(focused if focused is not None else self._window.menuBar())

    @Slot()
    def start_tour(self) -> None:
        """Start the tour at its first step."""
        self.palette.close_palette()
        self.tour.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep text fields from taking Ctrl+K, which deletes the rest of a line on some systems, and chosen keys."""
        if watched is self._watched and event.type() == QEvent.Type.ShortcutOverride:
            pressed = QKeySequence(event.keyCombination())  # type: ignore[attr-defined]
            if pressed.toString(_PORTABLE) in bindings.keys("help.palette") or bindings.is_chosen(pressed):
                event.ignore()
                return True
        return bool(super().eventFilter(watched, event))

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if self._watched is not None and shiboken6.isValid(self._watched):
            self._watched.removeEventFilter(self)
        self._watched = None
        if isinstance(new, QLineEdit) and new.window() is self._window:
            self._watched = new
            new.installEventFilter(self)

    @Slot(object)
    def _on_chosen(self, command: Command) -> None:
        self._preferences.remember_command(command.key)
        command.run()

    @Slot()
    def _on_glossary(self) -> None:
        show_glossary(self._window)

    @Slot()
    def _on_tour_ended(self) -> None:
        """Remember at once that the tour was seen: also after a crash it does not start again."""
        if not self._preferences.is_tour_done:
            self._preferences.is_tour_done = True
            save_preferences(self._preferences)
