"""What a process can still do once it is locked: tried in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.intake.sandbox.lock import offered
from core.intake.sandbox.state import CALLS, FILES, ON, SandboxState

ROOT = Path(__file__).resolve().parents[4]

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux' sandbox")
needs_calls = pytest.mark.skipif(
    dict(offered().parts).get(CALLS) != ON, reason=f"no filter of system calls here: {offered().sentence}"
)
needs_files = pytest.mark.skipif(dict(offered().parts).get(FILES) != ON, reason=f"no Landlock: {offered().sentence}")

# Everything is imported and looked up before the lock, as in the child.
PROGRAM = """
import ctypes, errno, json, mmap, os, signal, socket, subprocess, sys, threading
from pathlib import Path
from core.intake.sandbox.{part}

folder, other = Path(sys.argv[1]), Path(sys.argv[2])
opened = open(other / "opened", "rb")
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
parent = os.getppid()

def call(number, *values):
    result = libc.syscall(*(ctypes.c_long(value) for value in (number, *values)))
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")

def memory(protection):
    mmap.mmap(-1, 4096, prot=protection).close()

def write(path, mode="xb"):
    with open(path, mode) as file:
        file.write(b"written")

def fork():
    process = os.fork()
    if process == 0:
        os._exit(0)
    os.waitpid(process, 0)

def traces_itself():
    # A traced process stops at each signal until its tracer lets it go on: nobody here would.
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    call({{"x86_64": 101}}.get(os.uname().machine, 117), 0, 0, 0, 0)

attempts = {{
    "reads what is open": lambda: opened.read() == b"content" or 1 / 0,
    "writes the scratch folder": lambda: write(folder / "array.npy"),
    "takes memory": lambda: bytearray(64 * 1024 * 1024),
    "reads /etc/passwd": lambda: open("/etc/passwd").close(),
    "reads another file": lambda: open(other / "opened").close(),
    "reads its own scratch file": lambda: open(folder / "array.npy").close(),
    "finds another file": lambda: os.open(other / "opened", os.O_PATH | os.O_WRONLY | os.O_CREAT | os.O_EXCL),
    "lists a folder": lambda: os.listdir("/"),
    "asks about a file": lambda: os.stat("/etc/passwd"),
    "writes elsewhere": lambda: write(other / "new"),
    "writes elsewhere by a detour": lambda: write(folder / ".." / "new"),
    "replaces a file": lambda: write(other / "opened", "wb"),
    "appends to a file": lambda: write(other / "opened", "ab"),
    "removes a file": lambda: os.unlink(other / "opened"),
    "renames a file": lambda: os.rename(other / "opened", other / "renamed"),
    "makes a link": lambda: os.symlink("/etc/passwd", folder / "link"),
    "makes a hard link": lambda: os.link(other / "opened", folder / "hard"),
    "makes a folder": lambda: os.mkdir(folder / "sub"),
    "changes a file's mode": lambda: os.chmod(other / "opened", 0o777),
    "uses the network": lambda: socket.socket(),
    "uses a local socket": lambda: socket.socket(socket.AF_UNIX),
    "forks": fork,
    "starts a thread": lambda: threading.Thread(target=int).start(),
    "starts a program": lambda: subprocess.run(["/bin/true"]),
    "becomes a program": lambda: os.execv("/bin/true", ["true"]),
    "kills its parent": lambda: os.kill(parent, signal.SIGCONT),
    "leaves its group": lambda: os.setsid(),
    "makes memory executable": lambda: memory(mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
    "changes its limits": lambda: __import__("resource").setrlimit(4, (0, 0)),
    "traces itself": traces_itself,
    "uses io_uring": lambda: call(425, 1, 0),
    "loads a program into the kernel": lambda: call({{"x86_64": 321}}.get(os.uname().machine, 280), 0, 0, 0),
}}
import resource

{lock}
results = {{}}
for name, attempt in attempts.items():
    try:
        attempt()
        results[name] = "done"
    except OSError as error:
        results[name] = errno.errorcode.get(error.errno, "?")
    except (RuntimeError, ValueError) as error:
        results[name] = str(error)
os.write(1, json.dumps([state, results]).encode())
"""

ALLOWED = {"reads what is open", "writes the scratch folder", "takes memory"}


@pytest.fixture
def tried(tmp_path: Path) -> Any:
    """Lock a process in one way, and return what it said of the lock and of each attempt."""

    def run(part: str, lock: str) -> tuple[Any, dict[str, str]]:
        folder, other = tmp_path / "scratch", tmp_path / "other"
        folder.mkdir()
        other.mkdir()
        (other / "opened").write_bytes(b"content")
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM.format(part=part, lock=lock), str(folder), str(other)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        state, results = json.loads(done.stdout)
        assert (other / "opened").read_bytes() == b"content"
        return state, results

    return run


@needs_calls
@needs_files
def test_nothing_is_possible_but_reading_the_file_and_writing_the_scratch_folder(tried: Any, tmp_path: Path) -> None:
    lock = "state = lock(folder, memory_bytes=2**31).as_json()"
    state, results = tried("lock import lock", lock)
    assert SandboxState.from_json(state).is_on, state
    assert {name for name, result in results.items() if result == "done"} == ALLOWED
    assert results["uses the network"] == "EPERM"
    assert results["reads /etc/passwd"] == "EACCES"
    assert results["starts a thread"] == "can't start new thread"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["array.npy", "opened", "other", "scratch"]


@needs_calls
def test_the_filter_alone_denies_all_but_creating_files(tried: Any) -> None:
    lock = "state = seccomp.apply(Libc(), os.uname().machine)"
    state, results = tried("libc import Libc\nfrom core.intake.sandbox import seccomp", lock)
    assert state == ON
    # A filter does not see paths: that is Landlock's part.
    creates = {"writes elsewhere", "writes elsewhere by a detour"}
    assert {name for name, result in results.items() if result == "done"} == ALLOWED | creates


@needs_files
def test_landlock_alone_denies_files(tried: Any) -> None:
    lock = "state = landlock.apply(Libc(), folder)"
    state, results = tried("libc import Libc\nfrom core.intake.sandbox import landlock", lock)
    assert state == ON
    denied = {name for name, result in results.items() if result != "done"}
    assert denied >= {
        "reads /etc/passwd",
        "reads another file",
        "reads its own scratch file",
        "lists a folder",
        "writes elsewhere",
        "writes elsewhere by a detour",
        "replaces a file",
        "appends to a file",
        "removes a file",
        "renames a file",
        "makes a link",
        "makes a hard link",
        "makes a folder",
        "starts a program",
        "becomes a program",
    }


@needs_calls
@needs_files
def test_a_process_with_two_threads_is_told_to_be_locked_in_part(tried: Any) -> None:
    lock = (
        "wait = threading.Event()\nthread = threading.Thread(target=wait.wait, daemon=True)\nthread.start()\n"
        "state = lock(folder, memory_bytes=2**31).as_json()"
    )
    state, results = tried("lock import lock", lock)
    assert state == {FILES: "a second thread runs", CALLS: ON}
    assert results["reads /etc/passwd"] == "EACCES"
