"""What happens to files of which nobody has said what they are."""

from pathlib import Path
from typing import Any

import pytest

from core.recognition.records import FileRole
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from tests.gui.files.opening.drags import Drag


def paths(*names: str) -> tuple[Path, ...]:
    return tuple(Path(name) for name in names)


def test_only_what_is_unclear_is_asked_and_once(wiring: WindowWiring, driver: Any, dialog: Any) -> None:
    dialog.prepare("ask_roles", (FileRole.MODEL, FileRole.VALIDATION, FileRole.TEST, FileRole.NONE))
    wiring.open_control.open_any(paths("net.h5", "odd1.h5", "odd2.h5", "odd3.h5"))
    driver.settle()
    assert dialog.names() == ["ask_roles"]
    assert [each.found.name for each in dialog.calls[0][1]["recognition"].proposals if each.doubt] == [
        "odd1.h5",
        "odd2.h5",
        "odd3.h5",
    ]
    session = wiring.session
    assert (session.validation.name, session.test.name, session.poisoned) == ("odd1.h5", "odd2.h5", ())


def test_changing_ones_mind_leaves_everything_as_it_was(wiring: WindowWiring, driver: Any, dialog: Any) -> None:
    driver.open_all()
    session = wiring.session
    before = (session.network, session.sets)
    dialog.prepare("ask_roles", None)
    wiring.open_control.open_any(paths("net2.h5", "odd.h5"))
    driver.settle()
    assert (session.network, session.sets) == before
    assert "Nothing was opened" in wiring.panels.messages.text


def test_a_look_that_is_cancelled_opens_nothing(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    engine.held_file = "held.h5"
    wiring.open_control.open_any(paths("net.h5", "held.h5"))
    driver.wait_until(lambda: bool(engine.recognized))
    assert wiring.status.isVisible()
    wiring.menus.cancel.trigger()
    driver.settle()
    assert wiring.session.network is None
    assert wiring.panels.messages.text == "Stopped: nothing was opened."


def test_broken_files_are_told_in_one_message_and_the_others_open(wiring: WindowWiring, driver: Any) -> None:
    wiring.open_control.open_any(paths("bad1.h5", "net.h5", "bad2.h5", "v.h5"))
    driver.settle()
    assert wiring.session.network is not None
    assert wiring.session.validation is not None
    assert wiring.panels.messages.text == "'bad1.h5' is damaged.\n'bad2.h5' is damaged."
    wiring.open_control.open_any(paths(*(f"bad{number}.h5" for number in range(10))))
    driver.settle()
    lines = wiring.panels.messages.text.split("\n")
    assert (len(lines), lines[-1]) == (6, "5 other files could not be opened; see the log.")


def test_sets_that_stay_open_beside_another_project_are_named(wiring: WindowWiring, driver: Any) -> None:
    driver.open_all()  # net.h5, v.h5, p.h5
    wiring.open_control.open_any(paths("net2.h5", "v2.h5"))
    driver.settle()
    session = wiring.session
    assert [each.name for each in session.sets] == ["v2.h5", "p.h5"]
    said = "Still open from before: p.h5. Close what belongs to the earlier model."
    assert wiring.panels.messages.text.endswith(said)
    wiring.open_control.open_any(paths("net3.h5"))  # another model on the same sets is no other project
    driver.settle()
    assert "Still open" not in wiring.panels.messages.text
    wiring.file_control.close_all()
    wiring.open_control.open_any(paths("net.h5", "v.h5"))
    driver.settle()
    assert "Still open" not in wiring.panels.messages.text


def test_the_open_files_are_what_it_goes_by(wiring: WindowWiring, driver: Any, engine: Any) -> None:
    driver.open_all()
    wiring.open_control.open_any(paths("t.h5"))
    driver.settle()
    asked = engine.recognized[-1]
    assert asked["network"] is wiring.session.network
    assert asked["clean"] is wiring.session.validation
    assert asked["scale"] == wiring.session.scale
    assert asked["open_roles"] == {FileRole.MODEL, FileRole.VALIDATION}


def test_slots_take_one_file_in_their_role_and_several_as_what_they_are(
    wiring: WindowWiring, driver: Any, engine: Any, tmp_path: Path
) -> None:
    slots = wiring.panels.files.slots
    Drag(wiring.window, [tmp_path / "net.h5"]).drop(slots[Role.MODEL])
    driver.settle()
    assert engine.recognized == []
    Drag(wiring.window, [tmp_path / "t.h5", tmp_path / "v.h5"]).drop(slots[Role.TEST])
    driver.settle()
    assert [asked["preferred"] for asked in engine.recognized] == [FileRole.TEST]
    assert [data.name for data in wiring.session.sets] == ["v.h5", "t.h5"]
    Drag(wiring.window, [tmp_path / "face.png"]).drop(slots[Role.TEST])  # no set: it is classified
    driver.settle()
    assert wiring.session.image_name == "face.png"


def test_the_dialog_opens_any_files(wiring: WindowWiring, driver: Any, dialog: Any) -> None:
    dialog.prepare("ask_any", paths("net.h5", "v.h5", "more.h5"))
    assert wiring.menus.open_any.shortcut().toString() == "Ctrl+O"
    wiring.menus.open_any.trigger()
    driver.settle()
    session = wiring.session
    assert session.network is not None
    assert (session.validation.name, session.unlabelled.name) == ("v.h5", "more.h5")
    assert "more clean images" in wiring.panels.messages.text  # their slot may be hidden


def test_names_of_classes_are_taken_wherever_they_are_dropped_also_during_a_run(
    wiring: WindowWiring, driver: Any, engine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "names.txt"
    path.write_text("\n".join(f"sign {label}" for label in range(10)))
    driver.open_all()
    opened: list[Path] = []
    monkeypatch.setattr(wiring.names_control, "_runner", Taker(opened))
    Drag(wiring.window, [path]).drop(wiring.panels.files.slots[Role.TEST])
    driver.settle()
    Drag(wiring.window, [path]).drop(wiring.panels.classifier)
    driver.settle()
    wiring.panels.dropped_elsewhere.emit((path,), False)
    driver.settle()
    assert opened == [path] * 3
    assert wiring.session.test is None
    with monkeypatch.context() as running:
        running.setattr(wiring.session, "is_running", True)
        looked = len(engine.recognized)
        wiring.panels.dropped_elsewhere.emit((path,), False)
        assert len(engine.recognized) == looked
    assert opened == [path] * 4


class Taker:
    """Stands for the runner; keeps which names were asked for."""

    def __init__(self, opened: list[Path]) -> None:
        self._opened = opened

    def submit(self, request: Any) -> None:
        """Keep the file's name of a request."""
        self._opened.append(request.make.__self__.path)
