"""What the sender keeps while it sends networks; with real workers it runs in `test_job`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.audit.examination.work import Work
from core.audit.records import AuditEntry, AuditRow, AuditSettings
from core.audit.sender import Sender, version_of_worker
from core.errors import AuditError, ExportError
from core.version import VERSION
from tests.core.audit.rows import row

worker = pytest.importorskip("core.audit.examination.worker", exc_type=ImportError)


class _Client:
    """A client of one worker that finishes every network at once.

    Args:
        reports: what the worker sends back with each row.
    """

    def __init__(self, reports: Mapping[str, bytes] | None = None) -> None:
        self._reports = reports or {}
        self._on_event: Callable[[tuple[float, dict[str, str]]], None] = lambda _: None

    def nthreads(self) -> dict[str, int]:
        return {"worker": 1}

    def run(self, function: Callable[..., Any], *_: Any, **__: Any) -> dict[str, Any]:
        return {"worker": VERSION if function is version_of_worker else True}

    def run_on_scheduler(self, function: Callable[..., Any]) -> Any:
        return function()

    def subscribe_topic(self, _: str, on_event: Callable[[tuple[float, dict[str, str]]], None]) -> None:
        self._on_event = on_event

    def submit(self, _: Any, work: Work, *__: Any, key: str, **___: Any) -> Any:
        self._on_event((0.0, {"event": worker.BEGUN, "key": work.key}))
        examined = worker.Examined(row(work.entry.name, key=work.key), self._reports)
        future = SimpleNamespace(key=key, status="finished", done=lambda: True, result=lambda: examined)
        future.add_done_callback = lambda on_done: on_done(future)
        return future


class _Run:
    """Keeps the rows and what was reported."""

    def __init__(self) -> None:
        self.rows: list[AuditRow] = []
        self.running: list[Sequence[str]] = []
        self.is_cancelled = False

    def keep(self, row: AuditRow) -> None:
        self.rows.append(row)

    def tell(self, running: Sequence[str]) -> None:
        self.running.append(running)

    def stop_if_asked(self) -> None:
        pass


def _works(out: Path, count: int) -> Iterator[Work]:
    for number in range(count):
        entry = AuditEntry(f"net-{number}", out / f"net-{number}.keras")
        yield Work(f"key{number}", entry, "", AuditSettings(), {}, out, entry.name)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (ModuleNotFoundError("No module named 'core'"), "the scheduler has not this application"),
        ("0.0.1", "the scheduler runs version 0.0.1"),
    ],
)
def test_a_scheduler_that_could_not_read_what_it_is_sent_is_refused(tmp_path: Path, answer: Any, sentence: str) -> None:
    class Client(_Client):
        def run_on_scheduler(self, function: Callable[..., Any]) -> Any:
            del function
            if isinstance(answer, Exception):
                raise answer
            return answer

    works, run = _works(tmp_path, 1), _Run()
    with pytest.raises(AuditError, match=sentence) as refused:
        Sender(run, Client(), tmp_path).run(next(works), works)
    assert refused.value.code == "other-version"
    assert not run.rows


def test_nothing_is_kept_of_networks_that_have_their_rows(tmp_path: Path) -> None:
    run = _Run()
    works = _works(tmp_path, 30)
    sender = Sender(run, _Client(), tmp_path)
    sender.run(next(works), works)
    assert [each.name for each in run.rows] == [f"net-{number}" for number in range(30)]
    assert ["net-29"] in run.running
    kept = [value for value in vars(sender).values() if isinstance(value, dict | list | set)]
    assert kept
    assert not any(kept)


def test_reports_that_cannot_be_written_end_the_audit_in_a_sentence_and_give_no_row(tmp_path: Path) -> None:
    run = _Run()
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "net-0").touch()
    with pytest.raises(ExportError, match="is a file where a folder is needed"):
        Sender(run, _Client({"prune/curve.csv": b"1"}), tmp_path).run(next(_works(tmp_path, 1)), iter(()))
    assert run.rows == []
