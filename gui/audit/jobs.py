"""Jobs on the folder of an audit: its new rows, what there is to see of one, whether its files are the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.audit.folder_lock import is_running
from core.audit.hashing import FileHashes
from core.audit.journal import FILE_NAME
from core.audit.reading import MOST_ROWS, MOST_ROWS_AT_ONCE, read_files, read_rows
from core.audit.records import AuditRow
from core.data.image import open_image
from core.errors import AuditError, InspectorError
from core.monitor import Monitor
from core.records import Target, parse_target
from core.scale import Scale, parse_scale
from core.words import printable
from gui.audit.cells import ShownRow, shown_row
from gui.job_runner import Job
from gui.state.open_files import StartFiles

MOST_TRIGGERS = 3
REPORTS = {"prune": "pruning", "detect": "detection", "repair": "repair"}
"""The folders of a network's reports, and what each is of."""
_LONGEST_PATH = 4096
_LONGEST_WORD = 1000
_MOST_SETS = 100

Value = TypeVar("Value")
Signature = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of an audit.

    Attributes:
        folder: its folder.
        after: the number of the last row.
        count: the number of rows.
        signature: of the files that the rows were read from; empty before that.
    """

    folder: Path
    after: int = 0
    count: int = 0
    signature: Signature = ()


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What was found in the folder of an audit.

    Attributes:
        is_running: whether it runs, as far as this machine can tell.
        rows: the new rows.
        facts: the facts about the audit; None if nothing has changed.
        row_count: the number of rows in the journal.
        is_anew: whether the rows replace all earlier ones.
        signature: of the files that were read.
        error: why the journal cannot be read; empty if it can.
        code: the code of that error.
    """

    is_running: bool
    rows: tuple[ShownRow, ...] = ()
    facts: Mapping[str, str] | None = None
    row_count: int = 0
    is_anew: bool = False
    signature: Signature = ()
    error: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Details:
    """What there is to see of a row beside its figures.

    Attributes:
        key: the key of the row.
        triggers: reconstructed triggers, each (H, W, 4) uint8.
        reports: what each report is of, and its path.
    """

    key: str
    triggers: tuple[NDArray[np.uint8], ...]
    reports: tuple[tuple[str, Path], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """The files of a row as they are now.

    Attributes:
        start: what can be opened.
        targets: what was said about the target of each of the poisoned sets.
        scale: what the network was given to read for a pixel; None if it was found, or is not known.
        is_known: whether the audit tells what the network was measured on.
        sentences: what is not as it was.
    """

    start: StartFiles
    targets: tuple[Target, ...]
    scale: Scale | None
    is_known: bool
    sentences: tuple[str, ...]


def find_rows(known: Known) -> Job:
    """Return a job that reads the rows which came since the last time; it returns a `Found`."""

    def job(monitor: Monitor) -> Found:
        del monitor  # it ends by itself within seconds, whatever the file is
        path = known.folder / FILE_NAME
        runs = is_running(known.folder)
        signature = _signature(path)
        if signature and signature == known.signature:
            return Found(runs, signature=signature)
        most = min(MOST_ROWS_AT_ONCE, MOST_ROWS - known.count)
        try:
            found = read_rows(path, after=known.after, known=known.count, most=max(0, most))
        except AuditError as error:
            return Found(runs, error=str(error), code=error.code)
        rows = tuple(shown_row(number, row) for number, row in found.rows)
        is_all = len(rows) < most or most <= 0
        seen = signature if is_all and not found.is_anew else ()
        return Found(runs, rows, found.facts, found.row_count, found.is_anew, seen)

    return job


def find_details(folder: Path, row: AuditRow) -> Job:
    """Return a job that opens a row's reconstructed triggers and finds its reports; it returns `Details`."""

    def job(monitor: Monitor) -> Details:
        place = report_folder(folder, row)
        if place is None:
            return Details(row.key, (), ())
        reports = tuple(
            (title, place / name / "report.html")
            for name, title in REPORTS.items()
            if (place / name / "report.html").is_file()
        )
        triggers = []
        for path in sorted((place / "detect").glob("trigger_*.png"))[:MOST_TRIGGERS]:
            try:
                triggers.append(open_image(path, monitor=monitor).rgba)
            except InspectorError:
                continue
        return Details(row.key, tuple(triggers), reports)

    return job


def compare_files(folder: Path, row: AuditRow) -> Job:
    """Return a job that finds the files of a row, and which of them have changed; it returns a `Compared`.

    The job raises an `AuditError` if the network is not there.
    """

    def job(monitor: Monitor) -> Compared:
        try:
            files = read_files(folder / FILE_NAME, row.key)
        except AuditError:
            files = {}
        hashes = FileHashes()
        model = _file(files.get("model")) or (Path(row.path), row.sha256)
        sentences: list[str] = []

        def kept(file: tuple[Path, str] | None) -> Path | None:
            if file is None:
                return None
            path, sha256 = file
            monitor.checkpoint(f"Comparing {printable(path.name)} with the audit")
            name = printable(path.name)
            try:
                now = hashes.of(path, monitor)
            except AuditError as error:
                sentences.append(f"{name} is not opened: {error}.")
                return None
            if sha256 and now != sha256:
                sentences.append(f"{name} has changed since the audit: the table's figures are of its earlier content.")
            return path

        network = kept((model[0], row.sha256))
        if network is None:
            raise AuditError(
                f"{printable(row.name)} is not where the audit found it: there is no readable file at "
                f"'{printable(str(model[0]))}'",
                code="missing-file",
            )
        several = _list(files.get("poisoned"))
        aimed = [(kept(_file(each)), target) for each, target in zip(several, _targets(files), strict=True)]
        poisoned = {each: target for each, target in aimed if each is not None}
        start = StartFiles(
            model=network,
            validation=kept(_file(files.get("validation"))),
            test=kept(_file(files.get("test"))),
            poisoned=tuple(poisoned),
        )
        found = row.scale if row.scale_how == "found" else ""
        return Compared(
            start, tuple(poisoned.values()), _scale(files.get("scale") or found), bool(files), tuple(sentences)
        )

    return job


def report_folder(folder: Path, row: AuditRow) -> Path | None:
    """Return the folder of a row's reports; None if there is none, or if it is not within that of the audit."""
    if not row.folder or len(row.folder) > _LONGEST_PATH or not row.folder.isprintable():
        return None
    try:
        place = (folder / row.folder).resolve()
        return place if place.is_relative_to(folder.resolve()) and place.is_dir() else None
    except (OSError, ValueError, RuntimeError):
        return None


def _file(stored: Any) -> tuple[Path, str] | None:
    """Return path and hash as they are stored in a journal; None if there are none."""
    if not isinstance(stored, list) or len(stored) != 2 or not all(isinstance(each, str) for each in stored):
        return None
    path, sha256 = stored
    return (Path(path), sha256) if path and len(path) <= _LONGEST_PATH and "\0" not in path else None


def _list(stored: Any) -> list[Any]:
    return stored[:_MOST_SETS] if isinstance(stored, list) else []


def _targets(files: Mapping[str, Any]) -> list[Target]:
    """Return what was said about the target of each poisoned set, as it is stored; None where nothing is."""
    words = _list(files.get("targets"))
    words += [None] * (len(_list(files.get("poisoned"))) - len(words))
    return [_read(parse_target, each) for each in words[: len(_list(files.get("poisoned")))]]


def _scale(stored: Any) -> Scale | None:
    return _read(parse_scale, stored)


def _read(parse: Callable[[str], Value], stored: Any) -> Value | None:
    """Return what a stored word says; None if there is none, or if it says nothing."""
    try:
        return parse(stored) if isinstance(stored, str) and len(stored) <= _LONGEST_WORD else None
    except (ValueError, ArithmeticError):
        return None


def _signature(path: Path) -> Signature:
    """Return what changes whenever a row is written; empty if there is no journal."""
    found = []
    for each in (path, path.with_name(f"{path.name}-wal")):
        try:
            state = each.stat()
        except OSError:
            continue
        found.append((state.st_ino, state.st_size, state.st_mtime_ns))
    return tuple(found)
