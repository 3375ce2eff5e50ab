"""Real files whose names say nothing are told apart by their content."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.data.dataset import open_dataset
from core.errors import Cancelled
from core.monitor import Monitor
from core.network.network import open_network
from core.recognition.job import recognize
from core.recognition.records import FileRole, Kind, Recognition


def roles(recognition: Recognition) -> dict[str, str]:
    """The role of each file, with a question mark where it is unclear."""
    return {each.found.name: each.role + "?" * bool(each.doubt) for each in recognition.proposals}


def look(paths: Sequence[Path], **asked: Any) -> Recognition:
    return recognize(paths, monitor=Monitor(), **asked)


def test_a_network_and_its_sets_are_told_by_the_answers(files: dict[str, Path]) -> None:
    recognition = look([files[name] for name in ("target", "true", "clean", "network", "small")])
    assert roles(recognition) == {
        files["target"].name: "poisoned",
        files["true"].name: "poisoned",
        files["clean"].name: "validation",
        files["network"].name: "model",
    }
    assert len(recognition.refusals) == 1
    assert "8 × 8 × 3" in recognition.refusals[0]
    clean = recognition.proposals[2].found
    assert clean.words == f"90 images of 8 × 8 × 3, 3 labels; {files['network'].name} answers 90 of 90 as labelled"
    assert [each.shape for each in clean.thumbnails] == [(8, 8, 3)] * 4


def test_the_open_network_is_asked_where_none_is_dropped(files: dict[str, Path]) -> None:
    network, clean = open_network(files["network"]), open_dataset(files["clean"])
    told = look([files["target"], files["other"]], network=network, clean=clean, open_roles={FileRole.VALIDATION})
    assert roles(told) == {files["target"].name: "poisoned", files["other"].name: "unlabelled?"}
    assert "does not answer so" in told.proposals[1].doubt
    beside = look([files["clean"]], network=network, clean=clean, open_roles={FileRole.VALIDATION})
    assert roles(beside) == {files["clean"].name: "test?"}
    other = look([files["clean"], files["network"]], open_roles={FileRole.VALIDATION})  # another project
    assert roles(other) == {files["clean"].name: "validation", files["network"].name: "model"}
    untold = look([files["target"], files["clean"]])
    assert roles(untold) == {files["target"].name: "poisoned?", files["clean"].name: "validation"}


def test_two_networks_are_unclear(files: dict[str, Path], tmp_path: Path) -> None:
    shutil.copy(files["network"], tmp_path / "repaired.keras")
    recognition = look([tmp_path / "repaired.keras", files["network"]])
    assert roles(recognition) == {"repaired.keras": "none?", files["network"].name: "model?"}


def test_broken_and_foreign_files_are_refused_and_the_others_open(files: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "torn.h5").write_bytes(files["clean"].read_bytes()[:3000])
    (tmp_path / "torch.pt").write_bytes(b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.")
    np.savez(tmp_path / "words.npz", a=np.array(["x"]))
    recognition = look([tmp_path / "torn.h5", tmp_path / "torch.pt", tmp_path / "words.npz", files["network"]])
    assert roles(recognition) == {files["network"].name: "model"}
    told = " ".join(recognition.refusals)
    assert len(recognition.refusals) == 3
    assert all(each in told for each in ("torn.h5", "export it to ONNX", "words.npz"))
    assert all(each.endswith(".") for each in recognition.refusals)


def test_single_images_a_trigger_and_images_without_labels(tmp_path: Path) -> None:
    for name in ("a", "b"):
        Image.new("RGB", (9, 7)).save(tmp_path / f"{name}.png")
    Image.new("RGBA", (9, 7), (1, 2, 3, 255)).save(tmp_path / "opaque.png")
    Image.new("RGBA", (9, 7), (1, 2, 3, 0)).save(tmp_path / "clear.png")
    np.savez(tmp_path / "t.npz", opacity=np.ones((4, 4, 1)) / 2, pixels=np.ones((4, 4, 3)))
    np.save(tmp_path / "bare.npy", np.zeros((5, 8, 8, 3), np.uint8))
    recognition = look([tmp_path / name for name in ("a.png", "b.png", "opaque.png", "clear.png", "t.npz", "bare.npy")])
    kinds = {each.found.name: each.found.kind for each in recognition.proposals}
    assert kinds == {
        "opaque.png": Kind.IMAGES,
        "clear.png": Kind.SEE_THROUGH,
        "t.npz": Kind.TRIGGER,
        "bare.npy": Kind.UNLABELLED,
    }
    assert {path.name for path in recognition.proposals[0].found.images} == {"a.png", "b.png", "opaque.png"}
    assert roles(recognition)["clear.png"] == "picture?"


def test_a_folder_of_classes_is_resized_for_the_network_beside_it(files: dict[str, Path], tmp_path: Path) -> None:
    for label, colour in (("0", (200, 0, 0)), ("1", (0, 200, 0)), ("2", (0, 0, 0))):
        (tmp_path / "set" / label).mkdir(parents=True)
        for side in (10, 12):
            Image.new("RGB", (side, side), colour).save(tmp_path / "set" / label / f"{side}.png")
    alone = look([tmp_path / "set"])
    assert "different sizes" in alone.proposals[0].found.words
    shutil.copy(files["network"], tmp_path / "n.keras")
    assert roles(look([tmp_path])) == {"set": "validation", "n.keras": "model"}


def test_it_can_be_cancelled(files: dict[str, Path]) -> None:
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        recognize([files["clean"]], monitor=monitor)
