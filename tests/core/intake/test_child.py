"""The real child: what it knows, its limits, and what it says when the system refuses something."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core.errors import DatasetError
from core.intake.__main__ import _system_answer
from core.intake.client import read_file
from core.intake.limits import GIB, Limits

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKDOOR_INSPECTOR_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def clean(tmp_path: Path, files: SimpleNamespace) -> Path:
    return files.data(tmp_path / "clean.h5", np.arange(96, dtype="u1").reshape(2, 3, 4, 4), np.arange(2))


def test_the_child_tells_a_full_disk_and_what_the_sandbox_denies(tmp_path: Path) -> None:
    for number, code in (
        (errno.ENOSPC, "cache-folder"),
        (errno.EFBIG, "file-too-large"),
        (errno.EACCES, "intake-denied"),
    ):
        answer = _system_answer("a.h5", Limits(), OSError(number, "words"))
        assert (answer["ok"], answer["code"]) == (False, code)
        assert "'a.h5'" in answer["sentence"]


def test_the_child_has_a_memory_limit(tmp_path: Path, files: SimpleNamespace) -> None:
    path = files.data(tmp_path / "wide.h5", np.ones((1, 3, 5200, 5200), "f4"), np.zeros(1))
    with pytest.raises(DatasetError, match=r"reading 'wide\.h5' needs more than") as caught:
        read_file("data", path, limits=Limits(memory_bytes=GIB // 4))
    assert caught.value.code == "intake-memory"


def test_the_child_has_an_output_limit(tmp_path: Path, files: SimpleNamespace) -> None:
    path = files.data(tmp_path / "long.h5", np.zeros((400, 3, 40, 40), "f4"), np.zeros(400), compression="gzip")
    with pytest.raises(DatasetError, match=r"'long\.h5' contains more than") as caught:
        read_file("data", path, limits=Limits(scratch_bytes=1_000_000))
    assert caught.value.code == "file-too-large"


def test_the_child_knows_neither_tensorflow_nor_the_callers_python_settings(
    clean: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil" / "json.py").write_text("raise SystemExit(9)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "evil"))
    monkeypatch.setenv("HDF5_PLUGIN_PATH", str(tmp_path / "evil"))
    monkeypatch.chdir(tmp_path / "evil")
    assert read_file("data", clean).answer.ok
    code = (
        "import sys, core.intake.__main__\n"
        "import core.intake.model.model_reader, core.intake.readers.data_reader\n"
        "import core.intake.readers.image_reader, core.intake.readers.results_reader\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & "
        "{'keras', 'tensorflow', 'pydantic', 'PySide6', 'platformdirs'}))"
    )
    run = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"
