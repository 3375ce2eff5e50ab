"""The journal: what is in it stays, whatever is killed, and what is no journal is refused."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from core.audit.journal import APPLICATION_ID, FILE_NAME, SCHEMA_VERSION, Journal
from core.audit.reading import read_rows
from core.audit.records import Ending
from core.errors import AuditError
from tests.core.audit.rows import REFUSED, row


def test_rows_come_back_in_the_order_of_adding_and_by_key(tmp_path: Path) -> None:
    with Journal(tmp_path / FILE_NAME) as journal:
        for each in (row(), REFUSED):
            journal.add(each)
        assert list(journal.rows()) == [row(), REFUSED]
        assert list(journal.rows({REFUSED.key})) == [REFUSED]
        assert journal.get(row().key) == row()
        assert journal.get("other") is None


def test_a_row_of_the_same_key_is_replaced(tmp_path: Path) -> None:
    with Journal(tmp_path / FILE_NAME) as journal:
        journal.add(row())
        journal.add(row(seconds=9.0))
        assert [each.seconds for each in journal.rows()] == [9.0]


def test_a_process_that_is_killed_loses_no_row(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    program = (
        "import os, sys; from pathlib import Path; from core.audit.journal import Journal; "
        "from tests.core.audit.rows import row; journal = Journal(Path(sys.argv[1])); journal.add(row()); "
        "journal._database.execute('BEGIN'); "
        "journal._database.execute(\"INSERT INTO facts VALUES ('half', 'written')\"); os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(path)], check=False, cwd=Path.cwd())
    assert ended.returncode != 0
    with Journal(path) as journal:
        assert list(journal.rows()) == [row()]
    assert read_rows(path).facts == {}


def test_others_read_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    with Journal(path) as journal:
        journal.set_fact("total", "2")
        journal.add(row())
        found = read_rows(path)
        ((number, first),) = found.rows
        assert (first, found.facts) == (row(), {"total": "2"})
        journal.add(REFUSED)
        assert [each for _, each in read_rows(path, after=number, known=1).rows] == [REFUSED]
        assert read_rows(path, after=number + 1, known=2).rows == ()


def test_failures_of_the_machine_are_forgotten_on_request(tmp_path: Path) -> None:
    crashed, overdue = (replace(row(ending.value), ending=ending) for ending in (Ending.CRASHED, Ending.TIMED_OUT))
    with Journal(tmp_path / FILE_NAME) as journal:
        for each in (row(), crashed, REFUSED, overdue):
            journal.add(each)
        assert journal.forget_failures() == 2
        assert list(journal.rows()) == [row(), REFUSED]


def test_what_is_no_journal_is_refused_and_not_changed(tmp_path: Path) -> None:
    other, newer, text = (tmp_path / name for name in ("other", "newer", "text"))
    with closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE rows (number)")
    with closing(sqlite3.connect(newer)) as database:
        database.executescript(f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={SCHEMA_VERSION + 1};")
    text.write_text("no database" * 100)
    for path, words in ((other, "no audit's"), (newer, "newer version"), (text, "is damaged")):
        before = path.read_bytes()
        for use in (Journal, read_rows):
            with pytest.raises(AuditError, match=words) as caught:
                use(path)
            assert caught.value.code == "wrong-journal"
        assert path.read_bytes() == before


def test_a_journal_that_is_just_being_made_has_no_rows(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        with pytest.raises(AuditError) as caught:
            read_rows(path)
        assert caught.value.code == "busy-journal"
    with Journal(path) as journal:
        journal.add(row())
    assert len(read_rows(path).rows) == 1


def test_a_journal_is_made_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.audit.journal._SCHEMA", "CREATE TABLE rows (number) STRICT; no SQL;")
    with pytest.raises(AuditError):
        Journal(tmp_path / FILE_NAME)
    with pytest.raises(AuditError) as caught:
        read_rows(tmp_path / FILE_NAME)
    assert caught.value.code == "busy-journal"


def test_a_name_that_is_no_utf_8_comes_back(tmp_path: Path) -> None:
    with Journal(tmp_path / FILE_NAME) as journal:
        journal.add(row("bad\udcff.h5", key="k"))
        assert journal.get("k") == row("bad\udcff.h5", key="k")
    ((_, found),) = read_rows(tmp_path / FILE_NAME).rows
    assert found.name == "bad\udcff.h5"


def test_reading_makes_no_journal(tmp_path: Path) -> None:
    with pytest.raises(AuditError) as caught:
        read_rows(tmp_path / FILE_NAME)
    assert caught.value.code == "missing-file"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("record", ["{", "[]", '{"key": 1}', "[" * 100_000])
def test_a_row_that_is_none_is_refused(tmp_path: Path, record: str) -> None:
    path = tmp_path / FILE_NAME
    with Journal(path) as journal:
        journal.add(row())
        journal._database.execute("UPDATE rows SET record = ?", (record,))
        with pytest.raises(AuditError, match="is damaged"):
            list(journal.rows())
    with pytest.raises(AuditError, match="is damaged"):
        read_rows(path)


def test_a_full_disk_is_no_damage_and_loses_no_row(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    with Journal(path) as journal:
        journal.add(row())
        (pages,) = journal._database.execute("PRAGMA page_count").fetchone()
        journal._database.execute(f"PRAGMA max_page_count = {pages}")
        large = {"model": "x" * 100_000}
        for write in (
            lambda: journal.add(row("large.h5", key="k", sentence="x" * 100_000)),
            lambda: journal.set_files("k", large),
            lambda: journal.set_fact("total", "1" * 100_000),
        ):
            with pytest.raises(AuditError, match=r"cannot be written: .* is full; rows that are in it stay") as caught:
                write()
            assert caught.value.code == "write-failed"
        assert list(journal.rows()) == [row()]
    with Journal(path) as journal:
        assert list(journal.rows()) == [row()]


def test_a_file_that_cannot_be_opened_is_not_called_damaged(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(AuditError, match="cannot be written") as caught:
        Journal(tmp_path / FILE_NAME)
    assert caught.value.code == "write-failed"
