"""What the person opens: by dialog, from the menus, by dropping, and as the demo."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.shell.wiring import Desk
from gui.state.session import Role


def test_opening_goes_through_the_dialog(desk: Desk, driver: Any, dialog: Any, qtbot: QtBot) -> None:
    dialog.prepare("ask_open", (Path("net.h5"),), (), (Path("face.png"),))
    qtbot.mouseClick(desk.panels.files.slots[Role.MODEL].open_button, Qt.MouseButton.LeftButton)
    driver.settle()
    assert desk.workspace.network is not None
    desk.menus.open_requested.emit(Role.TEST)  # changed their mind
    desk.panels.classifier.open_requested.emit()
    driver.settle()
    assert desk.workspace.picture is not None
    assert [words["role"] for _, words in dialog.calls] == [Role.MODEL, Role.TEST, Role.PICTURE]


def test_the_menu_opens_each_kind_of_file(desk: Desk, driver: Any, dialog: Any) -> None:
    file_menu = desk.window.menuBar().actions()[0].menu()
    names = ("net.h5", "v.h5", "t.h5", "p.h5", "more.h5", "face.png")
    dialog.prepare("ask_open", *((Path(name),) for name in names))
    for action in file_menu.actions()[: len(names)]:
        action.trigger()
        driver.settle()
    assert [role for _, words in dialog.calls for role in words.values() if isinstance(role, Role)] == list(Role)
    assert desk.workspace.network is not None
    assert [data.name for data in desk.workspace.sets] == ["v.h5", "t.h5", "p.h5"]
    assert desk.workspace.unlabelled is not None
    assert desk.workspace.picture_name == "face.png"


def test_recent_files_open_again(desk: Desk, driver: Any) -> None:
    desk.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    menu = desk.menus._recent
    assert [action.text() for action in menu.actions()] == ["net.h5  (model)"]
    desk.panels.files.slots[Role.MODEL].clear_button(0).click()
    menu.actions()[0].trigger()
    driver.settle()
    assert desk.panels.files.slots[Role.MODEL].names == ("net.h5",)


def test_drops_that_nobody_takes_are_told_why(desk: Desk, driver: Any, engine: Any, tmp_path: Path) -> None:
    frame, messages = desk.panels, desk.panels.messages
    frame.dropped_elsewhere.emit((), False)
    assert "Only files of this computer" in messages.text
    frame.dropped_elsewhere.emit((Path("a.png"),), True)
    assert "Open a model first" in messages.text
    driver.open_all()
    frame.dropped_elsewhere.emit((Path("a.png"), Path("b.png")), True)
    assert "got 2" in messages.text
    frame.dropped_elsewhere.emit((Path("net.h5"),), False)
    assert "on its place at the left" in messages.text
    frame.dropped_elsewhere.emit((Path("face.png"),), False)
    driver.settle()
    assert desk.workspace.picture_name == "face.png"
    driver.start_run_that_waits(engine, 1)
    frame.dropped_elsewhere.emit((Path("net.h5"),), False)
    assert "stay as they are" in messages.text
    desk.runner.cancel()
    driver.settle()


def test_several_pictures_fall_through_the_classifier_to_the_window(desk: Desk, tmp_path: Path) -> None:
    mime = QMimeData()
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"")
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("a.png", "b.png")])
    heard: list[Any] = []
    desk.panels.dropped_elsewhere.connect(lambda *words: heard.append(words))
    place = desk.panels.classifier.mapTo(desk.panels, QPoint(20, 20))
    copy, left, no_key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place, copy, mime, left, no_key)
    QApplication.sendEvent(desk.panels, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(desk.panels, QDropEvent(QPointF(place), copy, mime, left, no_key))
    assert heard == [((tmp_path / "a.png", tmp_path / "b.png"), True)]


def test_while_a_run_goes_on_files_stay_and_the_menu_says_so(desk: Desk, driver: Any, engine: Any) -> None:
    desk.open_file(Role.TEST, Path("t.h5"))
    desk.open_file(Role.PICTURE, Path("face.png"))
    driver.open_all()
    desk.window.menuBar().actions()[0].menu().aboutToShow.emit()
    driver.start_run_that_waits(engine, 2)
    file_menu = desk.window.menuBar().actions()[0].menu()
    assert [action.isEnabled() for action in file_menu.actions()[:6]] == [False] * 5 + [True]
    recent = {action.text(): action.isEnabled() for action in desk.menus._recent.actions()}
    assert recent["face.png  (picture)"]
    assert not recent["net.h5  (model)"]
    desk.menus.recent_chosen.emit(Role.MODEL, Path("net.h5"))  # however it came
    assert "stay as they are" in desk.panels.messages.text
    engine.stop_at = None
    driver.settle()
    assert desk.workspace.is_whole
    assert all(action.isEnabled() for action in file_menu.actions()[:6])
    assert all(action.isEnabled() for action in desk.menus._recent.actions())


def test_the_demo_opens_all_and_runs(desk: Desk, driver: Any, engine: Any) -> None:
    desk.open_file(Role.POISONED, Path("mine.h5"))
    driver.settle()
    desk.menus.demo_requested.emit()
    driver.settle()
    assert [data.name for data in desk.workspace.sets] == ["v.h5", "t.h5", "p.h5"]
    assert desk.workspace.run is not None
    assert desk.workspace.run.inspection is not None
    assert engine.classified
    assert [entry.path for entry in desk.preferences.recent] == [str(Path("mine.h5").absolute())]
    assert set(desk.preferences.folders) == {"poisoned", "last"}


def test_stopping_the_demo_while_it_opens_says_what_is_open(desk: Desk, driver: Any, qtbot: QtBot) -> None:
    desk.file_control.opened.connect(lambda role, _path: role is Role.VALIDATION and desk.runner.cancel())
    desk.open_demo()
    driver.settle()
    assert desk.panels.messages.text == ("Stopped: t.h5 and p.h5 not opened; net.h5 and v.h5 are open.")
    assert desk.workspace.run is None
