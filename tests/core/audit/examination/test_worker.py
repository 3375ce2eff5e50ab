"""What a worker does beside the examination."""

import subprocess
import sys
from pathlib import Path

import pytest

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
