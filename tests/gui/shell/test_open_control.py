"""What the person opens: by dialog, from the menus, by dropping, and as the demo."""

from pathlib import Path
from typing import Any

from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.shell.wiring import WindowWiring
from gui.state.session import Role


def test_opening_goes_through_the_dialog(wiring: WindowWiring, driver: Any, dialog: Any, qtbot: QtBot) -> None:
    dialog.prepare("ask_open", (Path("net.h5"),), (), (Path("face.png"),))
    qtbot.mouseClick(wiring.panels.files.slots[Role.MODEL].open_button, Qt.MouseButton.LeftButton)
    driver.settle()
    assert wiring.session.network is not None
    wiring.menus.open_requested.emit(Role.TEST)  # changed their mind
    wiring.panels.classifier.open_requested.emit()
    driver.settle()
    assert wiring.session.image is not None
    assert [words["role"] for _, words in dialog.calls] == [Role.MODEL, Role.TEST, Role.IMAGE]


def test_the_menu_opens_each_kind_of_file(wiring: WindowWiring, driver: Any, dialog: Any) -> None:
    file_menu = wiring.window.menuBar().actions()[0].menu()
    wiring.panels.show_page("repair")  # it has a use for all of them
    names = ("net.h5", "v.h5", "t.h5", "p.h5", "more.h5", "face.png")
    dialog.prepare("ask_open", *((Path(name),) for name in names))
    for action in file_menu.actions()[1 : 1 + len(names)]:
        action.trigger()
        driver.settle()
    assert [role for _, words in dialog.calls for role in words.values() if isinstance(role, Role)] == list(Role)
    assert wiring.session.network is not None
    assert [data.name for data in wiring.session.sets] == ["v.h5", "t.h5", "p.h5"]
    assert wiring.session.unlabelled is not None
    assert wiring.session.image_name == "face.png"


def test_the_next_project_begins_with_all_files_closed(wiring: WindowWiring, driver: Any) -> None:
    driver.open_all()
    wiring.menus.close_all.trigger()
    session, slots = wiring.session, wiring.panels.files.slots
    assert (session.network, session.sets, session.unlabelled) == (None, (), None)
    assert not any(slot.names for slot in slots.values())
    driver.open_all()
    session.set_running(True)
    assert not wiring.menus.close_all.isEnabled()
    wiring.open_control.close_all()
    assert session.network is not None
    assert "cannot change while" in wiring.panels.messages.text
    session.set_running(False)


def test_recent_files_open_again(wiring: WindowWiring, driver: Any) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    menu = wiring.menus.recent
    assert [action.text() for action in menu.files] == ["net.h5  (model)"]
    wiring.panels.files.slots[Role.MODEL].clear_button(0).click()
    menu.files[0].trigger()
    driver.settle()
    assert wiring.panels.files.slots[Role.MODEL].names == ("net.h5",)


def test_what_is_dropped_anywhere_is_opened_as_what_it_is(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    frame, messages = wiring.panels, wiring.panels.messages
    frame.dropped_elsewhere.emit((), False)
    assert "Only local files" in messages.text
    frame.dropped_elsewhere.emit((Path("a.png"),), True)
    assert "Open a model first" in messages.text
    frame.dropped_elsewhere.emit((Path("p.h5"), Path("face.png"), Path("v.h5"), Path("net.h5"), Path("p2.h5")), False)
    driver.settle()
    session = wiring.session
    assert session.network is not None
    assert [data.name for data in session.sets] == ["v.h5", "p.h5", "p2.h5"]
    assert session.image_name == "face.png"
    frame.dropped_elsewhere.emit((Path("a.png"), Path("b.png")), True)
    driver.settle()
    shown = [each.path for each in wiring.image_tools.gallery.window.model.entries]
    assert shown == [Path("a.png"), Path("b.png")]  # several become a gallery
    assert messages.text == ""
    driver.start_run_that_waits(engine, 1)
    frame.dropped_elsewhere.emit((Path("net.h5"),), False)
    assert "cannot change" in messages.text
    frame.dropped_elsewhere.emit((Path("b.png"),), False)
    driver.wait_until(lambda: session.image_name == "b.png")
    wiring.runner.cancel()
    driver.settle()


def test_several_images_dropped_anywhere_become_a_gallery(wiring: WindowWiring, driver: Any, tmp_path: Path) -> None:
    driver.open_all()
    mime = QMimeData()
    for name in ("a.png", "b.png"):
        Image.new("RGB", (8, 8), (30, 0, 0)).save(tmp_path / name)
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("a.png", "b.png")])
    place = QPoint(20, 20)  # not on the classifier
    copy, left, no_key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place, copy, mime, left, no_key)
    QApplication.sendEvent(wiring.panels, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(wiring.panels, QDropEvent(QPointF(place), copy, mime, left, no_key))
    driver.settle()
    assert [each.path.name for each in wiring.image_tools.gallery.window.model.entries] == ["a.png", "b.png"]


def test_while_a_run_goes_on_files_stay_and_the_menu_says_so(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    wiring.open_file(Role.TEST, Path("t.h5"))
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.open_all()
    wiring.window.menuBar().actions()[0].menu().aboutToShow.emit()
    driver.start_run_that_waits(engine, 2)
    file_menu = wiring.window.menuBar().actions()[0].menu()
    assert [action.isEnabled() for action in file_menu.actions()[:7]] == [True] + [False] * 5 + [True]
    recent = {action.text(): action.isEnabled() for action in wiring.menus.recent.files}
    assert recent["face.png  (image)"]
    assert not recent["net.h5  (model)"]
    wiring.menus.recent_chosen.emit(Role.MODEL, Path("net.h5"))  # however it came
    assert "cannot change" in wiring.panels.messages.text
    engine.stop_at = None
    driver.settle()
    assert wiring.session.is_whole
    openers = {role: action.isEnabled() for role, action in wiring.menus.openers.items()}
    assert openers == {role: role is not Role.UNLABELLED for role in Role}  # this page has no use for those
    assert all(action.isEnabled() for action in wiring.menus.recent.files)


def test_the_demo_opens_all_and_runs(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    wiring.open_file(Role.POISONED, Path("mine.h5"))
    driver.settle()
    wiring.menus.demo_requested.emit()
    driver.settle()
    assert [data.name for data in wiring.session.sets] == ["v.h5", "t.h5", "p.h5"]
    assert wiring.session.run is not None
    assert wiring.session.run.inspection is not None
    assert engine.classified
    assert [entry.path for entry in wiring.preferences.recent] == [str(Path("mine.h5").absolute())]
    assert set(wiring.preferences.folders) == {"poisoned", "last"}


def test_stopping_the_demo_while_it_opens_says_what_is_open(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    engine.held_file = "t.h5"  # the worker may have begun with it, but cannot be done before it is cancelled
    wiring.file_control.opened.connect(lambda role, _path: role is Role.VALIDATION and wiring.runner.cancel())
    wiring.open_demo()
    driver.settle()
    assert wiring.panels.messages.text == ("Stopped: t.h5 and p.h5 not opened; net.h5 and v.h5 are open.")
    assert wiring.session.run is None


def test_what_is_dragged_out_of_the_window_is_not_taken_back(wiring: WindowWiring, driver: Any, tmp_path: Path) -> None:
    driver.open_all()
    (tmp_path / "a.png").write_bytes(b"")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.png"))])

    class OwnDrag(QDragEnterEvent):
        def source(self) -> Any:
            return wiring.panels.classifier.drop_zone

    copy, left, no_key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for widget in (wiring.panels, wiring.panels.classifier):
        enter = OwnDrag(QPoint(20, 20), copy, mime, left, no_key)
        widget.dragEnterEvent(enter)
        assert not enter.isAccepted()
