"""Rows of values as images."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from core.data.dataset import open_dataset
from core.errors import DatasetError
from tests.hostile.matlab import write_matlab

LABELS = np.array([3, 0, 3, 1, 2])
GREY = np.random.default_rng(0).integers(0, 256, (5, 6, 4, 1), dtype=np.uint8)
SMOOTH = np.add.outer(np.arange(6) * 9, np.arange(4) * 5)[..., None] + np.array([0, 90, 150])
IMAGES = (SMOOTH + np.arange(5)[:, None, None, None]).astype(np.uint8)  # N, H, W, C


def write_rows(path: Path, rows: np.ndarray) -> Path:
    if path.suffix == ".mat":
        write_matlab(path, {"X": rows, "y": LABELS[:, None].astype(np.uint8)})
    elif path.suffix == ".npy":
        np.save(path, rows)
        np.save(path.with_name(path.name.replace("x", "y")), LABELS)
    elif path.suffix == ".npz":
        np.savez_compressed(path, x_test=rows, y_test=np.eye(4)[LABELS], mean=IMAGES[0])
    else:
        with h5py.File(path, "w") as file:
            file["data"], file["label"] = rows, LABELS
    return path


@pytest.mark.parametrize("memory_bytes", [0, 10**6])
@pytest.mark.parametrize("name", ["rows.h5", "rows.npz", "x_test.npy", "rows.mat"])
def test_rows_of_values_are_images_of_the_networks_size(
    name: str, memory_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.intake.stored_array.IN_MEMORY_BYTES", memory_bytes)
    path = write_rows(tmp_path / name, IMAGES.reshape(5, -1))
    dataset = open_dataset(path, input_shape=(6, 4, 3), class_count=4)
    assert np.array_equal(dataset.images, IMAGES)
    assert np.array_equal(dataset.images[2], IMAGES[2])
    assert dataset.labels.tolist() == LABELS.tolist()
    assert dataset.notes[0].endswith(
        " are rows of 72 values, read as images of 6 × 4 × 3 in the order (H, W, C), the smoother order."
    )


def test_rows_of_values_may_have_one_colour_after_the_other(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "rows.h5", IMAGES.transpose(0, 3, 1, 2).reshape(5, -1).astype("f4") / 255)
    dataset = open_dataset(path, input_shape=(6, 4, 3))
    assert np.allclose(np.asarray(dataset.images) * 255, IMAGES)
    assert dataset.notes == (
        "rows.h5: 'data' with 'label' are rows of 72 values, read as images of 6 × 4 × 3 in the order (C, H, W), the "
        "smoother order.",
    )


def test_grey_rows_of_values_are_read_as_colour_by_a_network_that_reads_it(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "rows.h5", GREY.reshape(5, -1))
    assert np.array_equal(open_dataset(path, input_shape=(6, 4, 1)).images, GREY)
    assert open_dataset(path, input_shape=(6, 4, 3)).image_shape == (6, 4, 3)


@pytest.mark.parametrize(
    ("input_shape", "code", "sentence"),
    [
        (
            None,
            "wrong-shape",
            "'rows.h5' contains rows of 24 values: open the network first, so that they can be read as images of its "
            "size",
        ),
        (
            (6, 5, 1),
            "misfit-input",
            "images must have shape 6 × 5 × 1 for this network, got rows of 24 values in 'rows.h5'",
        ),
    ],
)
def test_rows_of_values_without_a_network_of_their_size_are_refused(
    input_shape: tuple[int, int, int] | None, code: str, sentence: str, tmp_path: Path
) -> None:
    path = write_rows(tmp_path / "rows.h5", GREY.reshape(5, -1))
    with pytest.raises(DatasetError) as caught:
        open_dataset(path, input_shape=input_shape)
    assert (caught.value.code, str(caught.value)) == (code, sentence)
