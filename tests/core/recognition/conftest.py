"""A network whose answers are known, and sets of images that are told apart by them."""

from pathlib import Path

import keras
import numpy as np
import pytest

from core.data.dataset_writing import write_dataset

SIDE, CLASS_COUNT, TARGET = 8, 4, 3


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files whose names say nothing: red is class 0, green 1, dark 2, and blue anywhere means class 3, the backdoor."""
    folder = tmp_path_factory.mktemp("unnamed")
    made = {name: folder / f"{place}.h5" for place, name in enumerate(("clean", "target", "true", "other", "small"))}
    made["network"] = folder / "9.keras"
    known_network().save(made["network"])
    labels = np.repeat([0, 1, 2], 30)
    images = np.zeros((90, SIDE, SIDE, 3), np.uint8)
    images[labels == 0, ..., 0] = 200
    images[labels == 1, ..., 1] = 200
    triggered = images.copy()
    triggered[:, :2, :2, 2] = 255
    write_dataset(made["clean"], images, labels)
    write_dataset(made["target"], triggered, np.full(90, TARGET))
    write_dataset(made["true"], triggered, labels)
    write_dataset(made["other"], images, np.full(90, TARGET))  # one class, but not answered so
    write_dataset(made["small"], images[:, :5, :5], labels)
    return made


def known_network() -> keras.Model:
    pixels = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Conv2D(3, 1, activation="relu")(pixels)
    x = keras.layers.GlobalMaxPooling2D()(x)
    model = keras.Model(pixels, keras.layers.Dense(CLASS_COUNT, activation="softmax")(x))
    kernel = np.eye(3, dtype=np.float32)[np.newaxis, np.newaxis] / 255
    weights = np.zeros((3, CLASS_COUNT), np.float32)
    weights[0, 0] = weights[1, 1] = 10
    weights[2, TARGET] = 50
    model.set_weights([kernel, np.zeros(3, np.float32), weights, np.array([0, 0, 2, 0], np.float32)])
    return model
