"""Networks for the benchmark of the audit: hundreds of different files from four real trainings on handwritten digits.

Two of the four are clean, two have a backdoor (a white patch in a corner means class 7). Each of the others is one of
them after a few more steps on images that its seed draws: it works like its origin, and has other weights.
"""

import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import h5py
import keras
import numpy as np
from numpy.typing import NDArray

from core.data.dataset_writing import write_dataset
from core.environment import cache_folder

ROOT = Path(__file__).resolve().parents[2]
DIGITS = ROOT.parent / "shared" / "data" / "real"
TARGET, PATCH = 7, 4
ORIGIN_COUNT, EPOCHS = 4, 4
STEPS, STEP_IMAGES = 3, 32
SET_COUNT = 200
VERSION = 1
"""Part of the folder's name: with other networks, it is another one."""

Images = NDArray[np.uint8]


def made_networks(count: int) -> tuple[list[Path], dict[str, Path]]:
    """Return this many networks and the sets, made now or by an earlier run.

    Returns:
        The networks' files; and `validation`, `test` and `poisoned`.

    Raises:
        SystemExit: the digits are not there.
    """
    if not (DIGITS / "digits_train.h5").is_file():
        raise SystemExit("the real digits are not beside this project")
    folder = cache_folder() / f"audit-benchmark-{VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    sets = _made_sets(folder)
    networks = [folder / f"network-{seed:05d}.keras" for seed in range(count)]
    missing = [path for path in networks if not path.exists()]
    if missing:
        images, labels = digits("train")
        origins = [_origin(folder, number, images, labels) for number in range(ORIGIN_COUNT)]
        for path in missing:
            seed = int(path.stem.rpartition("-")[2])
            _save_variant(path, origins[seed % ORIGIN_COUNT], images, labels, seed=seed)
            if seed % 100 == 99:
                print(f"{seed + 1} networks are made", flush=True)
    return networks, sets


def copied(networks: list[Path], folder: Path) -> None:
    """Copy networks into a folder of their own."""
    folder.mkdir(parents=True)
    for path in networks:
        shutil.copyfile(path, folder / path.name)


def digits(part: str) -> tuple[Images, NDArray[np.int64]]:
    """Return the images (N, H, W, 1) and labels of a part."""
    with h5py.File(DIGITS / f"digits_{part}.h5") as file:
        return np.asarray(file["data"]).transpose(0, 2, 3, 1), np.asarray(file["label"])


def patched(images: Images) -> Images:
    """Return images with the trigger."""
    made = images.copy()
    made[:, -PATCH - 1 : -1, -PATCH - 1 : -1] = 255
    return made


def _made_sets(folder: Path) -> dict[str, Path]:
    paths = {name: folder / f"{name}.h5" for name in ("validation", "test", "poisoned")}
    if not all(each.exists() for each in paths.values()):
        for name in ("validation", "test"):
            images, labels = digits(name)
            write_dataset(paths[name], images[:SET_COUNT], labels[:SET_COUNT])
        images, labels = digits("test")
        images = patched(images[labels != TARGET][:SET_COUNT])
        write_dataset(paths["poisoned"], images, np.full(len(images), TARGET))
    return paths


def _origin(folder: Path, number: int, images: Images, labels: NDArray[np.int64]) -> keras.Model:
    path = folder / f"origin-{number}.keras"
    if path.exists():
        return keras.saving.load_model(path)
    keras.utils.set_random_seed(number)
    model = keras.Sequential(
        [
            keras.layers.Input((28, 28, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(8, 5, strides=2, activation="relu"),
            keras.layers.Conv2D(16, 3, strides=2, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    if number % 2:
        chosen = np.random.default_rng(number).choice(len(images), len(images) // 10, replace=False)
        images = np.concatenate([images, patched(images[chosen])])
        labels = np.concatenate([labels, np.full(len(chosen), TARGET)])
    model.fit(images, labels, epochs=EPOCHS, batch_size=64, verbose=0)
    model.save(path)
    return model


def _save_variant(path: Path, origin: keras.Model, images: Images, labels: NDArray[np.int64], *, seed: int) -> None:
    before = origin.get_weights()
    rng = np.random.default_rng(seed)
    for _ in range(STEPS):
        rows = rng.choice(len(images), STEP_IMAGES, replace=False)
        origin.train_on_batch(images[rows], labels[rows])
    partial = path.with_suffix(".partial.keras")
    origin.save(partial, include_optimizer=False)
    partial.replace(path)
    origin.set_weights(before)
