"""A journal from anywhere: what is none, is broken, or is made to harm gets a sentence, and nothing is written."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from core.audit.folder_lock import FolderLock, is_running
from core.audit.journal import FILE_NAME, TABLES, Journal
from core.audit.reading import check_row, is_audit, read_files, read_rows
from core.audit.records import LATER, AuditEntry, CurvePoint
from core.errors import AuditError
from tests.core.audit.rows import REFUSED, row


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal with two rows."""
    with Journal(tmp_path / FILE_NAME) as journal:
        for each in (row(), REFUSED):
            journal.add(each)
    return tmp_path / FILE_NAME


def changed(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        for each in statements:
            database.execute(each)
        database.commit()


def refusal(path: Path) -> str:
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    with pytest.raises(AuditError) as caught:
        read_rows(path)
    assert caught.value.code == "wrong-journal"
    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == before
    return str(caught.value)


def test_an_ended_audit_is_read_from_a_folder_that_cannot_be_written(path: Path) -> None:
    path.parent.chmod(0o500)
    try:
        assert [each for _, each in read_rows(path).rows] == [row(), REFUSED]
    finally:
        path.parent.chmod(0o700)
    assert [each.name for each in path.parent.iterdir()] == [FILE_NAME]


def test_rows_come_in_parts_and_anew_where_earlier_ones_are_gone(path: Path) -> None:
    first = read_rows(path, most=1)
    ((number, _),) = first.rows
    rest = read_rows(path, after=number, known=1, most=1)
    assert [each for _, each in rest.rows] == [REFUSED]
    assert (first.row_count, rest.row_count, rest.is_anew) == (2, 2, False)
    with Journal(path) as journal:
        journal.add(row(seconds=9.0))
    again = read_rows(path, after=rest.rows[-1][0], known=2)
    assert again.is_anew and [each.seconds for _, each in again.rows] == [REFUSED.seconds, 9.0]


@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE VIEW harm AS SELECT * FROM rows",),
        ("ALTER TABLE rows RENAME TO other", "CREATE VIEW rows AS SELECT * FROM other"),
        ("CREATE TRIGGER harm AFTER INSERT ON rows BEGIN DELETE FROM rows; END",),
        ("ALTER TABLE rows ADD COLUMN more TEXT",),
        ("DROP TABLE facts",),
        (
            "PRAGMA writable_schema = ON",
            "INSERT INTO sqlite_master VALUES ('table', 'harm', 'harm', 0, 'CREATE VIRTUAL TABLE harm USING no(a)')",
        ),
        ("PRAGMA application_id = 7",),
    ],
)
def test_a_schema_that_is_not_a_journals_is_refused(path: Path, statements: tuple[str, ...]) -> None:
    changed(path, *statements)
    assert "another database" in refusal(path)


def test_an_empty_journal_may_be_made_just_now(path: Path) -> None:
    path.write_bytes(b"")
    with pytest.raises(AuditError, match="is still empty") as caught:
        read_rows(path)
    assert caught.value.code == "busy-journal"


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda path: path.write_bytes(b"no database" * 1000), "is damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), "is damaged"),
        (lambda path: changed(path, "UPDATE rows SET record = '\"' || hex(zeroblob(3000000)) || '\"'"), "too big"),
        (lambda path: changed(path, "UPDATE rows SET record = CAST(x'fffe' AS TEXT)"), "is damaged"),
    ],
)
def test_a_broken_journal_is_refused(path: Path, harm: Callable[[Path], object], words: str) -> None:
    harm(path)
    assert words in refusal(path)


@pytest.mark.parametrize(
    "values",
    [
        {"name": {"a": 1}},
        {"folder": 3},
        {"seconds": "long"},
        {"seconds": float("nan")},
        {"probability": 7},
        {"classes": [2**80]},
        {"curve": [[0, 2.0, None]]},
        {"curve": [[0, 0.5, None]] * 20_000},
        {"validation": [5, 1]},
        {"ending": "well"},
        {"scale": 3},
        {"scale": "1" * 1000},
    ],
)
def test_values_that_no_audit_writes_are_refused(path: Path, values: dict[str, object]) -> None:
    record = json.dumps({**row().as_json(), **values})
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE rows SET record = ?", (record,))
        database.commit()
    assert "is damaged" in refusal(path)


def test_reading_that_takes_too_long_is_ended(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.audit.reading._TIME_LIMIT_S", -1.0)
    monkeypatch.setattr("core.audit.reading._STEPS", 1)
    assert "takes too long" in refusal(path)


def test_the_files_of_a_network_are_kept(path: Path, tmp_path: Path) -> None:
    entry = AuditEntry(
        "n", tmp_path / "n.h5", validation=tmp_path / "v.h5", poisoned=(tmp_path / "p.h5",), targets=(3,)
    )
    with Journal(path) as journal:
        journal.set_files("k", entry.files_as_json({str(tmp_path / "v.h5"): "ab"}))
    assert read_files(path, "k") == {
        "model": [str(tmp_path / "n.h5"), ""],
        "architecture": None,
        "validation": [str(tmp_path / "v.h5"), "ab"],
        "test": None,
        "poisoned": [[str(tmp_path / "p.h5"), ""]],
        "targets": ["3"],
        "scale": None,
    }
    assert read_files(path, "other") == {}


def test_a_journal_of_the_version_without_files_is_read(path: Path) -> None:
    changed(path, "DROP TABLE files")
    assert len(read_rows(path).rows) == 2
    assert read_files(path, "k") == {}


def test_rows_of_the_version_without_scales_are_read(path: Path) -> None:
    record = {name: value for name, value in row().as_json().items() if name not in LATER}
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE rows SET record = ?", (json.dumps(record),))
        database.commit()
    assert [each.scale for _, each in read_rows(path).rows] == ["", ""]
    with Journal(path) as journal:
        assert [each.scale for each in journal.rows()] == ["", ""]


def test_an_audit_is_known_by_its_journal(path: Path) -> None:
    assert is_audit(path) and is_audit(path.parent)
    assert not is_audit(path.parent / "nothing") and not is_audit(path.with_name("other.sqlite"))


def test_who_looks_whether_an_audit_runs_is_in_nobodys_way(tmp_path: Path) -> None:
    with FolderLock(tmp_path):
        assert is_running(tmp_path)
    assert not is_running(tmp_path)
    (tmp_path / "audit.lock").chmod(0o400)
    assert not is_running(tmp_path)


def test_every_row_that_an_audit_makes_passes() -> None:
    for each in (row(), REFUSED, replace(row(), curve=(CurvePoint(0, 1.0, None),), probability=None)):
        check_row(each)
    assert set(TABLES) == {"rows", "facts", "files"}
