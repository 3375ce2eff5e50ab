"""Read changed files, each in a fork that is limited and locked as the real child is; used by the fuzzer's worker.

A fork takes milliseconds where a new child takes a quarter of a second. This process never reads a changed file by
itself, except those that the application reads without a child: preferences, and the child's answers.

Run as a program: python tests/hostile/fuzzing.py FOLDER SEED FIRST STEP END [rebuild]; a line of JSON for each changed
file. With "rebuild" each network that opens is also built by Keras, in another fork, and answers for an empty image.
"""

import contextlib
import importlib
import io
import json
import logging
import os
import resource
import shutil
import signal
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from core.data.trigger import trigger_from_rgba  # noqa: E402
from core.errors import InspectorError  # noqa: E402
from core.intake.__main__ import main as child_main  # noqa: E402
from core.intake.answers import ModelDescription  # noqa: E402
from core.intake.client import Kind, Reading, _checked_answer, _opened  # noqa: E402
from core.intake.codes import CODES  # noqa: E402
from core.intake.data.bundle import bundle_of  # noqa: E402
from core.intake.data.choice import DataChoice  # noqa: E402
from core.intake.limits import GIB, Limits  # noqa: E402
from core.intake.readers.preload import preloaded  # noqa: E402
from core.intake.refusal import Refusal  # noqa: E402
from core.intake.sandbox.state import SandboxState  # noqa: E402
from core.intake.savedmodel.joined_file import joined_saved_model, saved_model_folder  # noqa: E402
from core.intake.savedmodel.joined_parts import SIGNATURE  # noqa: E402
from core.intake.source import open_source  # noqa: E402
from core.intake.stored_array import DamagedArrayError, OpenedArray  # noqa: E402
from core.monitor import Monitor  # noqa: E402
from gui.state.preferences import Preferences, load_preferences  # noqa: E402
from tests.hostile.folder_fuzzing import mutate_folder  # noqa: E402
from tests.hostile.mutation import mutate  # noqa: E402

# The child adds 5 to the seconds that it is given.
_SECONDS = 3.0
_JOIN_SECONDS = 20
# What the kind of a folder begins with.
_FOLDER = "folder:"
_REBUILD_SECONDS, _REBUILD_BYTES = 60, 3 * GIB
_SIGNALS = {signal.SIGALRM: "timeout", signal.SIGXCPU: "timeout"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a changed file.

    Attributes:
        index: its number; with the seed it says how it was made.
        source: the file that was changed.
        change: what was done.
        ending: "opened", a refusal's code, "timeout", or the signal that ended the process.
        fault: what must not be; "" if all is well.
    """

    index: int
    source: str
    change: str
    ending: str
    fault: str = ""


def fuzz_one(index: int, sources: Sequence[tuple[str, Path]], folder: Path, seed: int) -> Outcome:
    """Change one file and read it; whatever is at fault stays in the folder."""
    rng = np.random.default_rng([seed, index])
    kind, source = sources[index % len(sources)]
    files = [one for form, one in sources if not form.startswith(_FOLDER)]
    path = folder / f"changed_{index}{source.suffix}"
    if kind.startswith(_FOLDER):
        place = source.parent if source.is_file() else source
        change = mutate_folder(place, path, rng, files)
    else:
        change = mutate(source, path, rng, files)
    scratch = folder / f"scratch_{index}"
    scratch.mkdir()
    try:
        if kind.startswith(_FOLDER):
            opened = path / source.name if source.is_file() else path
            ending, fault = _read_folder(kind.removeprefix(_FOLDER), opened, scratch)
        else:
            ending, fault = _read(kind, path, scratch)
    except Exception:  # noqa: BLE001 - whatever escapes is the finding
        ending, fault = "escaped", traceback.format_exc()
    if not fault:
        if kind.startswith(_FOLDER):
            shutil.rmtree(path)
        else:
            path.unlink()
        shutil.rmtree(scratch)
    return Outcome(index, f"{kind} {source.parent.name}/{source.name}", change, ending, fault)


def _read(kind: str, path: Path, scratch: Path) -> tuple[str, str]:
    if kind == "preferences":
        return _read_preferences(path, scratch)
    if kind == "answer":
        np.save(scratch / "images.npy", np.zeros((2, 3, 4, 4), np.uint8))
        np.save(scratch / "labels.npy", np.zeros(2, np.int64))
        return _check_answer("data", path.name, scratch, path.read_bytes(), is_from_child=False)
    return _read_in_fork(kind, path, scratch)


def _read_folder(kind: str, path: Path, scratch: Path) -> tuple[str, str]:
    """Join a folder's files as the window's process does, which must not look into them, and read them in a fork."""
    previous = signal.signal(signal.SIGALRM, _hung)
    signal.alarm(_JOIN_SECONDS)
    try:
        joined = scratch.with_name(f"{scratch.name}.joined")
        if kind == "model":
            folder = saved_model_folder(path)
            if folder is None:
                with open_source(path):
                    return "no SavedModel", ""
            os.environ["BACKDOOR_INSPECTOR_CACHE"] = str(scratch.with_name("cache"))
            with joined_saved_model(folder, Limits()) as written:
                shutil.copyfile(written, joined)
        else:
            bundle = bundle_of(path, DataChoice(), Limits())
            if bundle is None:
                with open_source(path):
                    return "no set", ""
            joined.write_bytes(b"".join(bundle.blocks(limits=Limits(), on_file=lambda: None)))
    except Refusal as refusal:
        is_told = refusal.code in CODES and str(refusal).isprintable()
        return refusal.code, "" if is_told else f"an unknown code or an unprintable sentence: {refusal}"
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
    data = {"name": path.name, "choice": DataChoice().as_json(), "is_bundle": True}
    try:
        return _read_in_fork(kind, joined, scratch, {} if kind == "model" else {"data": data})
    finally:
        joined.unlink()


def _hung(number: int, frame: object) -> None:
    raise TimeoutError("joining a folder takes too long")


def _read_in_fork(kind: str, path: Path, scratch: Path, more: dict[str, Any] | None = None) -> tuple[str, str]:
    limits = {"memory_bytes": 2 * GIB, "scratch_bytes": GIB}
    if path.stat().st_size > getattr(Limits(), f"{kind}_bytes"):
        return "file-too-large", ""  # the parent tells this before it starts a child
    request = {
        "kind": kind,
        "path": str(path),
        "folder": str(scratch),
        "time_s": _SECONDS - 5,
        "limits": limits,
        **(more or {}),
    }
    messages, words = scratch.with_name(f"{scratch.name}.messages"), scratch.with_name(f"{scratch.name}.words")
    process = os.fork()
    if process == 0:
        status = 70
        try:
            sys.stdin = io.TextIOWrapper(io.BytesIO(json.dumps(request).encode()))
            for file, number in ((messages, 1), (words, 2)):
                os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), number)
            status = child_main()
        except BaseException:  # noqa: BLE001 - the status tells it
            with contextlib.suppress(BaseException):
                traceback.print_exc()
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    said, told = words.read_text("utf-8", "replace") if words.exists() else "", messages.read_bytes()
    for file in (messages, words):
        file.unlink(missing_ok=True)
    answers = [line[1:] for line in told.splitlines() if line[:1] == b"A"]
    if answers:
        return _check_answer(kind, path.name, scratch, answers[0], is_from_child=True)
    if status < 0:
        return _SIGNALS.get(signal.Signals(-status), signal.Signals(-status).name), ""
    return "no answer", f"status {status}: {said[-2000:]}"


def _rebuild(answer: ModelDescription, arrays: dict[str, OpenedArray], name: str, scratch: Path) -> tuple[str, str]:
    """Build a network that opened as the application does, where the window is; it may refuse it, and nothing else."""
    words = scratch.with_name(f"{scratch.name}.words")
    process = os.fork()
    if process == 0:
        status = 70
        try:
            signal.alarm(_REBUILD_SECONDS)
            for number in (1, 2):
                os.dup2(os.open(words, os.O_WRONLY | os.O_CREAT, 0o600), number)
            from core.network.model_file import _rebuilt  # noqa: PLC0415 - imported before, if it is asked for

            model = _rebuilt(Reading(scratch, answer, "model", name, SandboxState(), arrays), answer, Monitor())
            model(np.zeros((1, *answer.input_shape), np.float32), training=False)
            status = 0
        except Refusal as refusal:
            status = 1 if refusal.code in CODES and refusal.code != "intake-answer" else 71
        except BaseException:  # noqa: BLE001 - the status tells it
            with contextlib.suppress(BaseException):
                traceback.print_exc()
        finally:
            os._exit(status)
    _, status, usage = os.wait4(process, 0)
    said = words.read_text("utf-8", "replace") if words.exists() else ""
    words.unlink(missing_ok=True)
    code = os.waitstatus_to_exitcode(status)
    more_bytes = 1024 * (usage.ru_maxrss - resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    fault = "" if code in {0, 1} else f"status {code}: {said[-2000:]}"
    if more_bytes > _REBUILD_BYTES:
        fault = f"building it took {more_bytes:,} bytes"
    return {0: "built", 1: "refused when built"}.get(code, "not built"), fault


def _check_answer(kind: str, name: str, scratch: Path, content: bytes, *, is_from_child: bool) -> tuple[str, str]:
    """Check an answer as the parent does; one that the child really gave must be valid."""
    try:
        try:
            answer: Any = _checked_answer(_kind(kind), name, content)
            arrays = _opened(answer, scratch, name, lambda: None)
        except DamagedArrayError as error:
            raise Refusal("intake-answer", f"'{name}' is damaged") from error
    except Refusal as refusal:
        if refusal.code not in CODES or not str(refusal).isprintable():
            return refusal.code, f"an unknown code or an unprintable sentence: {refusal}"
        if refusal.code == "intake-answer" and is_from_child:
            return refusal.code, f"the child's answer is not valid: {content[:2000]!r}"
        return refusal.code, ""
    if kind == "image":
        try:
            rgba = np.array(arrays[answer.pixels.file].values)
            trigger_from_rgba(name, rgba, height=12, width=10).apply(np.zeros((1, 12, 10, 3), np.float32))
        except InspectorError as error:
            return f"opened, {error.code}", ""
    if isinstance(answer, ModelDescription) and "core.network.model_file" in sys.modules:
        return _rebuild(answer, arrays, name, scratch)
    return "opened", ""


def _kind(kind: str) -> Kind:
    return kind  # type: ignore[return-value]


def _read_preferences(path: Path, scratch: Path) -> tuple[str, str]:
    """Read preferences, which the window reads at its start, before anything can be told."""
    shutil.copyfile(path, scratch / "preferences.json")
    os.environ["BACKDOOR_INSPECTOR_CONFIG"] = str(scratch)
    found = load_preferences()
    return ("defaults" if found == Preferences() else "opened"), ""


def main() -> int:
    """Change and read files; return the exit status."""
    logging.disable()
    folder, (seed, first, step, end) = Path(sys.argv[1]), (int(word) for word in sys.argv[2:6])
    for kind in ("model", "data", "images", "image", "results"):
        preloaded(kind, has_images=kind == "data")
    preloaded("model", start=SIGNATURE)
    if sys.argv[6:] == ["rebuild"]:
        importlib.import_module("core.network.model_file")
    sources = [(kind, Path(path)) for kind, path in json.loads((folder / "sources.json").read_text())]
    for index in range(first, end, step):
        print(json.dumps(asdict(fuzz_one(index, sources, folder, seed))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
