"""Files that are there whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from core import export_file
from core.errors import ExportError
from core.export_file import current_umask, write_file, written_whole
from tests.core.faults import killed_at, needs_fork


def test_a_file_appears_at_the_end_with_the_usual_permissions(tmp_path):
    path = tmp_path / "a.txt"
    with written_whole(path, suffix=".txt") as partial:
        assert partial.parent == tmp_path and partial.suffix == ".txt"
        partial.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~current_umask()
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_there_stays_where_writing_fails(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyError), written_whole(path) as partial:
        partial.write_text("half")
        raise KeyError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_private_file_is_read_by_nobody_else(tmp_path):
    with written_whole(tmp_path / "a", is_private=True) as partial:
        partial.write_text("mine")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(ExportError, match="there is no folder"):
        write_file(tmp_path / "no" / "a.txt", "text")


@needs_fork
def test_a_kill_leaves_a_file_whole_and_the_next_save_removes_the_rest(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    for step in range(50):
        was_killed = killed_at(step, lambda: write_file(path, "new" * 10_000))
        assert path.read_text() in {"old", "new" * 10_000}
        if not was_killed:
            break
        write_file(path, "old")
        assert list(tmp_path.iterdir()) == [path]
    assert not was_killed
    assert step >= 3
    assert list(tmp_path.iterdir()) == [path]


def test_only_what_nobody_writes_any_more_is_removed(tmp_path):
    machine = export_file._machine()
    running, gone = os.getppid(), 2**22 + 1  # no process has this number: systems count to 2**22 at most
    stays = [
        f".backdoor-inspector-{machine}-{running}-abcdefgh.keras",
        f".backdoor-inspector-00000000-{gone}-abcdefgh.keras",
        f".backdoor-inspector-{machine}-{gone}.keras",
        f".backdoor-inspector-{machine}-{gone}-abcdefgh",
        f"backdoor-inspector-{machine}-{gone}-abcdefgh.keras",
    ]
    goes = [
        f".backdoor-inspector-{machine}-{gone}-abcdefgh.keras",
        f".backdoor-inspector-{machine}-{os.getpid()}-abcdefgh.keras",  # an earlier process with our number
        f".backdoor-inspector-00000000-{gone}-oldonehe.keras",
    ]
    for name in (*stays, *goes):
        (tmp_path / name).write_text("x")
    os.utime(tmp_path / goes[-1], (1e9, 1e9))
    (tmp_path / f".backdoor-inspector-{machine}-{gone}-folderhe.partial").mkdir()
    (tmp_path / f".backdoor-inspector-{machine}-{gone}-linkhere.keras").symlink_to(tmp_path / stays[0])
    stays.append(f".backdoor-inspector-{machine}-{gone}-linkhere.keras")
    with written_whole(tmp_path / "a", suffix=".keras") as partial:
        write_file(tmp_path / "b", "in the meantime")
        assert partial.exists()
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([*stays, "a", "b"])


@needs_fork
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not tell what its processes do")
def test_what_a_killed_process_left_is_removed_before_its_parent_asks_for_it(tmp_path):
    child = os.fork()
    if not child:
        os._exit(0)
    try:
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it has ended, and stays a zombie
        left = tmp_path / f".backdoor-inspector-{export_file._machine()}-{child}-abcdefgh.keras"
        left.write_text("half")
        write_file(tmp_path / "a.txt", "text")
        assert not left.exists()
    finally:
        os.waitpid(child, 0)
