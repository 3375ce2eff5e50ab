"""The parent's side: start the child on one file, wait, check the answer, return plain arrays."""

import dataclasses
import errno
import hashlib
import json
import logging
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy.typing as npt
from pydantic import ValidationError

from core.errors import (
    DatasetError,
    ImageFileError,
    InspectorError,
    KeyChoiceError,
    ModelFileError,
    ResultsFileError,
    SessionFileError,
)
from core.intake import cache
from core.intake.answers import (
    ArrayAnswer,
    ClassNamesAnswer,
    DataAnswer,
    ImageFileAnswer,
    ModelDescription,
    RefusalAnswer,
    ResultsAnswer,
    SessionAnswer,
    TriggerAnswer,
)
from core.intake.child_process import run_child
from core.intake.codes import CODES
from core.intake.data.bundle import Bundle, bundle_of
from core.intake.data.choice import DataChoice
from core.intake.exchange import ANSWER_FILE, DIGESTS_FILE, SANDBOX_FILE
from core.intake.limits import MIB, Limits
from core.intake.model.architecture_file import read_architecture, read_architecture_beside
from core.intake.refusal import ChoiceRefusal, Refusal, shortened
from core.intake.room.check import Room
from core.intake.sandbox import in_use
from core.intake.sandbox.state import SandboxState
from core.intake.savedmodel.joined_file import joined_saved_model, saved_model_folder
from core.intake.session.joined_folder import joined_session
from core.intake.source import open_source, other_suffix, sha256_of
from core.intake.stored_array import DamagedArrayError, OpenedArray, StoredArray, digest_of
from core.monitor import Monitor

Kind = Literal["model", "data", "images", "image", "trigger", "results", "names", "session"]
Answer = (
    ModelDescription | DataAnswer | ImageFileAnswer | TriggerAnswer | ResultsAnswer | ClassNamesAnswer | SessionAnswer
)

_ANSWERS: dict[str, type[Answer]] = {
    "model": ModelDescription,
    "data": DataAnswer,
    "images": DataAnswer,
    "image": ImageFileAnswer,
    "trigger": TriggerAnswer,
    "results": ResultsAnswer,
    "names": ClassNamesAnswer,
    "session": SessionAnswer,
}
_ERRORS: dict[str, type[InspectorError]] = {
    "model": ModelFileError,
    "data": DatasetError,
    "images": DatasetError,
    "image": ImageFileError,
    "trigger": ImageFileError,
    "results": ResultsFileError,
    "names": DatasetError,
    "session": SessionFileError,
}
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
        sandbox: what the child was locked with when it read the file, which may be some time ago.
        arrays: its arrays by file name, as they were verified.
    """

    folder: Path
    answer: Answer
    kind: Kind
    name: str
    sandbox: SandboxState
    arrays: Mapping[str, OpenedArray]

    def array(self, stored: ArrayAnswer) -> npt.NDArray[Any] | StoredArray:
        """Return an array of the answer, read-only; a large one is read where it is indexed."""
        return self.arrays[stored.file].values


def read_file(
    kind: Kind,
    path: Path | str,
    *,
    monitor: Monitor | None = None,
    limits: Limits | None = None,
    choice: DataChoice | None = None,
    architecture: Path | None = None,
    is_logged: bool = True,
) -> Reading:
    """Read a file in the child, or return the cached reading of the same content.

    Args:
        kind: the kind of file to read it as.
        path: the file.
        monitor: receives progress, and can cancel.
        limits: limits other than the defaults.
        choice: what was chosen of data that could be read in several ways.
        architecture: a JSON file that describes the network of a file with weights alone; None for that of the same
            name beside it.
        is_logged: whether the log names the file.

    Raises:
        ModelFileError, DatasetError, ImageFileError, ResultsFileError, SessionFileError: by `kind`, with a code of
            `codes.CODES`.
        KeyChoiceError: the data have several sets, one of which must be chosen.
        Cancelled: the job was cancelled; the child has ended by then.
    """
    path = Path(path)
    monitor, limits = monitor or Monitor(), limits or Limits()
    try:
        saved_model = saved_model_folder(path) if kind == "model" else None
        if saved_model is not None:
            with joined_saved_model(saved_model, limits) as joined:
                reading = _read(kind, joined, monitor, limits, DataChoice())
        elif kind == "session" and path.is_dir():
            with joined_session(path, limits) as joined:
                reading = _read(kind, joined, monitor, limits, DataChoice())
        else:
            reading = _read(kind, path, monitor, limits, choice or DataChoice(), architecture_file=architecture)
    except ChoiceRefusal as refusal:
        raise KeyChoiceError(str(refusal), code=refusal.code, pairs=refusal.pairs) from refusal
    except Refusal as refusal:
        raise _ERRORS[kind](str(refusal), code=refusal.code) from refusal
    in_use.note(reading.sandbox)
    if is_logged:
        _log.info("%s was read; sandbox: %s", reading.name, reading.sandbox.sentence)
    return reading


def current_digest(kind: Kind, path: Path, *, choice: DataChoice | None = None, monitor: Monitor | None = None) -> str:
    """Return the SHA-256 that a reading of a file or folder would have now; nothing of it is parsed.

    Raises:
        ModelFileError, DatasetError, ImageFileError, ResultsFileError, SessionFileError: it cannot be read.
        Cancelled: the job was cancelled.
    """
    monitor, limits = monitor or Monitor(), Limits()
    name = shortened(path.name)
    try:
        saved_model = saved_model_folder(path) if kind == "model" else None
        if saved_model is not None:
            with joined_saved_model(saved_model, limits) as joined:
                return _hashed(kind, joined, name, limits, monitor.stop_if_asked)[1]
        bundle = bundle_of(path, choice or DataChoice(), limits) if kind in ("data", "images") else None
        if bundle is not None:
            return _hashed_bundle(bundle, limits, monitor.stop_if_asked)[1]
        return _hashed(kind, path, name, limits, monitor.stop_if_asked)[1]
    except Refusal as refusal:
        raise _ERRORS[kind](str(refusal), code=refusal.code) from refusal


def _read(
    kind: Kind,
    path: Path,
    monitor: Monitor,
    limits: Limits,
    choice: DataChoice,
    *,
    architecture_file: Path | None = None,
) -> Reading:
    name = shortened(path.name)
    stage = f"Reading {name}"
    is_data = kind in ("data", "images")
    on_part = partial(monitor.checkpoint, stage)
    on_part()
    bundle = bundle_of(path, choice, limits) if is_data else None
    if bundle is None or bundle.names[0].lower().endswith(".npy"):
        choice = replace(choice, image_shape=None)  # it concerns single images only
    misnamed = None
    if bundle is None:
        size_bytes, sha256, misnamed = _hashed(kind, path, name, limits, on_part)
    else:
        size_bytes, sha256 = _hashed_bundle(bundle, limits, on_part)
    architecture = "" if architecture_file is None else read_architecture(architecture_file)
    if kind == "model" and not architecture:
        architecture = read_architecture_beside(path)
    entry = cache.entry_path(_identity(sha256, choice, architecture), kind)
    room = Room(kind, name, entry.parent)
    if (reading := _remembered(entry, kind, name, sha256, on_part=on_part, room=room)) is not None:
        if misnamed is not None:
            raise misnamed
        return reading
    temporary = cache.new_temporary()
    bundled = None if bundle is None else cache.new_temporary()
    try:
        source = (
            path.absolute() if bundle is None or bundled is None else _joined(bundle, bundled, name, limits, on_part)
        )
        file_count = 1 if bundle is None else len(bundle.names)
        time_s = limits.time_s + size_bytes / limits.bytes_per_s + file_count / limits.files_per_s
        request = {
            "kind": kind,
            "path": str(source),
            "folder": str(temporary),
            "time_s": time_s,
            "limits": dataclasses.asdict(limits),
            "architecture": architecture,
        }
        if is_data:
            request["data"] = {"name": path.name, "choice": choice.as_json(), "is_bundle": bundle is not None}
        told = run_child(
            request, name=name, stage=stage, time_s=time_s, monitor=monitor, limits=limits, on_size=room.announce
        )
        answer = _checked_answer(kind, name, told.content)
        arrays = _opened(answer, temporary, name, on_part)
        if answer.sha256 != sha256:
            raise Refusal("changed-while-read", f"'{name}' was changed while it was being read: open it again")
        try:
            _write_new(temporary / ANSWER_FILE, told.content)
            _write_new(temporary / SANDBOX_FILE, json.dumps(told.sandbox.as_json()).encode())
            _write_new(temporary / DIGESTS_FILE, json.dumps(_digests(told.content, arrays)).encode())
            cache.keep(temporary, entry)
        except OSError as error:
            raise _not_stored(name, error) from error
    except DamagedArrayError as error:
        raise _unusable(name, error) from error
    finally:
        cache.discard(temporary)
        if bundled is not None:
            cache.discard(bundled)
    cache.evict(spare=entry)
    return Reading(entry, answer, kind, name, told.sandbox, arrays)


def _hashed(
    kind: Kind, path: Path, name: str, limits: Limits, on_part: Callable[[], None]
) -> tuple[int, str, Refusal | None]:
    """Return the size and the SHA-256 of a file, and a refusal if its name says another format than its content.

    Raises:
        Refusal: it cannot be read, or is too large.
    """
    with open_source(path) as file:
        size_bytes = os.fstat(file.fileno()).st_size
        largest: int = getattr(limits, f"{kind}_bytes")
        if size_bytes > largest:
            raise Refusal("file-too-large", f"'{name}' has {size_bytes:,} bytes: at most {largest:,} are allowed")
        # Here, too, since a reading of equal content under another name may be cached.
        misnamed = other_suffix(file, name) if kind == "model" else None
        return size_bytes, sha256_of(file, on_block=lambda done_bytes: on_part()), misnamed


def _hashed_bundle(bundle: Bundle, limits: Limits, on_part: Callable[[], None]) -> tuple[int, str]:
    """Return the size and the SHA-256 of bundled files, names and contents."""
    digest, size_bytes = hashlib.sha256(), 0
    for block in bundle.blocks(limits=limits, on_file=on_part):
        digest.update(block)
        size_bytes += len(block)
    return size_bytes, digest.hexdigest()


def _joined(bundle: Bundle, folder: Path, name: str, limits: Limits, on_part: Callable[[], None]) -> Path:
    """Write bundled files as one, and return it."""
    path = folder / "bundle"
    try:
        with path.open("xb") as file:
            for block in bundle.blocks(limits=limits, on_file=on_part):
                file.write(block)
    except OSError as error:
        raise _not_stored(name, error) from error
    return path


def _identity(sha256: str, choice: DataChoice, architecture: str) -> str:
    """Return what the cache knows a reading by: the content's SHA-256, with what was chosen of it or is beside it."""
    if not choice.identity and not architecture:
        return sha256
    return hashlib.sha256(sha256.encode() + choice.identity + architecture.encode()).hexdigest()


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that does not exist; a link that the child may have left there is not followed."""
    with path.open("xb") as file:
        file.write(content)


def _not_stored(name: str, error: OSError) -> Refusal:
    if error.errno in {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}:
        return Refusal("cache-folder", f"the cache folder is full, so '{name}' cannot be read")
    return Refusal("cache-folder", f"'{name}' cannot be stored in the cache: {shortened(error)}")


def _digests(content: bytes, arrays: Mapping[str, OpenedArray]) -> dict[str, str]:
    return {ANSWER_FILE: digest_of(content)} | {name: array.digest for name, array in arrays.items()}


def _remembered(
    entry: Path, kind: Kind, name: str, sha256: str, *, on_part: Callable[[], None], room: Room
) -> Reading | None:
    if not cache.is_entry(entry):
        return None
    try:
        content = _stored(entry / ANSWER_FILE)
        answer = _checked_answer(kind, name, content)
        if answer.sha256 != sha256:
            raise DamagedArrayError("it belongs to another file")
        arrays = _opened(answer, entry, name, on_part)
        if json.loads(_stored(entry / DIGESTS_FILE)) != _digests(content, arrays):
            raise DamagedArrayError("it was changed since it was written")
    except (Refusal, DamagedArrayError, ValueError, RecursionError) as error:
        _log.warning("the cache entry of %s is damaged and is read again: %s", name, error)
        cache.discard(entry)
        return None
    cache.touch(entry)
    room.check_memory(sum(each.values.nbytes for each in arrays.values()))
    return Reading(entry, answer, kind, name, _stored_sandbox(entry), arrays)


def _stored(path: Path) -> bytes:
    """Return the content of an entry's file; nothing if it cannot be read, is too long, or is a link."""
    try:
        status = path.lstat()
        is_usable = stat.S_ISREG(status.st_mode) and status.st_size <= _ANSWER_BYTES
        return path.read_bytes() if is_usable else b""
    except OSError:
        return b""


def _stored_sandbox(entry: Path) -> SandboxState:
    """Return what an entry was read with; an unknown state if it does not say."""
    try:
        return SandboxState.from_json(json.loads(_stored(entry / SANDBOX_FILE)))
    except (ValueError, RecursionError):
        return SandboxState()


def _checked_answer(kind: Kind, name: str, content: bytes) -> Answer:
    """Return the child's answer if it is valid.

    Raises:
        Refusal: the child's refusal, or `intake-answer`.
    """
    try:
        if json.loads(content).get("ok") is False:
            refusal = RefusalAnswer.model_validate_json(content)
            if refusal.code not in CODES:
                raise ValueError("the answer has an unknown code")
            if refusal.pairs:
                raise ChoiceRefusal(shortened(refusal.sentence, 600), refusal.pairs)
            raise Refusal(refusal.code, shortened(refusal.sentence, 600))
        return _ANSWERS[kind].model_validate_json(content)
    except (ValueError, ValidationError, AttributeError, RecursionError) as error:
        raise _unusable(name, error) from error


def _unusable(name: str, error: Exception) -> Refusal:
    _log.warning("the intake child's answer for %s is invalid: %s", name, error)
    return Refusal("intake-answer", f"'{name}' is damaged: the process that read it gave no usable answer")


def _opened(answer: Answer, folder: Path, name: str, on_part: Callable[[], None]) -> dict[str, OpenedArray]:
    return {each.file: each.open(folder, name=name, on_part=on_part) for each in _announced(answer)}


def _announced(answer: Answer) -> list[ArrayAnswer]:
    if isinstance(answer, ModelDescription):
        return [weight for layer in answer.layers for weight in layer.weights]
    if isinstance(answer, DataAnswer):
        return [answer.images, answer.labels]
    if isinstance(answer, SessionAnswer):
        return list(answer.arrays)
    if isinstance(answer, TriggerAnswer):
        return [each for each in (answer.pattern, answer.change, answer.moves) if each is not None]
    return [answer.pixels] if isinstance(answer, ImageFileAnswer) else []
