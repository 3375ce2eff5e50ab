"""Files of images and labels whose values are traps, and other things in their place."""

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.hostile.case import Case, Make, constant, hostile, pickled, saved_by_keras
from tests.hostile.writing import write_data

IMAGES = np.arange(96, dtype="u1").reshape(2, 3, 4, 4)


def _data(data: Any, label: Any = (0, 1), **options: Any) -> Make:
    return lambda path, marker: write_data(path, data, np.asarray(label), **options)


def _with(value: float) -> np.ndarray:
    data = IMAGES.astype("f4")
    data[1, 2, 3, 3] = value
    return data


def _bomb(path: Path, marker: Path) -> None:
    """Write a chunk that is the most that zlib can compress: 100 MB of zeros in 100 kB, forty times."""
    with h5py.File(path, "w") as file:
        file["label"] = np.zeros(40)
        options: dict[str, Any] = {"chunks": (1, 1, 10_000, 10_000), "compression": "gzip", "compression_opts": 9}
        dataset = file.create_dataset("data", (40, 1, 10_000, 10_000), "u1", **options)
        chunk = zlib.compress(bytes(100_000_000), 9)
        for index in range(40):
            dataset.id.write_direct_chunk((index, 0, 0, 0), chunk)


def _broken_chunk(content: bytes) -> Make:
    def make(path: Path, marker: Path) -> None:
        with h5py.File(path, "w") as file:
            file["label"] = np.zeros(2)
            dataset = file.create_dataset("data", (2, 3, 4, 4), "u1", chunks=(1, 3, 4, 4), compression="gzip")
            for index in range(2):
                dataset.id.write_direct_chunk((index, 0, 0, 0), content)

    return make


def _renamed(form: str) -> Make:
    return lambda path, marker: path.write_bytes(saved_by_keras(form))


def _mat(path: Path, marker: Path) -> None:
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + bytes(64))


def _npz(path: Path, marker: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("data.npy", pickled(marker))
    path.write_bytes(content.getvalue())


def _many_images(path: Path, marker: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("data", (133_000_000, 1, 1), "u1", chunks=(1 << 20, 1, 1))
        file.create_dataset("label", (133_000_000,), "u1", chunks=(1 << 20,))


def _changed(source: Make, *edits: tuple[int, bytes]) -> Make:
    def make(path: Path, marker: Path) -> None:
        source(path, marker)
        content = bytearray(path.read_bytes())
        for place, value in edits:
            content[place : place + len(value)] = value
        path.write_bytes(content)

    return make


_CASES: dict[str, tuple[str, Make, tuple[str, ...]]] = {
    "pixels that are not numbers": ("data.h5", _data(_with(np.nan)), ("wrong-range",)),
    "infinite pixels": ("data.h5", _data(_with(np.inf)), ("wrong-range",)),
    "negative pixels": ("data.h5", _data(IMAGES.astype("i2") - 1), ("wrong-range",)),
    "pixels above 255": ("data.h5", _data(_with(1e30)), ("wrong-range",)),
    "images of two axes": ("data.h5", _data(IMAGES.reshape(-1, 12)[:2]), ("wrong-shape",)),
    "images of six axes": ("data.h5", _data(IMAGES.reshape(2, 3, 2, 2, 2, 2)), ("wrong-shape",)),
    "one number as images": ("data.h5", _data(np.float32(3)), ("wrong-shape",)),
    "images of 16,385 pixels": ("data.h5", _data(np.zeros((2, 1, 1, 16_385), "u1")), ("wrong-shape",)),
    "images without pixels": ("data.h5", _data(np.zeros((2, 3, 0, 4), "u1")), ("wrong-shape",)),
    "no images": ("data.h5", _data(np.zeros((0, 3, 4, 4), "u1"), np.zeros(0)), ("no-images",)),
    "labels that are not numbers": ("data.h5", _data(IMAGES, (0, np.nan)), ("wrong-labels",)),
    "broken labels": ("data.h5", _data(IMAGES, (0, 0.5)), ("wrong-labels",)),
    "negative labels": ("data.h5", _data(IMAGES, (0, -1)), ("wrong-labels",)),
    "labels above 2³¹": ("data.h5", _data(IMAGES, (0, 2.0**40)), ("wrong-labels",)),
    "labels as text": ("data.h5", _data(IMAGES, [b"a", b"b"]), ("wrong-dtype",)),
    "three labels for two images": ("data.h5", _data(IMAGES, (0, 1, 2)), ("different-lengths",)),
    "labels of three axes": ("data.h5", _data(IMAGES, np.zeros((2, 2, 2))), ("wrong-shape",)),
    "two ones in a row of labels": ("data.h5", _data(IMAGES, np.ones((2, 2))), ("wrong-labels",)),
    "133 million images of one pixel in 2 kB": ("data.h5", _many_images, ("claims-too-much",)),
    "4 GB of zeros in 4 MB": ("data.h5", _bomb, ("claims-too-much",)),
    "chunks that are not compressed": ("data.h5", _broken_chunk(b"\xff" * 48), ("damaged-file",)),
    "chunks that are too long": ("data.h5", _broken_chunk(b"x\x9c" + b"\x00" * 5_000), ("damaged-file",)),
    "a network as .h5": ("data.h5", _renamed("h5"), ("model-not-images",)),
    "a network as .keras": ("data.h5", _renamed("keras"), ("model-not-images",)),
    "a pickle": ("data.pkl", lambda path, marker: path.write_bytes(pickled(marker)), ("unsafe-type",)),
    "a pickle named .h5": ("data.h5", lambda path, marker: path.write_bytes(pickled(marker)), ("unsafe-type",)),
    "an archive of a pickle": ("data.npz", _npz, ("damaged-file",)),
    "a MATLAB file of zeros": ("data.mat", _mat, ("damaged-file",)),
    "a table": ("data.csv", constant(b"=cmd|' /C calc'!A0,1\n"), ("wrong-format",)),
    "Parquet": ("data.parquet", constant(b"PAR1" + bytes(32) + b"PAR1"), ("wrong-format",)),
    "text with control sequences": ("data.h5", constant(b"\x1b]0;evil\x07\x1b[2J" * 8), ("wrong-format",)),
    "half of a file": (
        "data.h5",
        lambda path, marker: (_data(IMAGES)(path, marker), path.write_bytes(path.read_bytes()[:900])),
        ("truncated-file", "damaged-file"),
    ),
    "an unknown version of HDF5": ("data.h5", _changed(_data(IMAGES), (8, b"\x09")), ("damaged-file",)),
    "addresses behind the end": ("data.h5", _changed(_data(IMAGES), (64, b"\xff" * 16)), ("damaged-file",)),
    "a root group of zeros": ("data.h5", _changed(_data(IMAGES), (96, bytes(64))), ("damaged-file",)),
}  # fmt: skip

DATA_CASES: list[Case] = [
    hostile(f"images: {name}", "data", file, make, *codes) for name, (file, make, codes) in _CASES.items()
]
