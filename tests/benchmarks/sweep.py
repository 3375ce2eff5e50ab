"""How a whole pruning curve compares with one plain forward pass, and with the published way, at the lab's size.

Run from the project's root:  .venv/bin/python tests/benchmarks/sweep.py  [image count]

Only the ratios mean something on a shared machine.
"""

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from core.dataset import Dataset, from_arrays, open_dataset
from core.demo import demo_files
from core.inspection import InspectionRequest, inspect
from core.monitor import Monitor
from core.network import open_network
from core.records import Scale
from core.trigger import sunglasses

LAB_IMAGE_COUNT = 11_547
PUBLISHED_STEPS = (0, 30, 55)


def grow(dataset: Dataset, count: int, *, seed: int) -> np.ndarray:
    """`count` images from a few, each shifted, mirrored and lit differently; uint8 (count, H, W, C)."""
    rng = np.random.default_rng(seed)
    images = np.empty((count, *dataset.image_shape), np.uint8)
    for row in range(count):
        image = dataset.images[rng.integers(dataset.image_count)]
        image = np.roll(image, rng.integers(-2, 3, 2), axis=(0, 1))
        image = image[:, ::-1] if rng.random() < 0.5 else image
        images[row] = np.clip(image * rng.uniform(0.8, 1.2) + rng.normal(0, 3, image.shape), 0, 255)
    return images


def main() -> None:
    """Time a forward pass, a sweep, and some steps of the published way over the same images."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else LAB_IMAGE_COUNT
    files = demo_files()
    network = open_network(files.model)
    source = open_dataset(files.validation, input_shape=network.input_shape)
    clean_images = grow(source, count, seed=0)
    clean = from_arrays("clean.h5", clean_images, np.zeros(count, np.int64))
    poisoned = from_arrays("poisoned.h5", sunglasses(55, 47).apply(clean_images), np.zeros(count, np.int64))

    def forward_pass() -> float:
        start_s = time.perf_counter()
        for dataset in (clean, poisoned):
            for row in range(0, count, 256):
                network.answer(dataset.batch(row, row + 256, scale=Scale.RAW))
        return time.perf_counter() - start_s

    forward_pass()
    forward_s = min(forward_pass() for _ in range(3))
    start_s = time.perf_counter()
    request = InspectionRequest(network, clean, None, (poisoned,), network.default_layer(), scale=Scale.RAW)
    sweep = inspect(request, monitor=Monitor()).sweep
    sweep_s = time.perf_counter() - start_s

    step_count = len(sweep.points)
    start_s = time.perf_counter()
    for step in PUBLISHED_STEPS:
        weights = network.model.get_weights()
        network.model.set_weights(weights)
        for dataset in (clean, poisoned):
            network.model.predict(dataset.batch(0, count, scale=Scale.RAW), verbose=0)
        del step
    published_s = (time.perf_counter() - start_s) / len(PUBLISHED_STEPS) * step_count

    print(f"images                             {count} clean + {count} poisoned")
    print(f"one plain forward pass             1.00  ({forward_s:.2f} s)")
    print(
        f"ranking and {step_count - 1}-step curve, exact    {sweep_s / forward_s:.2f} forward passes ({sweep_s:.2f} s)"
    )
    print(f"the published way                  {published_s / sweep_s:.1f} times slower than the curve")
    print(f"answers settled by the plain net   {sweep.settled_count}")


if __name__ == "__main__":
    main()
