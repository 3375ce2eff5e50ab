"""Folders of automatic saves: one window never takes another one's while that is open."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from gui.session_file.autosave_folder import AutosaveFolder, left_sessions, state_folder
from tests.patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[3]

SAVE_AND_DIE = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from PySide6.QtCore import QCoreApplication
app = QCoreApplication([])
from gui.session_file.autosave_folder import AutosaveFolder
folder = AutosaveFolder()
assert folder.hold()
session = folder.next_session()
session.mkdir()
folder.keep(session, "net.h5, 1 run")
os.kill(os.getpid(), signal.SIGKILL)
"""


def save(contents: str = "net.h5") -> AutosaveFolder:
    folder = AutosaveFolder()
    assert folder.hold()
    session = folder.next_session()
    session.mkdir()
    folder.keep(session, contents)
    return folder


@pytest.fixture(autouse=True)
def application(qapp: QApplication) -> QApplication:
    return qapp


def test_nothing_is_left_where_nothing_was_saved() -> None:
    assert left_sessions() == []


def test_a_window_that_is_open_keeps_its_own() -> None:
    one, other = save("one"), save("other")
    assert one.path != other.path
    assert left_sessions() == []
    assert one.path.is_dir()
    assert other.path.is_dir()
    one.clear()
    other.clear()
    assert list((state_folder() / "autosave").iterdir()) == []


def test_only_the_last_session_is_kept() -> None:
    folder = save("first")
    session = folder.next_session()
    session.mkdir()
    folder.keep(session, "second")
    assert [each.name for each in folder.path.glob("session-*")] == ["session-2"]
    folder.clear()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_what_a_killed_process_saved_is_found_once() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SAVE_AND_DIE, str(ROOT)], timeout=PATIENCE_S, check=False, capture_output=True
    )
    assert ended.returncode == -9, ended.stderr
    (left,) = left_sessions()
    assert left.note.contents == "net.h5, 1 run"
    assert abs((datetime.now(UTC) - left.note.saved).total_seconds()) < PATIENCE_S
    assert left.path.is_dir()
    assert left_sessions() == []  # this window holds it
    left.release()
    (again,) = left_sessions()
    again.remove()
    assert left_sessions() == []
    assert not again.path.exists()


@pytest.mark.parametrize(
    "note",
    [
        b"{",
        b"[]",
        b'{"saved": "yesterday", "contents": "x", "session": "session-1"}',
        b'{"saved": "2026-01-01T00:00:00", "contents": "x", "session": "session-1"}',
        json.dumps({"saved": "2026-01-01T00:00:00Z", "contents": "x", "session": "../../session-1"}).encode(),
        b" " * 20_000,
    ],
)
def test_a_damaged_note_offers_nothing(note: bytes, log_guard: list[object]) -> None:
    folder = state_folder() / "autosave" / "1-ab"
    (folder / "session-1").mkdir(parents=True)
    (folder / "contents.json").write_bytes(note)
    assert left_sessions() == []
    assert len(log_guard) == 1
    log_guard.clear()
    assert not folder.exists()
