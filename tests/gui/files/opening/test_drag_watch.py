"""Files that are dragged over the whole window: what lights up, where they can fall, and what their source hears."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QUrl
from PySide6.QtWidgets import QLineEdit

from gui.files.opening.drag_kinds import are_images, roles_of
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from tests.gui.files.opening.drags import COPY, MOVE, Drag

SETS = {Role.VALIDATION, Role.TEST, Role.POISONED, Role.UNLABELLED}


def lit(wiring: WindowWiring) -> set[Role]:
    return {role for role, slot in wiring.panels.files.slots.items() if slot.is_lit}


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("a.h5", SETS | {Role.MODEL}),
        ("a.keras", {Role.MODEL}),
        ("a.npz", SETS),
        ("a.png", {Role.IMAGE}),
        ("train-images-idx3-ubyte", SETS | {Role.MODEL}),
    ],
)
def test_where_files_may_belong(name: str, roles: set[Role]) -> None:
    assert roles_of((Path(name),)) == roles
    assert are_images((Path(name),)) is (roles == {Role.IMAGE})


def test_a_folder_may_hold_anything(tmp_path: Path) -> None:
    assert roles_of((tmp_path,)) == set(Role)
    assert not are_images((tmp_path,))
    assert not are_images(())


def test_places_light_up_while_files_are_over_the_window(wiring: WindowWiring, driver: Any, tmp_path: Path) -> None:
    panels, hint = wiring.panels, wiring.open_control.drags.hint
    drag = Drag(wiring.window, [tmp_path / "net.keras"])
    assert drag.enter(panels.tabs).isAccepted()
    assert lit(wiring) == {Role.MODEL}
    assert (hint.isVisible(), hint.text) == (True, "Drop to open")
    assert drag.move(panels.files.slots[Role.MODEL]).isAccepted()  # another part of the window: still lit
    assert lit(wiring) == {Role.MODEL}
    drag.leave()
    assert (lit(wiring), hint.isVisible()) == (set(), False)
    driver.open_all()
    drag = Drag(wiring.window, [tmp_path / "face.png"])
    drag.enter(panels.tabs)
    assert lit(wiring) == set()
    assert panels.classifier.drop_zone.is_hot
    drag.drop(panels.tabs)
    assert not panels.classifier.drop_zone.is_hot
    driver.settle()
    assert wiring.session.image_name == "face.png"


def test_a_drop_is_a_copy_everywhere(wiring: WindowWiring, driver: Any, tmp_path: Path) -> None:
    (tmp_path / "face.png").touch()
    driver.open_all()
    panels = wiring.panels
    places = (panels.tabs, panels.files.slots[Role.TEST], panels.classifier, wiring.window.menuBar())
    for name, place in zip(("v.h5", "t.h5", "face.png", "p2.h5"), places, strict=True):
        event = Drag(wiring.window, [tmp_path / name]).drop(place, QPoint(10, 10))
        assert (event.isAccepted(), event.dropAction()) == (True, COPY)
        driver.settle()
    assert [data.name for data in wiring.session.sets] == ["v.h5", "t.h5", "p.h5", "p2.h5"]
    assert wiring.session.image_name == "face.png"


def test_what_can_only_be_moved_is_not_taken(wiring: WindowWiring, driver: Any, tmp_path: Path) -> None:
    for place in (wiring.panels.tabs, wiring.panels.files.slots[Role.TEST], wiring.window.menuBar()):
        drag = Drag(wiring.window, [tmp_path / "t.h5"], actions=MOVE)
        assert not drag.enter(place, QPoint(10, 10)).isAccepted()
        drag.leave()
    driver.settle()
    assert wiring.session.test is None


def test_a_field_for_text_takes_no_file(wiring: WindowWiring, driver: Any, qtbot: Any, tmp_path: Path) -> None:
    field = next(each for each in wiring.window.findChildren(QLineEdit) if each.isVisible() and each.acceptDrops())
    before = field.text()
    Drag(wiring.window, [tmp_path / "net.h5"]).drop(field)
    driver.settle()
    assert field.text() == before
    assert wiring.session.network is not None
    qtbot.waitUntil(field.acceptDrops)  # texts can be dragged into it again


def test_web_addresses_and_texts_are_no_files(wiring: WindowWiring) -> None:
    words = QMimeData()
    words.setText("words")
    drag = Drag(wiring.window, [], content=words)
    assert not drag.enter(wiring.panels.tabs).isAccepted()
    assert not wiring.open_control.drags.hint.isVisible()
    drag.leave()
    address = QMimeData()
    address.setUrls([QUrl("https://example.org/net.h5")])
    drag = Drag(wiring.window, [], content=address)
    drag.enter(wiring.panels.tabs)
    assert "Only local files" in wiring.open_control.drags.hint.text
    drag.drop(wiring.panels.tabs)
    assert "no web addresses" in wiring.panels.messages.text
