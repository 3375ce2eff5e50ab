"""MATLAB's files: version 5, and 7.3, which is HDF5 with its axes reversed."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from core.data.dataset import open_dataset
from core.errors import DatasetError
from tests.hostile.matlab import CHARACTERS, FUNCTION, OBJECT, OPAQUE, element, matrix, matrix_of_zeros, write_matlab

X = np.random.default_rng(9).integers(0, 256, (11, 6, 5, 3)).astype(np.uint8)
Y = np.arange(11) % 10 + 1
STORED = X.transpose(1, 2, 3, 0)  # as SVHN: H, W, C, N


def write_7_3(path: Path, **arrays: np.ndarray) -> Path:
    """Write as MATLAB does: a block of its own in front, and all axes reversed."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for key, values in arrays.items():
            file[key] = values.transpose()
            file[key].attrs["MATLAB_class"] = np.bytes_(values.dtype.name)
    with path.open("r+b") as opened:
        opened.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")
    return path


@pytest.mark.parametrize("level", [0, 9])
@pytest.mark.parametrize("labels", [Y[:, None].astype("u1"), Y[None].astype("f8")])
def test_version_5_is_read(level: int, labels: np.ndarray, tmp_path: Path) -> None:
    data = open_dataset(write_matlab(tmp_path / "a.mat", {"X": STORED, "y": labels}, level=level))
    assert np.array_equal(np.asarray(data.images), X)
    assert data.labels.tolist() == Y.tolist()
    assert "read as (H, W, C, N)" in data.notes[0]


@pytest.mark.parametrize("labels", [Y[:, None].astype("f8"), Y[None].astype("u1"), np.eye(11)[Y].T])
def test_version_7_3_is_read(labels: np.ndarray, tmp_path: Path) -> None:
    data = open_dataset(write_7_3(tmp_path / "a.mat", X=STORED, y=labels))
    assert np.array_equal(np.asarray(data.images), X)
    assert data.labels.tolist() == Y.tolist()
    assert "read as (H, W, C, N)" in data.notes[0]


def test_images_that_the_first_axis_counts_are_read(tmp_path: Path) -> None:
    for path in (
        write_matlab(tmp_path / "a.mat", {"X": X, "y": Y[None]}),
        write_7_3(tmp_path / "b.mat", X=X, y=Y[None]),
    ):
        data = open_dataset(path, input_shape=(6, 5, 3))
        assert np.array_equal(np.asarray(data.images), X)


def test_grey_images_are_read(tmp_path: Path) -> None:
    path = write_matlab(tmp_path / "a.mat", {"images": STORED[:, :, 0], "labels": Y[None]})
    assert np.array_equal(open_dataset(path).images[..., 0], X[..., 0])


def test_texts_and_structures_are_left_out(tmp_path: Path) -> None:
    text = matrix("note", np.arange(3, dtype="u2"), kind=CHARACTERS)
    data = open_dataset(write_matlab(tmp_path / "a.mat", {"X": STORED, "y": Y[None]}, text))
    assert data.image_count == 11


@pytest.mark.parametrize(("kind", "word"), [(OBJECT, "object"), (FUNCTION, "function"), (OPAQUE, "object")])
def test_objects_and_functions_are_refused(kind: int, word: str, tmp_path: Path) -> None:
    more = matrix("thing", np.zeros(3), kind=kind)
    with pytest.raises(DatasetError, match=f"'thing' in 'a.mat' is an? {word} of MATLAB") as caught:
        open_dataset(write_matlab(tmp_path / "a.mat", {"X": STORED, "y": Y[None]}, more))
    assert caught.value.code == "unsafe-type"


@pytest.mark.parametrize(
    ("elements", "code"),
    [
        ((matrix("X", STORED, shape=(6, 5, 3, 12)),), "damaged-file"),
        ((matrix("X", STORED, shape=(6, 5, 3, -11)),), "damaged-file"),
        ((element(14, b"\x06\x00\x00\x00"),), "damaged-file"),
        ((element(15, b"not compressed"),), "damaged-file"),
        ((element(99, b"12345678"),), "damaged-file"),
        ((matrix("X", STORED)[:-200],), "truncated-file"),
        ((matrix_of_zeros("X", (300, 300, 3, 1000)), matrix("y", np.zeros((1, 1000), "u1"))), "claims-too-much"),
    ],
)
def test_damage_is_told(elements: tuple[bytes, ...], code: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        open_dataset(write_matlab(tmp_path / "a.mat", {}, *elements))
    assert caught.value.code == code, str(caught.value)
    assert "a.mat" in str(caught.value)


def test_the_writer_is_right(tmp_path: Path) -> None:
    scipy: Any = pytest.importorskip("scipy.io", reason="SciPy is not needed otherwise")
    read = scipy.loadmat(write_matlab(tmp_path / "a.mat", {"X": STORED, "labels": Y[None]}))
    assert np.array_equal(read["X"], STORED)
    scipy.savemat(tmp_path / "b.mat", {"X": STORED, "y": Y[:, None]}, do_compression=True)
    assert np.array_equal(np.asarray(open_dataset(tmp_path / "b.mat").images), X)
