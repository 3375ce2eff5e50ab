"""The child: reads one file, as requested on its standard input, and writes arrays and an answer to the scratch folder.

It first limits its own memory, time and output, then imports the code that touches the file. Any failure becomes an
answer with a code, or ends this process; the parent handles both.
"""

import errno
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

from core.intake.exchange import ANSWER_FILE, PROGRESS_FILE
from core.intake.limits import Limits
from core.intake.refusal import Refusal, shortened
from core.intake.source import file_state, open_source, refuse_changed, sha256_of

_PROGRESS_INTERVAL_S = 0.1


def main() -> int:
    """Answer one request; return the exit status, 0 if there is an answer."""
    request = json.loads(sys.stdin.buffer.read())
    limits = Limits(**request["limits"])
    folder = Path(request["folder"])
    _bound(limits, request["time_s"])
    path = Path(request["path"])
    try:
        answer = {"ok": True, **_read(request["kind"], path, folder, limits)}
    except Refusal as refusal:
        answer = {"ok": False, "code": refusal.code, "sentence": str(refusal)}
    except MemoryError:
        answer = {"ok": False, "code": "intake-memory", "sentence": _memory_sentence(path, limits)}
    except OSError as error:
        answer = _system_answer(path, limits, error)
    except Exception as error:  # noqa: BLE001 - the boundary of this process: for a broken file h5py may raise anything
        answer = {"ok": False, "code": "damaged-file", "sentence": _damage_sentence(path, error)}
    (folder / ANSWER_FILE).write_text(json.dumps(answer, allow_nan=False), encoding="utf-8")
    return 0


def _read(kind: str, path: Path, folder: Path, limits: Limits) -> dict[str, Any]:
    name = shortened(path.name)
    with open_source(path) as file:
        before = file_state(file)
        sha256 = sha256_of(file)
        answer = _dispatch(kind, file, folder, name=name, size_bytes=before.size_bytes, limits=limits)
        refuse_changed(before, file, name)
    return {**answer, "sha256": sha256, "size_bytes": before.size_bytes}


def _dispatch(kind: str, file: Any, folder: Path, *, name: str, size_bytes: int, limits: Limits) -> dict[str, object]:
    # Imported after the limits are set, and only the modules that this kind needs.
    if kind == "image":
        from core.intake.readers.image_reader import read_image  # noqa: PLC0415

        return read_image(file, folder, name=name, limits=limits)
    if kind == "results":
        from core.intake.readers.results_reader import read_results  # noqa: PLC0415

        return read_results(file, name=name)
    from core.intake.model.model_reader import read_model  # noqa: PLC0415
    from core.intake.readers.data_reader import read_data, read_images  # noqa: PLC0415

    read = {"model": read_model, "data": read_data, "images": read_images}[kind]
    return read(file, folder, name=name, size_bytes=size_bytes, limits=limits, on_progress=_Reporter(folder))


class _Reporter:
    """Writes "done total" to a small file that the parent reads."""

    def __init__(self, folder: Path) -> None:
        self._path, self._last_s = folder / PROGRESS_FILE, float("-inf")

    def __call__(self, done_count: int, total_count: int) -> None:
        if time.monotonic() - self._last_s >= _PROGRESS_INTERVAL_S:
            self._last_s = time.monotonic()
            self._path.write_text(f"{done_count} {total_count}", encoding="ascii")


def _bound(limits: Limits, time_s: float) -> None:
    """Limit this process's memory, time and output, if the system supports it."""
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


def _system_answer(path: Path, limits: Limits, error: OSError) -> dict[str, Any]:
    if error.errno in {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}:
        sentence = f"the cache folder is full, so '{shortened(path.name)}' cannot be read"
        return {"ok": False, "code": "cache-folder", "sentence": sentence}
    if error.errno == errno.EFBIG:
        sentence = f"'{shortened(path.name)}' contains more than the {limits.scratch_bytes:,} bytes allowed"
        return {"ok": False, "code": "file-too-large", "sentence": sentence}
    return {"ok": False, "code": "damaged-file", "sentence": _damage_sentence(path, error)}


def _memory_sentence(path: Path, limits: Limits) -> str:
    return f"reading '{shortened(path.name)}' needs more than the {limits.memory_bytes:,} bytes of memory allowed"


def _damage_sentence(path: Path, error: Exception) -> str:
    reason = shortened(str(error).split("\n", maxsplit=1)[0], 80) or type(error).__name__
    return f"'{shortened(path.name)}' is damaged and cannot be read: {reason}"


if __name__ == "__main__":
    sys.exit(main())
