"""The menu of what was opened before: by role, greyed where it is gone, with shortcuts that nothing else has."""

from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from gui.session_file.menu import MISSING, RecentMenu
from gui.shell.wiring import WindowWiring
from gui.state.preferences import RecentFile, load_preferences
from gui.state.session import Role
from tests.gui.window_driver import Driver


def recent(role: Role, path: str) -> RecentFile:
    return RecentFile.model_validate({"role": role.value, "path": path})


@pytest.fixture
def menu(qtbot: QtBot) -> RecentMenu:
    made = RecentMenu("Open recent", None)
    qtbot.addWidget(made)
    return made


def headings(menu: RecentMenu) -> list[str]:
    return [action.text() for action in menu.actions() if action.isSeparator() and action.text()]


def test_files_stand_under_their_role_sessions_first(menu: RecentMenu) -> None:
    files = [recent(Role.TEST, "/a/t.h5"), recent(Role.MODEL, "/a/n.h5"), recent(Role.MODEL, "/b/m&m.h5")]
    menu.show_recent(files, ["/c/one.zip"])
    assert headings(menu) == ["Sessions", "Models", "Clean test data"]
    assert [action.text() for action in menu.sessions] == ["one.zip"]
    assert [action.text() for action in menu.files] == ["n.h5  (model)", "m&&m.h5  (model)", "t.h5  (test)"]
    keys = [action.shortcut().toString() for action in (*menu.sessions, *menu.files)]
    assert keys == ["Ctrl+Alt+1", "Ctrl+Alt+2", "Ctrl+Alt+3", ""]


def test_equal_names_are_told_apart_by_their_folders(menu: RecentMenu) -> None:
    menu.show_recent([recent(Role.MODEL, "/a/n.h5"), recent(Role.MODEL, "/b/n.h5"), recent(Role.MODEL, "/b/m.h5")], [])
    assert [action.text() for action in menu.files] == ["n.h5  (model, in a)", "n.h5  (model, in b)", "m.h5  (model)"]


def test_at_most_nine_have_a_shortcut(menu: RecentMenu) -> None:
    menu.show_recent([recent(Role.MODEL, f"/m{place}.h5") for place in range(8)], ["/a.zip", "/b.zip"])
    keys = [action.shortcut().toString() for action in (*menu.sessions, *menu.files)]
    assert keys == [f"Ctrl+Alt+{number}" for number in range(1, 10)] + [""]


def test_what_is_gone_is_greyed_with_the_reason(menu: RecentMenu) -> None:
    menu.show_recent([recent(Role.MODEL, "/gone.h5"), recent(Role.MODEL, "/here.h5")], ["/gone.zip"])
    menu.show_missing(frozenset({Path("/gone.h5"), Path("/gone.zip")}))
    assert [action.isEnabled() for action in (*menu.sessions, *menu.files)] == [False, False, True]
    assert menu.files[0].toolTip() == f"/gone.h5\n{MISSING}"
    menu.show_missing(frozenset())
    assert all(action.isEnabled() for action in (*menu.sessions, *menu.files))


def test_opening_the_menu_looks_for_the_files(wiring: WindowWiring, driver: Driver, tmp_path: Path) -> None:
    there = tmp_path / "there.zip"
    there.write_bytes(b"x")
    for path in (tmp_path / "gone.zip", there):
        wiring.preferences.remember_session(path)
    wiring.preferences.remember_file(Role.MODEL, tmp_path / "gone.h5")
    wiring.session_files.show_recent()
    menu = wiring.menus.recent
    menu.popup(wiring.window.pos())
    driver.wait_until(lambda: not menu.files[0].isEnabled())
    assert [action.isEnabled() for action in menu.sessions] == [True, False]
    menu.close()


def test_clear_forgets_all(wiring: WindowWiring) -> None:
    wiring.preferences.remember_file(Role.MODEL, Path("a.h5"))
    wiring.preferences.remember_session(Path("a.zip"))
    wiring.session_files.show_recent()
    assert wiring.menus.recent.isEnabled()
    assert len(wiring.panels.welcome.recent_buttons) == 2
    wiring.menus.recent.actions()[-1].trigger()
    assert (wiring.preferences.recent, wiring.preferences.recent_sessions) == ([], [])
    assert not wiring.menus.recent.isEnabled()
    assert wiring.panels.welcome.recent_buttons == ()


def test_the_welcome_page_offers_recent_sessions_before_files(
    wiring: WindowWiring, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(wiring.session_files.control, "_submit_open", lambda path, *_: opened.append(path))
    for name in ("oldest.zip", "older.zip", "newest.zip"):
        wiring.preferences.remember_session(tmp_path / name)
    wiring.preferences.remember_file(Role.MODEL, tmp_path / "net.h5")
    wiring.session_files.show_recent()
    buttons = wiring.panels.welcome.recent_buttons
    assert [each.text() for each in buttons] == ["newest.zip", "older.zip", "net.h5"]
    buttons[0].click()
    assert opened == [tmp_path / "newest.zip"]


def test_a_shortcut_opens_the_nth_model(wiring: WindowWiring, driver: Driver, qtbot: QtBot) -> None:
    for name in ("old.h5", "new.h5"):
        wiring.preferences.remember_file(Role.MODEL, Path(name))
    wiring.session_files.show_recent()
    window = wiring.window
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    driver.settle()
    assert wiring.session.summary is not None
    assert wiring.session.summary.path.name == "old.h5"


def test_no_two_actions_have_the_same_keys(wiring: WindowWiring) -> None:
    for place in range(12):
        wiring.preferences.remember_session(Path(f"{place}.zip"))
    wiring.session_files.show_recent()
    hidden = {id(action) for (page, _), action in wiring.menus.actions.items() if page != wiring.panels.page.key}
    actions = {id(each): each for each in wiring.window.findChildren(QAction) if id(each) not in hidden}.values()
    keys = Counter(key.toString() for each in actions for key in each.shortcuts())
    assert {key: count for key, count in keys.items() if count > 1} == {}
    assert {"Ctrl+Alt+S", "Ctrl+Alt+O", "F5", "Ctrl+Alt+9"} <= set(keys)


def test_what_was_opened_is_written_down_before_the_window_closes(wiring: WindowWiring, driver: Driver) -> None:
    driver.open_all()
    driver.wait_until(lambda: "net.h5" in [Path(each.path).name for each in load_preferences().recent])
    assert {each.role for each in load_preferences().recent} >= {"model", "validation", "poisoned"}
    wiring.menus.recent.clear_requested.emit()
    assert load_preferences().recent == []
