"""Files of every kind, good and bad, in files and folders, with their verdicts."""

import hashlib
import os
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from core.errors import Cancelled, InspectorError
from core.monitor import Monitor
from core.screen.job import screen_files, screen_network
from core.screen.verdict import FileVerdict
from tests.core.keras_zoo import ZOO, save, with_random_weights
from tests.hostile.saved_models import write_saved_model


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BACKDOOR_INSPECTOR_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "files"
    (folder / "deep").mkdir(parents=True)
    save(with_random_weights(ZOO["plain"]), folder / "net.keras")
    with h5py.File(folder / "data.h5", "w") as file:
        file["data"], file["label"] = np.zeros((3, 4, 5, 3), np.uint8), np.arange(3)
    with h5py.File(folder / "unlabelled.h5", "w") as file:
        file["data"] = np.zeros((2, 4, 5, 3), np.uint8)
    Image.new("RGB", (6, 7)).save(folder / "deep" / "face.png")
    (folder / "deep" / "results.json").write_text('{"application": "Backdoor Inspector", "method": "prune"}')
    (folder / "deep" / "text.h5").write_bytes(b"no HDF5")
    (folder / "deep" / "pickle.bin").write_bytes(b"\x80\x04K\x01.")
    return folder


def facts(verdict: FileVerdict) -> dict[str, str]:
    return dict(verdict.facts)


def test_a_folder_is_screened_whole(folder: Path) -> None:
    verdicts = {verdict.path.name: verdict for verdict in screen_files([folder], monitor=Monitor())}
    assert list(verdicts) == [
        *("data.h5", "net.keras", "unlabelled.h5"),
        *("face.png", "pickle.bin", "results.json", "text.h5"),
    ]
    kinds = {name: (verdict.kind, verdict.code) for name, verdict in verdicts.items()}
    assert kinds == {
        "data.h5": ("data", ""),
        "net.keras": ("model", ""),
        "unlabelled.h5": ("data", ""),
        "face.png": ("image", ""),
        "pickle.bin": ("data", "wrong-format"),
        "results.json": ("results", ""),
        "text.h5": ("model", "wrong-format"),
    }
    assert verdicts["text.h5"].sentence.endswith(
        "is none of the supported kinds (HDF5, .keras, .onnx, .tflite, image, JSON results)"
    )
    for verdict in verdicts.values():
        content = verdict.path.read_bytes()
        assert verdict.sha256 == hashlib.sha256(content).hexdigest()
        assert verdict.size_bytes == len(content)
        assert verdict.sandbox
        assert bool(verdict.sentence) is not verdict.is_opened
    assert facts(verdicts["net.keras"])["classes"] == "5"
    assert facts(verdicts["data.h5"]) == {"images": "3", "shape": "4 × 5 × 3", "pixels": "0 to 0", "labels": "read"}
    assert facts(verdicts["unlabelled.h5"])["labels"] == "not read"
    assert facts(verdicts["face.png"]) == {"size": "6 × 7"}
    assert facts(verdicts["results.json"]) == {"method": "prune", "files": "0"}


def test_a_kind_can_be_named(folder: Path) -> None:
    (verdict,) = screen_files([folder / "data.h5"], kind="model", monitor=Monitor())
    assert (verdict.kind, verdict.code) == ("model", "images-not-model")
    (verdict,) = screen_files([folder / "deep" / "face.png"], kind="results", monitor=Monitor())
    assert (verdict.kind, verdict.code) == ("results", "wrong-format")
    (verdict,) = screen_files([folder / "unlabelled.h5"], kind="data", monitor=Monitor())
    assert verdict.is_opened


def test_what_is_no_readable_file_is_refused(folder: Path) -> None:
    pipe = folder / "deep" / "pipe"
    os.mkfifo(pipe)
    (folder / "deep" / "empty.h5").touch()
    paths = [folder / "nowhere.h5", pipe, folder / "deep" / "empty.h5"]
    verdicts = screen_files(paths, monitor=Monitor())
    assert [verdict.code for verdict in verdicts] == ["missing-file", "not-a-file", "empty-file"]
    assert [verdict.sha256 for verdict in verdicts] == [None] * 3


def test_folders_that_are_not_looked_into_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "link").symlink_to(folder / "deep")
    (folder / "secret").mkdir()
    scandir = os.scandir

    def denied(path: str | Path) -> object:
        if str(path).endswith("secret"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", denied)
    verdicts = {verdict.path.name: verdict for verdict in screen_files([folder], monitor=Monitor())}
    assert "face.png" in verdicts
    told = {name: (verdicts[name].code, verdicts[name].sha256) for name in ("link", "secret")}
    assert told == {"link": ("not-a-file", None), "secret": ("unreadable-file", None)}
    assert "is a link to a folder, which is not followed" in verdicts["link"].sentence
    # Named by itself, a link is followed.
    assert {verdict.path.name for verdict in screen_files([folder / "link"], monitor=Monitor())} == {
        *("face.png", "pickle.bin", "results.json", "text.h5")
    }


def test_a_network_that_cannot_be_rebuilt_is_refused(folder: Path) -> None:
    from keras import Input, Model, layers  # noqa: PLC0415

    start = Input((4, 4, 3))
    Model(start, layers.Conv2D(2, 3)(start)).save(folder / "map.keras")
    (verdict,) = screen_files([folder / "map.keras"], monitor=Monitor())
    assert (verdict.kind, verdict.code, verdict.facts) == ("model", "wrong-output", ())


def test_a_cache_that_is_full_is_no_fault_of_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_words: object, **_options: object) -> None:
        raise InspectorError("the cache folder is full", code="cache-folder")

    monkeypatch.setattr("core.screen.job.read_file", refuse)
    with pytest.raises(InspectorError) as caught:
        screen_files([folder], monitor=Monitor())
    assert caught.value.code == "cache-folder"


def test_screening_stops_when_asked(folder: Path) -> None:
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        screen_files([folder], monitor=monitor)


def test_the_folder_of_a_saved_model_is_screened_as_one_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKDOOR_INSPECTOR_CACHE", str(tmp_path / "cache"))
    saved = write_saved_model(tmp_path / "saved")
    verdict = screen_network(saved, monitor=Monitor())
    assert (verdict.kind, verdict.path, verdict.code) == ("model", saved, "")
    assert facts(verdict)["classes"] == "5"
    (tmp_path / "pets").mkdir()
    refused = screen_network(tmp_path / "pets", monitor=Monitor())
    assert (refused.kind, refused.code) == ("model", "not-a-file")
