"""An audit on real workers: processes of this machine that die, hang and refuse."""

import contextlib
import errno
import os
import shutil
import threading
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.audit.cluster import ClusterOptions, connected
from core.audit.examination import worker
from core.audit.examination.work import Work
from core.audit.folder_lock import FolderLock
from core.audit.job import Audit, AuditProgress, AuditRequest, audit
from core.audit.journal import FILE_NAME, STATE, Journal, RunState
from core.audit.models import CommonFiles, find_entries
from core.audit.reading import read_rows
from core.audit.records import AuditCheck, AuditRow, AuditSettings, Ending
from core.audit.sender import Sender
from core.data.dataset import Dataset
from core.data.dataset_writing import write_dataset
from core.errors import AuditError, Cancelled, ExportError
from core.monitor import Monitor
from core.records import Share
from core.scale import parse_scale
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.slow

SETTINGS = AuditSettings(checks=(AuditCheck.PRUNE,))


def run_or_die(work: Work, sent: Mapping[str, bytes], *, is_shared: bool) -> worker.Examined:
    """What the workers of these tests run: some networks kill their process, or never come to an end."""
    name = work.entry.name
    if name == "deadly.keras" or (name == "once.keras" and not (work.out / "has-died").exists()):
        heard = work.out / f"heard-{work.key}"
        heard.unlink(missing_ok=True)
        worker.get_worker().log_event(worker.TOPIC, {"event": worker.BEGUN, "key": work.key, "worker": "w"})
        if name == "once.keras":
            (work.out / "has-died").touch()
        for _ in range(100 * PATIENCE_S):
            if heard.exists():
                os._exit(9)
            threading.Event().wait(0.01)
        raise AssertionError("the audit does not hear what its workers say")
    if name == "full.keras" and not (work.out / "has-room").exists():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("core.export_file.tempfile.mkstemp", full_disk)
            return worker.run_work(work, sent, is_shared=is_shared)
    if name == "endless.keras":
        work = replace(work, settings=replace(work.settings, limit_s=0.2), grace_s=0.2)
        with worker._watched(work, Monitor()):
            threading.Event().wait()
    return worker.run_work(work, sent, is_shared=is_shared)


def full_disk(*_: object, **__: object) -> None:
    """What the system says where a report is to be written to a full disk."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the workers run `run_or_die`, and let them know which networks the audit has heard to be begun."""
    hear = Sender._on_event

    def hear_and_note(sender: Sender, event: Mapping[str, Any], module: Any) -> None:
        hear(sender, event, module)
        (sender._out / f"heard-{event['key']}").touch()

    monkeypatch.setattr(Sender, "_on_event", hear_and_note)
    monkeypatch.setattr(worker, "run_work", run_or_die)


@pytest.fixture(scope="module")
def worker_of_several_tests() -> Iterator[Any]:
    with connected(ClusterOptions(worker_count=1)) as client:
        yield client


@pytest.fixture
def one_worker(worker_of_several_tests: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that other tests use, too, as audits on a running scheduler do: starting one takes five seconds."""
    monkeypatch.setattr("core.audit.job.connected", lambda _: contextlib.nullcontext(worker_of_several_tests))


@pytest.fixture
def models(tmp_path: Path, marked_file: Path) -> Path:
    """A folder with one good network, one that is no network, and three that trouble their workers."""
    folder = tmp_path / "models"
    folder.mkdir()
    for name in ("good", "once", "deadly", "endless"):
        shutil.copyfile(marked_file, folder / f"{name}.keras")
    # Other bytes, or they would be the same network.
    with zipfile.ZipFile(marked_file) as archive, zipfile.ZipFile(folder / "once.keras", "w") as later:
        for member in archive.infolist():
            later.writestr(zipfile.ZipInfo(member.filename, (2001, 1, 1, 0, 0, 0)), archive.read(member))
    for name in ("deadly", "endless"):
        (folder / f"{name}.keras").write_bytes(name.encode())
    (folder / "broken.h5").write_bytes(b"no network")
    return folder


@pytest.fixture
def common(tmp_path: Path, marked_sets: tuple[Dataset, Dataset]) -> CommonFiles:
    """The clean and the poisoned images."""
    for each in marked_sets:
        write_dataset(tmp_path / each.name, np.asarray(each.images), np.asarray(each.labels))
    poisoned = (tmp_path / "poisoned.h5",)
    return CommonFiles(tmp_path / "clean.h5", poisoned=poisoned, targets=(None,), scale=parse_scale("raw"))


def made(request: AuditRequest, monitor: Monitor | None = None) -> tuple[Audit, list[AuditProgress]]:
    seen: list[AuditProgress] = []
    return audit(request, monitor or Monitor(), on_progress=seen.append), seen


def test_whatever_a_network_does_there_is_a_row_and_nothing_is_done_twice(
    models: Path, common: CommonFiles, tmp_path: Path, dying: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = AuditRequest(
        find_entries([str(models)], common), SETTINGS, tmp_path / "out", ClusterOptions(worker_count=2)
    )
    found, seen = made(request)
    rows = {row.name: row for row in found.rows}
    assert {name: row.ending for name, row in rows.items()} == {
        "broken.h5": Ending.REFUSED,
        "deadly.keras": Ending.CRASHED,
        "endless.keras": Ending.TIMED_OUT,
        "good.keras": Ending.FINISHED,
        "once.keras": Ending.FINISHED,
    }
    good = rows["good.keras"]
    assert (good.validation, good.attacks) == (Share(8, 8), (("poisoned.h5", Share(8, 8)),))
    assert [(each.pruned_count, each.attack) for each in good.curve] == [(0, 1), (1, 0), (2, 0), (3, 0), (4, 0)]
    assert (good.class_count, good.input_shape, good.shape) == (3, (6, 6, 3), "separable")
    names = {"curve.csv", "curve.png", "report.html", "results.json"}
    assert {each.name for each in (request.out / good.folder / "prune").iterdir()} == names
    assert (rows["deadly.keras"].tries, rows["once.keras"].tries, rows["broken.h5"].tries) == (2, 2, 1)
    assert rows["broken.h5"].code == "wrong-format"
    assert (seen[-1].done, seen[-1].total, found.is_complete) == (5, 5, True)

    def fail(*_: object) -> None:
        raise AssertionError("nothing is left to do, so no worker is needed")

    monkeypatch.setattr("core.audit.job.connected", fail)
    again, _ = made(request)
    assert again.rows == found.rows
    other = replace(request, settings=replace(SETTINGS, order="index"))
    with pytest.raises(AssertionError):
        made(other)


def test_workers_that_do_not_see_this_disk_get_the_files_and_send_the_reports(
    models: Path, common: CommonFiles, tmp_path: Path, one_worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.audit.sender.Sender._is_folder_shared", lambda *_: False)
    entries = find_entries([str(models / "good.keras"), str(models / "once.keras")], common)
    entries = (*entries, replace(entries[0], name="folder", model=models))
    request = AuditRequest(entries, SETTINGS, tmp_path / "out")
    found, _ = made(request)
    assert [row.ending for row in found.rows] == [Ending.FINISHED, Ending.FINISHED, Ending.REFUSED]
    assert "a folder cannot be sent" in found.rows[2].sentence
    assert (request.out / found.rows[0].folder / "prune" / "report.html").is_file()
    assert found.rows[0].path == str(models / "good.keras")


def test_the_same_contents_under_two_names_are_examined_once(
    models: Path, common: CommonFiles, tmp_path: Path, one_worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("deadly", "endless", "once"):
        (models / f"{name}.keras").unlink()
    (models / "broken.h5").rename(models / "broken\udcff.h5")
    shutil.copyfile(models / "broken\udcff.h5", models / "copy.h5")
    entries = find_entries([str(models)], common)
    found, seen = made(AuditRequest(entries, SETTINGS, tmp_path / "out"))
    bad, copy, good = found.rows
    assert (bad.name, copy.name, good.name) == ("broken\udcff.h5", "copy.h5", "good.keras")
    assert replace(copy, key=bad.key, name=bad.name, path=bad.path, notes=()) == bad
    assert copy.notes == ("Its contents are those of 'broken\udcff.h5', and were examined once.",)
    assert (seen[-1].done, seen[-1].total) == (3, 3)

    shutil.copyfile(models / "good.keras", models / "twin.keras")
    monkeypatch.setattr("core.audit.job.connected", None)
    found, _ = made(AuditRequest(find_entries([str(models)], common), SETTINGS, tmp_path / "out"))
    *_, good, twin = found.rows
    assert (twin.name, twin.folder, twin.curve) == ("twin.keras", good.folder, good.curve)


def test_a_scheduler_that_allows_more_deaths_does_not_try_a_network_more_often(
    models: Path, common: CommonFiles, tmp_path: Path, dying: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.audit.cluster.ALLOWED_FAILURES", 3)  # Dask's default, as `dask scheduler` has it
    entries = find_entries([str(models / "deadly.keras")], common)
    found, _ = made(AuditRequest(entries, SETTINGS, tmp_path / "out", ClusterOptions(worker_count=1)))
    (row,) = found.rows
    assert (row.ending, row.tries) == (Ending.CRASHED, 2)
    assert row.sentence == "The process that examined it died, 2 times."


def test_a_network_that_does_not_fit_its_images_has_its_shape_in_its_row(
    models: Path, common: CommonFiles, tmp_path: Path, one_worker: None
) -> None:
    write_dataset(tmp_path / "other.h5", np.zeros((2, 5, 7, 3), np.uint8), np.zeros(2, np.int64))
    entries = find_entries([str(models / "good.keras")], replace(common, validation=tmp_path / "other.h5"))
    found, _ = made(AuditRequest(entries, SETTINGS, tmp_path / "out"))
    (row,) = found.rows
    assert (row.ending, row.code) == (Ending.REFUSED, "misfit-input")
    assert (row.input_shape, row.class_count, row.parameter_count) == ((6, 6, 3), 3, 31)


def test_a_folder_that_another_audit_uses_is_refused(models: Path, common: CommonFiles, tmp_path: Path) -> None:
    request = AuditRequest(find_entries([str(models)], common), SETTINGS, tmp_path)
    with FolderLock(tmp_path), pytest.raises(AuditError) as caught:
        made(request)
    assert caught.value.code == "already-runs"


def test_a_worker_has_its_share_of_the_memory_and_goes_on_where_that_is_scarce(worker_of_several_tests: Any) -> None:
    from distributed.system import MEMORY_LIMIT  # noqa: PLC0415  # not in the process of other tests

    def limit_and_pause(dask_worker: Any) -> tuple[int, float | bool]:
        return dask_worker.memory_manager.memory_limit, dask_worker.memory_manager.memory_pause_fraction

    worker_of_several_tests.wait_for_workers(1, timeout=PATIENCE_S)
    assert list(worker_of_several_tests.run(limit_and_pause).values()) == [(MEMORY_LIMIT, False)]


def test_a_stopped_audit_sends_nothing_more(models: Path, common: CommonFiles, tmp_path: Path) -> None:
    monitor = Monitor()
    monitor.cancel(is_final=True)
    request = AuditRequest(find_entries([str(models)], common), SETTINGS, tmp_path / "out")
    found, _ = made(request, monitor)
    assert found.rows == () and not found.is_complete


@pytest.mark.parametrize("error", [KeyboardInterrupt, Cancelled])
def test_an_audit_whose_networks_were_ended_too_is_told_as_stopped(
    models: Path, common: CommonFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def interrupted(*_: object) -> None:
        raise error

    monkeypatch.setattr("core.audit.job.connected", lambda _: contextlib.nullcontext())
    monkeypatch.setattr(Sender, "run", interrupted)
    with pytest.raises(error):
        made(AuditRequest(find_entries([str(models)], common), SETTINGS, tmp_path / "out"))
    assert read_rows(tmp_path / "out" / FILE_NAME).facts[STATE] == RunState.STOPPED


def test_a_file_that_went_away_is_a_row(common: CommonFiles, models: Path, tmp_path: Path) -> None:
    entries = find_entries([str(models / "good.keras")], common)
    (models / "good.keras").unlink()
    found, _ = made(AuditRequest(entries, SETTINGS, tmp_path / "out"))
    (row,) = found.rows
    assert isinstance(row, AuditRow)
    assert (row.ending, row.code) == (Ending.REFUSED, "missing-file")


def test_a_full_disk_ends_the_audit_and_the_same_command_makes_the_reports_later(
    models: Path, common: CommonFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "run_work", run_or_die)
    (models / "good.keras").rename(models / "full.keras")
    out = tmp_path / "out"
    entries = find_entries([str(models / each) for each in ("broken.h5", "full.keras")], common)
    request = AuditRequest(entries, SETTINGS, out, ClusterOptions(worker_count=1))
    with pytest.raises(AuditError, match=r"the disk of .* is full; make room") as caught:
        made(request)
    assert caught.value.code == "write-failed"
    assert [row.name for row in read(out)] == ["broken.h5"]
    (out / "has-room").touch()
    found, _ = made(request)
    assert [(row.name, row.ending) for row in found.rows] == [
        ("broken.h5", Ending.REFUSED),
        ("full.keras", Ending.FINISHED),
    ]
    assert (out / found.rows[1].folder / "prune" / "report.html").is_file()


def read(out: Path) -> list[AuditRow]:
    with Journal(out / FILE_NAME) as journal:
        return list(journal.rows())


@pytest.mark.parametrize("name", ["", "below", "models"])
def test_a_file_in_the_way_of_a_folder_is_named(models: Path, common: CommonFiles, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    if name == "models":
        out.mkdir()
        (out / name).touch()
    else:
        out.touch()
    request = AuditRequest(
        find_entries([str(models)], common), SETTINGS, out / name if name == "below" else out, ClusterOptions()
    )
    with pytest.raises(ExportError, match="is a file where a folder is needed") as caught:
        made(request)
    assert caught.value.code == "write-failed"
