"""Automatic saves: after results, not while nothing is open, removed by closing, offered after a crash."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.repair.methods.finetune import FINETUNE
from core.repair.methods.prune import PRUNE
from gui.session_file import autosave
from gui.session_file.autosave import DISCARD, GO_ON
from gui.session_file.autosave_folder import state_folder
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from tests.gui.real_windows import Opener
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.window_driver import Driver
from tests.patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Save in a moment."""
    monkeypatch.setattr(autosave, "AFTER_RESULT_MS", 10)
    monkeypatch.setattr(autosave, "BUSY_MS", 10)


def saves() -> list[Path]:
    return sorted((state_folder() / "autosave").glob("*/session-*"))


def leave(contents: str, number: int = 1) -> Path:
    """Leave what a window that crashed leaves."""
    folder = state_folder() / "autosave" / f"99999999-{number}"
    (folder / "session-1").mkdir(parents=True)
    note = {"saved": datetime.now(UTC).isoformat(), "contents": contents, "session": "session-1"}
    (folder / "contents.json").write_text(json.dumps(note))
    return folder


def test_results_are_saved_and_closing_removes_them(wiring: WindowWiring, driver: Driver, engine: FakeEngine) -> None:
    driver.run_all()
    driver.wait_until(lambda: len(engine.sessions) == 1)
    driver.settle()
    assert engine.sessions[0][0].contents == "net.h5, 2 sets of images, 1 run"
    driver.repair(PRUNE)
    driver.wait_until(lambda: len(engine.sessions) == 2)
    driver.settle()
    assert len(engine.sessions[1][0].networks.repairs) == 1
    driver.wait_until(lambda: len(saves()) == 1)  # the earlier one is removed
    wiring.window.close()
    assert list((state_folder() / "autosave").iterdir()) == []


def test_nothing_is_saved_while_nothing_is_open_or_a_job_runs(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, qtbot: QtBot
) -> None:
    wiring.session_files.control.autosave._save()
    driver.settle()
    driver.open_all()
    driver.start_run_that_waits(engine, 2)
    wiring.session_files.control.autosave._save()
    assert engine.sessions == []
    engine.stop_at = None
    driver.settle()
    driver.wait_until(lambda: len(engine.sessions) == 1)


def test_what_a_repair_begins_with_is_saved_while_it_runs(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    """A repair may take half an hour, and is what most likely ends with a crash."""
    driver.open_all()
    timer = wiring.session_files.control.autosave._timer
    assert timer.isActive()  # the opened files are not saved yet
    engine.stop_repair_at = 2
    driver.start_repair(FINETUNE)
    driver.wait_until(lambda: len(engine.sessions) == 1)
    assert wiring.session.is_running
    stored, plan = engine.sessions[0]
    assert plan.is_automatic
    assert [each.name for each in stored.files.poisoned] == ["p.h5"]
    wiring.session.set_trigger_on(True)
    assert timer.isActive()
    assert timer.interval() == autosave.BESIDE_MS
    engine.stop_repair_at = None
    driver.settle()
    driver.wait_until(lambda: len(engine.sessions) == 2)
    assert len(engine.sessions[1][0].networks.repairs) == 1


def test_other_changes_are_saved_after_a_while(wiring: WindowWiring, driver: Driver, engine: FakeEngine) -> None:
    timer = wiring.session_files.control.autosave._timer
    assert not timer.isActive()
    wiring.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    assert timer.isActive()
    assert timer.interval() == autosave.INTERVAL_MS
    timer.timeout.emit()
    driver.wait_until(lambda: len(engine.sessions) == 1)


def test_a_crashed_window_is_offered_and_can_be_discarded(
    open_window,
    qtbot: QtBot,
    engine: FakeEngine,  # type: ignore[no-untyped-def]
) -> None:
    from gui.state.preferences import Preferences  # noqa: PLC0415

    folder = leave("net.h5, 3 runs")
    wiring = open_window(Preferences())
    bar = wiring.session_files.left_bar
    assert bar.isVisible()
    assert "net.h5, 3 runs" in bar.text
    assert "today at" in bar.text
    assert list(bar.buttons) == [GO_ON, DISCARD]
    other = open_window(Preferences())  # one window has it
    assert not other.session_files.left_bar.isVisible()
    other.window.close()
    qtbot.mouseClick(bar.buttons[DISCARD], Qt.MouseButton.LeftButton)
    assert not bar.isVisible()
    assert not folder.exists()
    wiring.window.close()


def test_what_nobody_answered_is_offered_at_the_next_start(open_window, engine: FakeEngine) -> None:  # type: ignore[no-untyped-def]
    from gui.state.preferences import Preferences  # noqa: PLC0415

    folder = leave("net.h5")
    for _ in range(2):
        wiring = open_window(Preferences())
        assert wiring.session_files.left_bar.isVisible()
        wiring.window.close()
        assert folder.is_dir()


def test_several_are_offered_one_after_the_other(open_window, engine: FakeEngine, qtbot: QtBot) -> None:  # type: ignore[no-untyped-def]
    from gui.state.preferences import Preferences  # noqa: PLC0415

    leave("one", 1)
    leave("two", 2)
    wiring = open_window(Preferences())
    bar = wiring.session_files.left_bar
    seen = []
    for _ in range(2):
        seen.append("one" if "one" in bar.text else "two")
        qtbot.mouseClick(bar.buttons[DISCARD], Qt.MouseButton.LeftButton)
    assert sorted(seen) == ["one", "two"]
    assert not bar.isVisible()
    wiring.window.close()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_window_goes_on_where_it_was(open_real: Opener, qtbot: QtBot) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), "--demo"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        notes = state_folder() / "autosave"

        def has_saved_a_run() -> bool:
            assert process.poll() is None
            return any("1 run" in each.read_text() for each in notes.glob("*/contents.json"))

        qtbot.waitUntil(has_saved_a_run, timeout=1000 * PATIENCE_S)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(PATIENCE_S)
    driver = open_real()
    bar, session = driver.wiring.session_files.left_bar, driver.wiring.session
    assert "backdoored.h5, 3 sets of images, 1 run" in bar.text
    qtbot.mouseClick(bar.buttons[GO_ON], Qt.MouseButton.LeftButton)
    driver.wait_until(lambda: session.is_whole)
    assert session.summary is not None
    assert len(session.poisoned) == 1
    driver.wait_until(lambda: not bar.isVisible())
    # What was left is removed once this window has saved it, too.
    own = f"{os.getpid()}-"
    driver.wait_until(lambda: [each.parent.name[: len(own)] for each in notes.glob("*/contents.json")] == [own])
