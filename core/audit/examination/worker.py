"""What a worker runs for one network: finds the files, watches the time, examines, and hands over the reports."""

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from distributed import get_worker

from core.audit.examination.work import REPORTS, WRITE_FAILED, Work
from core.audit.records import AuditRow, Ending
from core.errors import Cancelled, ExportError
from core.export_file import current_umask, not_written, partial_folder, remove_left_behind
from core.monitor import Monitor
from core.network.start_keras import start_keras

if TYPE_CHECKING:  # it imports Keras
    from core.audit.examination.open_sets import OpenSets

TOPIC = "backdoor-inspector-audit"
"""The topic of the workers' events: a network was begun, or its time is over."""

BEGUN, OVERDUE = "begun", "overdue"
FILE_STORE = "backdoor-inspector-files"
REPORTS_LOST = "reports-lost"
_DISK_ERRORS = (errno.ENOSPC, errno.EROFS, getattr(errno, "EDQUOT", errno.ENOSPC))
_BLOCK = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """What a worker returns.

    Attributes:
        row: the row.
        files: the reports by their paths below the folder of the network; empty if the worker wrote them itself.
    """

    row: AuditRow
    files: Mapping[str, bytes]


def run_work(work: Work, sent: Mapping[str, bytes], *, is_shared: bool) -> Examined:
    """Examine one network on this worker.

    A network that is still examined at its time limit is cancelled, which ends at its next checkpoint; if there is none
    within the grace, the process ends itself, and the scheduler gives the worker a new one.

    Args:
        work: what to examine.
        sent: contents of files that this worker does not see, by their hashes.
        is_shared: whether this worker sees the audit's folder.

    Returns:
        The row. If reports or temporary files could not be written, it is one of a crash: `WRITE_FAILED` where a disk
        is full or closed, which no other network would do better with, else `REPORTS_LOST`.
    """
    worker = get_worker()
    worker.log_event(TOPIC, {"event": BEGUN, "key": work.key, "worker": worker.address})
    try:
        return _examined(work, sent, is_shared=is_shared)
    except (ExportError, OSError) as error:
        cause = error.__cause__ if isinstance(error, ExportError) else error
        if not isinstance(cause, OSError) or (cause is error and cause.errno not in _DISK_ERRORS):
            raise
        code = WRITE_FAILED if is_shared and cause.errno in _DISK_ERRORS else REPORTS_LOST
        place = work.out / REPORTS / work.folder
        sentence = _full_disk(place, cause) if cause is error else str(not_written(place, cause))
        return Examined(_row_of(work, Ending.CRASHED, code, " ".join(sentence.split())), {})


def _full_disk(reports: Path, error: OSError) -> str:
    """Return a sentence that names the place that a write failed at; where the system does not say it, the likely one.

    Beside the reports, only temporary files are written.
    """
    if isinstance(error.filename, str):
        return str(not_written(Path(error.filename), error))
    there = next(each for each in (reports, *reports.parents) if each.is_dir())
    if error.errno == errno.ENOSPC and shutil.disk_usage(there).free > _BLOCK:
        why = "is full; make room there, or set TMPDIR to a folder on another one"
        return f"The disk of '{tempfile.gettempdir()}', where temporary files are, {why}."
    return str(not_written(reports, error))


def _examined(work: Work, sent: Mapping[str, bytes], *, is_shared: bool) -> Examined:
    worker, monitor = get_worker(), Monitor()
    home = work.out / REPORTS if is_shared else Path(worker.local_directory)
    with _watched(work, monitor), reports_folder(home) as folder:
        try:
            work = _with_files(work, sent, Path(worker.local_directory))
            start_keras(monitor)
            from core.audit.examination.examine import examine  # noqa: PLC0415  # imports Keras

            row = examine(work, _open_sets(), folder, monitor)
        except Cancelled:
            row = overdue_row(work)
        has_reports = row.ending is Ending.FINISHED and any(folder.iterdir())
        files = {} if is_shared or not has_reports else _read_all(folder)
        if has_reports and is_shared:
            put_in_place(folder, work.out, work.folder)
        place = f"{REPORTS}/{work.folder}" if has_reports else ""
        return Examined(replace(row, worker=str(worker.name), folder=place), files)


def overdue_row(work: Work) -> AuditRow:
    """Return the row of a network that reached its time limit."""
    sentence = f"It was still being examined after {work.settings.limit_s:g} s, the time limit."
    return replace(_row_of(work, Ending.TIMED_OUT, "time-limit", sentence), seconds=work.settings.limit_s)


def _row_of(work: Work, ending: Ending, code: str, sentence: str) -> AuditRow:
    return AuditRow(work.key, work.entry.name, str(work.entry.model), work.sha256, ending, code, sentence)


def put_in_place(made: Path, out: Path, name: str) -> None:
    """Move the folder of a network's reports into the audit's folder, in place of an earlier one."""
    place = out / REPORTS / name
    if place.exists():
        shutil.rmtree(place)
    made.rename(place)


def sees(probe: str, content: str) -> bool:
    """Whether this worker sees a file that was just written in the audit's folder."""
    try:
        return Path(probe).read_text(encoding="utf-8") == content
    except OSError:
        return False


@contextlib.contextmanager
def _watched(work: Work, monitor: Monitor) -> Iterator[None]:
    worker = get_worker()

    def end() -> None:
        worker.log_event(TOPIC, {"event": OVERDUE, "key": work.key, "worker": worker.address})
        # The event must be on its way before the process is gone.
        threading.Event().wait(2.0)
        os._exit(1)

    timers = [
        threading.Timer(work.settings.limit_s, lambda: monitor.cancel(is_final=True)),
        threading.Timer(work.settings.limit_s + work.grace_s, end),
    ]
    for timer in timers:
        timer.daemon = True
        timer.start()
    try:
        yield
    finally:
        for timer in timers:
            timer.cancel()


@contextlib.contextmanager
def reports_folder(home: Path) -> Iterator[Path]:
    """Give a hidden folder for the reports, which is removed if it is still there at the end.

    What killed workers left is removed first.

    Args:
        home: the folder in which it is made.
    """
    home.mkdir(exist_ok=True)
    remove_left_behind(home)
    with partial_folder(home) as made:
        made.chmod(0o777 & ~current_umask())
        yield made


def _read_all(folder: Path) -> dict[str, bytes]:
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def _with_files(work: Work, sent: Mapping[str, bytes], folder: Path) -> Work:
    """Write the files that were sent, each once, and return the work with their places."""
    if not sent:
        return work
    places = {path: _stored(path, sha256, sent, folder / FILE_STORE) for path, sha256 in work.hashes.items()}

    def placed(path: Path | None) -> Path | None:
        return None if path is None else places[str(path)]

    entry = work.entry
    model = places[str(entry.model)]
    moved = replace(
        entry,
        model=model,
        validation=placed(entry.validation),
        test=placed(entry.test),
        poisoned=tuple(places[str(each)] for each in entry.poisoned),
        architecture=placed(entry.architecture),
    )
    return replace(work, entry=moved, hashes={str(places[path]): sha256 for path, sha256 in work.hashes.items()})


def _stored(path: str, sha256: str, sent: Mapping[str, bytes], store: Path) -> Path:
    place = store / sha256 / Path(path).name
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        content = sent[sha256]
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ValueError(f"the contents of '{path}' changed on the way")
        partial = place.with_name(f".{place.name}-{os.getpid()}")
        partial.write_bytes(content)
        partial.replace(place)
    return place


_sets: "OpenSets | None" = None


def _open_sets() -> "OpenSets":
    global _sets  # noqa: PLW0603  # one for the process, which runs one network at a time
    if _sets is None:
        from core.audit.examination.open_sets import OpenSets  # noqa: PLC0415  # imports Keras

        _sets = OpenSets()
    return _sets
