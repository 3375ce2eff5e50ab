"""The window's menus."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from gui.state.preferences import RecentFile
from gui.state.session import Role, View
from gui.theme import theme

_OPEN = (
    (Role.MODEL, "Open &model…", "Ctrl+O", "model"),
    (Role.VALIDATION, "Open clean &validation data…", "Ctrl+Shift+V", "data"),
    (Role.TEST, "Open clean &test data…", "Ctrl+Shift+T", "data"),
    (Role.POISONED, "Add p&oisoned data…", "Ctrl+Shift+P", "poisoned"),
    (Role.UNLABELLED, "Open more clean pict&ures to refit with…", "", "data"),
    (Role.IMAGE, "Open &image…", "Ctrl+P", "image"),
)
_VIEWS = ((View.PRUNE, "&Prune", "Ctrl+1"), (View.REPAIR, "Re&pair", "Ctrl+2"), (View.COMPARE, "&Compare", "Ctrl+3"))
_EXPORTS = (
    ("csv", "Curve as &CSV…"),
    ("json", "Results as &JSON…"),
    ("png", "Chart as &PNG…"),
    ("svg", "Chart as &SVG…"),
    ("report", "&Report as HTML…"),
)
_THEMES = (("system", "As the &system"), ("light", "&Light"), ("dark", "&Dark"))


class Menus(QObject):
    """Builds the menus and says what was chosen from them."""

    open_requested = Signal(object)  # Role
    recent_chosen = Signal(object, object)  # Role, Path
    demo_requested = Signal()
    save_requested = Signal(str)  # "pruned" or "repaired"
    export_requested = Signal(str)
    theme_chosen = Signal(str)
    view_chosen = Signal(object)  # View

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._icons: list[tuple[QAction, str]] = []
        self._exports: list[QAction] = []
        self._openers: list[QAction] = []
        self._is_running = False
        self.quit = QAction("&Quit", self)
        self.quit.setShortcut(QKeySequence.StandardKey.Quit)
        self.run = self._action("&Run", "Ctrl+R", "run")
        self.repair = self._action("Re&pair", "Ctrl+Shift+R", "repair")
        self.cancel = self._action("&Cancel", "Esc", "cancel")
        self.restore = self._action("&Back to the order", "Ctrl+B", "back")
        self.log = self._action("&Log", "Ctrl+L")
        self.log.setCheckable(True)
        self.method = self._action("&How it works", "F1")
        self.about = self._action("&About Backdoor Inspector", "", "about")
        self._recent = QMenu("Open &recent", window)
        self._build_file_menu()
        run_menu = window.menuBar().addMenu("&Run")
        for action in (self.run, self.repair, self.cancel, self.restore):
            run_menu.addAction(action)
        self._build_view_menu()
        help_menu = window.menuBar().addMenu("&Help")
        help_menu.addAction(self.method)
        help_menu.addAction(self.about)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.set_savable(False)

    def show_recent(self, recent: list[RecentFile]) -> None:
        """Offer these files."""
        self._recent.clear()
        self._recent.setEnabled(bool(recent))
        for entry in recent:
            action = self._recent.addAction(f"{Path(entry.path).name}  ({entry.role})".replace("&", "&&"))
            action.setData([entry.role, entry.path])
            action.setToolTip(entry.path)
            action.triggered.connect(self._on_recent)
        self.set_running(self._is_running)

    def set_running(self, is_running: bool) -> None:
        """While a run goes on, model and data stay as they are; images can be opened."""
        self._is_running = is_running
        for action in self._openers:
            action.setEnabled(not is_running or action.data() == Role.IMAGE)
        for action in self._recent.actions():
            action.setEnabled(not is_running or action.data()[0] == Role.IMAGE)

    def show_theme(self, name: str) -> None:
        """Tick the theme in force."""
        for action in self._themes.actions():
            action.setChecked(action.data() == name)

    @Slot(object)
    def show_view(self, view: View) -> None:
        """Tick what the window is used for."""
        for action in self._views.actions():
            action.setChecked(View(action.data()) is view)

    def set_savable(self, is_whole: bool) -> None:
        """Whether there is a whole run to save and to export."""
        for action in (self.save_pruned, self.save_repaired, *self._exports):
            action.setEnabled(is_whole)

    def _build_file_menu(self) -> None:
        menu = self._window.menuBar().addMenu("&File")
        for role, text, keys, icon_name in _OPEN:
            action = self._action(text, keys, icon_name)
            action.setData(role)
            action.triggered.connect(self._on_open)
            menu.addAction(action)
            self._openers.append(action)
        self._recent.setToolTipsVisible(True)
        menu.addMenu(self._recent)
        demo = self._action("Open the &demo", "Ctrl+D")
        demo.triggered.connect(self._on_demo)
        menu.addAction(demo)
        menu.addSeparator()
        self.save_pruned = self._action("Save pruned network &B′…", "Ctrl+S", "save")
        self.save_repaired = self._action("Save repaired network &G…", "Ctrl+Shift+S", "save")
        for action, kind in ((self.save_pruned, "pruned"), (self.save_repaired, "repaired")):
            action.setData(kind)
            action.triggered.connect(self._on_save)
            menu.addAction(action)
        exports = menu.addMenu("&Export")
        for kind, text in _EXPORTS:
            action = self._action(text)
            action.setData(kind)
            action.triggered.connect(self._on_export)
            exports.addAction(action)
            self._exports.append(action)
        menu.addSeparator()
        menu.addAction(self.quit)

    def _build_view_menu(self) -> None:
        menu = self._window.menuBar().addMenu("&View")
        self._views = QActionGroup(self)
        for view, text, keys in _VIEWS:
            action = self._action(text, keys)
            action.setCheckable(True)
            action.setData(view)
            action.triggered.connect(self._on_view)
            self._views.addAction(action)
            menu.addAction(action)
        menu.addSeparator()
        themes = menu.addMenu("&Theme")
        self._themes = QActionGroup(self)
        for name, text in _THEMES:
            action = self._action(text)
            action.setCheckable(True)
            action.setData(name)
            action.triggered.connect(self._on_theme)
            self._themes.addAction(action)
            themes.addAction(action)
        menu.addAction(self.log)

    def _action(self, text: str, keys: str = "", icon_name: str = "") -> QAction:
        action = QAction(text, self)
        if keys:
            action.setShortcut(QKeySequence(keys))
        if icon_name:
            self._icons.append((action, icon_name))
        return action

    def _sent(self) -> QAction:
        action = self.sender()
        assert isinstance(action, QAction)
        return action

    @Slot()
    def _on_open(self) -> None:
        self.open_requested.emit(Role(self._sent().data()))  # Qt keeps its value as plain text

    @Slot()
    def _on_recent(self) -> None:
        role, path = self._sent().data()
        self.recent_chosen.emit(Role(role), Path(path))

    @Slot()
    def _on_demo(self) -> None:
        self.demo_requested.emit()

    @Slot()
    def _on_save(self) -> None:
        self.save_requested.emit(self._sent().data())

    @Slot()
    def _on_export(self) -> None:
        self.export_requested.emit(self._sent().data())

    @Slot()
    def _on_view(self) -> None:
        self.view_chosen.emit(View(self._sent().data()))

    @Slot()
    def _on_theme(self) -> None:
        self.theme_chosen.emit(self._sent().data())

    @Slot()
    def _recolour(self) -> None:
        for action, icon_name in self._icons:
            action.setIcon(theme.icon(icon_name))
