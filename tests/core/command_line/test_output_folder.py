"""Results appear whole or not at all."""

import json
import os
import signal
from pathlib import Path

import pytest

from core.command_line.output_folder import OutputFolder
from core.errors import ExportError
from core.export_file import not_written, write_file

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


def results(files: list[str], application: str = "Backdoor Inspector") -> str:
    return json.dumps({"application": application, "files": files})


def test_only_networks_that_we_wrote_are_removed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    outside, listed = tmp_path / "pruned_9.keras", tmp_path / "out" / "pruned_2.keras"
    others = [tmp_path / "out" / name for name in ("notes.txt", "pruned_x.keras", "pruned_4.keras")]
    by_confidence = tmp_path / "out" / "repaired_by_confidence.keras"
    for each in (outside, listed, by_confidence, *others):
        each.write_text("precious")
    names = ["pruned_2.keras", "../pruned_9.keras", "notes.txt", "pruned_x.keras", str(outside), 3, "repaired_2.keras"]
    names.append(by_confidence.name)
    for text in ("no JSON", "[]", results(names, "Another"), '{"application": "Backdoor Inspector", "files": 3}'):
        (tmp_path / "out" / "results.json").write_text(text)
        with OutputFolder(tmp_path / "out", names=NAMES, overwrite=True) as folder:
            fill(folder)
            folder.commit()
        assert listed.exists()
    (tmp_path / "out" / "results.json").write_text(results(names))
    with OutputFolder(tmp_path / "out", names=NAMES, overwrite=True) as folder:
        fill(folder)
        assert listed.exists()
        folder.commit()
    assert not listed.exists() and not by_confidence.exists()
    assert all(each.read_text() == "precious" for each in (outside, *others))


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent in another way there")
def test_an_interrupt_while_committing_is_too_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.joinpath("a.csv").write_text("old")
    replace = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        os.kill(os.getpid(), signal.SIGINT)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    before = signal.getsignal(signal.SIGINT)
    with OutputFolder(tmp_path, names=NAMES, overwrite=True) as folder:
        fill(folder)
        folder.commit()
    assert [(tmp_path / name).read_text() for name in NAMES] == ["new", "new"]
    assert signal.getsignal(signal.SIGINT) is before


def test_a_failure_names_the_folder_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ExportError) as caught:
        write_file(tmp_path / "missing" / "a.csv", "text")
    assert f"there is no folder '{tmp_path / 'missing'}'; make it" in str(caught.value)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ExportError) as caught, OutputFolder(tmp_path / "file" / "x", names=NAMES):
        raise AssertionError("entered")
    assert f"'{tmp_path / 'file'}' is a file where a folder is needed; name another folder" in str(caught.value)
    told = str(not_written(tmp_path / "new" / "x", PermissionError(13, "Permission denied")))
    assert f"the folder '{tmp_path}' does not let you write into it; name another one" in told
    assert "is full; make room" in str(not_written(tmp_path / "x", OSError(28, "No space left on device")))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_forbidden_folder(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with (
        pytest.raises(ExportError, match="does not let you write"),
        OutputFolder(tmp_path / "closed" / "x", names=NAMES),
    ):
        raise AssertionError("entered")


def test_what_is_not_written_again_does_not_stay_from_an_earlier_run(tmp_path: Path) -> None:
    (tmp_path / "curve.csv").write_text("of an earlier run")
    (tmp_path / "notes.txt").write_text("mine")
    with OutputFolder(tmp_path, names=["curve.csv", "report.html"], overwrite=True) as folder:
        (folder.staging / "report.html").write_text("new")
        assert (tmp_path / "curve.csv").exists()
        folder.commit()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["notes.txt", "report.html"]
