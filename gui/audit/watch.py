"""Watches the folder of an audit: its rows come into the table as they are written, wherever the audit runs."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from core.audit.journal import STATE, RunState
from core.audit.reading import MOST_ROWS
from core.audit.records import Ending
from core.detect.verdict import Outcome
from gui.audit import jobs
from gui.audit.cells import ShownRow
from gui.audit.jobs import Found, Known
from gui.job_runner import Job, JobRunner, Request
from gui.widgets.labels import NoticeKind

INTERVAL_MS = 1000
WAITING_CODES = {"busy-journal"}
KEY = "audit"


@dataclass(frozen=True, slots=True)
class StateWords:
    """How far an audit is.

    Attributes:
        title: the state and the count.
        sentence: the counts of verdicts and endings, and when the last row came.
        kind: the severity.
    """

    title: str
    sentence: str = ""
    kind: NoticeKind = "quiet"


class AuditWatch(QObject):
    """Reads what is new in a folder once a second, in the worker thread.

    Args:
        runner: runs the jobs.

    Attributes:
        folder: the folder; None while none is watched.
        rows: the rows that were read.
    """

    changed = Signal()  # the rows or the state
    rows_changed = Signal()

    def __init__(self, *, runner: JobRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self.folder: Path | None = None
        self.rows: list[ShownRow] = []
        self._facts: dict[str, str] = {}
        self._row_count = 0
        self._is_running = False
        self._signature: jobs.Signature = ()
        self._error = ""
        self._code = ""
        self._has_looked = False
        self._is_own = False
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self.look)

    @property
    def error(self) -> str:
        """Why the journal cannot be read; empty if it can."""
        return self._error

    @property
    def is_running(self) -> bool:
        """Whether the audit runs."""
        return self._is_running

    def watch(self, folder: Path) -> None:
        """Watch a folder in place of the earlier one."""
        self._forget()
        self.folder = folder
        self._timer.start()
        self.rows_changed.emit()
        self.changed.emit()
        self.look()

    def close(self) -> None:
        """Watch nothing."""
        self._timer.stop()
        self._forget()
        self.folder = None
        self.rows_changed.emit()
        self.changed.emit()

    def set_own(self, is_own: bool) -> None:
        """Set whether the audit was started here and has not ended: its journal may not be there yet."""
        self._is_own = is_own
        self.changed.emit()

    @Slot()
    def look(self) -> None:
        """Read what is new."""
        if self.folder is not None:
            self._runner.submit(
                Request(name="Reading the audit", make=self._make, on_succeeded=self._on_found, key=KEY, is_light=True)
            )

    def words(self) -> StateWords:
        """Return how far the audit is."""
        if self._error and not (self._is_own and self._code == "missing-file"):
            return StateWords("The audit cannot be read", f"{self._error[:1].upper()}{self._error[1:]}.", "error")
        if not self._has_looked or self._error:
            return StateWords("Starting the audit …" if self._is_own else "Reading the audit …")
        total = self._facts.get("total", "")
        done = self._row_count
        of_all = f" of {int(total)}" if total.isdecimal() and len(total) < 12 and int(total) >= done else ""
        rows = f"{done}{of_all} {'network' if done == 1 and not of_all else 'networks'}"
        state = self._facts.get(STATE)
        parts = self._counts()
        if self._row_count > len(self.rows) >= MOST_ROWS:
            parts.append(f"only the first {MOST_ROWS} rows are shown")
        if (last := self._last_time()) is not None:
            parts.append(f"last row {last}")
        sentence = " · ".join(parts)
        if self._is_running or self._is_own:
            return StateWords(f"Running: {rows}", sentence)
        if state == RunState.COMPLETE or (state is None and of_all and int(total) == done):
            return StateWords(f"Ended: {rows}", sentence, "ok")
        if state == RunState.STOPPED:
            return StateWords(f"Stopped: {rows}", sentence, "warning")
        more = "Not running on this machine; the same command goes on with the rest."
        return StateWords(f"Interrupted: {rows}", " · ".join([*parts, more]), "warning")

    def _counts(self) -> list[str]:
        counts = [
            (self._count(Outcome.BACKDOORED.value), "backdoored"),
            (self._count(Outcome.SUSPICIOUS.value), "suspicious"),
            (sum(each.row.ending is Ending.REFUSED for each in self.rows), "refused"),
            (sum(each.row.ending is Ending.CRASHED for each in self.rows), "crashed"),
            (sum(each.row.ending is Ending.TIMED_OUT for each in self.rows), "timed out"),
        ]
        always = {"refused", "crashed"} | ({"backdoored"} if any(each.row.verdict for each in self.rows) else set())
        return [f"{count} {name}" for count, name in counts if count or name in always]

    def _count(self, verdict: str) -> int:
        return sum(each.row.verdict == verdict for each in self.rows)

    def _last_time(self) -> str | None:
        """Return when the last row came, in local time; None if that is not known."""
        if not self.rows:
            return None
        try:
            time = datetime.fromisoformat(self.rows[-1].row.finished).astimezone()
        except (ValueError, OverflowError, OSError):
            return None
        is_today = time.date() == datetime.now().astimezone().date()
        return f"{time:%H:%M:%S}" if is_today else f"{time:%Y-%m-%d %H:%M}"

    def _make(self) -> Job | None:
        if self.folder is None:
            return None
        last = self.rows[-1].number if self.rows else 0
        return jobs.find_rows(Known(self.folder, last, len(self.rows), self._signature))

    def _on_found(self, found: Found) -> None:
        if self.folder is None:
            return
        self._is_running = found.is_running
        if found.code in WAITING_CODES:
            return
        self._has_looked = True
        self._error, self._code, self._signature = found.error, found.code, found.signature
        if found.is_anew:
            self.rows = []
        if found.rows or found.is_anew:
            self.rows = [*self.rows, *found.rows]
            self.rows_changed.emit()
        if found.facts is not None:
            self._facts, self._row_count = dict(found.facts), found.row_count
        self.changed.emit()
        if found.facts is not None and not found.signature and not found.error:
            QTimer.singleShot(0, self.look)  # there is more

    def _forget(self) -> None:
        self.rows, self._facts, self._row_count = [], {}, 0
        self._is_running, self._has_looked, self._error, self._code = False, False, "", ""
        self._signature = ()
