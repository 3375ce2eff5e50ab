"""Images and labels: conversions, and every kind of invalid data."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest

from core.intake.limits import Limits

Reader = Callable[..., dict[str, Any]]
Refuser = Callable[..., tuple[str, str]]


def images(dtype: str, shape: tuple[int, ...] = (4, 3, 5, 6), most: float = 255) -> np.ndarray:
    values = np.linspace(0, most, int(np.prod(shape))).reshape(shape)
    return values.astype(dtype)


@pytest.mark.parametrize(
    ("dtype", "stored"),
    [
        *((dtype, "float32") for dtype in ("f8", "f4", "f2", ">f8", ">f4")),
        *((dtype, "uint8") for dtype in ("u1", "i2", "u2", "i4", "u4", "i8", "u8", ">i2", ">u4")),
    ],
)
def test_any_numeric_dtype_is_read(
    dtype: str, stored: str, tmp_path: Path, files: SimpleNamespace, read: Reader
) -> None:
    data = images(dtype)
    answer = read("data", files.data(tmp_path / "data.h5", data, np.arange(4.0)))
    assert answer["images"] == {"file": "images.npy", "shape": [4, 3, 5, 6], "dtype": stored}
    got = np.load(answer["folder"] / "images.npy", allow_pickle=False)
    assert np.array_equal(got, data.astype(stored))
    assert (answer["pixel_minimum"], answer["pixel_maximum"]) == (0, 255)


@pytest.mark.parametrize("chunks", [None, (3, 1, 5, 6), (1, 3, 1, 1), (50, 1, 1, 1)])
def test_blocks_join_without_a_seam(
    chunks: Any, tmp_path: Path, files: SimpleNamespace, read: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.intake.readers.scratch._BLOCK_BYTES", 2000)
    monkeypatch.setattr("core.intake.readers.scratch._ALIGNED_BYTES", 10_000)
    data = images("f8", (50, 3, 5, 6))
    answer = read("data", files.data(tmp_path / "data.h5", data, np.arange(50), chunks=chunks))
    assert np.array_equal(np.load(answer["folder"] / "images.npy"), data.astype("f4"))


@pytest.mark.parametrize("dtype", ["f8", "f4", "u1", "u2", "i8"])
@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_labels_of_any_numeric_dtype_become_whole_numbers(
    dtype: str, shape: tuple[int, ...], tmp_path: Path, files: SimpleNamespace, read: Reader
) -> None:
    labels = np.array([3, 0, 200, 7], dtype).reshape(shape)
    answer = read("data", files.data(tmp_path / "data.h5", images("u1"), labels))
    assert np.load(answer["folder"] / "labels.npy").tolist() == [3, 0, 200, 7]


def test_one_hot_labels_become_indices(
    tmp_path: Path, files: SimpleNamespace, read: Reader, refusal_of: Refuser
) -> None:
    labels = np.eye(5)[[3, 0, 4, 1]]
    answer = read("data", files.data(tmp_path / "data.h5", images("u1"), labels))
    assert np.load(answer["folder"] / "labels.npy").tolist() == [3, 0, 4, 1]
    labels[2] = 0.2
    code, sentence = refusal_of("data", files.data(tmp_path / "soft.h5", images("u1"), labels))
    assert code == "wrong-labels"
    assert "exactly one 1" in sentence


@pytest.mark.parametrize(
    ("labels", "code", "words"),
    [
        ([0, 1.5, 2, 3], "wrong-labels", "got 1.5 in row 1"),
        ([0, 1, 2, -1], "wrong-labels", "got -1 in row 3"),
        ([0, 1, np.nan, 3], "wrong-labels", "not finite"),
        ([0, 1, 1e18, 3], "wrong-labels", "1e+18"),
        ([0, 1, 2], "different-lengths", "4 images, 3 labels"),
        (np.zeros((4, 2, 2)), "wrong-shape", "(4, 2, 2)"),
        (7.0, "wrong-shape", "()"),
        ([b"a", b"b", b"c", b"d"], "wrong-dtype", "'label'"),
    ],
)
def test_wrong_labels_are_refused(
    labels: Any, code: str, words: str, tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser
) -> None:
    got, sentence = refusal_of("data", files.data(tmp_path / "data.h5", images("u1"), labels))
    assert (got, words in sentence) == (code, True), sentence


def with_pixel(value: float) -> np.ndarray:
    data = images("f8")
    data[2, 1, 3, 4] = value
    return data


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (with_pixel(np.nan), "wrong-range", "image 2"),
        (with_pixel(np.inf), "wrong-range", "image 2"),
        (with_pixel(-np.inf), "wrong-range", "image 2"),
        (with_pixel(-1e30), "wrong-range", "-1e+30 to 255"),
        (with_pixel(1e300), "wrong-range", "1e+300"),
        (images("i2") - 1, "wrong-range", "-1 to 254"),
        (images("u4", most=1000), "wrong-range", "0 to 1000"),
        (images("i2", most=1000), "wrong-range", "0 to 1000"),
        (images("f4").reshape(-1, 15)[:4], "wrong-shape", "(4, 15)"),
        (images("f4").reshape(4, 3, 5, 3, 2), "wrong-shape", "(4, 3, 5, 3, 2)"),
        (np.zeros((0, 3, 5, 6)), "no-images", "(0, 3, 5, 6)"),
        (np.zeros((4, 3, 0, 6)), "wrong-shape", "(4, 3, 0, 6)"),
        (np.float64(3), "wrong-shape", "()"),
        (np.zeros((4, 3, 5, 6), "S2"), "wrong-dtype", "'data'"),
        (np.zeros((4, 3, 5, 6), "c16"), "wrong-dtype", "complex"),
        (h5py.Empty("f4"), "wrong-shape", "no values"),
    ],
)
def test_wrong_images_are_refused(
    data: Any, code: str, words: str, tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser
) -> None:
    labels = np.zeros(0) if code == "no-images" else np.zeros(4)
    got, sentence = refusal_of("data", files.data(tmp_path / "data.h5", data, labels))
    assert (got, words in sentence) == (code, True), sentence


def test_a_missing_array_is_told_with_those_that_are_there(tmp_path: Path, refusal_of: Refuser) -> None:
    path = tmp_path / "keys.h5"
    with h5py.File(path, "w") as file:
        file["images"], file["label"] = np.zeros((3, 3, 2, 2)), np.zeros(5)
    code, sentence = refusal_of("data", path)
    assert code == "missing-key"
    assert sentence.endswith("and its N labels, got 'images (3, 3, 2, 2)' and 'label (5,)'")
    with h5py.File(path, "w") as file:
        file.create_group("data")
        file["label"] = np.zeros(1)
    assert refusal_of("data", path)[0] == "missing-key"
    with h5py.File(path, "w"):
        pass
    assert refusal_of("data", path)[1].endswith("got nothing")


def test_arrays_in_groups_are_found(tmp_path: Path, read: Reader) -> None:
    path = tmp_path / "groups.h5"
    with h5py.File(path, "w") as file:
        file["data/images"] = np.zeros((2, 3, 4, 4))
        file["label"] = np.arange(2)
    answer = read("data", path)
    assert answer["source"]["taken"]["data_key"] == "data/images"
    assert np.load(answer["folder"] / "labels.npy").tolist() == [0, 1]


@pytest.mark.parametrize(
    "labels", [None, np.full(4, -1), np.arange(9.0), [0, np.nan], 7.0, np.array([b"a"] * 4), np.zeros((4, 2, 2))]
)
def test_images_are_read_whatever_the_labels_are(
    labels: Any, tmp_path: Path, files: SimpleNamespace, read: Reader
) -> None:
    path = files.data(tmp_path / "data.h5", images("u1"), 0)
    with h5py.File(path, "a") as file:
        del file["label"]
        if labels is not None:
            file["label"] = labels
    answer = read("images", path)
    assert answer["kind"] == "images"
    assert np.array_equal(np.load(answer["folder"] / "images.npy"), images("u1"))
    assert answer["labels"] == {"file": "labels.npy", "shape": [4], "dtype": "int64"}
    assert np.load(answer["folder"] / "labels.npy").tolist() == [0, 0, 0, 0]


def test_images_without_labels_are_checked_like_others(tmp_path: Path, refusal_of: Refuser) -> None:
    path = tmp_path / "bare.h5"

    def refused(write: Callable[[h5py.File], None]) -> tuple[str, str]:
        with h5py.File(path, "w") as file:
            write(file)
        return refusal_of("images", path)

    def refer_in_label(file: h5py.File) -> None:
        file["data"], file["label"] = images("u1"), h5py.ExternalLink("/etc/passwd", "label")

    def refer_in_data(file: h5py.File) -> None:
        layout = h5py.VirtualLayout((4, 3, 5, 6), "u1")
        layout[:] = h5py.VirtualSource("other.h5", "data", (4, 3, 5, 6))
        file.create_virtual_dataset("data", layout)

    assert refused(refer_in_label)[0] == "unsafe-link"
    assert refused(refer_in_data)[0] == "external-data"
    assert refused(lambda file: file.create_dataset("data", data=np.zeros((4, 15))))[0] == "wrong-shape"
    assert refused(lambda file: file.create_dataset("data", data=np.zeros((0, 3, 5, 6))))[0] == "no-images"
    assert refused(lambda file: file.create_dataset("data", data=with_pixel(1e30)))[0] == "wrong-range"
    code, sentence = refused(lambda file: file.create_dataset("label", data=np.zeros(4)))
    assert code == "missing-key"
    assert sentence.endswith("expected an array (N, C, H, W), (N, H, W, C) or (N, H, W), got 'label (4,)'")
    code, sentence = refused(lambda file: file.attrs.update({"model_config": "{}"}))
    assert code == "model-not-images"


def test_more_images_than_a_file_of_its_size_can_contain_are_refused(tmp_path: Path, refusal_of: Refuser) -> None:
    path = tmp_path / "many.h5"
    with h5py.File(path, "w") as file:
        file["data"] = np.zeros((100, 1, 1, 1), "u1")
    code, sentence = refusal_of("images", path, Limits(free_image_count=99, least_image_bytes=1_000))
    assert (code, "100 images" in sentence) == ("claims-too-much", True)
    # 100 bytes of pixels, 800 of labels and 2,400 in the window's memory
    code, sentence = refusal_of("images", path, Limits(free_claim_bytes=3_299, claim_ratio=1))
    assert (code, "take 3,300 bytes" in sentence) == ("claims-too-much", True)


@pytest.mark.parametrize("count", [133_000_000, 5_000_000])
def test_a_tiny_file_of_many_tiny_images_is_refused(count: int, tmp_path: Path, refusal_of: Refuser) -> None:
    path = tmp_path / "many.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("data", (count, 1, 1), "u1", chunks=(1 << 20, 1, 1))
        file.create_dataset("label", (count,), "u1", chunks=(1 << 20,))
    assert path.stat().st_size < 10_000
    for kind in ("data", "images"):
        assert refusal_of(kind, path)[0] == "claims-too-much"


def test_a_network_on_a_data_slot_is_told(tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser) -> None:
    for path in (
        files.h5_model(tmp_path / "net.h5", files.small_network()),
        files.archive(tmp_path / "net.keras", files.small_network()),
    ):
        code, sentence = refusal_of("data", path)
        assert code == "model-not-images"
        assert sentence.endswith("open it as the network instead")


def test_foreign_formats_are_told_by_what_they_are(tmp_path: Path, refusal_of: Refuser) -> None:
    starts = {
        b"hello, this is a text file\n": "text that begins with 'hello, this is a text f",
        b"\x89PNG\r\n\x1a\n....": "a PNG image",
        b"%PDF-1.7....": "a PDF",
        b"\x00\x01\x02\x03\xff": "something else",
        b"PK\x03\x04....": "a zip archive",
    }
    for start, words in starts.items():
        path = tmp_path / "data.h5"
        path.write_bytes(start)
        code, sentence = refusal_of("data", path)
        assert (code, words in sentence) == ("wrong-format", True), sentence


def test_a_single_picture_is_no_set(tmp_path: Path, refusal_of: Refuser) -> None:
    (tmp_path / "face.ppm").write_bytes(b"P6\n2 2\n255\n" + bytes(12))
    assert refusal_of("data", tmp_path / "face.ppm") == (
        "wrong-format",
        "'face.ppm' is a PPM image: a single one is no set of images, open a folder of them",
    )


def test_a_truncated_file_is_told(tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser) -> None:
    path = files.data(tmp_path / "data.h5", images("f8", (40, 3, 5, 6)), np.zeros(40))
    path.write_bytes(path.read_bytes()[:-2000])
    code, sentence = refusal_of("data", path)
    assert code == "truncated-file"
    assert "download it again" in sentence


def test_16_bits_are_divided_by_257_if_they_are_used(tmp_path: Path, files: SimpleNamespace, read: Reader) -> None:
    data = images("u2", most=65_535)
    answer = read("data", files.data(tmp_path / "data.h5", data, np.arange(4)))
    got = np.load(answer["folder"] / "images.npy")
    assert got.dtype == np.float32
    assert np.array_equal(got, data.astype("f4") / np.float32(257))
    assert (answer["pixel_minimum"], answer["pixel_maximum"]) == (0, 255)
    assert answer["source"]["is_16_bit"]
    assert not read("data", files.data(tmp_path / "bytes.h5", images("u2"), np.arange(4)))["source"]["is_16_bit"]


@pytest.mark.parametrize("suffix", ["h5", "npz"])
def test_truth_values_are_0_and_1(suffix: str, tmp_path: Path, files: SimpleNamespace, read: Reader) -> None:
    data, labels = images("u1") > 100, np.array([True, False, True, True])
    path = tmp_path / f"data.{suffix}"
    if suffix == "h5":
        files.data(path, data, labels)
    else:
        np.savez_compressed(path, data=data, label=labels)
    answer = read("data", path)
    got = np.load(answer["folder"] / "images.npy")
    assert got.dtype == np.uint8
    assert np.array_equal(got, data)
    assert (answer["pixel_minimum"], answer["pixel_maximum"]) == (0, 1)
    assert np.load(answer["folder"] / "labels.npy").tolist() == [1, 0, 1, 1]
