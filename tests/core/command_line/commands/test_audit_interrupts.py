"""Ctrl-C on the real command, as from a terminal: every process of its group hears it."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import keras
import psutil
import pytest

from core.audit.folder_lock import is_running
from core.audit.journal import FILE_NAME
from core.audit.reading import read_rows
from core.audit.records import AuditRow, Ending
from core.errors import AuditError

pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent in another way there"),
]

ROOT = Path(__file__).resolve().parents[4]
PATIENCE_S = 600
COUNT = 5


@pytest.fixture
def words(files: Any) -> list[str]:
    """An audit of a few networks, one after the other."""
    models = files.folder / "models"
    models.mkdir()
    model = keras.saving.load_model(files.model)
    for number in range(COUNT):
        *others, bias = model.get_weights()
        model.set_weights([*others, bias + 0.001 * number])
        model.save(models / f"{number}.keras")
    words = ["audit", str(models), "--validation", files.clean, "--poisoned", files.poisoned, "--scale", "raw"]
    return [*words, "--checks", "prune", "--workers", "1", "--out", str(files.folder / "out")]


def begun(words: list[str]) -> "subprocess.Popen[str]":
    """The command in a process group of its own, when its first row is there."""
    running = subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    out = Path(words[-1])
    for _ in range(10 * PATIENCE_S):
        if rows_in(out):
            return running
        assert running.poll() is None, running.communicate()
        threading.Event().wait(0.1)
    raise AssertionError("no row came")


def rows_in(out: Path) -> dict[int, AuditRow]:
    """The rows by their numbers; none while the journal is being made."""
    try:
        return dict(read_rows(out / FILE_NAME).rows)
    except AuditError:
        return {}


def is_gone(group: int) -> bool:
    """Whether nothing of a process group runs any more, now or a little later."""
    for _ in range(10 * PATIENCE_S):
        if not left_of(group):
            return True
        threading.Event().wait(0.1)
    return False


def left_of(group: int) -> list[str]:
    """What still runs of a process group."""
    found = []
    for each in psutil.process_iter(["cmdline", "status"]):
        try:
            if os.getpgid(each.pid) == group and each.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(" ".join(each.info["cmdline"] or []))
        except ProcessLookupError:
            continue
    return found


def test_once_finishes_what_runs_and_the_same_command_goes_on(words: list[str]) -> None:
    out = Path(words[-1])
    running = begun(words)
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=PATIENCE_S)
    rows = rows_in(out)
    assert running.returncode == 130, said
    assert "Traceback" not in said
    assert {(row.ending, row.tries) for row in rows.values()} == {(Ending.FINISHED, 1)}, rows
    assert 1 <= len(rows) < COUNT
    lines = said.splitlines()
    assert "stopping…" in lines
    assert f"stopped; {COUNT - len(rows)} of {COUNT} networks are left, which the same command goes on with" in lines
    assert {"audit.csv", "audit.html", "audit.sarif"} <= {each.name for each in out.iterdir()}
    assert is_gone(running.pid), left_of(running.pid)

    again = subprocess.run([sys.executable, str(ROOT / "main.py"), *words], capture_output=True, check=False)
    assert again.returncode == 0, again.stderr.decode()
    now = rows_in(out)
    assert len(now) == COUNT
    assert {number: now[number] for number in rows} == rows


def test_twice_ends_at_once_and_keeps_the_rows(words: list[str]) -> None:
    out = Path(words[-1])
    running = begun(words)
    assert running.stderr is not None and running.stdout is not None
    running.stdout.close()  # nothing is written there before the end
    os.killpg(running.pid, signal.SIGINT)
    lines = iter(running.stderr)
    assert any(line == "stopping…\n" for line in lines)  # the first one was heard
    os.killpg(running.pid, signal.SIGINT)
    rest = "".join(lines)
    running.stderr.close()
    assert running.wait(PATIENCE_S) == 130, rest
    assert "Traceback" not in rest
    rows = rows_in(out)
    assert rows and {row.ending for row in rows.values()} == {Ending.FINISHED}
    assert is_gone(running.pid), left_of(running.pid)
    assert not is_running(out)
