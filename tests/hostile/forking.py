"""Children of the intake that are forked from a process with numpy and h5py, and if wished all readers, imported.

A fork takes milliseconds where a new child takes a fifth of a second, most of it imports. What is forked bounds and
locks itself and reads its file as a new child does.

Run as a program it is that process: `python tests/hostile/forking.py FD IMPORTED`, with a socket to the process that
asks, and "readers" or "libraries".
"""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_MESSAGE_BYTES = 4096
_TFLITE_START = b"\0\0\0\0TFL3"


@dataclass(frozen=True, slots=True)
class Usage:
    """What a child took.

    Attributes:
        cpu_s: its processor time.
        largest_bytes: its memory.
    """

    cpu_s: float = 0.0
    largest_bytes: int = 0


class ForkedChild:
    """A child that another process forked, with what the intake uses of `subprocess.Popen`.

    Attributes:
        usage: what it took, once `end` was called.
    """

    def __init__(self, server: socket.socket) -> None:
        pipes = [os.pipe() for _ in range(3)]
        (child_in, to_child), (from_child, child_out), (words_from_child, child_words) = pipes
        socket.send_fds(server, [b"fork"], [child_in, child_out, child_words])
        for number in (child_in, child_out, child_words):
            os.close(number)
        self.stdin, self.stdout, self.stderr = (
            os.fdopen(to_child, "wb"),
            os.fdopen(from_child, "rb"),
            os.fdopen(words_from_child, "rb"),
        )
        self._server = server
        self.pid = int(_answer(server)["pid"])
        self.returncode: int | None = None
        self.usage = Usage()

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended; its process stays as it ended until `end` is called, so its number is not reused."""
        if self.returncode is None:
            if not select.select([self._server], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("the forked child", timeout or 0)
            self.returncode = int(_answer(self._server)["status"])
        return self.returncode

    def end(self) -> None:
        """Let go of the process, which was waited for."""
        assert self.returncode is not None
        self._server.sendall(b"end")
        self.usage = Usage(**_answer(self._server))


class ForkServer:
    """Starts the process that forks, in the environment of a real child, and the children.

    Args:
        has_readers: whether it imports all readers; otherwise each child imports its own, before it is locked, and one
            that misses a module fails as a new child would.
    """

    def __init__(self, *, has_readers: bool = True) -> None:
        from core.intake import child_process  # noqa: PLC0415 - the root is on the path only once this runs

        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._last: ForkedChild | None = None
        libraries = child_process._library_folders()
        imported = "readers" if has_readers else "libraries"
        self._process = subprocess.Popen(
            [sys.executable, "-P", __file__, str(theirs.fileno()), imported, *libraries],
            stdin=subprocess.DEVNULL,
            env=child_process._environment(),
            cwd=ROOT,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()

    @property
    def is_busy(self) -> bool:
        """Whether the last child still runs: there is one at a time."""
        return self._last is not None and self._last.returncode is None

    def start(self, request: Mapping[str, Any]) -> ForkedChild:
        """Start a child with a request, in place of `core.intake.child_process._start`."""
        self.take_usage()
        self._last = child = ForkedChild(self._socket)
        with contextlib.suppress(BrokenPipeError), child.stdin:
            child.stdin.write(json.dumps(request).encode())
        return child

    def take_usage(self) -> Usage:
        """End the last child, and return what it took; nothing where none was started."""
        child, self._last = self._last, None
        if child is None:
            return Usage()
        child.end()
        return child.usage

    def close(self) -> None:
        """End the process that forks."""
        self._socket.close()
        self._process.wait()


def _answer(server: socket.socket) -> dict[str, Any]:
    said = server.recv(_MESSAGE_BYTES)
    if not said:
        raise RuntimeError("the process that forks children has ended")
    answer: dict[str, Any] = json.loads(said)
    return answer


def _serve(asked: socket.socket) -> None:
    """Fork a child at a time until nobody asks any more."""
    while True:
        said, files, _flags, _address = socket.recv_fds(asked, _MESSAGE_BYTES, 3)
        if not said:
            return
        process = os.fork()
        if process == 0:
            _become_child(asked, files)
        for number in files:
            os.close(number)
        with contextlib.suppress(PermissionError, ProcessLookupError):
            os.setpgid(process, process)  # as the child does: whichever comes first
        asked.sendall(json.dumps({"pid": process}).encode())
        ended = os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        status = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
        asked.sendall(json.dumps({"status": status}).encode())
        asked.recv(_MESSAGE_BYTES)
        usage = os.wait4(process, 0)[2]
        took = {"cpu_s": usage.ru_utime + usage.ru_stime, "largest_bytes": usage.ru_maxrss * 1024}
        asked.sendall(json.dumps(took).encode())


def _become_child(asked: socket.socket, files: list[int]) -> None:
    """Be a child that begins: its standard streams are the pipes, and it has nothing else open."""
    status = 70
    try:
        os.setpgid(0, 0)
        asked.close()
        for place, number in enumerate(files):
            os.dup2(number, place)
            os.close(number)
        from core.intake.__main__ import main as child_main  # noqa: PLC0415 - imported before

        status = child_main()
    except BaseException:  # noqa: BLE001 - the status tells it
        with contextlib.suppress(BaseException):
            traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stderr.flush()
        os._exit(status)


def import_libraries() -> None:
    """Import what any child imports before it knows its file, and the two libraries that take longest."""
    for library in ("core.intake.__main__", "numpy", "h5py"):
        __import__(library)


def _import_readers() -> None:
    from core.intake.readers.preload import preloaded  # noqa: PLC0415 - the root is on the path only now
    from core.intake.savedmodel.joined_parts import SIGNATURE  # noqa: PLC0415

    for kind in ("model", "data", "images", "image", "trigger", "results", "names", "session"):
        preloaded(kind, has_images=kind == "data")
    for start, name in ((SIGNATURE, ""), (b"", "network.onnx"), (_TFLITE_START, "")):
        preloaded("model", start=start, name=name)


def main() -> int:
    """Import what is wished, and fork; return the exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asks ends this one by closing the socket
    sys.path[:0] = [str(ROOT)]
    sys.path += [each for each in sys.argv[3:] if each not in sys.path]
    import_libraries()
    if sys.argv[2] == "readers":
        _import_readers()
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        _serve(asked)
    return 0


if __name__ == "__main__":
    sys.exit(main())
