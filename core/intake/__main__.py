"""The child: reads one file, as requested on its standard input, writes arrays to the scratch folder, and answers.

It limits its memory, time and output, opens the file, imports the code that reads it (the first bytes tell the format),
and locks itself; only then the file's content is read. Any failure becomes an answer with a code, or ends this process;
the parent handles both. Messages go through a pipe, not through a file, since the disk may be full.
"""

import errno
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from core.intake.data.choice import DataChoice
from core.intake.exchange import ANSWER_MESSAGE, PROGRESS_MESSAGE, SANDBOX_MESSAGE, SIZE_MESSAGE
from core.intake.limits import Limits
from core.intake.readers.preload import preloaded
from core.intake.readers.scratch_budget import BUDGET
from core.intake.refusal import ChoiceRefusal, Refusal, shortened
from core.intake.sandbox.lock import lock
from core.intake.source import START_BYTES, file_state, open_source, refuse_changed, sha256_of

_PROGRESS_INTERVAL_S = 0.1


def main() -> int:
    """Answer one request; return the exit status, 0 if there is an answer."""
    request = json.loads(sys.stdin.buffer.read())
    messages = _Messages()
    limits = Limits(**request["limits"])
    _bound(limits, request["time_s"])
    path, folder = Path(request["path"]), Path(request["folder"])
    given = request.get("data")
    how = None if given is None else DataChoice.from_json(given["choice"])
    name = given["name"] if given else path.name
    is_bundle = bool(given and given["is_bundle"])

    def lock_and_tell() -> None:
        BUDGET.on_size = lambda total_bytes: messages.send(SIZE_MESSAGE, total_bytes)
        messages.send(SANDBOX_MESSAGE, lock(folder, memory_bytes=limits.memory_bytes).as_json())

    try:
        read = _read(
            request["kind"],
            path,
            folder,
            limits,
            on_ready=lock_and_tell,
            on_progress=messages.tell_progress,
            architecture=request.get("architecture", ""),
            name=name,
            choice=how,
            is_bundle=is_bundle,
        )
        answer = {"ok": True, **read}
    except ChoiceRefusal as refusal:
        answer = {"ok": False, "code": refusal.code, "sentence": str(refusal), "pairs": refusal.pairs}
    except Refusal as refusal:
        answer = {"ok": False, "code": refusal.code, "sentence": str(refusal)}
    except MemoryError:
        answer = {"ok": False, "code": "intake-memory", "sentence": _memory_sentence(name, limits)}
    except OSError as error:
        answer = _system_answer(name, limits, error)
    except Exception as error:  # noqa: BLE001 - the boundary of this process: for a broken file h5py may raise anything
        answer = {"ok": False, "code": "damaged-file", "sentence": _damage_sentence(name, error)}
    messages.send(ANSWER_MESSAGE, answer)
    return 0


def _read(
    kind: str,
    path: Path,
    folder: Path,
    limits: Limits,
    *,
    name: str | None = None,
    choice: DataChoice | None = None,
    is_bundle: bool = False,
    on_ready: Callable[[], None] = lambda: None,
    on_progress: Callable[[int, int], None] = lambda done_count, total_count: None,
    architecture: str = "",
) -> dict[str, Any]:
    """Read a file, or several that are bundled in one and go by a name of their own.

    `on_ready` is called once it is open and everything is imported, before its content is read.
    """
    name = shortened(path.name if name is None else name)
    with open_source(path) as file:
        start = file.read(START_BYTES)
        file.seek(0)
        read = preloaded(kind, start=start, name=name, has_images=is_bundle)
        on_ready()
        before = file_state(file)
        sha256 = sha256_of(file)
        if kind in ("image", "trigger"):
            answer = read(file, folder, name=name, limits=limits)
        elif kind in ("results", "names"):
            answer = read(file, name=name)
        else:
            size_bytes = before.size_bytes
            more: dict[str, Any] = {"architecture": architecture} if kind == "model" else {}
            if kind in ("data", "images"):
                more = {"choice": choice, "is_bundle": is_bundle}
            answer = read(
                file, folder, name=name, size_bytes=size_bytes, limits=limits, on_progress=on_progress, **more
            )
        refuse_changed(before, file, name)
    return {**answer, "sha256": sha256, "size_bytes": before.size_bytes}


class _Messages:
    """Sends messages through the pipe that standard output is; what else is printed goes to standard error instead."""

    def __init__(self) -> None:
        self._pipe: BinaryIO = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._last_s = float("-inf")

    def send(self, kind: bytes, content: object) -> None:
        """Send a message."""
        self._pipe.write(kind + json.dumps(content, allow_nan=False).encode("ascii") + b"\n")
        self._pipe.flush()

    def tell_progress(self, done_count: int, total_count: int) -> None:
        """Send how much is done, not too often."""
        if time.monotonic() - self._last_s >= _PROGRESS_INTERVAL_S:
            self._last_s = time.monotonic()
            self.send(PROGRESS_MESSAGE, [done_count, total_count])


def _bound(limits: Limits, time_s: float) -> None:
    """Limit this process's memory, time and output, if the system supports it."""
    BUDGET.limit(limits.scratch_bytes)
    if hasattr(signal, "setitimer"):
        # Ends an endless loop even if the parent is gone.
        signal.setitimer(signal.ITIMER_REAL, time_s + 5)
    try:
        import resource  # noqa: PLC0415
    except ImportError:
        return
    wanted = {
        "RLIMIT_AS": limits.memory_bytes,
        "RLIMIT_CPU": int(time_s) + 5,
        "RLIMIT_FSIZE": limits.scratch_bytes,
        "RLIMIT_CORE": 0,
    }
    for key, value in wanted.items():
        kind = getattr(resource, key, None)
        if kind is None:
            continue
        hard = resource.getrlimit(kind)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (bound, bound))
        except (ValueError, OSError):
            # macOS refuses some of them; the parent's limits still apply.
            continue


def _system_answer(name: str, limits: Limits, error: OSError) -> dict[str, Any]:
    if error.errno in {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}:
        sentence = f"the cache folder is full, so '{shortened(name)}' cannot be read"
        return {"ok": False, "code": "cache-folder", "sentence": sentence}
    if error.errno == errno.EFBIG:
        sentence = f"'{shortened(name)}' contains more than the {limits.scratch_bytes:,} bytes allowed"
        return {"ok": False, "code": "file-too-large", "sentence": sentence}
    if error.errno in {errno.EACCES, errno.EPERM}:
        # The file was opened before: only the sandbox denies anything from then on.
        sentence = f"reading '{shortened(name)}' takes something that the sandbox of the reading process denies"
        return {"ok": False, "code": "intake-denied", "sentence": sentence}
    return {"ok": False, "code": "damaged-file", "sentence": _damage_sentence(name, error)}


def _memory_sentence(name: str, limits: Limits) -> str:
    return f"reading '{shortened(name)}' needs more than the {limits.memory_bytes:,} bytes of memory allowed"


def _damage_sentence(name: str, error: Exception) -> str:
    reason = shortened(str(error).split("\n", maxsplit=1)[0], 80) or type(error).__name__
    return f"'{shortened(name)}' is damaged and cannot be read: {reason}"


if __name__ == "__main__":
    sys.exit(main())
