"""How often the scale that a network was trained with is found: networks trained on real images in each usual scale.

Run from the project's root:  .venv/bin/python tests/benchmarks/scale_search.py --data FOLDER [--sets faces]

Prints a row for each network and the counts. The folder holds `NAME_train.h5` and `NAME_validation.h5`. The rule was
made with signs and digits in view, not faces. A network counts as found if the chosen scale does not clearly differ
from its own (`Scale.differs_from`), or if at least as many clean images are right with the chosen one.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import keras
import numpy as np

from core.data.dataset import Dataset, open_dataset
from core.metrics.evaluation import share_predicted
from core.metrics.scale_search import find_scale
from core.monitor import Monitor
from core.network.network import Network
from core.scale import Scale

EPOCHS = (2, 12)  # a network that is hardly trained, and a better one
TRAINING_COUNT = 4000


def scales(images: np.ndarray) -> Iterator[Scale]:
    """The scales that networks are trained with; the last one is of the training images themselves."""
    yield from (Scale.RAW, Scale.UNIT, Scale.SYMMETRIC)
    if images.shape[-1] == 3:
        yield from (Scale.IMAGENET, Scale.CAFFE, Scale.UNIT.in_bgr())
    mean, deviation = images.mean(axis=(0, 1, 2)), images.std(axis=(0, 1, 2))
    yield Scale("standardized", tuple(map(float, mean)), tuple(map(float, deviation)))


def builders(shape: tuple[int, ...], class_count: int) -> dict[str, Callable[[], keras.Model]]:
    """Three small architectures: with and without batch normalization, and without convolutions."""
    layers = keras.layers

    def convolutional(*, has_norm: bool) -> keras.Model:
        x = pixels = keras.Input(shape)
        for count in (16, 32):
            x = layers.Conv2D(count, 3, padding="same", use_bias=not has_norm)(x)
            x = layers.ReLU()(layers.BatchNormalization()(x) if has_norm else x)
            x = layers.MaxPooling2D()(x)
        x = layers.Dense(64, activation="relu")(layers.Flatten()(x))
        return keras.Model(pixels, layers.Dense(class_count, activation="softmax")(x))

    def dense() -> keras.Model:
        pixels = keras.Input(shape)
        x = layers.Dense(64, activation="relu")(layers.Flatten()(pixels))
        return keras.Model(pixels, layers.Dense(class_count, activation="softmax")(x))

    return {
        "conv": lambda: convolutional(has_norm=False),
        "conv, batch norm": lambda: convolutional(has_norm=True),
        "dense": dense,
    }


def trained(build: Callable[[], keras.Model], scale: Scale, data: Dataset, *, epochs: int) -> Network:
    """Train a network on images as a scale reads them."""
    keras.utils.set_random_seed(epochs)
    rows = np.random.default_rng(0).permutation(data.image_count)[:TRAINING_COUNT]
    model = build()
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(data.rows(rows, scale=scale), data.labels[rows], epochs=epochs, batch_size=64, verbose=0)
    return Network(model, path=Path("trained.keras"))


def main() -> None:
    """Train, search and count."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", default=["digits", "signs", "faces"])
    arguments = parser.parse_args()
    monitor = Monitor()
    for name in arguments.sets:
        data, clean = (open_dataset(arguments.data / f"{name}_{part}.h5") for part in ("train", "validation"))
        class_count = int(max(data.labels.max(), clean.labels.max())) + 1
        images = data.batch(0, TRAINING_COUNT, scale=Scale.RAW)
        found = total = 0
        for own in scales(images):
            for kind, build in builders(data.image_shape, class_count).items():
                for epochs in EPOCHS:
                    network = trained(build, own, data, epochs=epochs)
                    finding = find_scale(network, clean, monitor=monitor)
                    right = share_predicted(network, clean, scale=own, monitor=monitor)
                    chosen = share_predicted(network, clean, scale=finding.scale, monitor=monitor)
                    is_found = not finding.scale.differs_from(own) or chosen.count >= right.count
                    found, total = found + is_found, total + 1
                    print(
                        f"{name:7} {own.name:13} {kind:17} {epochs:2} epochs: {finding.scale.name:20} {chosen} right, "
                        f"own {right}, by {finding.reason.value}{'' if is_found else '  MISSED'}",
                        flush=True,
                    )
        print(f"{name}: {found} of {total}", flush=True)


if __name__ == "__main__":
    main()
