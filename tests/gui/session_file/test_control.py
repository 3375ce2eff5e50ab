"""Saving and opening by the menu, refusals with the state unchanged, and the question before something is lost."""

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from core.repair.methods.prune import PRUNE
from gui.job_runner import Job, Request
from gui.session_file import autosave
from gui.session_file import control as session_control
from gui.session_file.jobs import SavePlan
from gui.session_file.save_dialog import SaveOptions, SaveSessionDialog
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from tests.gui.conftest import DialogRecorder
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.window_driver import Driver


@pytest.fixture(autouse=True)
def options(monkeypatch: pytest.MonkeyPatch) -> list[SaveOptions | None]:
    """What the dialog of options is answered with, one after the other."""
    answers: list[SaveOptions | None] = []
    monkeypatch.setattr(session_control, "ask_options", lambda *_, **__: answers.pop(0))
    return answers


@pytest.fixture(autouse=True)
def no_autosave(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is saved here is what the test saves, on a slow machine too."""
    for name in ("AFTER_RESULT_MS", "INTERVAL_MS"):
        monkeypatch.setattr(autosave, name, 10**8)


def test_nothing_can_be_saved_while_nothing_is_open(wiring: WindowWiring, driver: Driver) -> None:
    actions = wiring.menus.sessions
    assert not actions.save.isEnabled()
    assert "nothing to save" in actions.save.toolTip()
    assert actions.open.isEnabled()
    driver.open_all()
    assert actions.save.isEnabled()


def test_save_asks_once_where(
    wiring: WindowWiring,
    driver: Driver,
    engine: FakeEngine,
    dialog: DialogRecorder,
    options: list[Any],
    tmp_path: Path,
) -> None:
    driver.run_all()
    path = tmp_path / "mine.zip"
    options.append(SaveOptions(has_copies=True))
    dialog.prepare("ask_save", (path, True))
    wiring.menus.sessions.save.trigger()
    driver.settle()
    wiring.menus.sessions.save.trigger()
    driver.settle()
    assert [plan for _, plan in engine.sessions] == [SavePlan(path, has_copies=True)] * 2
    assert wiring.panels.messages.text == f"Saved the session to {path}."
    assert wiring.preferences.recent_sessions == [str(path)]
    assert [action.text() for action in wiring.menus.recent.sessions] == ["mine.zip"]


def test_a_save_behind_a_job_that_brought_another_is_said(wiring: WindowWiring, driver: Driver, tmp_path: Path) -> None:
    """The window is busy until the session is saved, in whatever way the jobs before it came about."""
    driver.open_all()
    path = tmp_path / "mine.zip"
    runner, control = wiring.runner, wiring.session_files.control
    seen: list[str] = []
    control.said.connect(seen.append)
    runner.became_idle.connect(lambda: seen.append("idle"))

    def make() -> Job:
        runner.submit(Request(name="brought", make=lambda: lambda _monitor: None))
        return lambda _monitor: None

    runner.submit(Request(name="bringing", make=make))
    control._submit_save(SavePlan(path), lambda: None)
    driver.settle()
    assert seen == [f"Saved the session to {path}.", "idle"]
    assert wiring.panels.messages.text == seen[0]


def test_cancelling_saves_nothing(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, dialog: DialogRecorder, options: list[Any]
) -> None:
    driver.open_all()
    options.append(None)
    wiring.menus.sessions.save_as.trigger()
    options.append(SaveOptions())
    dialog.prepare("ask_save", None)
    wiring.menus.sessions.save_as.trigger()
    driver.settle()
    assert engine.sessions == []


def test_a_file_that_nobody_agreed_to_replace_stays(
    wiring: WindowWiring,
    driver: Driver,
    engine: FakeEngine,
    dialog: DialogRecorder,
    options: list[Any],
    tmp_path: Path,
) -> None:
    driver.open_all()
    path = tmp_path / "mine.zip"
    path.write_bytes(b"something")
    options.append(SaveOptions())
    dialog.prepare("ask_save", (path, False))
    wiring.menus.sessions.save.trigger()
    driver.settle()
    assert "did not agree" in wiring.panels.messages.text
    assert path.read_bytes() == b"something"


def test_what_is_not_stored_is_said(wiring: WindowWiring, driver: Driver, engine: FakeEngine, tmp_path: Path) -> None:
    driver.open_all()
    driver.repair(PRUNE)
    engine.left_out = ("“Prune” cannot be stored exactly.",)
    control = wiring.session_files.control
    control._submit_save(SavePlan(tmp_path / "mine.zip"), lambda: None)
    driver.settle()
    assert "“Prune” cannot be stored exactly." in wiring.panels.messages.text
    assert len(wiring.session.unsaved) == 1  # it is still in no file


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty-file"), (b"no archive", "truncated-file"), (b"PK\x03\x04 and so on", "truncated-file")],
)
def test_a_refused_session_changes_nothing(
    content: bytes,
    code: str,
    wiring: WindowWiring,
    driver: Driver,
    expect_refusal: Any,
    dialog: DialogRecorder,
    tmp_path: Path,
) -> None:
    driver.run_all()
    before = wiring.session_files.state.take()
    path = tmp_path / "bad.zip"
    path.write_bytes(content)
    dialog.prepare("ask_session", path)
    wiring.menus.sessions.open.trigger()
    driver.settle()
    expect_refusal(code)
    assert "bad.zip" in wiring.panels.messages.text
    after = wiring.session_files.state.take()
    assert after.files.network is before.files.network
    assert after.files.validation is before.files.validation
    assert after.pruning.step == before.pruning.step
    assert wiring.session.is_whole
    assert wiring.preferences.recent_sessions == []


def test_no_session_is_opened_while_a_run_goes_on(wiring: WindowWiring, driver: Driver, engine: FakeEngine) -> None:
    driver.open_all()
    driver.start_run_that_waits(engine, 2)
    assert not wiring.menus.sessions.open.isEnabled()
    wiring.session_files.control.open_session(Path("x.zip"))
    assert "in progress" in wiring.panels.messages.text
    engine.stop_at = None
    driver.settle()


def test_no_session_takes_the_place_of_an_unsaved_repair_without_a_question(
    wiring: WindowWiring, driver: Driver, dialog: DialogRecorder
) -> None:
    driver.open_all()
    driver.repair(PRUNE)
    (kept,) = wiring.session.repairs
    dialog.prepare("ask_unsaved", "cancel")
    wiring.session_files.control.open_session(Path("x.zip"))
    driver.settle()
    name, words = dialog.calls[-1]
    assert (name, words["action"], words["names"]) == ("ask_unsaved", "Opening a session", [kept.name])
    assert wiring.session.repairs == (kept,)


def test_nothing_is_asked_of_what_a_saved_session_holds(
    wiring: WindowWiring,
    driver: Driver,
    engine: FakeEngine,
    dialog: DialogRecorder,
    options: list[Any],
    tmp_path: Path,
) -> None:
    driver.open_all()
    driver.repair(PRUNE)
    assert len(wiring.session.unsaved) == 1
    options.append(SaveOptions())
    dialog.prepare("ask_save", (tmp_path / "mine.zip", True))
    wiring.session_files.control.save()
    driver.settle()
    assert [plan.path.name for _, plan in engine.sessions] == ["mine.zip"]
    assert wiring.session.unsaved == ()
    wiring.open_file(Role.MODEL, Path("other.h5"))
    driver.settle()
    assert wiring.session.repairs == ()
    assert "ask_unsaved" not in dialog.names()


def test_the_dialog_of_options(qtbot: QtBot) -> None:
    box = SaveSessionDialog(SaveOptions(is_folder=True), size_bytes=3_500_000, parent=None)  # type: ignore[arg-type]
    qtbot.addWidget(box)
    assert box.options == SaveOptions(is_folder=True)
    assert "3.3 MiB" in box.copies.text()
    box.archive.click()
    box.copies.click()
    assert box.options == SaveOptions(has_copies=True)


def test_a_session_that_is_dropped_anywhere_is_opened(
    wiring: WindowWiring, driver: Driver, dialog: DialogRecorder, tmp_path: Path
) -> None:
    driver.open_all()
    driver.repair(PRUNE)
    folder = tmp_path / "kept.session"
    folder.mkdir()
    (folder / "session.json").write_text("{}")
    dialog.prepare("ask_unsaved", "cancel")
    wiring.panels.dropped_elsewhere.emit((folder,), False)
    driver.settle()
    assert dialog.calls[-1][1]["action"] == "Opening a session"
