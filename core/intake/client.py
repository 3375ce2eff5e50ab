"""The parent's side: start the child on one file, wait, check the answer, return plain arrays."""

import dataclasses
import importlib.util
import json
import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy.typing as npt
from pydantic import ValidationError

from core.errors import Cancelled, DatasetError, ImageFileError, InspectorError, ModelFileError, ResultsFileError
from core.intake import cache
from core.intake.answers import ArrayAnswer, DataAnswer, ImageFileAnswer, ModelDescription, RefusalAnswer, ResultsAnswer
from core.intake.codes import CODES
from core.intake.exchange import ANSWER_FILE, PROGRESS_FILE
from core.intake.limits import MIB, Limits
from core.intake.refusal import Refusal, shortened
from core.intake.source import open_source, sha256_of
from core.monitor import Monitor

Kind = Literal["model", "data", "images", "image", "results"]
Answer = ModelDescription | DataAnswer | ImageFileAnswer | ResultsAnswer

_ANSWERS: dict[str, type[Answer]] = {
    "model": ModelDescription,
    "data": DataAnswer,
    "images": DataAnswer,
    "image": ImageFileAnswer,
    "results": ResultsAnswer,
}
_ERRORS: dict[str, type[InspectorError]] = {
    "model": ModelFileError,
    "data": DatasetError,
    "images": DatasetError,
    "image": ImageFileError,
    "results": ResultsFileError,
}
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
_POLL_S = 0.02
_ANSWER_BYTES = 64 * MIB
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """A file read by the child.

    Attributes:
        folder: the cache entry with the arrays.
        answer: the checked answer.
        kind: the kind of file it was read as.
        name: the file's name.
    """

    folder: Path
    answer: Answer
    kind: Kind
    name: str

    def array(self, stored: ArrayAnswer) -> npt.NDArray[Any]:
        """Return an array of the answer, memory-mapped and read-only.

        Raises:
            InspectorError: `intake-answer`, if the cache was damaged.
        """
        try:
            return stored.open(self.folder)
        except (OSError, ValueError) as error:
            cache.discard(self.folder)
            raise _ERRORS[self.kind](
                f"the content of '{self.name}' is gone from the cache: open it again", code="intake-answer"
            ) from error


def read_file(kind: Kind, path: Path | str, *, monitor: Monitor | None = None, limits: Limits | None = None) -> Reading:
    """Read a file in the child, or return the cached reading of the same content.

    Args:
        kind: the kind of file to read it as.
        path: the file.
        monitor: receives progress, and can cancel.
        limits: limits other than the defaults.

    Raises:
        ModelFileError, DatasetError, ImageFileError, ResultsFileError: by `kind`, with a code of `codes.CODES`.
        Cancelled: the job was cancelled; the child has ended by then.
    """
    path = Path(path)
    monitor, limits = monitor or Monitor(), limits or Limits()
    try:
        return _read(kind, path, monitor, limits)
    except Refusal as refusal:
        raise _ERRORS[kind](str(refusal), code=refusal.code) from refusal


def _read(kind: Kind, path: Path, monitor: Monitor, limits: Limits) -> Reading:
    name = shortened(path.name)
    stage = f"Reading {name}"
    with open_source(path) as file:
        size_bytes = os.fstat(file.fileno()).st_size
        largest: int = getattr(limits, f"{kind}_bytes")
        if size_bytes > largest:
            raise Refusal("file-too-large", f"'{name}' has {size_bytes:,} bytes: at most {largest:,} are allowed")
        monitor.checkpoint(stage)
        sha256 = sha256_of(file, on_block=lambda done_bytes: monitor.checkpoint(stage))
    entry = cache.entry_path(sha256, kind)
    if (reading := _remembered(entry, kind, name, sha256)) is not None:
        return reading
    temporary = cache.new_temporary()
    try:
        time_s = limits.time_s + size_bytes / limits.bytes_per_s
        _run_child(kind, path, temporary, stage=stage, time_s=time_s, monitor=monitor, limits=limits)
        answer = _checked_answer(kind, name, temporary)
        if answer.sha256 != sha256:
            raise Refusal("changed-while-read", f"'{name}' was changed while it was being read: open it again")
        (temporary / PROGRESS_FILE).unlink(missing_ok=True)
        try:
            cache.keep(temporary, entry)
        except OSError as error:
            raise Refusal("cache-folder", f"'{name}' cannot be stored in the cache: {shortened(error)}") from error
    finally:
        cache.discard(temporary)
    cache.evict(spare=entry)
    return Reading(entry, answer, kind, name)


def _remembered(entry: Path, kind: Kind, name: str, sha256: str) -> Reading | None:
    if not entry.is_dir():
        return None
    try:
        answer = _checked_answer(kind, name, entry)
        if answer.sha256 != sha256:
            raise Refusal("intake-answer", f"the cache entry of '{name}' belongs to another file")
    except Refusal:
        _log.warning("the cache entry of %s is damaged and is read again", name)
        cache.discard(entry)
        return None
    cache.touch(entry)
    return Reading(entry, answer, kind, name)


def _run_child(
    kind: Kind, path: Path, folder: Path, *, stage: str, time_s: float, monitor: Monitor, limits: Limits
) -> None:
    name = shortened(path.name)
    request = {
        "kind": kind,
        "path": str(path.absolute()),
        "folder": str(folder),
        "time_s": time_s,
        "limits": dataclasses.asdict(limits),
    }
    with (folder / "stderr").open("w+b") as complaints:
        child = _start(request, complaints)
        try:
            _wait(child, folder, stage=stage, time_s=time_s, monitor=monitor, name=name)
        finally:
            _kill(child)
        complaints.seek(0)
        words = complaints.read(4096).decode("utf-8", "replace").strip()
    (folder / "stderr").unlink(missing_ok=True)
    if child.returncode == 0 and (folder / ANSWER_FILE).is_file():
        return
    _log.warning("the intake child of %s ended with %s: %s", name, child.returncode, words)
    if -child.returncode == getattr(signal, "SIGXCPU", None) or -child.returncode == getattr(signal, "SIGALRM", None):
        raise _too_slow(name, time_s)
    if "MemoryError" in words or "Cannot allocate memory" in words or "bad_alloc" in words:
        raise Refusal(
            "intake-memory", f"reading '{name}' needs more than the {limits.memory_bytes:,} bytes of memory allowed"
        )
    raise Refusal(
        "intake-crash", f"'{name}' is damaged: it crashed the process that read it; nothing else was affected"
    )


def _start(request: dict[str, Any], complaints: Any) -> "subprocess.Popen[bytes]":
    # Variables of Python and HDF5 are removed: they could make either load foreign code.
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "HDF5_", "LD_PRELOAD"))
    }
    environment |= {
        "PYTHONDONTWRITEBYTECODE": os.environ.get("PYTHONDONTWRITEBYTECODE", ""),
        "HDF5_PLUGIN_PRELOAD": "::",
        "HDF5_USE_FILE_LOCKING": "FALSE",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    own_group: dict[str, Any] = {"process_group": 0} if os.name == "posix" else {"creationflags": 0x08000200}
    try:
        child = subprocess.Popen(
            [sys.executable, "-P", "-c", _CHILD, str(_ROOT), _PACKAGE, *_library_folders()],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            env=environment,
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
        _log.warning("the intake child did not read its request")
    return child


def _library_folders() -> list[str]:
    """Where this process has the child's libraries from; the child may not see them, as it ignores PYTHONPATH."""
    found = [importlib.util.find_spec(name) for name in _LIBRARIES]
    return sorted({str(Path(each.origin).parents[1]) for each in found if each is not None and each.origin})


def _wait(
    child: "subprocess.Popen[bytes]", folder: Path, *, stage: str, time_s: float, monitor: Monitor, name: str
) -> None:
    deadline_s = time.monotonic() + time_s
    while True:
        try:
            child.wait(timeout=_POLL_S)
            break
        except subprocess.TimeoutExpired:
            done_count, total_count = _progress(folder)
            monitor.checkpoint(stage, done_count=done_count, total_count=total_count)
            if time.monotonic() > deadline_s:
                raise _too_slow(name, time_s) from None
    if monitor.is_cancelled:
        raise Cancelled


def _progress(folder: Path) -> tuple[int, int]:
    try:
        done_text, total_text = (folder / PROGRESS_FILE).read_text(encoding="ascii")[:64].split()
        return max(0, int(done_text)), max(0, int(total_text))
    except (OSError, ValueError):
        return 0, 0


def _kill(child: "subprocess.Popen[bytes]") -> None:
    if child.poll() is None:
        try:
            if os.name == "posix":
                os.killpg(child.pid, signal.SIGKILL)
            else:
                child.kill()
        except ProcessLookupError:
            pass
    child.wait()


def _too_slow(name: str, time_s: float) -> Refusal:
    return Refusal("intake-timeout", f"'{name}' could not be read within {time_s:.0f} seconds: it is probably damaged")


def _checked_answer(kind: Kind, name: str, folder: Path) -> Answer:
    """Return the child's answer if it is valid and its arrays exist.

    Raises:
        Refusal: the child's refusal, or `intake-answer`.
    """
    try:
        path = folder / ANSWER_FILE
        if path.stat().st_size > _ANSWER_BYTES:
            raise ValueError("the answer is too long")
        content = path.read_bytes()
        if json.loads(content).get("ok") is False:
            refusal = RefusalAnswer.model_validate_json(content)
            if refusal.code not in CODES:
                raise ValueError("the answer has an unknown code")
            raise Refusal(refusal.code, shortened(refusal.sentence, 600))
        answer = _ANSWERS[kind].model_validate_json(content)
        for stored in _arrays(answer):
            stored.open(folder)
    except (OSError, ValueError, ValidationError, AttributeError, RecursionError) as error:
        _log.warning("the intake child's answer for %s is invalid: %s", name, error)
        raise Refusal(
            "intake-answer", f"'{name}' is damaged: the process that read it gave no usable answer"
        ) from error
    return answer


def _arrays(answer: Answer) -> list[ArrayAnswer]:
    if isinstance(answer, ModelDescription):
        return [weight for layer in answer.layers for weight in layer.weights]
    if isinstance(answer, DataAnswer):
        return [answer.images, answer.labels]
    return [answer.pixels] if isinstance(answer, ImageFileAnswer) else []
