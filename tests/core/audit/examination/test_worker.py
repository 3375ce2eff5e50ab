"""What a worker does beside the examination."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.audit.examination.work import WRITE_FAILED, Work
from core.audit.records import AuditEntry, AuditRow, AuditSettings, Ending
from core.errors import ExportError

worker = pytest.importorskip("core.audit.examination.worker", exc_type=ImportError)


def test_half_reports_of_a_killed_worker_are_removed_by_the_next(tmp_path: Path) -> None:
    home = tmp_path / "models"
    program = (
        "import os, sys; from pathlib import Path; from core.audit.examination.worker import reports_folder; "
        "block = reports_folder(Path(sys.argv[1])); made = block.__enter__(); (made / 'curve.csv').touch(); "
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(home)], check=False, cwd=Path.cwd())
    (left,) = home.iterdir()
    assert left.name.startswith(".")
    with worker.reports_folder(home) as folder:
        assert list(home.iterdir()) == [folder]
    assert list(home.iterdir()) == []


def test_reports_are_put_in_place_of_earlier_ones(tmp_path: Path) -> None:
    home = tmp_path / "models"
    (home / "net").mkdir(parents=True)
    (home / "net" / "old").touch()
    with worker.reports_folder(home) as folder:
        (folder / "new").touch()
        worker.put_in_place(folder, tmp_path, "net")
    assert [each.name for each in home.iterdir()] == ["net"]
    assert [each.name for each in (home / "net").iterdir()] == ["new"]


def run_failing(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    number: int,
    *,
    is_shared: bool,
    is_told: bool,
    place: str | None = None,
) -> AuditRow:
    def fail(*_: object, **__: object) -> None:
        error = OSError(number, os.strerror(number), place)
        if is_told:
            raise ExportError("a report could not be written") from error
        raise error

    monkeypatch.setattr(worker, "get_worker", lambda: SimpleNamespace(log_event=lambda *_: None, address=""))
    monkeypatch.setattr(worker, "_examined", fail)
    work = Work("k", AuditEntry("n.h5", tmp_path / "n.h5"), "", AuditSettings(), {}, tmp_path, "n")
    row: AuditRow = worker.run_work(work, {}, is_shared=is_shared).row
    return row


@pytest.mark.parametrize(
    ("number", "is_shared", "code"),
    [
        (errno.ENOSPC, True, WRITE_FAILED),
        (errno.EROFS, True, WRITE_FAILED),
        (errno.ENOSPC, False, worker.REPORTS_LOST),  # the disk of this worker alone
        (errno.EFBIG, True, worker.REPORTS_LOST),  # these reports alone
    ],
)
def test_only_a_full_disk_of_the_audit_ends_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int, is_shared: bool, code: str
) -> None:
    row = run_failing(monkeypatch, tmp_path, number, is_shared=is_shared, is_told=True)
    assert (row.ending, row.code, row.name) == (Ending.CRASHED, code, "n.h5")
    assert "could not be written" in row.sentence


def test_other_errors_of_the_system_are_no_full_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    row = run_failing(monkeypatch, tmp_path, errno.ENOSPC, is_shared=True, is_told=False)
    assert row.code == WRITE_FAILED
    with pytest.raises(BrokenPipeError):
        run_failing(monkeypatch, tmp_path, errno.EPIPE, is_shared=True, is_told=False)


def test_a_full_disk_of_temporary_files_is_not_told_as_that_of_the_audit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    free = {"bytes": 2**30}
    monkeypatch.setattr(worker.shutil, "disk_usage", lambda _path: SimpleNamespace(free=free["bytes"]))
    monkeypatch.setattr(worker.tempfile, "gettempdir", lambda: "/small/tmp")
    row = run_failing(monkeypatch, tmp_path, errno.ENOSPC, is_shared=True, is_told=False)
    assert "'/small/tmp'" in row.sentence and "TMPDIR" in row.sentence and str(tmp_path) not in row.sentence
    free["bytes"] = 0
    row = run_failing(monkeypatch, tmp_path, errno.ENOSPC, is_shared=True, is_told=False)
    assert str(tmp_path) in row.sentence and "/small/tmp" not in row.sentence
    place = "/small/tmp/x/tensor.bin"
    row = run_failing(monkeypatch, tmp_path, errno.ENOSPC, is_shared=True, is_told=False, place=place)
    assert "/small/tmp/x" in row.sentence and str(tmp_path) not in row.sentence
