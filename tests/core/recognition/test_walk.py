"""What there is to open in files and folders, by their names and first bytes alone."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import Cancelled
from core.monitor import Monitor
from core.recognition import walk as walking
from core.recognition.file_starts import Guess
from core.recognition.walk import Walked, walk

HDF5 = b"\x89HDF\r\n\x1a\n" + b"\0" * 64


def found(*paths: Path) -> Walked:
    return walk(paths, monitor=Monitor())


def names(walked: Walked) -> list[tuple[str, Guess]]:
    return [(each.path.name, each.guess) for each in walked.candidates]


def draw(path: Path, mode: str = "RGB") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, (4, 4)).save(path)
    return path


def test_files_are_told_by_their_first_bytes_whatever_they_are_called(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(HDF5)
    (tmp_path / "model_a").write_bytes(HDF5)
    np.save(tmp_path / "b.npy", np.zeros((3, 4, 4)))
    draw(tmp_path / "c.png").rename(tmp_path / "c")
    draw(tmp_path / "d.png", "RGBA")
    walked = found(*(tmp_path / name for name in ("a.txt", "model_a", "b.npy", "c", "d.png")))
    assert names(walked) == [
        ("a.txt", Guess.DATA_OR_MODEL),
        ("model_a", Guess.MODEL_OR_DATA),
        ("b.npy", Guess.DATA),
        ("d.png", Guess.SEE_THROUGH),
        ("c", Guess.IMAGE),
    ]
    assert walked.refusals == []


def test_what_cannot_be_opened_is_said_of_chosen_files_and_left_out_of_folders(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("<p>some words</p>")
    (tmp_path / "empty.h5").touch()
    walked = found(tmp_path / "notes.txt", tmp_path / "empty.h5", tmp_path / "gone.h5")
    assert [sentence.split("'")[1] for sentence in walked.refusals] == ["notes.txt", "empty.h5", "gone.h5"]
    assert "expected a network" in walked.refusals[0]
    walked = found(tmp_path)
    assert walked.candidates == []
    assert len(walked.refusals) == 1
    assert "empty.h5" in walked.refusals[0]
    (tmp_path / "empty.h5").unlink()
    assert "folder without networks or images" in found(tmp_path).refusals[0]


def test_a_folder_of_classes_is_one_set_and_other_images_belong_together(tmp_path: Path) -> None:
    for name in ("set/cats/1.png", "set/cats/2.png", "set/dogs/1.jpg", "faces/a.png", "faces/b.png"):
        draw(tmp_path / name)
    (tmp_path / "net.h5").write_bytes(HDF5)
    walked = found(tmp_path)
    assert names(walked) == [("net.h5", Guess.MODEL_OR_DATA), ("faces", Guess.IMAGE), ("set", Guess.DATA)]
    assert [path.name for path in walked.candidates[1].images] == ["a.png", "b.png"]


def test_splits_are_sets_of_their_own_and_a_table_makes_one(tmp_path: Path) -> None:
    for part in ("train", "val"):
        for name in ("0/1.png", "1/1.png"):
            draw(tmp_path / "split" / part / name)
    draw(tmp_path / "table" / "images" / "1.png")
    (tmp_path / "table" / "labels.csv").write_text("file,label\n1.png,0\n")
    assert names(found(tmp_path)) == [("train", Guess.DATA), ("val", Guess.DATA), ("table", Guess.DATA)]


def test_labels_beside_their_images_are_no_set(tmp_path: Path) -> None:
    np.save(tmp_path / "x_test.npy", np.zeros((3, 4, 4), np.uint8))
    np.save(tmp_path / "y_test.npy", np.zeros(3, np.int64))
    assert names(found(tmp_path)) == [("x_test.npy", Guess.DATA)]


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.h5").write_bytes(HDF5)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "own.h5").write_bytes(HDF5)
    (inside / "same.h5").symlink_to(inside / "own.h5")
    (inside / "file.h5").symlink_to(tmp_path / "outside" / "secret.h5")
    (inside / "folder").symlink_to(tmp_path / "outside")
    (inside / "loop").symlink_to(inside)
    walked = found(inside)
    assert [name for name, _ in names(walked)] == ["own.h5", "same.h5"]
    assert walked.remarks == ["3 links out of the folder were not followed."]


def test_depth_and_number_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "MOST_DEPTH", 2)
    monkeypatch.setattr(walking, "MOST_FILES", 3)
    deep = tmp_path / "1" / "2" / "3"
    deep.mkdir(parents=True)
    (deep / "deep.h5").write_bytes(HDF5)
    for number in range(5):
        (tmp_path / f"{number}.h5").write_bytes(HDF5)
    walked = found(tmp_path)
    assert [name for name, _ in names(walked)] == ["0.h5", "1.h5", "2.h5"]
    assert any("At most 3" in each and "'3.h5' and '4.h5'" in each for each in walked.remarks)
    assert any("2 deep" in each for each in walked.remarks)
    monkeypatch.setattr(walking, "MOST_ENTRIES", 4)
    assert any("first 4 files" in each for each in found(tmp_path).remarks)


def test_walking_can_be_cancelled(tmp_path: Path) -> None:
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        walk([tmp_path], monitor=monitor)
