"""Two audits in one folder refuse each other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.audit.folder_lock import FolderLock, is_running
from core.errors import AuditError
from tests.patience import PATIENCE_S


def test_a_folder_is_locked_once_and_free_again(tmp_path: Path) -> None:
    assert not is_running(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with FolderLock(tmp_path):
        assert is_running(tmp_path)
        with pytest.raises(AuditError, match="another audit runs in") as caught, FolderLock(tmp_path):
            pass
        assert caught.value.code == "already-runs"
    assert not is_running(tmp_path)


def test_a_process_that_is_killed_leaves_no_lock(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from core.audit.folder_lock import FolderLock; "
        "FolderLock(Path(sys.argv[1])).__enter__(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False, cwd=Path.cwd())
    assert (tmp_path / "audit.lock").exists()
    with FolderLock(tmp_path):
        pass


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AuditError) as caught, FolderLock(tmp_path / "nothing"):
        pass
    assert caught.value.code == "write-failed"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes in folders")
def test_a_pipe_in_place_of_the_lock_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "audit.lock")
    program = "import sys; from pathlib import Path; from core.audit.folder_lock import is_running; " + (
        "sys.exit(int(is_running(Path(sys.argv[1]))))"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False, timeout=PATIENCE_S)
    assert ended.returncode == 0
