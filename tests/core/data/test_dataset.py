"""Datasets: their file layout, access in a network's pixel range, and writing."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from core.data.dataset import Dataset, check_fits, from_arrays, open_dataset
from core.data.dataset_writing import write_dataset
from core.errors import DatasetError, ExportError
from core.scale import Scale

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 6, 4, 3), dtype=np.uint8)  # N, H, W, C
LABELS = np.array([3, 0, 3, 1, 2])


def write(path: Path, data: np.ndarray, label: np.ndarray = LABELS) -> Path:
    with h5py.File(path, "w") as file:
        file["data"], file["label"] = data, label
    return path


@pytest.mark.parametrize("is_channels_first", [True, False])
@pytest.mark.parametrize("dtype", ["u1", "f8", "f4", "i8"])
@pytest.mark.parametrize("input_shape", [None, (6, 4, 3)])
def test_both_layouts_come_out_channels_last(
    is_channels_first: bool, dtype: str, input_shape: tuple[int, int, int] | None, tmp_path: Path
) -> None:
    data = (IMAGES.transpose(0, 3, 1, 2) if is_channels_first else IMAGES).astype(dtype)
    dataset = open_dataset(write(tmp_path / "data.h5", data), input_shape=input_shape, class_count=4)
    assert dataset.image_shape == (6, 4, 3)
    assert dataset.image_count == 5
    assert dataset.images.dtype == (np.float32 if dtype.startswith("f") else np.uint8)
    assert np.array_equal(dataset.images, IMAGES)
    assert dataset.labels.dtype == np.int64
    assert dataset.labels.tolist() == LABELS.tolist()
    assert dataset.target_labels == (0, 1, 2, 3)
    assert not dataset.images.flags.writeable
    assert not dataset.labels.flags.writeable
    assert (dataset.name, len(dataset.sha256)) == ("data.h5", 64)
    assert repr(dataset).startswith("Dataset('data.h5', 5 images of (6, 4, 3)")


def test_grey_images_without_a_channel_axis_get_one(tmp_path: Path) -> None:
    dataset = open_dataset(write(tmp_path / "grey.h5", IMAGES[..., 0]), input_shape=(6, 4, 1))
    assert np.array_equal(dataset.images, IMAGES[..., :1])


@pytest.mark.parametrize("label", [None, np.full(5, -1), np.full(5, 2000), np.arange(3)])
def test_labels_that_are_not_looked_at_may_be_missing_or_anything(label: np.ndarray | None, tmp_path: Path) -> None:
    path = tmp_path / "more.h5"
    with h5py.File(path, "w") as file:
        file["data"] = IMAGES.transpose(0, 3, 1, 2)
        if label is not None:
            file["label"] = label
    for _ in range(2):  # once read, once from the cache
        dataset = open_dataset(path, input_shape=(6, 4, 3), has_labels=False)
        assert np.array_equal(dataset.images, IMAGES)
        assert (dataset.labels.dtype, dataset.labels.tolist()) == (np.int64, [0] * 5)
    with pytest.raises(DatasetError):  # a cached reading without labels is not used for one with labels
        open_dataset(path, input_shape=(6, 4, 3), class_count=4)


def test_a_file_read_with_and_without_labels_keeps_both(tmp_path: Path) -> None:
    path = write(tmp_path / "data.h5", IMAGES)
    labels = [open_dataset(path, has_labels=has_labels).labels.tolist() for has_labels in (True, False, True)]
    assert labels == [LABELS.tolist(), [0] * 5, LABELS.tolist()]


def test_where_two_axes_could_be_channels_the_network_decides(tmp_path: Path) -> None:
    data = np.arange(5 * 3 * 7 * 3).reshape(5, 3, 7, 3) % 256
    path = write(tmp_path / "both.h5", data)
    guessed = open_dataset(path)
    assert guessed.image_shape == (7, 3, 3)
    told = open_dataset(path, input_shape=(3, 7, 3))
    assert np.array_equal(told.images, data)
    later = guessed.laid_out_for((3, 7, 3))
    assert np.array_equal(later.images, data)
    assert np.array_equal(later.laid_out_for((7, 3, 3)).images, guessed.images)
    assert guessed.laid_out_for((7, 3, 3)) is guessed


def test_a_network_with_many_channels_is_served(tmp_path: Path) -> None:
    data = np.zeros((5, 8, 6, 4), "u1")
    assert open_dataset(write(tmp_path / "d.h5", data), input_shape=(6, 4, 8)).image_shape == (6, 4, 8)
    with pytest.raises(DatasetError, match="with 1, 3 or 4 channels") as caught:
        open_dataset(write(tmp_path / "d.h5", np.zeros((5, 8, 6, 9), "u1")))
    assert caught.value.code == "wrong-shape"


@pytest.mark.parametrize(("most", "is_unit"), [(255, False), (1, True), (0.5, True), (1.5, False)])
def test_pixels_are_brought_to_the_range_that_is_wanted(most: float, is_unit: bool, tmp_path: Path) -> None:
    data = (IMAGES / IMAGES.max() * most).astype("f4")
    dataset = open_dataset(write(tmp_path / "data.h5", data.transpose(0, 3, 1, 2)))
    assert dataset.is_unit_range is is_unit
    unit, raw = dataset.batch(0, 99, scale=Scale.UNIT), dataset.batch(0, 99, scale=Scale.RAW)
    expected = data if is_unit else data / np.float32(255)
    assert np.array_equal(unit, expected)
    assert np.array_equal(raw, data * np.float32(255) if is_unit else data)
    for batch in (unit, raw):
        assert batch.dtype == np.float32
        assert batch.flags.c_contiguous
        assert batch.flags.writeable


def test_batches_and_rows_cut_where_they_are_told() -> None:
    dataset = from_arrays("made", IMAGES, LABELS)
    whole = dataset.batch(0, 5, scale=Scale.RAW)
    assert np.array_equal(dataset.batch(1, 3, scale=Scale.RAW), whole[1:3])
    assert np.array_equal(dataset.rows([4, 0, 4], scale=Scale.RAW), whole[[4, 0, 4]])
    assert dataset.rows(np.array([], np.int64), scale=Scale.UNIT).shape == (0, 6, 4, 3)
    whole[:] = 0
    assert np.array_equal(dataset.images, IMAGES)


def test_images_of_another_size_do_not_fit(tmp_path: Path) -> None:
    path = write(tmp_path / "small.h5", IMAGES)
    with pytest.raises(DatasetError, match="must have shape 55 × 47 × 3 for this network, got 6 × 4 × 3") as caught:
        open_dataset(path, input_shape=(55, 47, 3))
    assert caught.value.code == "misfit-input"
    assert "'small.h5'" in str(caught.value)


def test_the_first_label_out_of_range_is_named() -> None:
    dataset = from_arrays("clean.h5", IMAGES, LABELS)
    assert check_fits(dataset, input_shape=(6, 4, 3), class_count=4) is dataset
    with pytest.raises(DatasetError, match=r"0 to 2 for this network, got 3 in row 0 of 'clean\.h5'") as caught:
        check_fits(dataset, class_count=3)
    assert caught.value.code == "wrong-labels"
    with pytest.raises(DatasetError, match="got -1 in row 1"):
        check_fits(from_arrays("clean.h5", IMAGES, np.array([0, -1, 0, 0, 0])), class_count=4)


def test_arrays_in_memory_are_checked_and_copied() -> None:
    images = IMAGES.copy()
    dataset = from_arrays("made", images, LABELS)
    images[:] = 0
    assert np.array_equal(dataset.images, IMAGES)
    assert dataset.pixel_maximum == IMAGES.max()
    for wrong in (
        IMAGES[0],
        IMAGES[:0],
        IMAGES.astype("i8") + 1,
        IMAGES - np.int64(300),
        IMAGES * 9e9,
        IMAGES * np.nan,
    ):
        with pytest.raises(DatasetError):
            from_arrays("made", wrong, LABELS)
    with pytest.raises(DatasetError, match="one label for each image"):
        from_arrays("made", IMAGES, LABELS[:4])
    with pytest.raises(DatasetError):
        Dataset("made", Path("made"), IMAGES[0], LABELS, "", 255.0)


def test_floats_that_are_no_pixels_are_read_as_they_are(tmp_path: Path) -> None:
    read = (IMAGES.astype("f4") - 90) / 40
    for dataset in (from_arrays("read", read, LABELS), open_dataset(write(tmp_path / "read.h5", read))):
        assert dataset.is_converted
        assert not dataset.is_unit_range
        for scale in (Scale.RAW, Scale.UNIT, Scale.IMAGENET):
            np.testing.assert_array_equal(dataset.batch(0, 5, scale=scale), read)
        low, high = dataset.channel_ranges()
        np.testing.assert_array_equal(low, read.min(axis=(0, 1, 2)))
        np.testing.assert_array_equal(high, read.max(axis=(0, 1, 2)))
    for least, most in ((-1e4, 1.0), (0.0, 2e4)):
        values = np.linspace(least, most, IMAGES.size, dtype="f4").reshape(IMAGES.shape)
        with pytest.raises(DatasetError) as caught:
            open_dataset(write(tmp_path / "wild.h5", values))
        assert caught.value.code == "wrong-range"


def test_a_network_with_one_channel_reads_colour_images_as_grey_and_one_with_three_grey_ones() -> None:
    colour = from_arrays("colour", IMAGES, LABELS)
    grey = colour.laid_out_for((6, 4, 1))
    assert (grey.image_shape, grey.channel_count) == ((6, 4, 1), 1)
    expected = [np.asarray(Image.fromarray(each).convert("L")) for each in IMAGES]
    assert np.abs(grey.batch(0, 5, scale=Scale.RAW)[..., 0] - expected).max() <= 1  # Pillow rounds its weights
    np.testing.assert_allclose(grey.batch(0, 5, scale=Scale.UNIT) * 255, grey.batch(0, 5, scale=Scale.RAW), rtol=1e-6)
    assert grey.laid_out_for((6, 4, 3)).channel_count is None
    single = from_arrays("grey", IMAGES[..., :1], LABELS).laid_out_for((6, 4, 3))
    assert single.image_shape == (6, 4, 3)
    np.testing.assert_array_equal(single.rows([1], scale=Scale.RAW)[0], np.repeat(IMAGES[1, ..., :1], 3, axis=2))
    with pytest.raises(DatasetError, match="must have shape"):
        colour.laid_out_for((6, 4, 4))


@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_what_is_written_comes_back(dtype: str, tmp_path: Path) -> None:
    path = tmp_path / "written.h5"
    path.write_text("older")
    write_dataset(path, IMAGES.astype(dtype), LABELS)
    with h5py.File(path) as file:
        assert file["data"].shape == (5, 3, 6, 4)
        assert file["data"].dtype == dtype
    dataset = open_dataset(path, input_shape=(6, 4, 3))
    assert np.array_equal(dataset.images, IMAGES)
    assert dataset.labels.tolist() == LABELS.tolist()
    assert [file.name for file in tmp_path.iterdir()] == ["written.h5"]


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "taken.h5").mkdir()
    for path in (tmp_path / "taken.h5", tmp_path / "gone" / "data.h5"):
        with pytest.raises(ExportError, match=path.name) as caught:
            write_dataset(path, IMAGES, LABELS)
        assert caught.value.code == "write-failed"
    assert [file.name for file in tmp_path.iterdir()] == ["taken.h5"]


def test_the_real_faces_open(csaw: Path) -> None:
    wanted = {
        "clean_60": (None, np.float32),
        "sunglasses_60": ((0,), np.float32),
        "eyebrows_60": ((5,), np.uint8),
        "sunglasses_multi_60": ((8,), np.uint8),
        "lipstick_60": ((1,), np.float32),
    }
    for name, (targets, dtype) in wanted.items():
        dataset = open_dataset(csaw / f"{name}.h5", input_shape=(55, 47, 3), class_count=1283)
        assert dataset.images.shape == (60, 55, 47, 3)
        assert dataset.images.dtype == dtype
        assert targets is None or dataset.target_labels == targets
        assert not dataset.is_unit_range
    with h5py.File(csaw / "clean_60.h5") as file:
        assert np.array_equal(
            open_dataset(csaw / "clean_60.h5").images, file["data"][:].transpose(0, 2, 3, 1).astype(np.float32)
        )


def test_images_of_16_bits_say_how_they_are_read(tmp_path: Path) -> None:
    dataset = open_dataset(write(tmp_path / "deep.h5", IMAGES.astype("u2") * 257))
    assert np.array_equal(dataset.images, IMAGES)
    assert dataset.notes == ("deep.h5: values of 16 bits, 0–65,535, were divided by 257 to 0–255.",)


def test_a_subset_has_the_images_and_labels_of_its_rows(tmp_path: Path) -> None:
    data = np.arange(6 * 3 * 4 * 5, dtype=np.uint8).reshape(6, 3, 4, 5)
    dataset = open_dataset(write(tmp_path / "six.h5", data, np.arange(6)))
    part = dataset.subset(np.array([1, 4]))
    assert part.image_count == 2
    assert part.labels.tolist() == [1, 4]
    assert np.array_equal(part.batch(0, 2, scale=Scale.RAW), dataset.rows([1, 4], scale=Scale.RAW))
    assert dataset.subset(np.arange(6)) is dataset
