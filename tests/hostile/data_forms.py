"""Data in other forms than HDF5 whose content is a trap, and ordinary ones beside them."""

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.hostile.case import Case, Make, Payload, constant, hostile, ordinary, pickled
from tests.hostile.data import IMAGES
from tests.hostile.images import png
from tests.hostile.matlab import FUNCTION, element, matrix, matrix_of_zeros, write_matlab
from tests.hostile.packed_zeros import write_zeros

_LABELS = np.arange(2)
_ROWS = np.zeros((4, 3072), np.uint8)


def npy(descr: str, shape: str, content: bytes = b"", *, version: int = 1, is_fortran: bool = False) -> bytes:
    """Return a `.npy` file that says what it likes."""
    text = f"{{'descr': {descr!r}, 'fortran_order': {is_fortran}, 'shape': {shape}}}"
    return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(2, "little") + text.encode() + content


def _saved(values: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.save(content, values)
    return content.getvalue()


def npz(entries: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """Return an archive of entries."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, value in entries.items():
            archive.writestr(name, value)
    return content.getvalue()


def _zeros(path: Path, marker: Path) -> None:
    """Write an archive of 2 GB of zeros in 2 MB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        write_zeros(archive, "x.npy", npy("|u1", "(2000, 1000, 1000)"), 2_000_000_000)
        archive.writestr("y.npy", _saved(np.zeros(2000)))


def _objects(path: Path, marker: Path) -> None:
    array = np.array([Payload(marker), 1], dtype=object)
    content = io.BytesIO()
    np.save(content, array, allow_pickle=True)
    path.write_bytes(npz({"x.npy": content.getvalue(), "y.npy": _saved(_LABELS)}))


def _batch(**values: Any) -> Make:
    return lambda path, marker: path.write_bytes(pickle.dumps({**values}, 2))


def _batch_with_payload(path: Path, marker: Path) -> None:
    path.write_bytes(pickle.dumps({"data": _ROWS, "labels": [0, 1, 2, 3], "more": Payload(marker)}, 2))


def _called_twice(path: Path, marker: Path) -> None:
    """Write a pickle that calls numpy's names as if they were others: state of a wrong form, arguments of all kinds."""
    body = b"(dX\x04\x00\x00\x00data" + b"cnumpy\nndarray\n(K\x01K\x02tR}X\x01\x00\x00\x00aK\x01sb" + b"s."
    path.write_bytes(b"\x80\x02" + body)


def _mat(*elements: bytes, **arrays: Any) -> Make:
    return lambda path, marker: write_matlab(path, arrays, *elements)


def _mat_bomb(path: Path, marker: Path) -> None:
    write_matlab(path, {}, matrix_of_zeros("X", (30_000, 30_000)))


def _folder(write: Callable[[Path], None]) -> Make:
    def make(path: Path, marker: Path) -> None:
        for name in ("cat", "dog"):
            (path / name).mkdir(parents=True)
            Image.fromarray(IMAGES.reshape(2, 4, 4, 3)[0]).save(path / name / "0.png")
        write(path)

    return make


def _in_folder(name: str, content: bytes) -> Make:
    return _folder(lambda path: path.joinpath(name).write_bytes(content))


def _link(path: Path) -> None:
    (path / "dog" / "passwd.png").symlink_to("/etc/passwd")


def _pipe(path: Path) -> None:
    os.mkfifo(path / "dog" / "pipe.png")


def _table(text: str) -> Make:
    def make(path: Path, marker: Path) -> None:
        Image.fromarray(IMAGES.reshape(2, 4, 4, 3)[0]).save(path.parent / "0.png")
        path.write_text(text)

    return make


_CASES: dict[str, tuple[str, Make, tuple[str, ...]]] = {
    "objects in an archive": ("data.npz", _objects, ("unsafe-type",)),
    "an archive of 2 GB of zeros": ("data.npz", _zeros, ("claims-too-much",)),
    "an archive with a shorter array": (
        "data.npz",
        constant(npz({"x.npy": npy("|u1", "(2, 4, 4, 3)", bytes(9)), "y.npy": _saved(_LABELS)})),
        ("truncated-file",),
    ),
    "an archive with a path": (
        "data.npz", constant(npz({"../../x.npy": _saved(IMAGES), "a": b""})), ("unsafe-archive",),
    ),
    "an archive with code": (
        "data.npz", constant(npz({"x.npy": _saved(IMAGES), "run.py": b"exit()"})), ("unsafe-archive",),
    ),
    "an archive in LZMA": (
        "data.npz", constant(npz({"x.npy": _saved(IMAGES)}, zipfile.ZIP_LZMA)), ("unsafe-archive",),
    ),
    "half of an archive": (
        "data.npz", constant(npz({"x.npy": _saved(IMAGES), "y.npy": _saved(_LABELS)})[:300]), ("truncated-file",),
    ),
    "an array of 2⁶² values": ("x.npy", constant(npy("|u1", f"({2**31}, {2**31})")), ("truncated-file",)),
    "an array of objects": ("x.npy", constant(npy("|O", "(2,)", b"\x80\x04.")), ("unsafe-type",)),
    "a header that is a program": (
        "x.npy", constant(b"\x93NUMPY\x01\x00\x30\x00" + b"__import__('os').abort()".ljust(48)), ("damaged-file",),
    ),
    "a header of brackets": ("x.npy", constant(b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 65_535), ("damaged-file",)),
    "a number of a million digits": ("x.npy", constant(npy("|u1", f"({'9' * 60_000},)")), ("damaged-file",)),
    "a batch with code": ("data_batch_1", _batch_with_payload, ("unsafe-type",)),
    "a batch of another's objects": (
        "data_batch_1", constant(b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n."), ("unsafe-type",),
    ),
    "a batch that is a list of itself": ("data_batch_1", constant(b"\x80\x02]q\x00h\x00a."), ("wrong-format",)),
    "a batch of calls": ("data_batch_1", _called_twice, ("wrong-format", "damaged-file")),
    "a batch that is nested": (
        "data_batch_1", constant(b"\x80\x02" + b"]" * 200_000 + b"a" * 199_999 + b"."), ("wrong-format",),
    ),
    "a batch of 2 GB": ("data_batch_1", constant(b"\x80\x04B\xff\xff\xff\x7f"), ("truncated-file", "damaged-file")),
    "a batch with a distant memo": (
        "data_batch_1", constant(b"\x80\x02K\x01r\xff\xff\xff\xff."), ("damaged-file", "intake-memory", "wrong-format"),
    ),
    "a batch of texts": ("data_batch_1", _batch(data="x" * 100, labels=["a", "b"]), ("wrong-format",)),
    "a batch with too few labels": ("data_batch_1", _batch(data=_ROWS, labels=[1]), ("missing-key",)),
    "a batch with the number 2¹⁰⁰": ("data_batch_1", _batch(data=_ROWS, labels=[2**100, 0, 0, 0]), ("missing-key",)),
    "MATLAB, a function": (
        "data.mat", _mat(matrix("f", np.zeros((1, 1)), kind=FUNCTION), X=IMAGES, y=_LABELS), ("unsafe-type",),
    ),
    "MATLAB, 900 MB of zeros": ("data.mat", _mat_bomb, ("claims-too-much",)),
    "MATLAB, a shape that does not fit": (
        "data.mat", _mat(matrix("X", IMAGES, shape=(2, 3, 4, 4_000))), ("damaged-file",),
    ),
    "MATLAB, cut off": ("data.mat", _mat(matrix("X", IMAGES)[:60]), ("truncated-file",)),
    "MATLAB, text as zlib": ("data.mat", _mat(element(15, b"x" * 64)), ("damaged-file",)),
    "a folder with a link": ("pets", _folder(_link), ("unsafe-link",)),
    "a folder with a pipe": ("pets", _folder(_pipe), ("not-a-file", "empty-file")),
    "a folder with an empty image": ("pets", _in_folder("dog/1.png", b""), ("empty-file",)),
    "a folder with a bomb": (
        "pets", _in_folder("dog/1.png", png(60_000, 60_000, pixels=b"x")), ("picture-too-large",),
    ),
    "a folder with text as an image": ("pets", _in_folder("dog/1.png", b"hello"), ("wrong-format",)),
    "a folder with half an image": (
        "pets", _in_folder("dog/1.png", png(4, 4, pixels=b"x")[:40]), ("damaged-file", "truncated-file"),
    ),
    "a folder with a pickle as an image": ("pets", _in_folder("dog/1.jpg", pickled(Path("none"))), ("wrong-format",)),
    "a table that climbs": ("labels.csv", _table("name,label\n../../../etc/passwd,0\n"), ("missing-file",)),
    "a table with a formula": ("labels.csv", _table("name,label\n=cmd|' /C calc'!A0,1\n"), ("missing-file",)),
    "a table of one long line": (
        "labels.csv", _table("name,label\n" + "a" * 200_000 + ",1\n"), ("damaged-file", "missing-file"),
    ),
    "a table with zeros": ("labels.csv", _table("name,label\n\x00,\x00\n"), ("wrong-format",)),
}  # fmt: skip


def _plain_npz(path: Path) -> None:
    np.savez_compressed(path, images=IMAGES, labels=_LABELS)


def _plain_folder(path: Path) -> None:
    _folder(lambda made: None)(path, path)


_ORDINARY: dict[str, tuple[str, Callable[[Path], object]]] = {
    "an archive of arrays": ("data.npz", _plain_npz),
    "a batch": ("test_batch", lambda path: _batch(data=_ROWS, labels=[0, 1, 2, 3])(path, path)),
    "a batch of features": ("test.p", lambda path: _batch(features=IMAGES, labels=_LABELS)(path, path)),
    "MATLAB": ("data.mat", lambda path: write_matlab(path, {"X": IMAGES.transpose(2, 3, 1, 0), "y": _LABELS[:, None]})),
    "a folder": ("pets", _plain_folder),
    "a table of one image": ("labels.csv", lambda path: _table("name,label\n0.png,3\n")(path, path)),
}

FORM_CASES: list[Case] = [
    *(hostile(f"images: {name}", "data", file, make, *codes) for name, (file, make, codes) in _CASES.items()),
    *(ordinary(f"images: {name}", "data", file, make) for name, (file, make) in _ORDINARY.items()),
]
