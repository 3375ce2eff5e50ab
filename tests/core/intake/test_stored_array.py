"""Arrays of the cache: what is indexed is read, and a truncated file is an error."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.errors import Cancelled, DatasetError
from core.intake import stored_array
from core.intake.stored_array import DamagedArrayError, StoredArray, open_array

ROOT = Path(__file__).resolve().parents[3]
VALUES = np.random.default_rng(0).integers(0, 256, (40, 3, 5, 4)).astype(np.uint8)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    np.save(tmp_path / "images.npy", VALUES)
    return tmp_path / "images.npy"


@pytest.fixture
def stored(path: Path, monkeypatch: pytest.MonkeyPatch) -> StoredArray:
    monkeypatch.setattr(stored_array, "IN_MEMORY_BYTES", 0)
    monkeypatch.setattr(stored_array, "_PART_BYTES", 100)
    values = open_array(path, name="a.h5", shape=VALUES.shape, dtype="uint8").values
    assert isinstance(values, StoredArray)
    return values


@pytest.mark.parametrize(
    "rows",
    [
        slice(None),
        slice(3, 9),
        slice(30, 99),
        slice(9, 3),
        slice(None, None, 7),
        slice(None, None, -3),
        5,
        -1,
        np.int64(7),
        [0, 1, 2],
        [9, 8, 8, 39, 0],
        [-1, 3],
        [],
        np.arange(40) % 3 == 0,
    ],
)
def test_rows_are_those_of_an_array(rows: object, stored: StoredArray) -> None:
    np.testing.assert_array_equal(stored[rows], VALUES[rows])  # type: ignore[index]
    turned = stored.transpose(0, 2, 3, 1)
    assert (turned.shape, turned.ndim, len(turned)) == ((40, 5, 4, 3), 4, 40)
    np.testing.assert_array_equal(turned[rows], VALUES.transpose(0, 2, 3, 1)[rows])  # type: ignore[index]
    np.testing.assert_array_equal(turned.transpose(0, 3, 1, 2)[rows], VALUES[rows])  # type: ignore[index]


@pytest.mark.parametrize("rows", [40, -41, [0, 40], (0, 1), 1.5, [[0]], np.ones(3, bool), None])
def test_rows_that_there_are_not(rows: object, stored: StoredArray) -> None:
    with pytest.raises(IndexError):
        stored[rows]  # type: ignore[index]


def test_it_can_be_an_array(stored: StoredArray) -> None:
    np.testing.assert_array_equal(np.asarray(stored), VALUES)
    assert np.asarray(stored, np.float32).dtype == np.float32
    assert stored.with_last_axis().shape == (40, 3, 5, 4, 1)
    np.testing.assert_array_equal(stored.with_last_axis()[2:4], VALUES[2:4, ..., None])
    with pytest.raises(ValueError, match="without a copy"):
        np.asarray(stored, copy=False)
    with pytest.raises(ValueError, match="axes"):
        stored.transpose(1, 0, 2, 3)


def test_small_and_large_arrays_have_the_same_digest(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_array, "_PART_BYTES", 1000)
    small = open_array(path, name="a.h5", shape=VALUES.shape, dtype="uint8")
    assert isinstance(small.values, np.ndarray)
    assert not small.values.flags.writeable
    monkeypatch.setattr(stored_array, "IN_MEMORY_BYTES", 0)
    parts: list[int] = []
    large = open_array(path, name="a.h5", shape=VALUES.shape, dtype="uint8", on_part=lambda: parts.append(0))
    assert large.digest == small.digest
    assert len(parts) == 3
    with path.open("rb+") as file:
        file.seek(-1, os.SEEK_END)
        file.write(bytes([VALUES.flat[-1] ^ 1]))
    assert open_array(path, name="a.h5", shape=VALUES.shape, dtype="uint8").digest != small.digest


@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (1,)])
def test_odd_shapes(shape: tuple[int, ...], tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(shape, np.float32))
    opened = open_array(tmp_path / "a.npy", name="a", shape=shape, dtype="float32")
    assert opened.values.shape == shape


def test_what_was_not_announced_is_refused(path: Path, tmp_path: Path) -> None:
    for shape, dtype in (((40, 3, 4, 5), "uint8"), ((40, 60), "uint8"), (VALUES.shape, "float32")):
        with pytest.raises(DamagedArrayError):
            open_array(path, name="a.h5", shape=shape, dtype=dtype)
    (tmp_path / "link.npy").symlink_to(path)
    (tmp_path / "text.npy").write_text("hello")
    os.mkfifo(tmp_path / "pipe.npy") if hasattr(os, "mkfifo") else None
    for name in ("link.npy", "text.npy", "pipe.npy", "gone.npy"):
        with pytest.raises(DamagedArrayError):
            open_array(tmp_path / name, name="a.h5", shape=VALUES.shape, dtype="uint8")


def test_opening_can_be_cancelled(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_array, "IN_MEMORY_BYTES", 0)

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        open_array(path, name="a.h5", shape=VALUES.shape, dtype="uint8", on_part=stop)


@pytest.mark.parametrize("length", [0, 200, 2500])
def test_truncating_the_file_is_an_error(length: int, stored: StoredArray, path: Path) -> None:
    os.truncate(path, length)
    with pytest.raises(DatasetError, match=r"the content of 'a\.h5' is gone from the cache: open it again") as caught:
        stored[:]
    assert caught.value.code == "intake-answer"


def test_truncating_the_cache_does_not_end_the_process(tmp_path: Path) -> None:
    code = (
        "import os, sys, numpy as np, h5py\n"
        "from core.data.dataset import open_dataset\n"
        "from core.errors import DatasetError\n"
        "from core.intake import cache, stored_array\n"
        "from core.scale import Scale\n"
        "stored_array.IN_MEMORY_BYTES = int(sys.argv[2])\n"
        "with h5py.File(sys.argv[1], 'w') as file:\n"
        "    file['data'], file['label'] = np.full((64, 3, 64, 64), 7, 'u1'), np.zeros(64, int)\n"
        "dataset = open_dataset(sys.argv[1])\n"
        "for file in cache.intake_folder().glob('*/*.npy'):\n"
        "    os.truncate(file, 0)\n"
        "try:\n"
        "    print('read', dataset.batch(0, 64, scale=Scale.RAW).mean())\n"
        "except DatasetError as error:\n"
        "    print(error)\n"
        "print('again', open_dataset(sys.argv[1]).batch(0, 64, scale=Scale.RAW).mean())\n"
    )
    environment = {**os.environ, "BACKDOOR_INSPECTOR_CACHE": str(tmp_path / "cache")}
    for in_memory_bytes, first in (
        (0, "the content of 'a.h5' is gone from the cache: open it again"),
        (1e9, "read 7.0"),
    ):
        run = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "a.h5"), str(int(in_memory_bytes))],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (run.returncode, run.stdout.splitlines()) == (0, [first, "again 7.0"])
