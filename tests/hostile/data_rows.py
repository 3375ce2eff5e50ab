"""Data as rows of bytes or numbers (IDX, CIFAR's binary files, tables of pixels, flat arrays) that are traps."""

import gzip
import io
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from PIL import Image

from tests.hostile.case import Case, Make, constant, hostile, ordinary
from tests.hostile.data_forms import npy, npz
from tests.hostile.packed_zeros import gzip_of_zeros
from tests.hostile.writing import write_data

_SMALL = np.arange(2 * 64, dtype=np.uint8).reshape(2, 64)


def _idx(*lengths: int, content: bytes = b"", kind: int = 8) -> bytes:
    """Return an IDX file that says what it likes."""
    header = bytes([0, 0, kind, len(lengths)])
    return header + b"".join(length.to_bytes(4, "big") for length in lengths) + content


def _with_labels(images: bytes, labels: bytes) -> Make:
    """Write MNIST's pair of files."""

    def make(path: Path, marker: Path) -> None:
        path.write_bytes(images)
        path.with_name(path.name.replace("images-idx3", "labels-idx1")).write_bytes(labels)

    return make


def _nested(content: bytes) -> bytes:
    for _ in range(20):
        content = gzip.compress(content)
    return content


def _pixels(*rows: str, header: str = "") -> bytes:
    names = header or ",".join(["label", *(f"pixel{index}" for index in range(64))])
    return "\n".join([names, *rows]).encode()


def _row(label: str = "1", *, last: str = "0") -> str:
    return ",".join([label, *["0"] * 63, last])


def _flat(path: Path, marker: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("data", (2**31, 2**24), "u1", chunks=(1, 2**20))
        file["label"] = np.zeros(2)


def _booleans(path: Path, marker: Path) -> None:
    """Write truth values that are neither."""
    with h5py.File(path, "w") as file:
        kind = h5py.h5t.enum_create(h5py.h5t.STD_I8LE)
        for name, value in ((b"FALSE", 0), (b"TRUE", 1), (b"MAYBE", 100)):
            kind.enum_insert(name, value)
        space = h5py.h5s.create_simple((2, 4, 4, 3))
        made = h5py.h5d.create(file.id, b"data", kind, space)
        made.write(h5py.h5s.ALL, h5py.h5s.ALL, np.full((2, 4, 4, 3), 100, "i1"), mtype=kind)
        file["label"] = np.zeros(2)


def _folders(path: Path, marker: Path) -> None:
    """Write one image, and folders without one whose names are traps."""
    for name in ("cat", "=cmd|' -C calc'!A0", "a\nb", "\u202egnp", "c" * 200):
        (path / name).mkdir(parents=True)
    Image.new("RGB", (4, 4)).save(path / "cat" / "0.png")


def _turned(path: Path, marker: Path) -> None:
    """Write an image whose EXIF data point nowhere, and one that asks for a rotation there is not."""
    for index, exif in enumerate(
        (b"Exif\0\0II*\0\xff\xff\xff\x7f", b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\xff\0\0\0")
    ):
        (path / str(index)).mkdir(parents=True)
        content = io.BytesIO()
        Image.new("RGB", (8, 4)).save(content, "JPEG", exif=exif)
        (path / str(index) / "a.jpg").write_bytes(content.getvalue())


_MNIST = "t10k-images-idx3-ubyte"
_LABELS = _idx(2, content=b"\0\1")

_CASES: dict[str, tuple[str, Make, tuple[str, ...]]] = {
    "IDX that claims 2⁹⁶ bytes": (
        _MNIST, _with_labels(_idx(2**32 - 1, 2**32 - 1, 2**32 - 1), _LABELS), ("truncated-file",),
    ),
    "IDX with more images than it has": (
        _MNIST, _with_labels(_idx(3, 8, 8, content=bytes(128)), _LABELS), ("truncated-file",),
    ),
    "IDX with fewer images than it has": (
        _MNIST, _with_labels(_idx(1, 8, 8, content=bytes(128)), _LABELS), ("foreign-bytes",),
    ),
    "IDX of 4 billion images without pixels": (
        _MNIST, _with_labels(_idx(2**32 - 1, 0, 0), _LABELS),
        ("claims-too-much", "wrong-shape", "different-lengths"),
    ),
    "IDX with more labels than images": (
        _MNIST, _with_labels(_idx(2, 8, 8, content=bytes(128)), _idx(3, content=bytes(3))), ("different-lengths",),
    ),
    "IDX whose labels are images": (
        _MNIST, _with_labels(_idx(2, 8, 8, content=bytes(128)), _idx(2, 8, 8, content=bytes(128))),
        ("wrong-shape", "wrong-labels"),
    ),
    "IDX whose labels are cut off": (
        _MNIST, _with_labels(_idx(2, 8, 8, content=bytes(128)), b"\0\0\x08"), ("damaged-file", "truncated-file"),
    ),
    "IDX of floats": (
        _MNIST, _with_labels(_idx(2, 8, 8, content=bytes(1024), kind=14), _LABELS),
        ("wrong-format", "damaged-file"),
    ),
    "gzip of 3 GB of zeros": (
        f"{_MNIST}.gz",
        lambda path, marker: path.write_bytes(gzip_of_zeros(_idx(3, 30_000, 32_000), 3_000_000_000)),
        ("file-too-large", "missing-key", "intake-memory", "claims-too-much"),
    ),
    "gzip in gzip in gzip": (
        f"{_MNIST}.gz", constant(_nested(_idx(2, 8, 8, content=bytes(128)))), ("wrong-format", "damaged-file"),
    ),
    "gzip with a second archive behind it": (
        f"{_MNIST}.gz", constant(gzip.compress(_idx(2, 8, 8, content=bytes(128))) * 2), ("foreign-bytes",),
    ),
    "half of a gzip archive": (
        f"{_MNIST}.gz",
        constant(gzip.compress(_idx(2, 64, 64, content=np.random.default_rng(0).bytes(8192)))[:4000]),
        ("truncated-file", "damaged-file"),
    ),
    "CIFAR's binary batch, cut off": (
        "data_batch_1.bin", constant(bytes(2 * 3073 - 5)), ("truncated-file",),
    ),
    "CIFAR's binary batch that is a program": (
        "data_batch_1.bin", constant(b"\x7fELF".ljust(5000, b"\0")), ("truncated-file", "wrong-format"),
    ),
    "a table with the pixel 10³⁰⁰": ("mnist.csv", constant(_pixels(_row(last="1e300"))), ("wrong-range",)),
    "a table with the pixel NaN": ("mnist.csv", constant(_pixels(_row(last="nan"))), ("wrong-range",)),
    "a table with the label NaN": ("mnist.csv", constant(_pixels(_row("nan"))), ("wrong-labels",)),
    "a table with the label −1": ("mnist.csv", constant(_pixels(_row("-1"))), ("wrong-labels",)),
    "a table with the label 10¹⁸": ("mnist.csv", constant(_pixels(_row("1e18"))), ("wrong-labels",)),
    "a table with a pixel of a million digits": (
        "mnist.csv", constant(_pixels(_row(last="9" * 1_000_000))), ("wrong-range", "damaged-file"),
    ),
    "a table of a million columns": (
        "mnist.csv", constant(_pixels("0" + ",0" * (10**6 + 7), header="label" + ",p" * (10**6 + 7))), ("wrong-shape",),
    ),
    "a table of a million columns in its header alone": (
        "mnist.csv", constant(_pixels(_row(), header="label" + ",p" * 10**6)), ("damaged-file",),
    ),
    "a table with zero bytes": ("mnist.csv", constant(_pixels(_row(last="\0"))), ("damaged-file", "wrong-format")),
    "a table with a formula as a pixel": (
        "mnist.csv", constant(_pixels(_row(last="=cmd|' /C calc'!A0"))), ("damaged-file",),
    ),
    "a table whose header breaks the line": (
        "mnist.csv", constant(_pixels(_row(), header="\x1b[2J\rlabels\u2028x" + ",\u202ep" * 64)), ("missing-key",),
    ),
    "a table with an open quotation mark": (
        "mnist.csv", constant(_pixels('"' + _row(), _row(), _row())), ("damaged-file",),
    ),
    "a table of texts of different lengths": (
        "fer.csv",
        constant(b"emotion,pixels\n1," + b"0 " * 64 + b"\n1," + b"0 " * 63 + b"\n"), ("damaged-file",),
    ),
    "flat rows of 2⁵⁵ bytes": ("data.h5", _flat, ("file-too-large", "claims-too-much")),
    "a flat row of 2³⁹ values": ("data.npz", constant(npz({
        "x.npy": npy("|u1", f"(1, {2**39})"), "y.npy": npy("|u1", "(1,)", b"\0"),
    })), ("truncated-file",)),
    "truth values of three kinds": ("data.h5", _booleans, ("wrong-dtype",)),
}  # fmt: skip


_ORDINARY: dict[str, tuple[str, Any]] = {
    "MNIST's files": (_MNIST, _with_labels(_idx(2, 8, 8, content=bytes(128)), _LABELS)),
    "CIFAR's binary batch": ("data_batch_1.bin", constant(bytes(2 * 3073))),
    "a table of pixels": ("mnist.csv", constant(_pixels(_row(), _row()))),
    "flat rows": ("data.h5", lambda path, marker: write_data(path, _SMALL, np.arange(2))),
    "truth values": ("data.h5", lambda path, marker: write_data(path, np.ones((2, 4, 4, 3), bool), np.arange(2))),
    "16 bits": ("data.h5", lambda path, marker: write_data(path, np.full((2, 4, 4, 3), 999, "u2"), np.arange(2))),
    "folders without images": ("pets", _folders),
    "images with broken EXIF data": ("pets", _turned),
}


def _ordinary(name: str, file: str, make: Make) -> Case:
    return ordinary(f"rows: {name}", "data", file, lambda path: make(path, path))


ROW_CASES: list[Case] = [
    *(hostile(f"rows: {name}", "data", file, make, *codes) for name, (file, make, codes) in _CASES.items()),
    *(_ordinary(name, file, make) for name, (file, make) in _ORDINARY.items()),
]
