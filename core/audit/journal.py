"""The journal of an audit: one finished row for each network in an SQLite database; a killed audit goes on from it.

The database is in write-ahead-log mode: a row is on the disk when `add` returns, whatever is killed afterwards, and
others can read while it is written.

Source: SQLite, "Write-Ahead Logging", https://sqlite.org/wal.html.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.audit.records import AuditRow, Ending
from core.errors import AuditError

FILE_NAME = "audit.sqlite"
SCHEMA_VERSION = 1
APPLICATION_ID = 0x42494155  # "BIAU", in the header of the file
_BUSY_MS = 10_000
_SYSTEM_ERRORS = tuple(f"SQLITE_{each}" for each in ("FULL", "IOERR", "READONLY", "CANTOPEN", "PERM", "BUSY", "LOCKED"))

TABLES = {
    "rows": """CREATE TABLE rows (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    ending TEXT NOT NULL,
    code TEXT NOT NULL,
    verdict TEXT NOT NULL,
    probability REAL,
    record TEXT NOT NULL
) STRICT""",
    "facts": "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    "files": "CREATE TABLE files (key TEXT PRIMARY KEY, files TEXT NOT NULL) STRICT",
}
"""The tables, by their names, as SQLite keeps their definitions."""

_SCHEMA = "".join(f"{each.replace('CREATE TABLE', 'CREATE TABLE IF NOT EXISTS')};\n" for each in TABLES.values())
STATE = "state"
"""The fact that tells how the last run ended: one of `RunState`."""


class RunState(StrEnum):
    """How the last run of an audit ended."""

    BEGUN = "begun"  # it runs, or was killed
    COMPLETE = "complete"
    STOPPED = "stopped"


class Journal:
    """The rows of an audit on the disk; used by the process that runs the audit.

    Args:
        path: the database; it is made if it is not there.

    Raises:
        AuditError: `wrong-journal`, the file is another one, of a newer version, or damaged; `write-failed`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._database = sqlite3.connect(path, timeout=_BUSY_MS / 1000, isolation_level=None)
        except sqlite3.Error as error:
            raise _failed(path, error) from error
        try:
            _check(self._database, path)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.executescript(
                # In one transaction: who reads meanwhile sees an empty database or a journal.
                f"BEGIN; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION}; {_SCHEMA}"
                "COMMIT;"
            )
        except sqlite3.DatabaseError as error:
            self._database.close()
            raise _failed(path, error) from error
        except AuditError:
            self._database.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database; what was added stays."""
        self._database.close()

    def add(self, row: AuditRow) -> None:
        """Keep a row; it is on the disk when this returns. A row of the same key is replaced.

        Raises:
            AuditError: `write-failed`, `wrong-journal`.
        """
        with self._failures():
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute("DELETE FROM rows WHERE key = ?", (row.key,))
            self._database.execute(
                "INSERT INTO rows (key, name, path, sha256, ending, code, verdict, probability, record) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    row.key,
                    _text(row.name),
                    _text(row.path),
                    row.sha256,
                    row.ending.value,
                    row.code,
                    row.verdict,
                    row.probability,
                    _text(json.dumps(row.as_json(), ensure_ascii=False)),
                ),
            )
            self._database.execute("COMMIT")

    def get(self, key: str) -> AuditRow | None:
        """Return the row of a key; None if there is none yet.

        Raises:
            AuditError: as `add`.
        """
        with self._failures():
            found = self._database.execute("SELECT record FROM rows WHERE key = ?", (key,)).fetchone()
        return None if found is None else _row(found[0], self.path)

    def rows(self, keys: Collection[str] | None = None) -> Iterator[AuditRow]:
        """Yield the rows in the order in which they were added.

        Args:
            keys: those that are wanted; None wants all.

        Raises:
            AuditError: as `add`.
        """
        with self._failures():
            for key, record in self._database.execute("SELECT key, record FROM rows ORDER BY number"):
                if keys is None or key in keys:
                    yield _row(record, self.path)

    def set_fact(self, name: str, value: str) -> None:
        """Keep a fact about the audit as a whole, such as how many networks it has.

        Raises:
            AuditError: as `add`.
        """
        with self._failures():
            self._database.execute("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", (name, value))

    def set_files(self, key: str, files: Mapping[str, Any]) -> None:
        """Keep which files a network is examined with, before it is sent.

        Args:
            key: the key of its row.
            files: plain JSON values: the path of each role, and the targets.

        Raises:
            AuditError: as `add`.
        """
        with self._failures():
            self._database.execute("INSERT OR REPLACE INTO files (key, files) VALUES (?, ?)", (key, json.dumps(files)))

    def forget_failures(self) -> int:
        """Remove the rows that say more of the machine than of the network, and return how many there were.

        Raises:
            AuditError: as `add`.
        """
        endings = [Ending.CRASHED.value, Ending.TIMED_OUT.value]
        with self._failures():
            return self._database.execute("DELETE FROM rows WHERE ending IN (?, ?)", endings).rowcount

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Turn errors of the database into errors of the audit; a change that has begun is taken back."""
        try:
            yield
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
            raise _failed(self.path, error) from error


def _check(database: sqlite3.Connection, path: Path) -> None:
    """Check that a database is a journal of this version, or a new one.

    Raises:
        AuditError: `wrong-journal`.
        sqlite3.DatabaseError: it is damaged.
    """
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (count,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application == APPLICATION_ID and version > SCHEMA_VERSION:
        raise AuditError(f"'{path}' was written by a newer version of this application", code="wrong-journal")
    if application != APPLICATION_ID and count:
        raise AuditError(f"'{path}' is another database, and no audit's", code="wrong-journal")


def _text(text: str) -> str:
    r"""Return text that SQLite takes: bytes of a file's name that are no UTF-8 become \u escapes, as JSON has them."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _row(record: object, path: Path) -> AuditRow:
    try:
        return AuditRow.from_json(json.loads(str(record)))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise damaged(path, error) from error


def _failed(path: Path, error: sqlite3.Error) -> AuditError:
    """Return the error of a journal that the system does not let us write, as a disk is full, or of a damaged one."""
    if getattr(error, "sqlite_errorname", "").startswith(_SYSTEM_ERRORS):
        return AuditError(
            f"'{path}' cannot be written: {error}; rows that are in it stay, and the same command goes on from them",
            code="write-failed",
        )
    return damaged(path, error)


def damaged(path: Path, error: Exception) -> AuditError:
    """Return the error of a database that is no journal, or a damaged one."""
    return AuditError(f"'{path}' is damaged: {error}", code="wrong-journal")
