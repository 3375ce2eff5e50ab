"""A save that is killed, runs out of room or may not write: files are whole, and nothing stays behind."""

import errno
import json
import os
import resource
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from core.command_line.output_folder import OutputFolder
from core.errors import ExportError
from core.export_file import write_file
from tests.core.faults import failing_at, hidden, killed_at, needs_fork

OLD = ("curve.csv", "results.json", "pruned_2.keras", "repaired_2.keras")
NEW = ("curve.csv", "results.json", "pruned_4.keras", "repaired_4.keras", "history.csv")
LAST = ("results.json", "pruned_9.keras")

pytestmark = needs_fork


def save(folder: Path, names: tuple[str, ...], run: str) -> None:
    """Save as the commands do; each file says of which run it is."""
    with OutputFolder(folder, names=names, overwrite=True) as target:
        for name in names:
            results = json.dumps({"application": "Backdoor Inspector", "run": run, "files": list(names)})
            write_file(target.staging / name, results if name == "results.json" else run * 5000)
        target.commit()


def runs(folder: Path) -> dict[str, str]:
    """Of which run each visible file is; each has to be whole."""
    found = {}
    for each in folder.iterdir():
        if each.name.startswith("."):
            continue
        text = each.read_text()
        if each.name == "results.json":
            found[each.name] = str(json.loads(text)["run"])
        else:
            found[each.name] = text[:1]
            assert text == text[:1] * 5000
    return found


def check(folder: Path) -> None:
    """Results are there only beside the files they list, all of the same run."""
    found = runs(folder) if folder.exists() else {}
    if "results.json" in found:
        run = found["results.json"]
        listed = {"o": OLD, "n": NEW}[run]
        assert found == dict.fromkeys(listed, run)


def check_after_another_save(folder: Path) -> None:
    save(folder, LAST, "l")
    assert hidden(folder.parent) == []
    # The networks of both runs are gone; figures that nobody writes any more are not ours to remove.
    assert {name: run for name, run in runs(folder).items() if not name.endswith(".csv")} == {
        "results.json": "l",
        "pruned_9.keras": "l",
    }


@pytest.mark.parametrize("exists", [True, False])
def test_killed_at_any_step(exists: bool, tmp_path: Path) -> None:
    for step in range(400):
        folder = tmp_path / str(step) / "out"
        folder.parent.mkdir()
        if exists:
            save(folder, OLD, "o")
        was_killed = killed_at(step, lambda folder=folder: save(folder, NEW, "n"))  # type: ignore[misc]
        check(folder)
        if not was_killed:
            break
        check_after_another_save(folder)
    assert not was_killed
    assert step > 20
    assert runs(folder) == dict.fromkeys(NEW, "n")
    assert hidden(folder.parent) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_a_step_that_fails(number: int, tmp_path: Path) -> None:
    for step in range(400):
        folder = tmp_path / str(step) / "out"
        folder.parent.mkdir()
        save(folder, OLD, "o")
        with failing_at(step, OSError(number, os.strerror(number))) as failed:
            try:
                save(folder, NEW, "n")
            except ExportError as error:
                assert error.code == "write-failed"
                if number == errno.ENOSPC:
                    assert "is full; make room" in str(error)
            else:
                # What cannot be removed is no reason to fail.
                assert set(runs(folder)) == set(NEW) or failed
        check(folder)
        check_after_another_save(folder)
        if not failed:
            return
    raise AssertionError("there are more steps than thought")


def in_another_process(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except ExportError:
            status = 3
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("limit", [0, 1, 100, 4999])
def test_a_write_that_the_system_cuts_off(limit: int, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    save(folder, OLD, "o")

    def work() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        save(folder, NEW, "n")

    assert in_another_process(work) == 3
    assert runs(folder) == dict.fromkeys(OLD, "o")
    assert hidden(tmp_path) == []


def test_a_folder_that_may_not_be_written() -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others than this user
        folder = Path(name) / "out"
        save(folder, OLD, "o")
        folder.chmod(0o555)
        Path(name).chmod(0o755)

        def work() -> None:
            if os.geteuid() == 0:  # nothing is forbidden to root
                os.setegid(65534)
                os.seteuid(65534)
            save(folder, NEW, "n")

        assert in_another_process(work) == 3
        assert runs(folder) == dict.fromkeys(OLD, "o")
        Path(name).chmod(0o700)  # not even to be looked into
        if os.geteuid() == 0:
            assert in_another_process(work) == 3
        folder.chmod(0o755)
        assert hidden(folder.parent) == []


def test_what_others_write_now_stays(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with OutputFolder(folder, names=LAST) as one:
        save(folder, OLD, "o")
        assert one.staging.is_dir()
    notes = [".backdoor-inspector-notes", ".backdoor-inspector-0-1.partial", ".hidden.partial"]
    for name in notes:
        (folder / name).mkdir()
    save(folder, NEW, "n")
    assert hidden(tmp_path) == sorted(notes)
