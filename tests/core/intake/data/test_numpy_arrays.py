"""NumPy's files: pairs of `.npy`, and `.npz`."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data.dataset import open_dataset
from core.errors import DatasetError
from core.intake.data.choice import DataChoice
from core.intake.data.numpy_arrays import parse_header
from core.intake.refusal import Refusal

X = np.random.default_rng(6).integers(0, 256, (9, 6, 5, 3)).astype(np.uint8)
Y = np.arange(9) % 4


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_archive_is_read(save: Any, order: Any, tmp_path: Path) -> None:
    save(tmp_path / "a.npz", x_test=np.asarray(X, order=order), y_test=Y, names=np.array(["a", "bcd"]))
    data = open_dataset(tmp_path / "a.npz")
    assert np.array_equal(data.images, X)
    assert data.labels.tolist() == Y.tolist()
    assert data.keys == ("x_test", "y_test")


def test_images_that_the_last_axis_counts_are_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=X.transpose(1, 2, 3, 0), y=Y)
    assert np.array_equal(open_dataset(tmp_path / "a.npz").images, X)


def test_blocks_join_without_a_seam(tmp_path: Path) -> None:
    large = np.random.default_rng(0).integers(0, 256, (700, 64, 64, 8)).astype(np.uint8)
    np.savez_compressed(tmp_path / "a.npz", x=large, y=np.arange(700))
    data = open_dataset(tmp_path / "a.npz", input_shape=(64, 64, 8))
    assert np.array_equal(np.asarray(data.images), large)


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("x.npy", "y.npy"),
        ("X_test.npy", "y_test.npy"),
        ("x-test.npy", "Y-test.npy"),
        ("train_images.npy", "train_labels.npy"),
        ("data.npy", "label.npy"),
        ("xtest.npy", "ytest.npy"),
        ("my_data_x.npy", "my_data_y.npy"),
    ],
)
def test_labels_beside_images_are_found_by_their_name(images: str, labels: str, tmp_path: Path) -> None:
    np.save(tmp_path / images, X)
    np.save(tmp_path / labels, Y)
    data = open_dataset(tmp_path / images)
    assert (data.name, data.labels.tolist()) == (images, Y.tolist())
    assert np.array_equal(data.images, X)


def test_labels_are_named_or_asked_for(tmp_path: Path) -> None:
    np.save(tmp_path / "faces.npy", X)
    np.save(tmp_path / "people.npy", np.eye(4)[Y])
    with pytest.raises(DatasetError, match="--label-key") as caught:
        open_dataset(tmp_path / "faces.npy")
    assert caught.value.code == "missing-key"
    data = open_dataset(tmp_path / "faces.npy", choice=DataChoice(label_key="people.npy"))
    assert data.labels.tolist() == Y.tolist()
    with pytest.raises(DatasetError, match=r"no file 'nobody\.npy'"):
        open_dataset(tmp_path / "faces.npy", choice=DataChoice(label_key="nobody.npy"))
    assert np.array_equal(open_dataset(tmp_path / "faces.npy", has_labels=False).images, X)


def test_a_change_of_the_labels_is_noticed(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    before = open_dataset(tmp_path / "x.npy")
    np.save(tmp_path / "y.npy", Y[::-1])
    after = open_dataset(tmp_path / "x.npy")
    assert before.sha256 != after.sha256
    assert after.labels.tolist() == Y[::-1].tolist()


def header(text: str, version: bytes = b"\x01\x00") -> bytes:
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text.encode("latin-1")


@pytest.mark.parametrize(
    ("start", "code"),
    [
        (header("{'descr': '<u1', 'fortran_order': False, 'shape': (2,"), "damaged-file"),
        (header("{'descr': '<u1', 'fortran_order': 1, 'shape': (2,)}"), "unsafe-type"),
        (header("{'descr': '|O', 'fortran_order': False, 'shape': (2,)}"), "unsafe-type"),
        (header("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (2,)}"), "unsafe-type"),
        (header("{'descr': '<u1', 'fortran_order': False, 'shape': (-2,)}"), "damaged-file"),
        (header("{'descr': '<u1', 'fortran_order': False, 'shape': (True,)}"), "damaged-file"),
        (header("__import__('os').abort()"), "damaged-file"),
        (header("[" * 5_000), "damaged-file"),
        (header("{'descr': '<u1'}"), "damaged-file"),
        (header("", b"\x09\x00"), "damaged-file"),
        (b"\x93NUMPY", "damaged-file"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff", "damaged-file"),
    ],
)
def test_a_broken_header_is_refused(start: bytes, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse_header(start, what="x", name="a.npz")
    assert caught.value.code == code
    assert "'x' in 'a.npz'" in str(caught.value)


def test_a_header_of_numpy_is_parsed(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((3, 4), ">f4", order="F"))
    found = parse_header((tmp_path / "a.npy").read_bytes(), what="a", name="a")
    assert (found.shape, found.dtype, found.is_fortran, found.size_bytes) == ((3, 4), np.dtype(">f4"), True, 48)


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda content: content[:-5], "truncated-file"),
        (lambda content: content + b"more", "foreign-bytes"),
    ],
)
def test_a_file_of_another_length_is_refused(edit: Any, code: str, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    (tmp_path / "x.npy").write_bytes(edit((tmp_path / "x.npy").read_bytes()))
    with pytest.raises(DatasetError) as caught:
        open_dataset(tmp_path / "x.npy")
    assert caught.value.code == code


def test_an_entry_twice_is_refused(tmp_path: Path) -> None:
    content = io.BytesIO()
    np.save(content, X)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", content.getvalue())
        archive.NameToInfo.clear()
        archive.writestr("x.npy", content.getvalue())
    with pytest.raises(DatasetError) as caught:
        open_dataset(tmp_path / "a.npz")
    assert caught.value.code == "unsafe-archive"
