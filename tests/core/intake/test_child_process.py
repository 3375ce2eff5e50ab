"""The parent's side of the child: messages, what it may write, its environment, its end."""

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import Cancelled
from core.intake import child_process
from core.intake.child_process import ChildAnswer, run_child
from core.intake.limits import MIB, Limits
from core.intake.refusal import Refusal
from core.intake.sandbox.state import CALLS, FILES, SandboxState
from core.monitor import Monitor, Progress
from tests.hostile.forked_start import new_start
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the scripts put in use POSIX")


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.CRITICAL, logger="core.intake")
    yield


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a script instead of the child."""
    start = subprocess.Popen
    folder = tmp_path / "scratch"
    folder.mkdir()

    def running(code: str, *, limits: Limits | None = None, monitor: Monitor | None = None) -> ChildAnswer:
        script = (
            "import json, os, signal, sys, time\nrequest = json.load(sys.stdin)\nfolder = request['folder']\n"
            f"def send(text):\n    os.write(1, text.encode() + b'\\n')\n{code}"
        )

        def popen(command: list[str], **options: Any) -> Any:
            return start([sys.executable, "-c", script], **options)

        monkeypatch.setattr(child_process.subprocess, "Popen", popen)
        limits = limits or Limits()
        request = {"folder": str(folder)}
        return run_child(
            request, name="a.h5", stage="Reading", time_s=PATIENCE_S, monitor=monitor or Monitor(), limits=limits
        )

    return running


def refusal(run: Any, code: str, **options: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        run(code, **options)
    return caught.value


def test_these_tests_start_new_children() -> None:
    assert child_process._start is new_start


def test_the_state_of_the_sandbox_comes_first(run: Any) -> None:
    told = run("""send('S{"files": "on", "system calls": "not here"}'); send('P[1, 2]'); send('A{}')""")
    assert told == ChildAnswer(b"{}", SandboxState(((FILES, "on"), (CALLS, "not here"))))


def test_a_child_that_says_nothing_of_a_sandbox_has_none(run: Any) -> None:
    assert run("send('A1')") == ChildAnswer(b"1", SandboxState())


@pytest.mark.parametrize(
    "code",
    [
        """send('P[1, 2]'); send('S{"files": "on"}'); send('A{}')""",
        """send('S{"files": "no"}'); send('S{"files": "on"}'); send('A{}')""",
        "send('S[]')",
        "send('P{}')",
        "send('P[1, 2, 3]')",
        "send('P' + ' ' * 99 + '[1, 2]')",
        "send('P[NaN, 1]')",
        "send('P[1, 1e999]')",
        "send('X')",
        "send('')",
        "send('printed by a library')",
    ],
)
def test_other_messages_are_not_believed(code: str, run: Any) -> None:
    assert refusal(run, code + "\ntime.sleep(600)").code == "intake-answer"


def test_a_message_without_end_is_cut_off(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_process, "_MESSAGE_BYTES", MIB)
    assert refusal(run, "while True: os.write(1, b'A' * 65536)").code == "intake-answer"


def test_an_answer_that_was_cut_off_is_none(run: Any) -> None:
    assert refusal(run, "os.write(1, b'A{}')").code == "intake-crash"


def test_complaints_without_end_hinder_nobody(run: Any) -> None:
    assert run("for _ in range(100): os.write(2, b'x' * 65536)\nsend('A{}')").content == b"{}"


def test_lack_of_memory_is_recognized(run: Any) -> None:
    assert refusal(run, "sys.stderr.write('std::bad_alloc'); sys.exit(6)").code == "intake-memory"


def test_progress_reaches_the_monitor(run: Any, tmp_path: Path) -> None:
    def continue_when_seen(progress: Progress) -> None:
        if (progress.done_count, progress.total_count) == (3, 10):
            (tmp_path / "seen").touch()

    # The child answers once the monitor has got the progress.
    code = f"send('P[3, 10]')\nwhile not os.path.exists({str(tmp_path / 'seen')!r}): time.sleep(0.01)\nsend('A{{}}')"
    assert run(code, monitor=Monitor(on_progress=continue_when_seen)).content == b"{}"


def test_all_that_is_written_counts_together_while_the_child_runs(run: Any) -> None:
    code = (
        "for index in range(1000):\n    open(f'{folder}/{index}', 'wb').write(bytes(1_000_000))\n    time.sleep(0.01)\n"
        "time.sleep(600)"
    )
    found = refusal(run, code, limits=Limits(scratch_bytes=3_000_000))
    assert (found.code, str(found)) == ("file-too-large", "'a.h5' contains more than the 3,000,000 bytes allowed")


def test_all_that_was_written_counts_when_the_child_has_ended(run: Any) -> None:
    code = "for index in range(5): open(f'{folder}/{index}', 'wb').write(bytes(1_000_000))\nsend('A{}')"
    assert refusal(run, code, limits=Limits(scratch_bytes=3_000_000)).code == "file-too-large"


def test_many_empty_files_are_too_much_as_well(run: Any) -> None:
    code = "for index in range(101): open(f'{folder}/{index}', 'wb').close()\nsend('A{}')"
    assert refusal(run, code, limits=Limits(object_count=100)).code == "file-too-large"


@pytest.mark.parametrize("end", ["send('A{}')", "os.kill(os.getpid(), 11)"])
def test_what_the_child_started_ends_with_it(end: str, run: Any, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = (
        "started, tell = os.pipe()\nif os.fork() == 0:\n"
        f"    open({str(note)!r}, 'w').write(str(os.getpid()))\n    os.write(tell, b'x')\n    time.sleep(600)\n"
        f"os.read(started, 1)\n{end}\ntime.sleep(600)"
    )
    if end.startswith("send"):
        run(code)
    else:
        assert refusal(run, code).code == "intake-crash"
    deadline_s = time.monotonic() + PATIENCE_S  # less than the process sleeps
    while is_running(int(note.read_text())) and time.monotonic() < deadline_s:
        os.sched_yield()
    assert not is_running(int(note.read_text()))


def test_the_environment_is_a_list_of_what_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "PYTHONPATH",
        "PYTHONSTARTUP",
        "LD_PRELOAD",
        "LD_AUDIT",
        "GCONV_PATH",
        "HDF5_PLUGIN_PATH",
        "AWS_SECRET",
    ):
        monkeypatch.setenv(name, "/evil")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    passed = child_process._environment()
    assert passed["LC_ALL"] == "C.UTF-8"
    assert "/evil" not in passed.values()
    assert len(passed) <= 10


def is_running(process: int) -> bool:
    status = Path(f"/proc/{process}/stat")
    try:
        os.kill(process, 0)
        return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_the_request_is_json(tmp_path: Path, run: Any) -> None:
    assert json.loads(run("send('A' + json.dumps(request))").content) == {"folder": str(tmp_path / "scratch")}


def test_a_child_that_is_interrupted_with_its_parent_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Ctrl-C can end the child before it has its own process group, and before it has read its request."""
    start = subprocess.Popen

    def ended(command: list[str], **options: Any) -> "subprocess.Popen[bytes]":
        process = start([sys.executable, "-c", ""], **options)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        return process

    monkeypatch.setattr(child_process.subprocess, "Popen", ended)
    caplog.set_level(logging.WARNING, logger="core.intake")
    monitor = Monitor()
    monitor.cancel()
    request = {"kind": "data", "path": "x", "folder": str(tmp_path)}
    with pytest.raises(Cancelled):
        run_child(request, name="x", stage="Reading x", time_s=10, monitor=monitor, limits=Limits())
    assert caplog.messages == []
