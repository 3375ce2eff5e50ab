"""The entries of the File menu that concern sessions, and the menu of what was opened before."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from gui.keys.bindings import Binding, bind, bindings
from gui.page import why_running
from gui.state.open_files import Role
from gui.state.preferences import RecentFile

NUMBERED = 9
MISSING = "It is no longer there."
_HEADINGS = {
    Role.MODEL: "Models",
    Role.VALIDATION: "Clean validation data",
    Role.TEST: "Clean test data",
    Role.POISONED: "Poisoned data",
    Role.UNLABELLED: "More clean images",
    Role.IMAGE: "Images",
}
_ROLE_NAMES: dict[str, str] = {Role.IMAGE: "image", Role.UNLABELLED: "more clean images"}  # where the value is another


class SessionActions(QObject):
    """The entries that open, save and reload."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.open = self._action("file.open-session", "Open sess&ion…", "Ctrl+Alt+O")
        self.save = self._action("file.save-session", "Sa&ve session", "Ctrl+Alt+S")
        self.save_as = self._action("file.save-session-as", "Save session &as…", "Ctrl+Alt+Shift+S")
        self.reload = self._action("file.reload", "Re&load changed files", "F5")

    def insert(self, menu: QMenu, before: QAction) -> None:
        """Put the entries into a menu."""
        menu.insertAction(before, self.reload)
        menu.insertSeparator(before)
        for action in (self.open, self.save, self.save_as):
            menu.insertAction(before, action)

    def update(self, *, is_running: bool, why_not_saved: str) -> None:
        """Enable the entries, or say why they are disabled."""
        running = why_running() if is_running else ""
        for action, reason in (
            (self.open, running),
            (self.save, why_not_saved),
            (self.save_as, why_not_saved),
            (self.reload, running),
        ):
            action.setEnabled(not reason)
            action.setToolTip(reason or action.text().replace("&", ""))

    def _action(self, key: str, text: str, keys: str) -> QAction:
        action = QAction(text, self)
        bind(action, key, "File", keys)
        return action


class RecentMenu(QMenu):
    """What was opened before, by role; what is no longer there is greyed, with the reason."""

    file_chosen = Signal(object, object)  # Role, Path
    session_chosen = Signal(object)  # Path
    clear_requested = Signal()
    look_requested = Signal(object)  # tuple[Path, ...]: whether they are there

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(title, parent)
        self.setToolTipsVisible(True)
        self.files: list[QAction] = []
        self.sessions: list[QAction] = []
        self._find_reason: Callable[[Role], str] = lambda _role: ""
        self._why_no_session = ""
        self._missing: frozenset[Path] = frozenset()
        for number in range(1, NUMBERED + 1):
            text = f"Open recent session or model {number}"
            bindings.declare(Binding(f"file.recent-{number}", "File", text, (f"Ctrl+Alt+{number}",)))
        self.aboutToShow.connect(self._on_about_to_show)

    def show_recent(self, files: Sequence[RecentFile], sessions: Sequence[str]) -> None:
        """List these files and sessions; the first few sessions and models have shortcuts."""
        self.clear()
        self.files, self.sessions = [], []
        self.setEnabled(bool(files or sessions))
        if sessions:
            self.addSection("Sessions")
        for path in sessions:
            action = self._add(Path(path).name, path)
            action.triggered.connect(lambda _checked=False, path=path: self.session_chosen.emit(Path(path)))
            self.sessions.append(action)
        for role, heading in _HEADINGS.items():
            entries = [each for each in files if each.role == role]
            if entries:
                self.addSection(heading)
            names = Counter(Path(each.path).name for each in entries)
            for entry in entries:
                file = Path(entry.path)
                place = f", in {file.parent.name}" if names[file.name] > 1 else ""
                name = f"{file.name}  ({_ROLE_NAMES.get(entry.role, entry.role)}{place})"
                action = self._add(name, entry.path)
                action.setData([entry.role, entry.path])
                action.triggered.connect(self._on_file)
                self.files.append(action)
        models = [each for each in self.files if each.data()[0] == Role.MODEL]
        for number, action in enumerate([*self.sessions, *models][:NUMBERED], start=1):
            bindings.bind(action, f"file.recent-{number}")
        if files or sessions:
            self.addSeparator()
            self.addAction("&Clear this list").triggered.connect(self.clear_requested)
        self._update()

    def show_reasons(self, find_reason: Callable[[Role], str], *, why_no_session: str) -> None:
        """Enable what can be opened now.

        Args:
            find_reason: returns why no file can be opened in a role; empty when it can.
            why_no_session: the same for sessions.
        """
        self._find_reason, self._why_no_session = find_reason, why_no_session
        self._update()

    def show_missing(self, missing: frozenset[Path]) -> None:
        """Grey what is not there."""
        self._missing = missing
        self._update()

    def _add(self, name: str, path: str) -> QAction:
        action = self.addAction(name.replace("&", "&&"))
        action.setStatusTip(path)
        return action

    def _update(self) -> None:
        for action in self.files:
            role, path = action.data()
            _show_reason(action, path, self._find_reason(Role(role)) or self._why_missing(path))
        for action in self.sessions:
            path = action.statusTip()
            _show_reason(action, path, self._why_no_session or self._why_missing(path))

    def _why_missing(self, path: str) -> str:
        return MISSING if Path(path) in self._missing else ""

    @Slot()
    def _on_about_to_show(self) -> None:
        paths = [action.statusTip() for action in (*self.sessions, *self.files)]
        self.look_requested.emit(tuple(dict.fromkeys(map(Path, paths))))

    @Slot()
    def _on_file(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        role, path = action.data()
        self.file_chosen.emit(Role(role), Path(path))


def _show_reason(action: QAction, path: str, reason: str) -> None:
    action.setEnabled(not reason)
    action.setToolTip(f"{path}\n{reason}" if reason else path)
