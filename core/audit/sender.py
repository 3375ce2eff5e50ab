"""Sending networks to the workers of one cluster, and receiving their rows."""

import queue
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from core.audit.cluster import ALLOWED_FAILURES
from core.audit.examination.work import REPORTS, Work
from core.audit.records import AuditEntry, AuditRow, Ending
from core.errors import AuditError
from core.export_file import not_written
from core.version import VERSION
from core.words import counted

POLL_S = 0.1
COUNT_S = 1.0
"""How often the threads of the workers are counted, which is a question to the scheduler."""
WAIT_FOR_WORKERS_S = 120
MOST_SENDINGS = 5
"""How often a network is sent whose workers die before they begin with it."""


class Run(Protocol):
    """What the sender is told and tells."""

    @property
    def is_cancelled(self) -> bool:
        """Whether no more networks are to be sent."""
        ...

    def keep(self, row: AuditRow) -> None:
        """Write a row into the journal."""
        ...

    def tell(self, running: Sequence[str]) -> None:
        """Report the progress, with the names of the networks that are examined now."""
        ...

    def stop_if_asked(self) -> None:
        """Raise `Cancelled` if the audit was stopped."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Sent:
    """A network that was sent: what the workers were told, its path as given, and its future."""

    work: Work
    given: Path
    future: Any
    sendings: int


class Sender:
    """Sends networks to the workers of one cluster, and receives their rows."""

    def __init__(self, run: Run, client: Any, out: Path) -> None:
        self._run, self._client, self._out = run, client, out
        self._arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()  # futures and events, from Dask's threads
        self._open: dict[str, _Sent] = {}
        self._begun: dict[str, int] = {}
        self._datasets: dict[str, Any] = {}  # sets that were sent, by their hashes
        self._contents: dict[str, dict[str, Any]] = {}  # what was sent with each open network
        self._is_shared = True
        self._thread_count, self._counted_s = 0, -COUNT_S

    def run(self, first: Work, waiting: Iterator[Work]) -> None:
        """Send networks until there are no more, and receive all their rows.

        Raises:
            AuditError: there are no workers, or some of another version; a row could not be written.
            Cancelled: the audit was stopped before there was a worker.
        """
        from core.audit.examination import worker  # noqa: PLC0415  # it imports Dask, an extra

        (self._out / REPORTS).mkdir(exist_ok=True)
        self._wait_for_workers()
        self._check_versions()
        self._is_shared = self._is_folder_shared(worker.sees)
        self._client.subscribe_topic(worker.TOPIC, self._arrived.put)
        pending: Work | None = first
        while pending is not None or self._open:
            while pending is not None and len(self._open) < self._room():
                self._send(pending)
                pending = next(waiting, None)
            if self._run.is_cancelled:
                pending = None
                self._drop_those_not_begun()
            self._receive(worker)
            self._run.tell([self._open[key].work.entry.name for key in self._begun])

    def _room(self) -> int:
        """Return how many networks may be sent: one for each thread, so that none waits at a worker that may die."""
        now_s = time.monotonic()
        if now_s - self._counted_s >= COUNT_S:
            self._thread_count, self._counted_s = sum(self._client.nthreads().values()), now_s
        return max(1, self._thread_count)

    def _wait_for_workers(self) -> None:
        """Wait until there is a worker.

        Raises:
            AuditError: `no-workers`.
            Cancelled: the job was cancelled.
        """
        end_s = time.monotonic() + WAIT_FOR_WORKERS_S
        while not self._client.nthreads():
            self._run.stop_if_asked()
            if time.monotonic() > end_s:
                raise AuditError(f"no worker came within {WAIT_FOR_WORKERS_S} s", code="no-workers")
            time.sleep(POLL_S)

    def _check_versions(self) -> None:
        """Check that all run the same version: rows of different ones cannot stand in one table.

        The scheduler needs it, too: it reads what is sent through it.

        Raises:
            AuditError: `other-version`.
        """
        try:
            at_scheduler = self._client.run_on_scheduler(version_of_worker)
        except (ImportError, AttributeError) as error:
            at_scheduler = error
        answers = {"the scheduler": at_scheduler}
        for address, version in self._client.run(version_of_worker, on_error="return").items():
            answers[f"the worker {address}"] = version
        for name, version in answers.items():
            if isinstance(version, Exception):
                command = "dask worker" if name.startswith("the worker") else "dask scheduler"
                raise AuditError(
                    f"{name} has not this application, version {VERSION}: install it where `{command}` "
                    f"finds it ({' '.join(str(version).split())[:200]})",
                    code="other-version",
                )
            if version != VERSION:
                raise AuditError(
                    f"{name} runs version {version}, and this is {VERSION}: install the same", code="other-version"
                )

    def _is_folder_shared(self, sees: Callable[[str, str], bool]) -> bool:
        """Find out whether every worker sees the audit's folder.

        Raises:
            ExportError: `write-failed`.
        """
        probe = self._out.absolute() / f".probe-{time.time_ns()}"
        content = probe.name
        try:
            probe.write_text(content, encoding="utf-8")
        except OSError as error:
            probe.unlink(missing_ok=True)
            raise not_written(probe, error) from error
        try:
            return all(self._client.run(sees, str(probe), content).values())
        finally:
            probe.unlink()

    def _send(self, work: Work) -> None:
        given = work.entry.model
        work = replace(work, out=work.out.absolute(), entry=_absolute(work.entry), hashes=_absolute_keys(work.hashes))
        try:
            sent = {} if self._is_shared else self._scattered(work)
        except AuditError as error:
            row = AuditRow(work.key, work.entry.name, str(given), work.sha256, Ending.REFUSED)
            self._run.keep(replace(row, code=error.code, sentence=str(error)))
            return
        self._contents[work.key] = sent
        self._submit(work, given)

    def _submit(self, work: Work, given: Path, *, sendings: int = 1) -> None:
        from core.audit.examination.worker import run_work  # noqa: PLC0415  # it imports Dask, an extra

        future = self._client.submit(
            run_work,
            work,
            self._contents[work.key],
            is_shared=self._is_shared,
            key=f"audit-{work.key}-{time.time_ns()}",
            pure=False,
        )
        self._open[work.key] = _Sent(work, given, future, sendings)
        future.add_done_callback(self._arrived.put)

    def _scattered(self, work: Work) -> dict[str, Any]:
        """Send the files of a network by their contents: sets once to the cluster, the network to where it is needed.

        Raises:
            AuditError: `not-a-file`, a folder cannot be sent.
        """
        sent = {}
        for path, sha256 in work.hashes.items():
            if sha256 in self._datasets:
                sent[sha256] = self._datasets[sha256]
                continue
            if not Path(path).is_file():
                raise AuditError(
                    f"'{Path(path).name}' is a folder, and the workers do not see this disk: a folder cannot be sent",
                    code="not-a-file",
                )
            # Without a hash: data of the same key would be dropped with the first of its networks.
            sent[sha256] = self._client.scatter(Path(path).read_bytes(), hash=False)
            if path != str(work.entry.model):
                self._datasets[sha256] = sent[sha256]
        return sent

    def _receive(self, worker: Any) -> None:
        """Take what has arrived; wait a moment if there is nothing."""
        try:
            arrived = self._arrived.get(timeout=POLL_S)
        except queue.Empty:
            return
        if isinstance(arrived, tuple):
            _, event = arrived
            self._on_event(event, worker)
            return
        key = str(arrived.key).split("-")[1]  # as `_submit` names it
        sent = self._open.get(key)
        if sent is not None and sent.future.key == arrived.key and sent.future.done():
            del self._open[key]
            self._take(sent)
            self._forget_if_done(key)

    def _on_event(self, event: Mapping[str, Any], worker: Any) -> None:
        key = str(event.get("key", ""))
        if key not in self._open:
            return
        if event.get("event") == worker.BEGUN:
            tries = self._begun.get(key, 0)
            if tries > ALLOWED_FAILURES:  # a scheduler that was not started here allows more
                sent = self._open.pop(key)
                self._keep_crashed(sent, tries)
                sent.future.cancel()
                self._forget_if_done(key)
            else:
                self._begun[key] = tries + 1
        elif event.get("event") == worker.OVERDUE:
            sent = self._open.pop(key)
            self._run.keep(replace(worker.overdue_row(sent.work), path=str(sent.given)))
            sent.future.cancel()
            self._forget_if_done(key)

    def _forget_if_done(self, key: str) -> None:
        """Drop what is known of a network that has its row: an audit may be of a million."""
        if key not in self._open:
            self._contents.pop(key, None)
            self._begun.pop(key, None)

    def _take(self, sent: _Sent) -> None:
        """Write the row of a network whose future is done, or send it again if its worker was lost with its files."""
        work, future = sent.work, sent.future
        if future.status == "finished":
            examined = future.result()
            if examined.files:
                self._put_files(work, examined.files)
            tries = self._begun.get(work.key, 1)
            row = replace(examined.row, path=str(sent.given), tries=max(1, tries))
            self._run.keep(row)
            return
        error = None if future.status == "cancelled" else future.exception()
        if error is None or type(error).__name__ == "KilledWorker":
            tries = self._begun.get(work.key, 0)
            if tries <= ALLOWED_FAILURES and sent.sendings < MOST_SENDINGS and not self._run.is_cancelled:
                self._submit(work, sent.given, sendings=sent.sendings + 1)  # it waited at workers that died of others
                return
            self._keep_crashed(sent, max(tries, 1))
        else:
            row = AuditRow(work.key, work.entry.name, str(sent.given), work.sha256, Ending.CRASHED)
            sentence = f"Its examination failed unexpectedly: {type(error).__name__}: {error}"
            self._run.keep(replace(row, code="unexpected", sentence=" ".join(sentence.split())[:500]))

    def _keep_crashed(self, sent: _Sent, tries: int) -> None:
        work = sent.work
        row = AuditRow(work.key, work.entry.name, str(sent.given), work.sha256, Ending.CRASHED)
        sentence = f"The process that examined it died, {counted(tries, 'time')}."
        self._run.keep(replace(row, code="worker-died", sentence=sentence, tries=tries))

    def _put_files(self, work: Work, files: Mapping[str, bytes]) -> None:
        """Write the reports that a worker sent.

        Raises:
            AuditError: `write-failed`, one is to lie outside the folder of the network.
            ExportError: `write-failed`.
        """
        place = (self._out / REPORTS / work.folder).resolve()
        for name, content in files.items():
            target = (place / name).resolve()
            if not target.is_relative_to(place):
                raise AuditError(f"a worker named the file '{name}'", code="write-failed")
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            except OSError as error:
                raise not_written(target, error) from error

    def _drop_those_not_begun(self) -> None:
        for key in [each for each in self._open if each not in self._begun]:
            self._open.pop(key).future.cancel()
            self._forget_if_done(key)


def version_of_worker() -> str:
    """Return the version that a worker runs."""
    return VERSION


def _absolute(entry: AuditEntry) -> AuditEntry:
    def full(path: Path | None) -> Path | None:
        return None if path is None else path.absolute()

    return replace(
        entry,
        model=entry.model.absolute(),
        architecture=full(entry.architecture),
        validation=full(entry.validation),
        test=full(entry.test),
        poisoned=tuple(each.absolute() for each in entry.poisoned),
    )


def _absolute_keys(hashes: Mapping[str, str]) -> dict[str, str]:
    return {str(Path(path).absolute()): sha256 for path, sha256 in hashes.items()}
