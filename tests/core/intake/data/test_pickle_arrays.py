"""Pickled batches as CIFAR's, of Python 2 and 3; any other pickle is refused."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data.dataset import open_dataset
from core.errors import DatasetError
from core.intake.data.choice import DataChoice

ROWS = np.random.default_rng(8).integers(0, 256, (6, 3072)).astype(np.uint8)
IMAGES = ROWS.reshape(6, 3, 32, 32).transpose(0, 2, 3, 1)
LABELS = [3, 0, 9, 1, 3, 7]
# How numpy was called by Python 2 and by numpy 1; the pickle only has its name.
OLD_NAMES = ((b"cnumpy._core.", b"cnumpy.core."),)


def of_python_2(values: np.ndarray, labels: list[int]) -> bytes:
    """Return the pickle that CIFAR-10 consists of: protocol 2, texts as Python 2's bytes."""

    def text(value: bytes) -> bytes:
        return (b"U" + bytes([len(value)]) if len(value) < 256 else b"T" + len(value).to_bytes(4, "little")) + value

    shape = b"".join(b"J" + length.to_bytes(4, "little") for length in values.shape)
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + text(b"b") + b"\x87R(K\x01"
        b"(" + shape + b"tcnumpy\ndtype\n" + text(b"u1") + b"K\x00K\x01\x87R(K\x03" + text(b"|") + b"NNN"
        b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89" + text(values.tobytes()) + b"tb"
    )
    numbers = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    return b"\x80\x02}(" + text(b"batch_label") + text(b"testing batch") + text(b"labels") + numbers + (
        text(b"data") + array + b"u."
    )  # fmt: skip


def test_the_pickle_of_python_2_is_one() -> None:
    loaded = pickle.loads(of_python_2(ROWS, LABELS), encoding="bytes")
    assert np.array_equal(loaded[b"data"], ROWS)
    assert loaded[b"labels"] == LABELS


def test_cifar_10_is_read(tmp_path: Path) -> None:
    path = tmp_path / "test_batch"
    path.write_bytes(of_python_2(ROWS, LABELS))
    data = open_dataset(path)
    assert np.array_equal(data.images, IMAGES)
    assert data.labels.tolist() == LABELS


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("names", ["new", "old"])
def test_pickles_of_python_3_are_read(protocol: int, names: str, tmp_path: Path) -> None:
    batch = {b"filenames": [b"a.png"] * 6, b"data": ROWS, b"fine_labels": LABELS, b"coarse_labels": [0] * 6}
    content = pickle.dumps(batch, protocol)
    if names == "old" and protocol < 4:
        content = content.replace(b"cnumpy._core.", b"cnumpy.core.")
    (tmp_path / "test").write_bytes(content)
    data = open_dataset(tmp_path / "test")
    assert np.array_equal(data.images, IMAGES)
    assert data.labels.tolist() == LABELS
    coarse = open_dataset(tmp_path / "test", choice=DataChoice(label_key="coarse_labels"))
    assert coarse.labels.tolist() == [0] * 6


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["u1", "f4", ">f8", "i2"])
def test_arrays_of_any_type_are_read(order: Any, dtype: str, tmp_path: Path) -> None:
    images = np.asarray(IMAGES[:, :7, :5].astype(dtype), order=order)
    content = {"features": images, "labels": np.array(LABELS, "u1"), "sizes": np.ones((6, 2)), "coords": ROWS[:, :4]}
    (tmp_path / "test.p").write_bytes(pickle.dumps(content))
    data = open_dataset(tmp_path / "test.p")
    assert np.array_equal(data.images, IMAGES[:, :7, :5])
    assert data.keys == ("features", "labels")


class Evil:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (f"open({str(self.marker)!r}, 'w').close()",)


@pytest.mark.parametrize("protocol", range(6))
def test_any_other_name_is_refused_and_nothing_is_executed(protocol: int, tmp_path: Path) -> None:
    marker = tmp_path / "executed"
    path = tmp_path / "batch"
    path.write_bytes(pickle.dumps({"data": ROWS, "labels": LABELS, "more": Evil(marker)}, protocol))
    with pytest.raises(DatasetError) as caught:
        open_dataset(path)
    assert caught.value.code in ("unsafe-type", "wrong-format")
    assert not marker.exists()
    if protocol >= 2:
        assert "asks for 'builtins.exec'" in str(caught.value) or "__builtin__.exec" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x80\x04.", "damaged-file"),
        (b"\x80\x02}q\x01(U\x04data", "truncated-file"),
        (of_python_2(ROWS, LABELS)[:-700], "truncated-file"),
        (pickle.dumps({"a": 1}), "wrong-format"),
        (pickle.dumps(np.array([{}], object)), "wrong-format"),
        (b"\x80\x02cos\nsystem\n.", "unsafe-type"),
        (b"\x80\x02U\x01aQ.", "external-data"),
        (b"\x80\x02\x82\x01.", "damaged-file"),
        (b"\x80\x02" + b"r\xff\xff\xff\x7f" * 3 + b".", "damaged-file"),
        (b"\x80\x02" + b"(" * 100_000 + b"t" * 100_000 + b".", "wrong-format"),
    ],
)
def test_other_pickles_are_refused(content: bytes, code: str, tmp_path: Path) -> None:
    (tmp_path / "batch").write_bytes(content)
    with pytest.raises(DatasetError) as caught:
        open_dataset(tmp_path / "batch")
    assert caught.value.code == code, str(caught.value)
    assert "pickle" in str(caught.value)


def test_an_array_that_does_not_fit_its_bytes_is_left_out(tmp_path: Path) -> None:
    content = pickle.dumps({"data": ROWS, "labels": LABELS}, 3)
    wrong = content.replace(b"M\x00\x0c", b"M\x01\x0c", 1)  # 3073 values in a row
    assert wrong != content
    (tmp_path / "batch").write_bytes(wrong)
    with pytest.raises(DatasetError) as caught:
        open_dataset(tmp_path / "batch")
    assert caught.value.code == "missing-key"
