"""Rows of pixels: MNIST's IDX files, CIFAR's binary batches, tables of pixels; and kinds of files that are not read."""

import gzip
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.data.dataset import open_dataset
from core.errors import DatasetError
from core.intake.data.choice import DataChoice
from tests.core.intake.data.test_image_files import code_of

RNG = np.random.default_rng(4)
LABELS = np.array([7, 2, 1, 0, 4, 1])
DIGITS = RNG.integers(0, 256, (6, 28, 28), dtype=np.uint8)
COLOURS = RNG.integers(0, 256, (6, 3, 32, 32), dtype=np.uint8)


def idx(values: np.ndarray) -> bytes:
    return (
        bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.astype("u1").tobytes()
    )


def write_idx(folder: Path, pack: Callable[[bytes], bytes] = bytes, ending: str = "", sign: str = "-") -> Path:
    images = folder / f"t10k-images{sign}idx3-ubyte{ending}"
    images.write_bytes(pack(idx(DIGITS)))
    (folder / f"t10k-labels{sign}idx1-ubyte{ending}").write_bytes(pack(idx(LABELS)))
    return images


@pytest.mark.parametrize(("pack", "ending", "sign"), [(bytes, "", "-"), (gzip.compress, ".gz", "-"), (bytes, "", ".")])
def test_mnist_opens_with_the_labels_beside_it(
    pack: Callable[[bytes], bytes], ending: str, sign: str, tmp_path: Path
) -> None:
    data = open_dataset(write_idx(tmp_path, pack, ending, sign))
    assert np.array_equal(data.images[..., 0], DIGITS)
    assert data.labels.tolist() == LABELS.tolist()


def test_labels_of_mnist_may_be_named(tmp_path: Path) -> None:
    images = write_idx(tmp_path).rename(tmp_path / "digits")
    (tmp_path / "t10k-labels-idx1-ubyte").rename(tmp_path / "classes")
    with pytest.raises(DatasetError, match=r"without labels: put the labels beside it .* --label-key"):
        open_dataset(images)
    assert open_dataset(images, choice=DataChoice(label_key="classes")).labels.tolist() == LABELS.tolist()
    assert open_dataset(images, has_labels=False).images.shape == (6, 28, 28, 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (idx(DIGITS)[:-1], "truncated-file"),
        (idx(DIGITS) + b"more", "foreign-bytes"),
        (gzip.compress(idx(DIGITS))[:-9], "truncated-file"),
        (gzip.compress(idx(DIGITS)) + b"more", "foreign-bytes"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "truncated-file"),
        (idx(LABELS), "missing-key"),
    ],
)
def test_damaged_idx_files_are_refused(content: bytes, code: str, tmp_path: Path) -> None:
    images = write_idx(tmp_path)
    images.with_name("t10k-labels-idx1-ubyte").unlink()
    images.write_bytes(content)
    assert code_of(lambda: open_dataset(images)) == code


def test_cifars_binary_batches_open(tmp_path: Path) -> None:
    rows = [bytes([label]) + pixels.tobytes() for label, pixels in zip(LABELS, COLOURS, strict=True)]
    (tmp_path / "test_batch.bin").write_bytes(b"".join(rows))
    data = open_dataset(tmp_path / "test_batch.bin")
    assert np.array_equal(data.images, COLOURS.transpose(0, 2, 3, 1))
    assert data.labels.tolist() == LABELS.tolist()
    (tmp_path / "test.bin").write_bytes(b"".join(b"\x09" + row for row in rows))  # CIFAR-100: the coarse label first
    assert open_dataset(tmp_path / "test.bin").labels.tolist() == LABELS.tolist()


def written(path: Path, rows: list[list[Any]], header: list[str] | None = None, delimiter: str = ",") -> Path:
    lines = [delimiter.join(map(str, row)) for row in ([header] if header else []) + rows]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_tables_of_pixels_open(tmp_path: Path) -> None:
    names = [f"pixel{index}" for index in range(784)]
    rows = [[int(label), *pixels.reshape(-1)] for label, pixels in zip(LABELS, DIGITS, strict=True)]
    last = [[*row[1:], row[0]] for row in rows]
    numbered = [[index, *row] for index, row in enumerate(last)]
    for path in (
        written(tmp_path / "header.csv", rows, ["label", *names]),
        written(tmp_path / "plain.csv", rows),
        written(tmp_path / "last.csv", last, [*names, "class"], ";"),
        written(tmp_path / "numbered.csv", numbered, ["id", *names, "label"]),
    ):
        data = open_dataset(path)
        assert np.array_equal(data.images[..., 0], DIGITS), path.name
        assert data.labels.tolist() == LABELS.tolist(), path.name


@pytest.mark.parametrize("is_last", [True, False])
def test_colours_in_a_table_are_taken_in_the_order_in_which_they_are_smooth(is_last: bool, tmp_path: Path) -> None:
    ramp = np.linspace(0, 120, 16)
    images = (ramp[None, :, None, None] + ramp[None, None, :, None] * [[[[0.2, 0.9, -0.9]]]] + 120).astype(np.uint8)
    images = np.concatenate([images, images[:, ::-1]])
    flat = (images if is_last else images.transpose(0, 3, 1, 2)).reshape(2, -1)
    names = [f"pixel{index:04d}" for index in range(768)]
    data = open_dataset(written(tmp_path / "skin.csv", [[*row, 3] for row in flat], [*names, "label"]))
    assert np.array_equal(data.images, images)


def test_a_column_of_pixels_opens_with_the_part_that_is_wanted(tmp_path: Path) -> None:
    usages = ["Training", "Training", "PublicTest", "PublicTest", "PrivateTest", "PrivateTest"]
    rows = [
        [int(label), " ".join(map(str, pixels.reshape(-1))), usage]
        for label, pixels, usage in zip(LABELS, DIGITS, usages, strict=True)
    ]
    path = written(tmp_path / "fer2013.csv", rows, ["emotion", "pixels", "Usage"])
    assert np.array_equal(open_dataset(path, choice=DataChoice(part="test")).images[..., 0], DIGITS[4:])
    validation = open_dataset(path, choice=DataChoice(part="validation"))
    assert validation.labels.tolist() == LABELS[2:4].tolist()
    choice = DataChoice(data_key="train_images", label_key="train_labels")
    assert np.array_equal(open_dataset(path, choice=choice).images[..., 0], DIGITS[:2])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (",".join(f"p{index}" for index in range(785)) + "\n" + ",".join(["1"] * 785), "none of them named as a label"),
        ("label," + ",".join(["p"] * 100) + "\n1," + ",".join(["5"] * 99) + ",x", "not 101 numbers"),
        ("label," + ",".join(["p"] * 100) + "\n" + ",".join(["5"] * 100), "another length than its first one, 101"),
        ("label," + ",".join(["p"] * 99) + "\n" + ",".join(["5"] * 100), "no square image"),
        ("pixels,usage\n" + " ".join(["5"] * 100) + ",x", "none of labels"),
    ],
)
def test_other_tables_of_numbers_are_refused(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(text)
    with pytest.raises(DatasetError, match=words):
        open_dataset(tmp_path / "table.csv")


OTHERS = {
    "set.parquet": (b"PAR1" + bytes(60), "a Parquet table: save images and labels as arrays"),
    "set.rar": (b"Rar!\x1a\x07\0" + bytes(60), "a RAR archive: unpack it"),
    "set.tar.gz": (gzip.compress(b"x" * 600), "a gzip archive: unpack it"),
    "film.mp4": (b"\0\0\0\x18ftypmp42" + bytes(60), "a video"),
    "train-00000-of-00010": (struct.pack("<Q", 40) + b"abcd\n\x26" + bytes(60), "a TFRecord file"),
    "record": (struct.pack("<Q", 40) + b"abcd\n\x26" + bytes(60), "a TFRecord file"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_kinds_of_files_are_named(name: str, tmp_path: Path) -> None:
    content, words = OTHERS[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DatasetError, match=words) as caught:
        open_dataset(tmp_path / name)
    assert caught.value.code == "wrong-format"


@pytest.mark.parametrize(
    ("member", "words"), [("archive/data.pkl", "PyTorch"), ("xl/a.xml", "Excel"), ("a.png", "zip")]
)
def test_archives_are_named_by_what_is_in_them(member: str, words: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "set", "w") as archive:
        archive.writestr(member, b"content")
    with pytest.raises(DatasetError, match=words):
        open_dataset(tmp_path / "set")


TABLES = {
    "other names": ("id,breed\n{}.png,dog\n{}.png,cat\n", [1, 0]),
    "a column for each class": ("image,dog,cat\n{},1,0\n{},0.0,1.0\n", [0, 1]),
    "floats": ("image,label\n{},10.0\n{},2.0\n", [10, 2]),
    "spaces": ("{}.png 3\n{}.png 1\n", [3, 1]),
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("suffix", [".csv", ".txt"])
def test_tables_of_names_open_as_people_write_them(name: str, suffix: str, tmp_path: Path) -> None:
    text, labels = TABLES[name]
    for index in range(2):
        Image.fromarray(COLOURS[index].transpose(1, 2, 0)).save(tmp_path / f"{index}.png")
    (tmp_path / f"table{suffix}").write_text(text.format(0, 1))
    data = open_dataset(tmp_path / f"table{suffix}")
    assert data.labels.tolist() == labels
    assert np.array_equal(data.images, COLOURS[:2].transpose(0, 2, 3, 1))


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "utf-8-sig"])
def test_tables_in_other_encodings_open(encoding: str, tmp_path: Path) -> None:
    Image.fromarray(DIGITS[0]).save(tmp_path / "0.png")
    Image.fromarray(DIGITS[1]).save(tmp_path / "1.png")
    (tmp_path / "table.csv").write_bytes("image,label\n0.png,käfer\n1.png,ameise\n".encode(encoding))
    data = open_dataset(tmp_path / "table.csv")
    assert (data.labels.tolist(), "käfer 1" in data.notes[0]) == ([1, 0], True)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.array(["cat", "dog"] * 3), "are no numbers: save them"),
        (np.array([-1, 1] * 3), "at least 0, got -1 in row 0"),
    ],
)
def test_labels_that_cannot_be_read_are_told(labels: np.ndarray, words: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "set.npz", x=DIGITS, y=labels)
    with pytest.raises(DatasetError, match=words) as caught:
        open_dataset(tmp_path / "set.npz")
    assert caught.value.code == "wrong-labels"
