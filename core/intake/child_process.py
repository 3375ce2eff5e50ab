"""The parent's side of the child: start it, listen to it, bound its time and its output, and end it."""

import importlib.util
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from core.errors import Cancelled
from core.intake.exchange import ANSWER_MESSAGE, PROGRESS_MESSAGE, SANDBOX_MESSAGE, SIZE_MESSAGE
from core.intake.limits import MIB, Limits
from core.intake.refusal import Refusal, shortened
from core.intake.sandbox.state import SandboxState
from core.monitor import Monitor

_PACKAGE = __name__.rpartition(".")[0]  # core.intake, or backdoor_inspector.core.intake where it is installed
_ROOT = Path(__file__).resolve().parents[_PACKAGE.count(".") + 1]
_LIBRARIES = ("h5py", "numpy", "pydantic", "PIL")
# The package is imported from the folder it is in here and from nowhere else, whatever other `core` there is. That
# folder leaves the path again at once: installed it is site-packages, which may not come before Python's own modules.
_CHILD = """
import runpy, sys
root, package, *libraries = sys.argv[1:]
sys.path.insert(0, root)
__import__(package.partition(".")[0])
del sys.path[0]
sys.path += [each for each in libraries if each not in sys.path]
runpy.run_module(package, run_name="__main__")
"""
# What the child gets of the environment: how file names are encoded, where a Python outside the usual folders has its
# libraries, and what Windows does not start a program without. Anything else could make a library load foreign code.
_ENVIRONMENT = ("LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE", "SYSTEMROOT")
_POLL_S = 0.02
_MEASURE_S = 0.25
_JOIN_S = 1.0
_MESSAGE_BYTES = 64 * MIB
_WORDS_BYTES = 4096
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChildAnswer:
    """What the child sent.

    Attributes:
        content: its answer, JSON that nobody has checked.
        sandbox: what it was locked with, reported before it read the file.
    """

    content: bytes
    sandbox: SandboxState


def run_child(
    request: Mapping[str, Any],
    *,
    name: str,
    stage: str,
    time_s: float,
    monitor: Monitor,
    limits: Limits,
    on_size: Callable[[int], None] = lambda total_bytes: None,
) -> ChildAnswer:
    """Run the child on one file, and return its answer; whatever happens, it and what it started have ended by then.

    Args:
        request: `kind`, `path` and `folder`, the scratch folder.
        name: the file's name for messages.
        stage: what the monitor shows.
        time_s: time it may take.
        monitor: receives progress, and can cancel.
        limits: the child's limits.
        on_size: told how many bytes the arrays take, before they are written; may refuse that.

    Raises:
        Refusal: that of `on_size`; `intake-timeout`, `intake-memory`, `intake-crash`, `intake-answer` or
            `file-too-large`.
        Cancelled: the job was cancelled.
    """
    child = _start(request)
    assert child.stdout is not None and child.stderr is not None
    messages, words = _Messages(child.stdout), _Words(child.stderr)
    try:
        _wait(
            child,
            messages,
            Path(request["folder"]),
            stage,
            time_s=time_s,
            monitor=monitor,
            limits=limits,
            name=name,
            on_size=on_size,
        )
    finally:
        _kill(child)
        messages.end()
        words.end()
    if monitor.is_cancelled:
        raise Cancelled
    _refuse_excess(Path(request["folder"]), name, limits)
    if messages.answer is not None:
        return ChildAnswer(messages.answer, messages.sandbox)
    said = words.text
    _log.warning("the intake child of %s ended with %s: %s", name, child.returncode, said)
    if messages.is_broken:
        raise Refusal("intake-answer", f"'{name}' is damaged: the process that read it gave no usable answer")
    if -child.returncode in {getattr(signal, "SIGXCPU", None), getattr(signal, "SIGALRM", None)}:
        raise _too_slow(name, time_s)
    if "MemoryError" in said or "Cannot allocate memory" in said or "bad_alloc" in said:
        raise Refusal(
            "intake-memory", f"reading '{name}' needs more than the {limits.memory_bytes:,} bytes of memory allowed"
        )
    raise Refusal(
        "intake-crash", f"'{name}' is damaged: it crashed the process that read it; nothing else was affected"
    )


def _start(request: Mapping[str, Any]) -> "subprocess.Popen[bytes]":
    own_group: dict[str, Any] = {"process_group": 0} if os.name == "posix" else {"creationflags": 0x08000200}
    try:
        child = subprocess.Popen(
            [sys.executable, "-P", "-c", _CHILD, str(_ROOT), _PACKAGE, *_library_folders()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            cwd=_ROOT,
            **own_group,
        )
    except OSError as error:
        raise Refusal("intake-crash", f"the process that reads files cannot be started: {shortened(error)}") from error
    assert child.stdin is not None
    try:
        with child.stdin:
            child.stdin.write(json.dumps(request).encode())
    except BrokenPipeError:
        _log.info("the intake child did not read its request")  # what became of it is told below, or it was cancelled
    return child


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return kept | {
        "HDF5_PLUGIN_PRELOAD": "::",
        "HDF5_USE_FILE_LOCKING": "FALSE",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def _library_folders() -> list[str]:
    """Where this process has the child's libraries from; the child may not see them, as it ignores PYTHONPATH."""
    found = [importlib.util.find_spec(name) for name in _LIBRARIES]
    return sorted({str(Path(each.origin).parents[1]) for each in found if each is not None and each.origin})


class _Messages:
    """Listens to the child in a thread of its own; nothing that the child sends is believed here.

    Attributes:
        sandbox: the state of the sandbox; only the first message can tell it.
        progress: how much is done of how much.
        size_bytes: what the arrays take, those that are about to be written as well.
        answer: the answer, once it is complete.
        is_broken: whether the child sent something else.
        is_over: set when no further message counts.
    """

    def __init__(self, pipe: IO[bytes]) -> None:
        self.sandbox, self.progress, self.size_bytes = SandboxState(), (0, 0), 0
        self.answer: bytes | None = None
        self.is_broken, self.is_over = False, threading.Event()
        self._pipe = pipe
        self._thread = threading.Thread(target=self._listen, name="intake messages", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Wait for the last message of a child that has ended, and close the pipe."""
        _end(self._thread, self._pipe)

    def _listen(self) -> None:
        try:
            is_first = True
            while line := self._pipe.readline(_MESSAGE_BYTES):
                kind, content = line[:1], line[1:-1]
                if not line.endswith(b"\n"):
                    self.is_broken = len(line) == _MESSAGE_BYTES
                    return  # too long, or cut off as the child died
                if kind == ANSWER_MESSAGE:
                    self.answer = content
                    return
                if kind == SANDBOX_MESSAGE and is_first:
                    self.sandbox = SandboxState.from_json(json.loads(content))
                elif kind == PROGRESS_MESSAGE and len(content) < 64:
                    done_count, total_count = json.loads(content)
                    self.progress = max(0, int(done_count)), max(0, int(total_count))
                elif kind == SIZE_MESSAGE and len(content) < 32:
                    self.size_bytes = max(0, int(json.loads(content)))
                else:
                    self.is_broken = True
                    return
                is_first = False
        except (OSError, ValueError, TypeError, OverflowError, RecursionError):
            self.is_broken = True
        finally:
            self.is_over.set()


class _Words:
    """Keeps the beginning of what the child complains about, and lets go the rest."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe, self._kept = pipe, b""
        self._thread = threading.Thread(target=self._listen, name="intake words", daemon=True)
        self._thread.start()

    @property
    def text(self) -> str:
        """The words."""
        return self._kept.decode("utf-8", "replace").strip()

    def end(self) -> None:
        """Wait for the last words of a child that has ended, and close the pipe."""
        _end(self._thread, self._pipe)

    def _listen(self) -> None:
        try:
            while block := self._pipe.read1(65_536):  # type: ignore[attr-defined]  # a buffered reader has it
                self._kept = (self._kept + block)[:_WORDS_BYTES]
        except (OSError, ValueError):
            return


def _end(thread: threading.Thread, pipe: IO[bytes]) -> None:
    thread.join(_JOIN_S)
    if thread.is_alive():
        # Something that left the child's group still holds the pipe; closing it here would wait for the thread.
        _log.warning("a process that the intake child started is still running")
    else:
        pipe.close()


def _wait(
    child: "subprocess.Popen[bytes]",
    messages: _Messages,
    folder: Path,
    stage: str,
    *,
    time_s: float,
    monitor: Monitor,
    limits: Limits,
    name: str,
    on_size: Callable[[int], None],
) -> None:
    """Wait for the answer, or for the child's end."""
    deadline_s = time.monotonic() + time_s
    measured_s = time.monotonic()
    size_bytes = 0
    while not _is_done(child, messages):
        if messages.size_bytes != size_bytes:
            size_bytes = messages.size_bytes
            on_size(size_bytes)
        done_count, total_count = messages.progress
        monitor.checkpoint(stage, done_count=done_count, total_count=total_count)
        now_s = time.monotonic()
        if now_s > deadline_s:
            raise _too_slow(name, time_s)
        if now_s - measured_s > _MEASURE_S:
            _refuse_excess(folder, name, limits)
            measured_s = now_s


def _is_done(child: "subprocess.Popen[bytes]", messages: _Messages) -> bool:
    """Wait a little; say whether nothing more is to be expected: an answer, nonsense, or a child that has ended.

    What a child that has ended still left in the pipe is read afterwards.
    """
    is_silent = messages.is_over.wait(_POLL_S)
    if messages.answer is not None or messages.is_broken:
        return True
    try:
        child.wait(_POLL_S if is_silent else 0)
    except subprocess.TimeoutExpired:
        return False
    return True


def _refuse_excess(folder: Path, name: str, limits: Limits) -> None:
    """Refuse a file whose child has written more than it may, all its files together."""
    written_bytes = file_count = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                written_bytes += entry.stat(follow_symlinks=False).st_size
                file_count += 1
                if file_count > limits.object_count:
                    break
    except OSError:
        return  # the answer's check will miss the files
    # The files' headers do not count; and as many files as the file may have objects are enough.
    if written_bytes > limits.scratch_bytes + MIB or file_count > limits.object_count:
        raise Refusal("file-too-large", f"'{name}' contains more than the {limits.scratch_bytes:,} bytes allowed")


def _kill(child: "subprocess.Popen[bytes]") -> None:
    """End the child and everything in its process group, also where it has ended itself."""
    try:
        if os.name == "posix":
            os.killpg(child.pid, signal.SIGKILL)
        elif child.poll() is None:
            child.kill()
    except (ProcessLookupError, PermissionError):
        pass  # nothing is left of the group; macOS says so of a process that has ended, too
    child.wait()


def _too_slow(name: str, time_s: float) -> Refusal:
    return Refusal("intake-timeout", f"'{name}' could not be read within {time_s:.0f} seconds: it is probably damaged")
