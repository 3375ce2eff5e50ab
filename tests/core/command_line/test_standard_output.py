"""Standard output that is closed or full, and Ctrl-C at the very end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[3]
FULL = Path("/dev/full")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pipes and signals are others there")


def run(arguments: list[str], stdout: int, *, code: str = "") -> "subprocess.CompletedProcess[str]":
    """Run main.py, or code in place of a command."""
    command = [sys.executable, "-c", code] if code else [sys.executable, "main.py", *arguments]
    return subprocess.run(command, cwd=ROOT, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False)


def closed_pipe() -> int:
    reader, writer = os.pipe()
    os.close(reader)
    return writer


JOB = (
    "import sys\n"
    "from core.command_line.console import put, run_job, run_printing, Status\n"
    "def job(monitor):\n"
    "    for number in range(3):\n"
    "        put('x' * 100_000)\n"
    "    return Status.DONE\n"
    "sys.exit(run_printing(lambda: run_job(job, has_progress=True)))\n"
)


@pytest.mark.parametrize("arguments", [["--help"], ["prune", "--help"], ["--version"], []])
def test_a_closed_pipe_ends_quietly(arguments: list[str]) -> None:
    writer = closed_pipe()
    try:
        ended = run(arguments, writer, code="" if arguments else JOB)
    finally:
        os.close(writer)
    assert ended.stderr == ""
    assert ended.returncode in ({1, 141} if "--help" in arguments else {141})


@pytest.mark.skipif(not FULL.exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("arguments", [["--help"], ["prune", "--help"], ["--version"], []])
def test_a_full_disk_is_one_sentence(arguments: list[str]) -> None:
    with FULL.open("w") as full:
        ended = run(arguments, full.fileno(), code="" if arguments else JOB)
    assert ended.stderr.splitlines() == [
        "refused [write-failed]: the results could not be printed to standard output: its disk is full; make room"
    ]
    assert ended.returncode == 3


def test_no_standard_output_at_all() -> None:
    ended = subprocess.run(
        ["sh", "-c", f"'{sys.executable}' main.py --version >&-"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_job_whose_results_nobody_could_read_does_not_begin(tmp_path: Path) -> None:
    (tmp_path / "bad.h5").write_bytes(b"no network")
    command = f"'{sys.executable}' main.py screen {tmp_path} --sarif {tmp_path}/found.sarif >&-"
    ended = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.stderr.splitlines() == [
        "refused [write-failed]: the results cannot be printed: standard output is closed; leave it open or send it to "
        "a file"
    ]
    assert ended.returncode == 3
    assert not (tmp_path / "found.sarif").exists()


def test_progress_that_nobody_reads_stops_nothing(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from core.command_line.console import run_job, say, Status\n"
        "def job(monitor):\n"
        "    for number in range(50):\n"
        "        monitor.checkpoint(f'Stage {number}')\n"
        "    say('done')\n"
        f"    open({str(tmp_path / 'done')!r}, 'w').close()\n"
        "    return Status.DONE\n"
        "sys.exit(run_job(job, has_progress=True))\n"
    )
    writer = closed_pipe()
    try:
        ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stderr=writer, check=False)
    finally:
        os.close(writer)
    assert ended.returncode == 0
    assert (tmp_path / "done").exists()


def test_another_error_of_the_system_is_not_blamed_on_standard_output() -> None:
    code = (
        "from core.command_line.console import run_job, run_printing\n"
        "def job(monitor):\n"
        "    raise OSError(28, 'No space left on device', '/somewhere')\n"
        "run_printing(lambda: run_job(job, has_progress=False))\n"
    )
    ended = run([], subprocess.DEVNULL, code=code)
    assert ended.returncode == 1
    assert "/somewhere" in ended.stderr
    assert "standard output" not in ended.stderr


@pytest.mark.parametrize("status", [0, 3, 130, 143])
def test_an_interrupt_at_the_very_end_does_not_kill(status: int) -> None:
    code = (
        "import os, signal, sys, main\n"
        "class Late:\n"  # lives until Python takes its modules down
        "    def __init__(self): self.kill, self.process, self.number = os.kill, os.getpid(), signal.SIGINT\n"
        "    def __del__(self): self.kill(self.process, self.number)\n"
        "sys.late = Late()\n"
        "signal.signal(signal.SIGINT, lambda *_: os._exit(130))\n"
        f"main.end({status})\n"
    )
    assert run([], subprocess.DEVNULL, code=code).returncode == status


def test_cancelling_does_not_wait_for_what_nobody_wants() -> None:
    code = (
        "import atexit, threading, main\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "ThreadPoolExecutor(1).submit(threading.Event().wait, 300)\n"
        "atexit.register(print, 'cleaned up')\n"
        "main.end(130)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert (ended.returncode, ended.stdout) == (130, "cleaned up\n")
