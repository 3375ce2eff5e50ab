"""Results appear whole or not at all."""

import os
from pathlib import Path

import pytest

from core.command_line.output_folder import OutputFolder
from core.errors import ExportError

NAMES = ("a.csv", "b.json")


def fill(folder: OutputFolder, text: str = "new") -> None:
    for name in NAMES:
        (folder.staging / name).write_text(text)


def test_new_folder_with_its_parents(tmp_path: Path) -> None:
    target = tmp_path / "x" / "y"
    with OutputFolder(target, names=NAMES) as folder:
        fill(folder)
        assert not target.exists()
        folder.commit()
    assert sorted(each.name for each in target.iterdir()) == list(NAMES)
    assert [each.name for each in (tmp_path / "x").iterdir()] == ["y"]


def test_permissions_are_those_of_any_new_folder(tmp_path: Path) -> None:
    (tmp_path / "usual").mkdir()
    with OutputFolder(tmp_path / "ours", names=NAMES) as folder:
        fill(folder)
        folder.commit()
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("exists", [False, True])
def test_leaving_early_leaves_nothing(tmp_path: Path, exists: bool) -> None:
    target = tmp_path / "x" / "y"
    if exists:
        target.mkdir(parents=True)
    with pytest.raises(KeyboardInterrupt), OutputFolder(target, names=NAMES) as folder:
        fill(folder)
        raise KeyboardInterrupt
    assert (tmp_path / "x").exists() == exists
    assert not exists or not list(target.iterdir())


def test_empty_folder_is_filled_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "here"
    target.mkdir()
    inode = target.stat().st_ino
    monkeypatch.chdir(target)
    with OutputFolder(Path(), names=NAMES) as folder:
        fill(folder)
        folder.commit()
    assert target.stat().st_ino == inode
    assert sorted(each.name for each in target.iterdir()) == list(NAMES)


def test_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for target in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ExportError), OutputFolder(target, names=NAMES, overwrite=True):
            raise AssertionError("entered")
    assert (tmp_path / "file").read_text() == "mine"


def test_folder_in_the_way_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(ExportError, match="folder"), OutputFolder(tmp_path, names=NAMES, overwrite=True):
        raise AssertionError("entered")


def test_an_input_is_recognized_through_a_link(tmp_path: Path) -> None:
    source = tmp_path / "input.csv"
    source.write_text("precious")
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.csv").symlink_to(source)
    with pytest.raises(ExportError) as caught, OutputFolder(out, names=NAMES, overwrite=True, inputs=[source]):
        raise AssertionError("entered")
    assert caught.value.code == "would-replace-input"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_forbidden_folder(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(ExportError, match="ermission"), OutputFolder(tmp_path / "closed" / "x", names=NAMES):
        raise AssertionError("entered")
