"""The cache is on the user's disk: what is not its own is not touched."""

import logging
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.intake import cache
from core.intake.answers import DataAnswer
from core.intake.client import read_file
from core.intake.refusal import Refusal
from tests.hostile.writing import write_data

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def intake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BACKDOOR_INSPECTOR_CACHE", str(tmp_path / "cache"))
    return cache.intake_folder()


def entry(folder: Path, number: int, *, kind: str = "data", version: int = 1) -> Path:
    made = folder / f"{kind}-v{version}-{number:064x}"
    made.mkdir()
    (made / "images.npy").write_bytes(b"x" * 100)
    os.utime(made, (1e9 + number, 1e9 + number))
    return made


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_the_entries_used_longest_ago_make_room(intake: Path) -> None:
    oldest, middle, newest = (entry(intake, number) for number in range(3))
    (intake / "tmp-gone1234").mkdir()
    os.utime(intake / "tmp-gone1234", (1e9, 1e9))
    (intake / "tmp-busy1234").mkdir()
    cache.touch(oldest)
    cache.evict(capacity_bytes=250)
    assert names(intake) == sorted([newest.name, oldest.name, "tmp-busy1234"])
    assert not middle.exists()
    cache.evict(capacity_bytes=0, spare=newest)
    assert names(intake) == sorted([newest.name, "tmp-busy1234"])


def test_what_is_not_ours_stays(intake: Path, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "a.png").write_bytes(b"x" * 1000)
    others = ["photos", "data-v1-short", f"data-v1-{0:064x}.old", f"other-v1-{0:064x}", "tmp-", "tmp-My photos"]
    for name in others:
        (intake / name).mkdir()
        (intake / name / "a.png").write_bytes(b"x" * 1000)
        os.utime(intake / name, (1, 1))
    (intake / f"data-v1-{1:064x}").symlink_to(photos)
    (intake / f"data-v1-{2:064x}").write_bytes(b"a file")
    (intake / "tmp-linked12").symlink_to(photos)
    os.utime(intake / "tmp-linked12", (1, 1), follow_symlinks=False)
    ours = entry(intake, 3)
    before = [name for name in names(intake) if name != ours.name]
    cache.evict(capacity_bytes=0)
    assert names(intake) == before
    for name in before:
        cache.discard(intake / name)
    assert names(intake) == before
    assert names(photos) == ["a.png"]


def test_a_link_in_an_entry_is_not_followed(intake: Path, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "a.png").write_bytes(b"x")
    made = entry(intake, 1)
    (made / "link").symlink_to(photos)
    cache.evict(capacity_bytes=0)
    assert names(intake) == []
    assert names(photos) == ["a.png"]


def test_entries_of_another_version_go_too(intake: Path) -> None:
    entry(intake, 1, kind="model", version=1)
    entry(intake, 2, kind="results", version=99)
    cache.evict(capacity_bytes=0)
    assert names(intake) == []


@pytest.mark.parametrize("below", ["", "intake"])
def test_a_link_in_place_of_the_cache_folder_is_refused(
    below: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    link = tmp_path / "linked" / below if below else tmp_path / "linked"
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(elsewhere)
    monkeypatch.setenv("BACKDOOR_INSPECTOR_CACHE", str(tmp_path / "linked"))
    with pytest.raises(Refusal, match="is a link, which is not followed: remove it") as caught:
        cache.intake_folder()
    assert caught.value.code == "cache-folder"
    assert names(elsewhere) == []
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o755


def test_a_link_further_up_is_the_users_own_affair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / ".cache").symlink_to(tmp_path / "disk")
    monkeypatch.setenv("BACKDOOR_INSPECTOR_CACHE", str(tmp_path / ".cache" / "backdoor-inspector"))
    assert cache.intake_folder().is_dir()


def test_a_folder_that_cannot_be_used_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="core.intake")
    (tmp_path / "file").touch()
    monkeypatch.setenv("BACKDOOR_INSPECTOR_CACHE", str(tmp_path / "file"))
    folders = {cache.intake_folder() for _ in range(3)}
    assert len(folders) == 1
    made = folders.pop()
    assert stat.S_IMODE(made.stat().st_mode) == 0o700 or os.name == "nt"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert f"The cache folder '{tmp_path / 'file' / 'intake'}' cannot be used" in caplog.text
    assert str(made) in cache.notices()[-1]
    (tmp_path / "file").unlink()
    assert cache.intake_folder() == tmp_path / "file" / "intake"  # it can be used again
    assert cache.notices() == ()
    shutil.rmtree(tmp_path / "file")
    (tmp_path / "file").touch()
    assert cache.intake_folder() == made
    assert str(made) in cache.notices()[-1]


def test_the_replacement_is_used_and_does_not_outlive_the_process(tmp_path: Path) -> None:
    (tmp_path / "home").touch()  # a file: nobody can make a folder in it, not even root
    (tmp_path / "temporary").mkdir()
    code = (
        "import numpy as np, h5py, pathlib, sys\n"
        "path = sys.argv[1]\n"
        "with h5py.File(path, 'w') as file:\n"
        "    file['data'], file['label'] = np.zeros((2, 3, 4, 4), 'u1'), np.arange(2)\n"
        "from core.data.dataset import open_dataset\n"
        "print(open_dataset(path).image_count, open_dataset(path).image_count)\n"
    )
    environment = {key: value for key, value in os.environ.items() if key != "BACKDOOR_INSPECTOR_CACHE"}
    environment |= {
        "HOME": str(tmp_path / "home"),
        "XDG_CACHE_HOME": str(tmp_path / "home" / ".cache"),
        "TMPDIR": str(tmp_path / "temporary"),
    }
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.h5")],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["2", "2"]
    assert run.stderr.count("cannot be used") == 1
    assert names(tmp_path / "temporary") == []


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A file with data, and what the cache keeps of it, read once."""
    folder = tmp_path_factory.mktemp("clean")
    source = write_data(folder / "clean.h5", np.arange(96, dtype="u1").reshape(2, 3, 4, 4), np.arange(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKDOOR_INSPECTOR_CACHE", str(folder / "cache"))
        return source, read_file("data", source).folder


@pytest.mark.parametrize("name", ["answer.json", "digests.json", "images.npy", "labels.npy"])
@pytest.mark.parametrize("damage", ["flip", "zero", "cut", "add", "empty", "gone", "link", "folder"])
def test_a_damaged_cache_entry_is_made_anew(
    name: str, damage: str, clean: tuple[Path, Path], intake: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="core.intake")
    source, entry_of_source = clean
    shutil.copytree(entry_of_source, intake / entry_of_source.name)
    file = intake / entry_of_source.name / name
    content = file.read_bytes()
    changed = {
        "flip": content[:-1] + bytes([content[-1] ^ 1]),
        "zero": content[:-8] + bytes(8),
        "cut": content[:-1],
        "add": content + b"\n",
        "empty": b"",
    }
    file.unlink()
    if damage == "link":
        (tmp_path / "same").write_bytes(content)
        file.symlink_to(tmp_path / "same")
    elif damage == "folder":
        file.mkdir()
    elif damage != "gone":
        file.write_bytes(changed[damage])
    if name == "digests.json" and damage == "add":
        return  # the same digests
    reading = read_file("data", source)
    assert isinstance(reading.answer, DataAnswer)
    assert np.asarray(reading.array(reading.answer.images)).ravel().tolist() == list(range(96))
    assert "is damaged and is read again" in caplog.text
    if name.endswith(".npy"):
        assert file.read_bytes() == content
    assert not file.is_symlink()
