"""The window's menus."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMainWindow

from gui.export.menu import refresh_all
from gui.keys.bindings import EVERYWHERE, Binding, bind, bindings, plain_text
from gui.page import Offer, Page, why_running
from gui.session_file.menu import RecentMenu, SessionActions
from gui.state.open_files import PAGE_ROLES, Role
from gui.state.preferences import RecentFile
from gui.theme import theme

_OPEN = (
    (Role.MODEL, "Open &model…", "Ctrl+Shift+O", "model"),
    (Role.VALIDATION, "Open clean &validation data…", "Ctrl+Shift+V", "data"),
    (Role.TEST, "Open clean &test data…", "Ctrl+Shift+T", "data"),
    (Role.POISONED, "Add p&oisoned data…", "Ctrl+Shift+P", "poisoned"),
    (Role.UNLABELLED, "Open more clean im&ages…", "", "data"),
    (Role.IMAGE, "Open &image…", "Ctrl+P", "image"),
)
_ROLE_TITLES = {
    Role.VALIDATION: "clean validation data",
    Role.TEST: "clean test data",
    Role.POISONED: "poisoned data",
    Role.UNLABELLED: "more clean images",
}
_OPEN_KEYS = {
    Role.MODEL: "model",
    Role.VALIDATION: "validation",
    Role.TEST: "test",
    Role.POISONED: "poisoned",
    Role.UNLABELLED: "unlabelled",
    Role.IMAGE: "image",
}
_THEMES = (("system", "&System"), ("light", "&Light"), ("dark", "&Dark"))

NOTHING_RUNS = "Nothing runs that could be stopped."
NOT_TAKEN = "The shown page does not use them with its current settings."


class Menus(QObject):
    """Builds the menus and emits what was chosen.

    Saving, exporting and starting act on the shown page only.

    Attributes:
        offered: the save and export actions of the shown page, by key.
        actions: the other actions of all pages, by key; only those of the shown page are enabled.
        open_any: the action that opens files and folders of any kind.
        openers: the actions that open files, by role.
        folder_openers: the actions that open folders of images, by role.
        recent: the menu of what was opened before.
        sessions: the actions that open and save sessions, and reload files.
    """

    any_requested = Signal()  # files and folders of any kind
    open_requested = Signal(object)  # Role
    folder_requested = Signal(object)  # Role
    recent_chosen = Signal(object, object)  # Role, Path
    demo_requested = Signal()
    close_requested = Signal()
    theme_chosen = Signal(str)
    page_chosen = Signal(str)  # its key

    def __init__(self, window: QMainWindow, pages: Sequence[Page]) -> None:
        super().__init__(window)
        self._window = window
        self._icons: list[tuple[QAction, str]] = []
        self._pages = tuple(pages)
        self._shown = self._pages[0]
        self.offered: dict[str, QAction] = {}
        self.actions: dict[tuple[str, str], QAction] = {}  # by the keys of page and action
        self.openers: dict[Role, QAction] = {}
        self.folder_openers: dict[Role, QAction] = {}
        self._is_running = False
        for page in self._pages:
            _declare(page)
        self.quit = self._action("file.quit", "&Quit", "Ctrl+Q")
        self.cancel = self._action("run.cancel", "&Cancel", "Esc", "cancel")
        self.cancel.setAutoRepeat(False)  # a key that is held down would skip what a stopped job still does
        self.log = self._action("view.log", "&Log", "Ctrl+L")
        self.log.setCheckable(True)
        self.method = self._action("help.method", "&How it works")
        self.about = self._action("help.about", "&About Backdoor Inspector", "", "about")
        self.recent = RecentMenu("Open &recent", window)
        self.sessions = SessionActions(self)
        self._build_file_menu()
        self._build_run_menu()
        self._build_view_menu()
        self.help_menu = window.menuBar().addMenu("&Help")
        self.help_menu.addAction(self.method)
        self.help_menu.addAction(self.about)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.show_page(self._shown.key)

    def show_recent(self, recent: list[RecentFile], sessions: list[str]) -> None:
        """List these files and sessions."""
        self.recent.show_recent(recent, sessions)
        self.set_running(self._is_running)

    def add_image_action(self, action: QAction) -> None:
        """Add a way to open images to the File menu."""
        self._file_menu.insertAction(self._behind_images, action)

    def set_running(self, is_running: bool) -> None:
        """Disable opening models and data while a run or a repair is in progress; images can be opened."""
        self._is_running = is_running
        self._update_openers()

    def show_theme(self, name: str) -> None:
        """Check the entry of the current theme."""
        for action in self._themes.actions():
            action.setChecked(action.data() == name)

    @Slot(str)
    def show_page(self, key: str) -> None:
        """Check the entry of the shown page, and list its save and export actions."""
        self._shown = next(page for page in self._pages if page.key == key)
        for action in self._views.actions():
            action.setChecked(action.data() == key)
        for action in self.offered.values():
            self._file_menu.removeAction(action)
            self._exports.removeAction(action)
            action.setEnabled(False)  # at once: its keys belong to another action now
            action.deleteLater()
        self._icons = [(action, name) for action, name in self._icons if action not in self.offered.values()]
        self.offered = {}
        for offer in self._shown.saves:
            self.offered[offer.key] = self._offer_action(self._shown, offer)
            self._file_menu.insertAction(self._exports.menuAction(), self.offered[offer.key])
        for offer in self._shown.exports:
            self.offered[offer.key] = self._offer_action(self._shown, offer)
            self._exports.addAction(self.offered[offer.key])
        for page in self._pages:
            for menu in page.export_menus:
                self._exports.removeAction(menu.menuAction())
        for menu in self._shown.export_menus:
            self._exports.addMenu(menu)
        self._recolour()
        self.update_offers()

    @Slot()
    def update_offers(self) -> None:
        """Enable the actions of the shown page, or show why they are disabled; disable those of other pages."""
        self._update_openers()
        for offer in (*self._shown.saves, *self._shown.exports):
            set_reason(self.offered[offer.key], offer.reason)
        for page in self._pages:
            for offer in page.actions:
                hidden = bindings.told(f"Show “{page.title}” first.", f"view.{page.key}")
                set_reason(self.actions[page.key, offer.key], offer.reason if page is self._shown else hidden)

    def _update_openers(self) -> None:
        for role, action in (*self.openers.items(), *self.folder_openers.items()):
            set_reason(action, self._find_open_reason(role))
        set_reason(self.close_all, why_running() if self._is_running else "")
        self.recent.show_reasons(self._find_open_reason, why_no_session=why_running() if self._is_running else "")

    def _find_open_reason(self, role: Role) -> str:
        """Return why no file can be opened in a role; empty when it can."""
        if self._is_running and role is not Role.IMAGE:
            return why_running()
        return NOT_TAKEN if role in PAGE_ROLES and role not in self._shown.roles else ""

    def _build_file_menu(self) -> None:
        menu = self._file_menu = self._window.menuBar().addMenu("&File")
        menu.setToolTipsVisible(True)  # the reasons of disabled entries
        self.open_any = self._action("file.open", "&Open…", "Ctrl+O", "open")
        self.open_any.triggered.connect(self.any_requested)
        menu.addAction(self.open_any)
        for role, text, keys, icon_name in _OPEN:
            action = self._action(f"file.open-{_OPEN_KEYS[role]}", text, keys, icon_name)
            action.setData(role)
            action.triggered.connect(self._on_open)
            menu.addAction(action)
            self.openers[role] = action
        folders = menu.addMenu("Open a &folder of images")
        self._behind_images = folders.menuAction()
        folders.setToolTipsVisible(True)
        for role, title in _ROLE_TITLES.items():
            key, name = f"file.folder-{_OPEN_KEYS[role]}", f"Open a folder of images as {title}…"
            self.folder_openers[role] = self._action(key, f"As {title}…", "", "folder", name=name)
            self.folder_openers[role].setData(role)
            self.folder_openers[role].triggered.connect(self._on_folder)
            folders.addAction(self.folder_openers[role])
        self.names = self._action("file.names", "Open class &names…", "", "data")
        menu.addAction(self.names)
        self.no_names = self._action("file.no-names", "S&how class numbers only", "", "clear")
        menu.addAction(self.no_names)
        self.recent.file_chosen.connect(self.recent_chosen)
        menu.addMenu(self.recent)
        demo = self._action("file.demo", "Open the &demo", "Ctrl+D")
        demo.triggered.connect(self._on_demo)
        menu.addAction(demo)
        self.close_all = self._action("file.close-all", "C&lose all files", "Ctrl+Shift+W", "clear")
        self.close_all.triggered.connect(self._on_close_all)
        menu.addAction(self.close_all)
        self.sessions.insert(menu, menu.addSeparator())
        self._exports = menu.addMenu("&Export")
        self._exports.setToolTipsVisible(True)
        self._exports.aboutToShow.connect(lambda: refresh_all(self._shown.export_menus))
        menu.addSeparator()
        menu.addAction(self.quit)

    def _build_run_menu(self) -> None:
        menu = self._window.menuBar().addMenu("&Run")
        menu.setToolTipsVisible(True)
        for page in self._pages:
            for offer in page.actions:
                self.actions[page.key, offer.key] = self._offer_action(page, offer)
                menu.addAction(self.actions[page.key, offer.key])
        menu.addSeparator()
        menu.addAction(self.cancel)

    def _offer_action(self, page: Page, offer: Offer) -> QAction:
        action = self._plain_action(offer.text, offer.icon)
        bindings.bind(action, page.binding_key(offer))
        action.triggered.connect(lambda _checked=False: offer.run())
        return action

    def _build_view_menu(self) -> None:
        menu = self.view_menu = self._window.menuBar().addMenu("&View")
        menu.setToolTipsVisible(True)
        self._views = QActionGroup(self)
        for page in self._pages:
            action = self._action(f"view.{page.key}", page.menu_text, page.shortcut)
            action.setCheckable(True)
            action.setData(page.key)
            action.triggered.connect(self._on_page)
            self._views.addAction(action)
            menu.addAction(action)
        menu.addSeparator()
        themes = menu.addMenu("&Theme")
        self._themes = QActionGroup(self)
        for name, text in _THEMES:
            action = self._action(f"view.theme-{name}", text, name=f"Theme: {plain_text(text)}")
            action.setCheckable(True)
            action.setData(name)
            action.triggered.connect(self._on_theme)
            self._themes.addAction(action)
            themes.addAction(action)
        menu.addAction(self.log)

    def _action(self, key: str, text: str, keys: str = "", icon_name: str = "", *, name: str = "") -> QAction:
        """Return an action whose keys can be changed; `key` is its menu and name, `name` what it is called alone."""
        action = self._plain_action(text, icon_name)
        bind(action, key, key.partition(".")[0].capitalize(), *([keys] if keys else []), text=name)
        return action

    def _plain_action(self, text: str, icon_name: str) -> QAction:
        action = QAction(text, self)
        if icon_name:
            self._icons.append((action, icon_name))
        return action

    def _sent(self) -> QAction:
        action = self.sender()
        assert isinstance(action, QAction)
        return action

    @Slot()
    def _on_open(self) -> None:
        self.open_requested.emit(Role(self._sent().data()))  # Qt stores the value as plain text

    @Slot()
    def _on_folder(self) -> None:
        self.folder_requested.emit(Role(self._sent().data()))

    @Slot()
    def _on_demo(self) -> None:
        self.demo_requested.emit()

    @Slot()
    def _on_close_all(self) -> None:
        self.close_requested.emit()

    @Slot()
    def _on_page(self) -> None:
        self.page_chosen.emit(self._sent().data())

    @Slot()
    def _on_theme(self) -> None:
        self.theme_chosen.emit(self._sent().data())

    @Slot()
    def _recolour(self) -> None:
        for action, icon_name in self._icons:
            action.setIcon(theme.icon(icon_name))


def _declare(page: Page) -> None:
    """Put what a page offers into the table of shortcuts."""
    for group, offers in (("File", page.saves), (page.title, page.exports), (page.title, page.actions)):
        for offer in offers:
            text, usual = plain_text(offer.text), (offer.shortcut,) if offer.shortcut else ()
            place = EVERYWHERE if offers is page.saves else page.key
            bindings.declare(Binding(page.binding_key(offer), group, text, usual, place))


def set_reason(action: QAction, reason: str) -> None:
    """Enable an action, or disable it and show why."""
    action.setEnabled(not reason)
    action.setToolTip(reason or action.text().replace("&", ""))
