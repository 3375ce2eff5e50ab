"""Screening of files: each is read in the child as when it is opened, and networks are rebuilt; nothing stays open."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import Literal

from core.errors import InspectorError
from core.intake.answers import (
    DataAnswer,
    ImageFileAnswer,
    ModelDescription,
    ResultsAnswer,
    SessionAnswer,
    TriggerAnswer,
)
from core.intake.client import Kind, Reading, read_file
from core.intake.data.choice import DataChoice
from core.intake.refusal import Refusal, listed, shortened
from core.intake.sandbox.in_use import sandbox_state
from core.intake.source import HDF5_SIGNATURE, ZIP_SIGNATURE, open_source, sha256_of
from core.monitor import Monitor
from core.network.start_keras import start_keras
from core.screen.checks import DATA, MODEL
from core.screen.verdict import FileVerdict

ScreenKind = Literal["auto", "model", "data", "image", "results"]
STAGE = "Screening"

_POLL_S = 0.05
_UNKNOWN = "is not an HDF5 file"  # what is said of a file that looks like nothing that is known
_MODEL_STARTS = (HDF5_SIGNATURE, ZIP_SIGNATURE)
_IMAGE_STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF", b"II*\x00", b"MM\x00*", b"P5\n", b"P6\n")
_DATA_STARTS = (b"\x93NUMPY", b"MATLAB ", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
# An HDF5 file may contain images instead of a network, with labels or without: what is tried next, and when.
_OTHERWISE: dict[Kind, tuple[Kind, ...]] = {"model": ("data", "images"), "data": ("images",)}
_OTHER_KIND = {"images-not-model", "missing-key"}
# Refusals that concern this computer and not the file.
_NOT_OF_THE_FILE = {"cache-folder", "needs-room"}


def screen_files(paths: Sequence[Path], *, kind: ScreenKind = "auto", monitor: Monitor) -> list[FileVerdict]:
    """Screen files, and all files in folders and below; links to folders are not followed, which a verdict says.

    Files are read side by side, each in a child of its own; then each network that was read is rebuilt here from plain
    layers, as when it is opened.

    Args:
        paths: files and folders.
        kind: what to read each file as; "auto" finds it from the first bytes.
        monitor: receives progress, and can cancel.

    Returns:
        A verdict for each file, in the order of the paths, sorted within a folder.

    Raises:
        InspectorError: `missing-file`, if there is no file in the folders; `cache-folder`, if no file can be read on
            this computer.
        Cancelled: the job was cancelled.
    """
    found = [each for path in paths for each in _found(path, kind)]
    if not found:
        names = listed(str(path) for path in paths)
        raise InspectorError(
            f"there is no file to screen in {names}: name a file, or a folder with files", code="missing-file"
        )
    read = iter(_read_all([each for each in found if isinstance(each, Path)], kind, monitor))
    return _with_rebuilt([next(read) if isinstance(each, Path) else each for each in found], monitor)


def screen_network(path: Path, *, monitor: Monitor) -> FileVerdict:
    """Screen a network as when it is opened: a file, or the folder of a SavedModel.

    Args:
        path: the file or folder.
        monitor: receives progress, and can cancel.

    Raises:
        InspectorError: `cache-folder`, if no file can be read on this computer.
        Cancelled: the job was cancelled.
    """
    monitor.checkpoint(STAGE)
    (verdict,) = _with_rebuilt([_screened(path, "model", monitor)], monitor)
    return verdict


def _with_rebuilt(verdicts: list[FileVerdict], monitor: Monitor) -> list[FileVerdict]:
    """Return the verdicts with those of networks that were also rebuilt from plain layers."""
    if not any(verdict.kind == MODEL and verdict.is_opened for verdict in verdicts):
        return verdicts
    start_keras(monitor)
    for index, verdict in enumerate(verdicts):
        monitor.checkpoint("Rebuilding networks", done_count=index, total_count=len(verdicts))
        if verdict.kind == MODEL and verdict.is_opened:
            verdicts[index] = _rebuilt(verdict, monitor)
    return verdicts


def screen_set(path: Path, *, choice: DataChoice | None = None, monitor: Monitor) -> FileVerdict:
    """Screen images as when they are opened: a file, or a folder as one set.

    Args:
        path: the file or folder.
        choice: what was chosen of it.
        monitor: receives progress, and can cancel.

    Raises:
        InspectorError: `cache-folder`, if no file can be read on this computer.
        Cancelled: the job was cancelled.
    """
    monitor.checkpoint(STAGE)
    return _screened(path, "data", monitor, choice)


def _found(path: Path, kind: ScreenKind) -> Iterator[Path | FileVerdict]:
    """Yield the files that a path stands for, and a verdict for each folder that cannot be looked into."""
    if not path.is_dir():
        yield path
        return
    unread: list[FileVerdict] = []

    def refused(folder: Path, code: str, sentence: str) -> FileVerdict:
        return FileVerdict(folder, MODEL if kind == "auto" else kind, None, None, code, sentence)

    def note(error: OSError) -> None:
        folder = Path(error.filename)
        sentence = f"the folder '{shortened(folder.name)}' cannot be read: {error.strerror}"
        unread.append(refused(folder, "unreadable-file", sentence))

    for place, folders, names in os.walk(path, onerror=note):
        folders.sort()
        yield from (Path(place) / name for name in sorted(names))
        for each in folders:
            if (folder := Path(place) / each).is_symlink():
                sentence = f"'{shortened(each)}' is a link to a folder, which is not followed: screen the folder itself"
                yield refused(folder, "not-a-file", sentence)
    yield from unread


def _read_all(files: Sequence[Path], kind: ScreenKind, monitor: Monitor) -> list[FileVerdict]:
    inner = Monitor()
    with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="screen") as pool:
        tasks = [pool.submit(_screened, file, kind, inner) for file in files]
        try:
            _wait_for(tasks, monitor)
        except BaseException:
            inner.cancel()
            pool.shutdown(cancel_futures=True)
            raise
    return [task.result() for task in tasks]


def _wait_for(tasks: Sequence["Future[FileVerdict]"], monitor: Monitor) -> None:
    waiting = set(tasks)
    while waiting:
        done, waiting = wait(waiting, timeout=_POLL_S, return_when=FIRST_COMPLETED)
        for task in done:
            task.result()
        monitor.checkpoint(STAGE, done_count=len(tasks) - len(waiting), total_count=len(tasks))


def _screened(path: Path, kind: ScreenKind, monitor: Monitor, choice: DataChoice | None = None) -> FileVerdict:
    if path.is_dir():
        return _screened_folder(path, "model" if kind == "model" else "data", choice, monitor)
    size_bytes = sha256 = None
    try:
        with open_source(path) as file:
            start = file.read(16)
            size_bytes = os.fstat(file.fileno()).st_size
            sha256 = sha256_of(file, on_block=lambda done_bytes: monitor.stop_if_asked())
    except Refusal as refusal:
        return FileVerdict(path, MODEL if kind == "auto" else kind, size_bytes, sha256, refusal.code, str(refusal))
    first: Kind = _kind_of(start) if kind == "auto" else kind
    tries = (first, *_OTHERWISE.get(first, ())) if kind == "auto" or first == DATA else (first,)
    error: InspectorError | None = None
    for each in tries:
        try:
            reading = read_file(each, path, choice=choice, monitor=monitor)
        except InspectorError as caught:
            if caught.code in _NOT_OF_THE_FILE:
                raise
            if error is None or (each != "images" and caught.code != "wrong-format"):
                first, error = each, caught
            if caught.code not in _OTHER_KIND and not (each == "model" and _may_be_arrays(start, caught.code)):
                break
        else:
            sandbox = reading.sandbox.sentence
            shown = DATA if each == "images" else each
            # Of all that was read: a SavedModel is several files.
            size_bytes, sha256 = reading.answer.size_bytes, reading.answer.sha256
            return FileVerdict(path, shown, size_bytes, sha256, facts=_facts(reading), sandbox=sandbox)
    assert error is not None
    sentence = str(error)
    is_unknown = _UNKNOWN in sentence and not start.startswith(_MODEL_STARTS)
    if kind == "auto" and first == MODEL and error.code == "wrong-format" and is_unknown:
        kinds = "HDF5, .keras, .onnx, .tflite, image, JSON results"
        sentence = f"'{shortened(path.name)}' is none of the supported kinds ({kinds})"
    return FileVerdict(path, first, size_bytes, sha256, error.code, sentence, sandbox=sandbox_state().sentence)


def _screened_folder(path: Path, kind: Kind, choice: DataChoice | None, monitor: Monitor) -> FileVerdict:
    """Screen a folder of images as one set, or that of a SavedModel as one network."""
    try:
        reading = read_file(kind, path, choice=choice, monitor=monitor)
    except InspectorError as error:
        if error.code in _NOT_OF_THE_FILE:
            raise
        return FileVerdict(path, kind, None, None, error.code, str(error), sandbox=sandbox_state().sentence)
    answer = reading.answer
    return FileVerdict(
        path, kind, answer.size_bytes, answer.sha256, facts=_facts(reading), sandbox=reading.sandbox.sentence
    )


def _may_be_arrays(start: bytes, code: str) -> bool:
    """Whether a zip archive that is no network may contain arrays."""
    return start.startswith(ZIP_SIGNATURE) and code == "wrong-format"


def _kind_of(start: bytes) -> Kind:
    if start.startswith(_DATA_STARTS):
        return "data"
    if start.startswith(_IMAGE_STARTS):
        return "image"
    return "results" if start.lstrip().startswith((b"{", b"[")) else "model"


def _rebuilt(verdict: FileVerdict, monitor: Monitor) -> FileVerdict:
    from core.network.model_file import open_model  # noqa: PLC0415  # it brings Keras

    try:
        opened = open_model(verdict.path, monitor=monitor)
    except InspectorError as error:
        return replace(verdict, code=error.code, sentence=str(error), facts=())
    if opened.sha256 != verdict.sha256:
        sentence = f"'{opened.name}' was changed while it was screened: screen it again"
        return replace(verdict, code="changed-while-read", sentence=sentence, facts=())
    added = (("classes", str(opened.class_count)), ("parameters", f"{opened.model.count_params():,}"))
    return replace(verdict, facts=(*verdict.facts, *added))


def _facts(reading: Reading) -> tuple[tuple[str, str], ...]:
    answer = reading.answer
    if isinstance(answer, ModelDescription):
        return (
            ("format", answer.source_format),
            ("input", " × ".join(str(length) for length in answer.input_shape)),
            ("layers", str(len(answer.layers))),
        )
    if isinstance(answer, DataAnswer):
        return (
            ("images", f"{answer.images.shape[0]:,}"),
            ("shape", " × ".join(str(length) for length in answer.images.shape[1:])),
            ("pixels", f"{answer.pixel_minimum:g} to {answer.pixel_maximum:g}"),
            ("labels", "not read" if answer.kind == "images" else "read"),
        )
    if isinstance(answer, ImageFileAnswer):
        height, width, _ = answer.pixels.shape
        return (("size", f"{width} × {height}"),)
    if isinstance(answer, TriggerAnswer):
        height, width, _ = answer.pattern.shape
        return (("size", f"{width} × {height}"),)
    if isinstance(answer, SessionAnswer):
        return (("arrays", str(len(answer.arrays))), ("files", str(len(answer.files))))
    assert isinstance(answer, ResultsAnswer)
    return (("method", answer.method or "none"), ("files", str(len(answer.files))))
