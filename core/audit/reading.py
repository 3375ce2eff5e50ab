"""Reading the journal of an audit that others write, or that somebody else has sent: the file is not trusted.

SQLite reads it in this process, restricted to what reading two plain tables needs: the database is opened for reading
alone, its schema must be that of a journal word for word, no view, trigger or function of it is run, and values, time
and rows are limited (ADR 37).

Source: SQLite, "Defense Against The Dark Arts", https://sqlite.org/security.html.
"""

import json
import math
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.audit.journal import APPLICATION_ID, FILE_NAME, SCHEMA_VERSION, TABLES, damaged
from core.audit.records import AuditRow
from core.errors import AuditError

MOST_ROWS = 20_000
"""The most rows that are read of a journal."""

MOST_ROWS_AT_ONCE = 500
_LONGEST_VALUE = 2**20  # bytes
_MOST_FACTS = 100
_TIME_LIMIT_S = 2.0
_BUSY_S = 0.2
_STEPS = 20_000  # instructions of SQLite between two looks at the clock
_LARGEST = 2**53
_MOST_POINTS = 10_000
_LONGEST_SCALE = 300
_TEXTS = (
    *("key", "name", "path", "sha256", "code", "sentence", "shape", "headline", "verdict", "repair", "repaired"),
    *("folder", "worker", "finished", "scale", "scale_how"),
)
_PRAGMAS = {"application_id", "user_version", "trusted_schema", "cell_size_check", "mmap_size", "query_only"}
_FUNCTIONS = {"count"}


@dataclass(frozen=True, slots=True)
class AuditRows:
    """What was read of a journal.

    Attributes:
        rows: each row with its number, ascending.
        facts: the facts about the audit as a whole.
        row_count: the number of rows in the journal.
        is_anew: whether rows that were read earlier are not there any more, so that all are read again.
    """

    rows: tuple[tuple[int, AuditRow], ...]
    facts: Mapping[str, str]
    row_count: int
    is_anew: bool = False


def is_audit(path: Path) -> bool:
    """Return whether a folder, or a file, is probably an audit's: by the name of its journal, which is not read."""
    try:
        return (path / FILE_NAME).is_file() if path.is_dir() else path.name == FILE_NAME
    except OSError:
        return False


def read_rows(path: Path, *, after: int = 0, known: int = 0, most: int = MOST_ROWS_AT_ONCE) -> AuditRows:
    """Read the rows of an audit that may still run, without writing anything.

    Args:
        path: the database.
        after: rows up to this number were read earlier, and are left out if they are all there.
        known: how many these were.
        most: the most rows that are read.

    Raises:
        AuditError: `missing-file`, `wrong-journal`, or `busy-journal`, which may be read a moment later.
    """
    with _opened(path) as database:
        (row_count,) = _one(database, "SELECT count(*) FROM rows")
        (still,) = _one(database, "SELECT count(*) FROM rows WHERE number <= ?", (after,)) if after else (0,)
        is_anew = bool(after) and still != known
        found = database.execute(
            "SELECT number, record FROM rows WHERE number > ? ORDER BY number LIMIT ?", (0 if is_anew else after, most)
        )
        rows = tuple((_number(number), _row(record, path)) for number, record in found)
        facts = database.execute("SELECT name, value FROM facts LIMIT ?", (_MOST_FACTS,)).fetchall()
    return AuditRows(rows, {str(name): str(value) for name, value in facts}, _number(row_count), is_anew)


def read_files(path: Path, key: str) -> Mapping[str, Any]:
    """Return which files a network was examined with: see `Journal.set_files`; empty if that is not known.

    Raises:
        AuditError: as `read_rows`.
    """
    with _opened(path) as database:
        if not database.execute("SELECT name FROM sqlite_master WHERE name = 'files'").fetchone():
            return {}
        found = database.execute("SELECT files FROM files WHERE key = ?", (key,)).fetchone()
    if found is None:
        return {}
    try:
        files = json.loads(str(found[0]))
    except (ValueError, RecursionError) as error:
        raise damaged(path, error) from error
    return files if isinstance(files, dict) else {}


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection that can do nothing but read the tables of a journal.

    Raises:
        AuditError: `missing-file`, `wrong-journal`, `busy-journal`.
    """
    if not path.is_file():
        raise AuditError(f"there is no audit in '{path.parent}': it has no {FILE_NAME}", code="missing-file")
    # Without a log beside it nobody writes, and the file is read as it is: no other file is made beside it.
    has_log = path.with_name(f"{path.name}-wal").exists()
    options = "mode=ro" if has_log else "mode=ro&immutable=1"
    end_s = time.monotonic() + _TIME_LIMIT_S
    is_late: list[bool] = []

    def stop_if_late() -> bool:
        if time.monotonic() > end_s:
            is_late.append(True)
        return bool(is_late)

    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{options}", uri=True, timeout=_BUSY_S)) as database:
            _restrict(database, stop_if_late)
            _check_schema(database, path)
            yield database
    except sqlite3.OperationalError as error:
        if is_late:
            raise AuditError(f"'{path}' takes too long to read", code="wrong-journal") from error
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise AuditError(f"'{path}' is being written", code="busy-journal") from error
        raise damaged(path, error) from error
    except (sqlite3.Error, ValueError, OverflowError) as error:
        raise damaged(path, error) from error


def _restrict(database: sqlite3.Connection, stop_if_late: Callable[[], bool]) -> None:
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
    database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    database.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, 10_000)
    database.setlimit(sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 20)
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0", "query_only = ON"):
        database.execute(f"PRAGMA {pragma}")
    database.set_progress_handler(stop_if_late, _STEPS)
    database.set_authorizer(_authorize)


def _authorize(action: int, first: str | None, second: str | None, _database: str | None, source: str | None) -> int:
    """Allow reading the tables of a journal, asked for by no view and no trigger."""
    is_allowed = source is None and (
        action == sqlite3.SQLITE_SELECT
        or (action == sqlite3.SQLITE_READ and first in {*TABLES, "sqlite_master"})
        or (action == sqlite3.SQLITE_PRAGMA and first in _PRAGMAS)
        or (action == sqlite3.SQLITE_FUNCTION and second in _FUNCTIONS)
    )
    return sqlite3.SQLITE_OK if is_allowed else sqlite3.SQLITE_DENY


def _check_schema(database: sqlite3.Connection, path: Path) -> None:
    """Check that a database is a journal of this version.

    Raises:
        AuditError: `wrong-journal`; `busy-journal`, it is being made.
        sqlite3.Error: it is damaged.
    """
    (application,) = _one(database, "PRAGMA application_id")
    (version,) = _one(database, "PRAGMA user_version")
    if application == APPLICATION_ID and version > SCHEMA_VERSION:
        raise AuditError(f"'{path}' was written by a newer version of this application", code="wrong-journal")
    found = database.execute("SELECT type, name, sql FROM sqlite_master LIMIT 20").fetchall()
    if application == 0 and not found:  # as it is until its first transaction ends
        raise AuditError(f"'{path}' is still empty", code="busy-journal")
    own = {name: (kind, " ".join(str(sql).split())) for kind, name, sql in found if not _is_made_by_sqlite(name, kind)}
    wanted = {name: ("table", " ".join(sql.split())) for name, sql in TABLES.items()}
    is_journal = {"rows", "facts"} <= own.keys() and all(wanted.get(name) == each for name, each in own.items())
    if application != APPLICATION_ID or not is_journal:
        raise AuditError(f"'{path}' is another database, and no audit's", code="wrong-journal")


def _is_made_by_sqlite(name: object, kind: object) -> bool:
    return name == "sqlite_sequence" or (kind == "index" and str(name).startswith("sqlite_autoindex_"))


def _one(database: sqlite3.Connection, query: str, values: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    found: tuple[Any, ...] = database.execute(query, values).fetchone()
    return found


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise ValueError(f"a number of a row is {type(value).__name__}")
    return value


def _row(record: object, path: Path) -> AuditRow:
    try:
        if not isinstance(record, str):
            raise TypeError("a record must be text")
        row = AuditRow.from_json(json.loads(record))
        check_row(row)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise damaged(path, error) from error
    return row


def check_row(row: AuditRow) -> None:
    """Check the types and bounds of a row that was read.

    Raises:
        ValueError: a value is none that an audit writes.
    """
    texts = [(name, getattr(row, name)) for name in _TEXTS]
    counts = [*row.input_shape, *row.classes, *(each.pruned_count for each in row.curve)]
    counts += [row.tries, *(each for each in (row.class_count, row.parameter_count) if each is not None)]
    rates = [each.accuracy for each in row.curve] + [each.attack for each in row.curve if each.attack is not None]
    rates += [] if row.probability is None else [row.probability]
    wrong = next((name for name, value in texts if not isinstance(value, str)), "")
    if not wrong and not all(isinstance(each, int) and abs(each) < _LARGEST for each in counts):
        wrong = "a count"
    if not wrong and not all(isinstance(each, (int, float)) and 0 <= each <= 1 for each in rates):
        wrong = "a rate"
    is_time = isinstance(row.seconds, (int, float)) and math.isfinite(row.seconds) and 0 <= row.seconds < _LARGEST
    wrong = wrong or ("" if is_time else "seconds")
    wrong = wrong or ("" if isinstance(row.is_all_to_all, bool) else "is_all_to_all")
    wrong = wrong or ("" if len(row.scale) <= _LONGEST_SCALE else "scale")
    wrong = wrong or ("" if len(row.curve) <= _MOST_POINTS else "curve")
    if wrong:
        raise ValueError(f"{wrong} of a row is not as audits write it")
