"""Folders of automatic saves: one window never takes another one's while that is open."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from gui.session_file.autosave_folder import AutosaveFolder, clean_copies, copies_folder, left_sessions, state_folder
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


def keep_copy(folder: Path) -> Path:
    """Write a copy of a file as an opened session does."""
    path = folder / ("a" * 64) / "net.h5"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")
    return path


def refer_to(folder: AutosaveFolder, path: Path) -> None:
    """Save a session that a file is open in."""
    (folder.path / "session-1" / "session.json").write_text(json.dumps({"files": [str(path)]}))


def test_copies_go_when_no_window_and_no_session_uses_them() -> None:
    """Two windows at once: each keeps its own, and what the other one went on with."""
    one, other = save(), save()
    first, second = keep_copy(one.copies), keep_copy(other.copies)
    assert clean_copies() == ()
    refer_to(other, first)
    one.clear()
    assert clean_copies() == ()  # the other window has it open
    refer_to(other, second)
    assert clean_copies() == (one.copies,)
    assert second.is_file()
    other.clear()
    assert clean_copies() == (other.copies,)
    assert list(copies_folder().iterdir()) == []


def test_copies_of_a_crashed_window_stay_until_its_session_is_given_up() -> None:
    subprocess.run([sys.executable, "-c", SAVE_AND_DIE, str(ROOT)], timeout=PATIENCE_S, check=False)
    (window,) = (each for each in (state_folder() / "autosave").iterdir() if each.is_dir())
    path = keep_copy(copies_folder() / window.name)
    (window / "session-1" / "session.json").write_text(json.dumps({"files": [str(path)]}))
    assert clean_copies() == ()
    (left,) = left_sessions()
    assert clean_copies() == ()  # it is offered
    left.remove()
    assert clean_copies() == (copies_folder() / window.name,)


def test_nothing_else_is_removed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    kept = [copies_folder() / "mine", copies_folder() / "12-abc"]
    for each in kept:
        each.mkdir(parents=True)
    (copies_folder() / "notes.txt").write_text("mine")
    link = copies_folder() / ("b" * 64)
    link.symlink_to(outside)
    old = keep_copy(copies_folder())  # as earlier versions kept them
    assert clean_copies() == (old.parent,)
    assert all(each.is_dir() for each in (*kept, link, outside))
    assert (copies_folder() / "notes.txt").is_file()
