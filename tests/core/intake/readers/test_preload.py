"""Once the child is locked nothing can be imported: every kind of file is read without that."""

import io
import json
import os
import pickle
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image

from core.intake.answers import DataAnswer
from core.intake.client import read_file
from core.intake.data.choice import DataChoice
from core.intake.limits import Limits
from core.intake.savedmodel.joined_file import joined_saved_model
from tests.core.intake.savedmodel.test_saved_model import write_saved_model
from tests.hostile.foreign_models import small_onnx
from tests.hostile.matlab import write_matlab
from tests.hostile.tflite_models import small_tflite

ROOT = Path(__file__).resolve().parents[4]

# Reads files of one kind, each in a fork, and tells which modules were imported after everything was said to be ready.
PROGRAM = """
import json, os, sys
from pathlib import Path
from core.intake.__main__ import _read
from core.intake.limits import Limits
from core.intake.readers.preload import preloaded
kind = sys.argv[1]
preloaded(kind)
for path, folder in json.load(sys.stdin):
    process = os.fork()
    if process == 0:
        known = set()
        try:
            _read(kind, Path(path), Path(folder), Limits(), on_ready=lambda: known.update(sys.modules))
            told = "read"
        except Exception as error:
            told = getattr(error, "code", repr(error))
        os.write(1, json.dumps([told, sorted(set(sys.modules) - known)]).encode() + b"\\n")
        os._exit(0)
    os.waitpid(process, 0)
"""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks; and only Linux' sandbox was tried")


def imported_late(kind: str, paths: Sequence[Path], folder: Path) -> list[tuple[str, list[str]]]:
    """Read files, and return for each whether it was read (or its code), and the modules that were imported late."""
    request = []
    for index, path in enumerate(paths):
        scratch = folder / f"scratch_{kind}_{index}"
        scratch.mkdir()
        request.append((str(path), str(scratch)))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, kind],
        input=json.dumps(request),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    told = [tuple(json.loads(line)) for line in done.stdout.splitlines()]
    assert len(told) == len(paths), done.stderr
    return told


def images(folder: Path) -> dict[str, Path]:
    """Write an image of each kind that Pillow decodes by another way."""
    colours = Image.fromarray(np.random.default_rng(1).integers(0, 256, (32, 24, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    kinds: dict[str, tuple[Image.Image, dict[str, Any]]] = {
        "rgb.png": (colours, {}),
        "palette.png": (colours.convert("P"), {"transparency": 0}),
        "deep.png": (Image.fromarray(np.arange(64, dtype=np.uint16).reshape(8, 8)), {}),
        "plain.jpg": (colours, {"exif": exif}),
        "progressive.jpg": (colours, {"progressive": True}),
        "print.jpg": (colours.convert("CMYK"), {}),
        "lossy.webp": (colours.resize((600, 600)), {}),
        "lossless.webp": (colours, {"lossless": True, "exif": exif}),
        "moving.webp": (colours, {"save_all": True, "append_images": [colours.rotate(90)]}),
        "moving.gif": (colours, {"save_all": True, "append_images": [colours.rotate(90)]}),
        "plain.bmp": (colours, {}),
        "plain.tiff": (colours, {}),
        "lzw.tiff": (colours, {"compression": "tiff_lzw"}),
        "jpeg.tiff": (colours, {"compression": "jpeg"}),
        "deflated.tiff": (colours, {"compression": "tiff_adobe_deflate"}),
        "lab.tiff": (colours.convert("YCbCr"), {}),
        "float.tiff": (Image.fromarray(np.zeros((4, 4), np.float32)), {}),
        "several.jpg": (colours, {"format": "MPO", "save_all": True, "append_images": [colours]}),
    }
    for name, (image, options) in kinds.items():
        image.save(folder / name, **options)
    return {name: folder / name for name in kinds}


def foreign_networks(folder: Path) -> list[Path]:
    """Write a network of each other format; return the files as the child gets them."""
    (folder / "network.onnx").write_bytes(small_onnx().SerializeToString())
    (folder / "network.tflite").write_bytes(small_tflite())
    with joined_saved_model(write_saved_model(folder / "saved"), Limits()) as bundle:
        shutil.copyfile(bundle, folder / "saved_model")
    return [folder / name for name in ("network.onnx", "network.tflite", "saved_model")]


def test_no_image_imports_anything_late(tmp_path: Path) -> None:
    paths = images(tmp_path)
    told = imported_late("image", list(paths.values()), tmp_path)
    assert dict(zip(paths, told, strict=True)) == dict.fromkeys(paths, ("read", []))


def test_no_file_imports_anything_late(tmp_path: Path, files: SimpleNamespace) -> None:
    pixels, labels = np.zeros((2, 3, 4, 4)), np.arange(2)
    network = files.small_network(files.layer("Activation", "act", ["flat"], activation="relu"))
    archive = files.archive(tmp_path / "model.keras", network, compression=zipfile.ZIP_DEFLATED)
    foreign = io.BytesIO()
    with zipfile.ZipFile(foreign, "w") as opened:
        opened.writestr("café", b"")
    old_names = bytearray(foreign.getvalue().replace("café".encode(), b"caf\x82x"))
    for place in (6, foreign.getvalue().index(b"PK\x01\x02") + 8):
        old_names[place + 1] &= 0xF7  # the names are not UTF-8, but in the old code page
    (tmp_path / "old_names.keras").write_bytes(bytes(old_names))
    wide = files.archive(tmp_path / "wide.keras", network)
    with zipfile.ZipFile(wide, "w") as opened:
        opened.writestr("config.json", json.dumps(network).encode("utf-16"))
        opened.writestr("model.weights.h5", b"")
    texts = {"text.h5": b"hello", "empty_archive.keras": b"PK\x03\x04" + bytes(60), "results.json": b"{}"}
    for name, content in texts.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "cut.keras").write_bytes(archive.read_bytes()[:700])
    with h5py.File(tmp_path / "half.h5", "w") as opened:
        opened["data"] = np.full((1, 1, 2, 2), np.nan, np.float16)
        opened["label"] = np.array(["a"], dtype=h5py.string_dtype())
    data = files.data(tmp_path / "data.h5", pixels, labels, chunks=(1, 3, 4, 4), compression="lzf")
    np.savez_compressed(tmp_path / "data.npz", x=pixels, y=labels)
    (tmp_path / "test_batch").write_bytes(pickle.dumps({"features": pixels, "labels": labels.tolist()}, 2))
    (tmp_path / "pickle_5").write_bytes(pickle.dumps({"features": pixels, "labels": labels}, 5))
    (tmp_path / "code.p").write_bytes(b"\x80\x02cos\nsystem\n.")
    write_matlab(tmp_path / "data.mat", {"X": pixels.transpose(2, 3, 1, 0), "y": labels})
    cases = (
        ("data", data, "read"),
        *(("data", tmp_path / name, "read") for name in ("data.npz", "test_batch", "pickle_5", "data.mat")),
        ("data", tmp_path / "code.p", "unsafe-type"),
        ("images", data, "read"),
        ("data", files.data(tmp_path / "one_hot.h5", pixels, np.eye(2)), "read"),
        ("data", tmp_path / "half.h5", None),
        ("model", files.h5_model(tmp_path / "model.h5", network), "read"),
        ("model", archive, "read"),
        *(("model", path, "read") for path in foreign_networks(tmp_path)),
        ("model", tmp_path / "old_names.keras", None),
        ("model", wide, None),
        ("model", tmp_path / "cut.keras", "truncated-file"),
        ("model", data, "images-not-model"),
        ("data", archive, "model-not-images"),
        *((kind, tmp_path / name, None) for kind in ("model", "data", "image", "results") for name in texts),
    )
    for kind in ("model", "data", "images", "image", "results"):
        ours = [(path, expected) for each, path, expected in cases if each == kind]
        for (path, expected), (told, late) in zip(
            ours, imported_late(kind, [path for path, _ in ours], tmp_path), strict=True
        ):
            assert late == [], (kind, path.name, told)
            assert expected in (None, told), (kind, path.name)


def test_a_model_imports_the_code_of_its_own_format_alone(tmp_path: Path, files: SimpleNamespace) -> None:
    network = files.small_network(files.layer("Activation", "act", ["flat"], activation="relu"))
    path = files.h5_model(tmp_path / "model.h5", network)
    program = (
        "import sys\nfrom pathlib import Path\nfrom core.intake.__main__ import _read\n"
        "from core.intake.limits import Limits\n"
        "_read('model', Path(sys.argv[1]), Path(sys.argv[2]), Limits())\n"
        "print(*(name for name in sys.modules if name.startswith('core.intake.')))"
    )
    (tmp_path / "scratch").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", program, path, tmp_path / "scratch"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "core.intake.model.model_reader" in done.stdout.split()
    foreign = ("onnx", "tflite", "conversion", "wire", "data.image_files")
    assert not [name for name in done.stdout.split() if name.removeprefix("core.intake.").startswith(foreign)]


def test_every_image_of_a_folder_is_read_under_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKDOOR_INSPECTOR_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "classes" / "0"
    folder.mkdir(parents=True)
    paths = images(folder)
    reading = read_file("data", tmp_path / "classes", choice=DataChoice(image_shape=(8, 8, 3)))
    assert isinstance(reading.answer, DataAnswer)
    assert reading.answer.images.shape == [len(paths), 8, 8, 3]


def test_every_image_is_read_under_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKDOOR_INSPECTOR_CACHE", str(tmp_path / "cache"))
    for name, path in images(tmp_path).items():
        assert read_file("image", path).answer.kind == "image", name
