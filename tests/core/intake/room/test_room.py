"""What a file takes is told before it is read, and compared with the memory and the disk that there are."""

import logging
from collections import namedtuple
from pathlib import Path

import h5py
import numpy as np
import pytest

from core.errors import DatasetError
from core.intake import client
from core.intake.client import read_file
from core.intake.room import check
from core.intake.room.check import asking_first, size_text
from core.intake.room.memory import available_bytes

ROWS = 1500  # of 224 × 224 × 1 bytes: 75 MB
TAKES = "75 MB"
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BACKDOOR_INSPECTOR_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "intake"


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A set of images that are all the same, so that its file is small; its arrays are not."""
    path = tmp_path / "large.h5"
    with h5py.File(path, "w") as file:
        image = np.random.default_rng(0).integers(0, 256, (224, 224, 1), dtype=np.uint8)
        file.create_dataset(
            "data", data=np.broadcast_to(image, (ROWS, 224, 224, 1)), chunks=(50, 224, 224, 1), compression="gzip"
        )
        file["label"] = np.zeros(ROWS, np.int64)
    return path


def have(monkeypatch: pytest.MonkeyPatch, *, memory: int | None) -> None:
    """Say how much memory there is."""
    monkeypatch.setattr(check, "available_bytes", lambda: memory)


def test_a_set_that_takes_most_of_the_memory_is_refused_before_it_is_read(
    large: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, memory=100_000_000)
    with asking_first(), pytest.raises(DatasetError) as caught:
        read_file("data", large)
    assert caught.value.code == "needs-room"
    assert f"'large.h5' needs {TAKES}, and 100 MB of memory are available" in str(caught.value)
    assert list(own_cache.iterdir()) == []  # nothing was kept
    have(monkeypatch, memory=1_000_000_000)
    with asking_first():
        assert len(read_file("data", large).array(read_file("data", large).answer.images)) == ROWS


def test_nothing_of_it_was_written_yet(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, memory=100_000_000)
    written: list[int] = []
    discard = client.cache.discard

    def look(folder: Path) -> None:
        written.extend(each.stat().st_size for each in folder.glob("images.npy"))
        discard(folder)

    monkeypatch.setattr(client.cache, "discard", look)
    with asking_first(), pytest.raises(DatasetError):
        read_file("data", large)
    assert sum(written) < ROWS * 224 * 224


def test_a_command_reads_it_with_a_warning_once(
    large: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    have(monkeypatch, memory=100_000_000)
    with caplog.at_level(logging.WARNING):
        read_file("data", large)
    assert [each.getMessage() for each in caplog.records if "of memory are available" in each.getMessage()] == [
        f"'large.h5' needs {TAKES}, and 100 MB of memory are available: its content is read from the disk again and "
        "again, which takes longer"
    ]


def test_one_that_was_read_before_is_asked_about_as_well(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, memory=None)
    read_file("data", large)  # the system does not tell
    have(monkeypatch, memory=100_000_000)
    with asking_first(), pytest.raises(DatasetError) as caught:
        read_file("data", large)
    assert caught.value.code == "needs-room"


def test_a_full_disk_is_noticed_before_reading(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, memory=None)
    monkeypatch.setattr(check.shutil, "disk_usage", lambda _folder: Usage(10**9, 0, 20_000_000))
    with pytest.raises(DatasetError, match=f"takes {TAKES} in the cache folder, where only 20 MB are free") as caught:
        read_file("data", large)
    assert caught.value.code == "cache-folder"


def test_weights_count_twice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    have(monkeypatch, memory=3_000_000_000)
    room = check.Room("model", "net.h5", tmp_path)
    room.announce(700_000_000)
    with asking_first(), pytest.raises(check.Refusal, match=r"holds 1\.6 GB of weights and needs about 3\.2 GB"):
        room.announce(1_600_000_000)


def test_the_memory_is_that_of_the_system_or_of_the_container(tmp_path: Path) -> None:
    system = tmp_path / "meminfo"
    system.write_text("MemTotal:  16000 kB\nMemAvailable:    8000 kB\n")
    group = tmp_path / "group"
    assert available_bytes(memory_file=system, group_folder=group) == 8_192_000
    group.mkdir()
    (group / "memory.max").write_text("max\n")
    (group / "memory.current").write_text("5\n")
    assert available_bytes(memory_file=system, group_folder=group) == 8_192_000
    (group / "memory.max").write_text("1000000\n")
    assert available_bytes(memory_file=system, group_folder=group) == 999_995
    assert available_bytes(memory_file=tmp_path / "none", group_folder=tmp_path / "none") is None


@pytest.mark.parametrize(
    ("size", "text"), [(31e9, "31 GB"), (1.24e9, "1.2 GB"), (340e6, "340 MB"), (2.5e6, "2.5 MB"), (10, "0.0 MB")]
)
def test_sizes_are_said_in_a_few_letters(size: float, text: str) -> None:
    assert size_text(size) == text
