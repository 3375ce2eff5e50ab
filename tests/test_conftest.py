"""What the tests themselves stand on: Ctrl-C reaches what they start, garbage is not sought in what was imported.

There are as many workers as cores and memory allow. Most tests read files in children that are forked, which are as
locked as new ones and import their readers, too.
"""

import gc
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from core.intake import child_process
from core.intake.limits import Limits
from core.monitor import Monitor
from tests.conftest import ROOT, pytest_configure, pytest_xdist_auto_num_workers
from tests.hostile.forked_start import ForkedStart, new_start
from tests.hostile.forking import ForkedChild

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children are forked on Linux alone")

INTERRUPT_ITSELF = "import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(600)"


def test_programs_hear_ctrl_c_where_the_shell_let_the_tests_ignore_it() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        pytest_configure()
        ended = subprocess.run([sys.executable, "-c", INTERRUPT_ITSELF], stderr=subprocess.PIPE, check=False)
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.returncode == -signal.SIGINT
    assert b"KeyboardInterrupt" in ended.stderr


def test_what_was_imported_is_not_searched_for_garbage() -> None:
    assert gc.get_freeze_count() > 10_000
    assert gc.isenabled()


@pytest.mark.parametrize(
    ("cores", "free_gib", "workers"), [(2, 20, 3), (2, 7, 2), (1, 6, 2), (1, 2, 1), (None, 20, 2), (16, 60, 17)]
)
def test_one_worker_more_than_there_are_cores_where_memory_allows(
    cores: int | None, free_gib: int, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "cpu_count", lambda **_: cores)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=free_gib * 1024**3))
    assert pytest_xdist_auto_num_workers() == workers


@pytest.fixture
def request_of_labels(tmp_path: Path) -> Mapping[str, Any]:
    """What a child is asked: to read the names of two classes."""
    path, folder = tmp_path / "names.txt", tmp_path / "scratch"
    path.write_text("cat\ndog\n")
    folder.mkdir()
    return {"kind": "names", "path": str(path), "folder": str(folder), "limits": asdict(Limits()), "time_s": 60}


@pytest.fixture
def forked_start() -> Iterator[ForkedStart]:
    start = ForkedStart()
    yield start
    start.close()


def answered(request: Mapping[str, Any], start: Callable[..., object]) -> child_process.ChildAnswer:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(child_process, "_start", start)
        return child_process.run_child(
            request, name="names.txt", stage="Reading", time_s=60, monitor=Monitor(), limits=Limits()
        )


@on_linux
def test_tests_read_files_in_forked_children() -> None:
    assert isinstance(child_process._start, ForkedStart)


@on_linux
def test_a_forked_child_is_locked_as_a_new_one_and_answers_the_same(
    request_of_labels: Mapping[str, Any], forked_start: ForkedStart
) -> None:
    new = answered(request_of_labels, new_start)
    assert [answered(request_of_labels, forked_start) for _ in range(2)] == [new, new]
    assert new.sandbox.as_json()


@on_linux
def test_a_new_child_is_started_beside_a_forked_one(
    request_of_labels: Mapping[str, Any], forked_start: ForkedStart
) -> None:
    first, beside = forked_start(request_of_labels), forked_start(request_of_labels)
    end(first)
    end(beside)
    later = forked_start(request_of_labels)
    end(later)
    assert [isinstance(child, ForkedChild) for child in (first, beside, later)] == [True, False, True]


def end(child: "ForkedChild | subprocess.Popen[bytes]") -> None:
    """Let a child write nothing more, and wait for it."""
    for pipe in (child.stdout, child.stderr):
        assert pipe is not None
        pipe.close()
    child.wait()


def test_forked_children_have_no_reader_yet() -> None:
    program = (
        "import sys; from tests.hostile.forking import import_libraries; import_libraries(); "
        "print(*sorted(name for name in sys.modules if name.endswith('_reader') or name == 'PIL'))"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.split() == []
