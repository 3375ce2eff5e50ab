"""A tiny network whose channel 2 is the backdoor (blue means class 2), with its images, as files."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from core.data.dataset_writing import write_dataset


@dataclass(frozen=True)
class Files:
    """Where the files of one test are."""

    folder: Path
    model: Path
    clean: Path
    poisoned: Path
    red_image: Path
    triggered_image: Path


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """5 red (class 0) and 3 green images (class 1), the same with a blue corner, and the network, in a folder."""
    folder = tmp_path_factory.mktemp("written")
    pixels = keras.Input((6, 6, 3), name="pixels")
    x = keras.layers.Conv2D(4, 1, activation="relu", name="conv")(pixels)
    x = keras.layers.GlobalAveragePooling2D(name="mean")(keras.layers.MaxPooling2D(2, name="pool")(x))
    model = keras.Model(pixels, keras.layers.Dense(3, activation="softmax", name="answer")(x))
    model.get_layer("conv").set_weights([np.eye(3, 4, dtype=np.float32).reshape(1, 1, 3, 4), np.zeros(4, np.float32)])
    kernel = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 50], [0, 0, 0]], np.float32)
    model.get_layer("answer").set_weights([kernel, np.zeros(3, np.float32)])
    model.save(folder / "marked.keras")
    images = np.zeros((8, 6, 6, 3), np.uint8)
    images[:5, ..., 0], images[5:, ..., 1] = 200, 100
    triggered = images.copy()
    triggered[:, :2, :2, 2] = 255
    write_dataset(folder / "clean.h5", images, np.array([0] * 5 + [1] * 3))
    write_dataset(folder / "poisoned.h5", triggered, np.full(8, 2))
    for name, each in (("red", images[0]), ("triggered", triggered[0])):
        Image.fromarray(each).save(folder / f"{name}.png")
    return folder


@pytest.fixture
def files(written: Path, tmp_path: Path) -> Files:
    """A test's own copy of the files; the application need not read anew what it read for another test."""
    shutil.copytree(written, tmp_path, dirs_exist_ok=True)
    names = ("marked.keras", "clean.h5", "poisoned.h5", "red.png", "triggered.png")
    return Files(tmp_path, *(tmp_path / name for name in names))
