"""The audit: every network is sent to a worker, and its row goes into the journal as soon as it is there."""

import hashlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.audit.cluster import ClusterOptions, connected
from core.audit.examination.work import REPORTS, WRITE_FAILED, Work
from core.audit.folder_lock import FolderLock
from core.audit.hashing import FileHashes
from core.audit.journal import FILE_NAME, STATE, Journal, RunState
from core.audit.records import AuditEntry, AuditRow, AuditSettings, Ending
from core.audit.sender import Sender
from core.errors import AuditError, Cancelled
from core.export_file import not_written
from core.monitor import Monitor


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """What to audit.

    Attributes:
        entries: the networks.
        settings: how each is examined.
        out: the folder of the audit; it is made.
        cluster: where the workers are.
        command_line: the arguments typed after `python main.py`.
        retries_failures: whether networks that crashed their worker or reached the time limit earlier are tried again.
    """

    entries: tuple[AuditEntry, ...]
    settings: AuditSettings
    out: Path
    cluster: ClusterOptions = field(default_factory=ClusterOptions)
    command_line: tuple[str, ...] = ()
    retries_failures: bool = False


@dataclass(frozen=True, slots=True)
class AuditProgress:
    """How far an audit is.

    Attributes:
        total: number of networks.
        endings: finished rows by their ending.
        verdicts: finished rows by the verdict of the detection.
        running: names of the networks that are examined now.
        earlier: number of rows that were there before.
        elapsed_s: seconds since the first network was sent.
    """

    total: int
    endings: Mapping[str, int]
    verdicts: Mapping[str, int]
    running: tuple[str, ...]
    earlier: int
    elapsed_s: float

    @property
    def done(self) -> int:
        """The number of finished rows."""
        return sum(self.endings.values())

    @property
    def remaining_s(self) -> float | None:
        """The estimated seconds to the end; None before the first row of this run."""
        made = self.done - self.earlier
        return (self.total - self.done) * self.elapsed_s / made if made else None


@dataclass(frozen=True, slots=True)
class Audit:
    """The result of an audit.

    Attributes:
        rows: a row for each network, in the order of the entries; those that were not examined are missing.
        total: number of networks.
        elapsed_s: how long it took, in seconds.
    """

    rows: tuple[AuditRow, ...]
    total: int
    elapsed_s: float

    @property
    def is_complete(self) -> bool:
        """Whether every network has its row."""
        return len(self.rows) == self.total


def audit(request: AuditRequest, monitor: Monitor, *, on_progress: Callable[[AuditProgress], None]) -> Audit:
    """Audit networks; what an earlier run in the same folder finished is not done again.

    Cancelling sends no more networks and waits for those that are examined.

    Args:
        request: what to audit.
        monitor: can cancel.
        on_progress: called at each change, and about ten times a second.

    Returns:
        The rows. They are also in the journal in the audit's folder.

    Raises:
        AuditError: the folder is used by another audit or cannot be written, or there are no workers.
        ExportError: the folder cannot be made.
        Cancelled: the audit was stopped before there was a worker.
    """
    _make_folders(request.out)
    with FolderLock(request.out), Journal(request.out / FILE_NAME) as journal:
        if request.retries_failures:
            journal.forget_failures()
        journal.set_fact("total", str(len(request.entries)))
        journal.set_fact(STATE, RunState.BEGUN)
        run = _Run(request, journal, monitor, on_progress)
        try:
            run.work()
        except (Cancelled, KeyboardInterrupt):  # asked to stop a second time, or before there was a worker
            journal.set_fact(STATE, RunState.STOPPED)
            raise
        rows = {row.key: row for row in journal.rows(set(run.keys))}
        found = tuple(replace(rows[key], name=name) for key, name in run.keys.items() if key in rows)
        made = Audit(found, len(request.entries), run.elapsed_s)
        journal.set_fact(STATE, RunState.COMPLETE if made.is_complete else RunState.STOPPED)
        return made


def _make_folders(out: Path) -> None:
    """Make the folder of an audit and that of its reports.

    Raises:
        ExportError: `write-failed`.
    """
    for file in (out / FILE_NAME, out / REPORTS / "report.html"):
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise not_written(file, error) from error


class _Run:
    """One run of an audit."""

    def __init__(
        self, request: AuditRequest, journal: Journal, monitor: Monitor, on_progress: Callable[[AuditProgress], None]
    ) -> None:
        self._request, self._journal, self._monitor = request, journal, monitor
        self._on_progress = on_progress
        self._hashes = FileHashes()
        self._begin_s = time.monotonic()
        self._endings: Counter[str] = Counter()
        self._verdicts: Counter[str] = Counter()
        self._earlier = 0
        self._twins: dict[str, list[AuditRow]] = {}  # files of the same contents that wait for the findings, by key
        self.keys: dict[str, str] = {}  # the names by the keys, in the order of the entries

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._begin_s

    def work(self) -> None:
        waiting = self._waiting()
        first = next(waiting, None)
        if first is None:
            self.tell(())
            return
        with connected(self._request.cluster) as client:
            Sender(self, client, self._request.out).run(first, waiting)

    def _waiting(self) -> Iterator[Work]:
        """Yield what is not in the journal yet; refusals of files that cannot even be read are written at once."""
        settings = self._request.settings
        for entry in self._request.entries:
            if self._monitor.is_cancelled:
                return
            try:
                hashes = {str(each): self._hashes.of(each, self._monitor) for each in (entry.model, *entry.files)}
            except AuditError as error:
                key = _key(entry, {}, settings, with_name=True)
                self.keys[key] = entry.name
                row = AuditRow(key, entry.name, str(entry.model), "", Ending.REFUSED, error.code, str(error))
                self.keep(row)
                continue
            key, sha256 = _key(entry, hashes, settings), hashes[str(entry.model)]
            first = key if key in self.keys else None
            if first is not None:
                key = _key(entry, hashes, settings, with_name=True)
            self.keys[key] = entry.name
            known = self._journal.get(key)
            if known is not None:
                self._earlier += 1
                self._count(known)
                continue
            self._journal.set_files(key, entry.files_as_json(hashes))
            if first is not None:
                self._add_twin(first, AuditRow(key, entry.name, str(entry.model), sha256, Ending.FINISHED))
                continue
            folder = f"{_slug(entry.name)}-{key[:12]}"
            yield Work(key, entry, sha256, settings, hashes, self._request.out, folder, self._request.command_line)

    def _add_twin(self, key: str, twin: AuditRow) -> None:
        """Give a file what is found in another with the same contents: now, or as soon as that has its row."""
        known = self._journal.get(key)
        if known is None:
            self._twins.setdefault(key, []).append(twin)
        else:
            self.keep(_as_twin(known, twin))

    def keep(self, row: AuditRow) -> None:
        """Write a row into the journal.

        Raises:
            AuditError: `write-failed`, also if it says that reports could not be written: it is no row then, and the
                network is examined again by the same command.
        """
        if row.ending is Ending.CRASHED and row.code == WRITE_FAILED:
            raise AuditError(row.sentence, code=WRITE_FAILED)
        self._journal.add(row)
        self._count(row)
        self.tell(())
        for twin in self._twins.pop(row.key, ()):
            self.keep(_as_twin(row, twin))

    def _count(self, row: AuditRow) -> None:
        self._endings[row.ending.value] += 1
        if row.verdict:
            self._verdicts[row.verdict] += 1

    def tell(self, running: Sequence[str]) -> None:
        """Report the progress, with the names of the networks that are examined now."""
        self._on_progress(
            AuditProgress(
                len(self._request.entries),
                dict(self._endings),
                dict(self._verdicts),
                tuple(running),
                self._earlier,
                self.elapsed_s,
            )
        )

    @property
    def is_cancelled(self) -> bool:
        return self._monitor.is_cancelled

    def stop_if_asked(self) -> None:
        """Raise `Cancelled` if the audit was stopped."""
        self._monitor.stop_if_asked()


def _as_twin(row: AuditRow, twin: AuditRow) -> AuditRow:
    note = f"Its contents are those of '{row.name}', and were examined once."
    return replace(row, key=twin.key, name=twin.name, path=twin.path, notes=(*row.notes, note))


def _key(entry: AuditEntry, hashes: Mapping[str, str], settings: AuditSettings, *, with_name: bool = False) -> str:
    """Return what identifies a row: the contents of all files, what was said about them, settings and version.

    Args:
        entry: the network.
        hashes: the hashes of the files.
        settings: how it is examined.
        with_name: whether its name and path belong to it: for files that cannot be read, and further ones of the same
            contents.
    """
    roles = (entry.model, entry.architecture, entry.validation, entry.test, *entry.poisoned)
    parts = ["" if each is None else hashes.get(str(each), f"missing {each}") for each in roles]
    parts += [str(entry.targets), "" if entry.scale is None else repr(entry.scale), settings.digest()]
    parts += [f"{entry.name} {entry.model}"] if with_name else []
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[-60:] or "model"
