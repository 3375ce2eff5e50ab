"""How fast a step of refitting is, beside Keras' bare `train_on_batch` and the arithmetic alone; ratios of one run.

Run from the project's root:  .venv/bin/python tests/benchmarks/training_step.py [--networks demo,lenet,resnet]
[--batch 64] [--rounds 30]

Each row is the median time of an update by a batch, the rounds of all rows interleaved, and the images updated in a
second, also as a share of `train_on_batch` with Adam. The floor is the time of three times a network's multiplications
(one pass forward, two backward) at the speed of a large matrix product. `--compile` adds `train_on_batch` compiled by
XLA, and with 16-bit products.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import keras
import numpy as np
import tensorflow as tf

from core.cut.batches import multiplications_per_image
from core.demo.demo import demo_files
from core.network.network import open_network
from core.refit.records import RefitSettings, TeacherImages
from core.refit.step import make_step
from core.refit.triggers import Triggers
from core.repair.methods.finetune import FINETUNE
from core.repair.methods.occlusion import OCCLUSION
from core.repair.methods.unlearning import UNLEARNING
from core.scale import Scale
from tests.zoo.architectures import ARCHITECTURES
from tests.zoo.image_sets import KINDS

PRODUCT_SIDE = 2048
Update = Callable[[], object]


def network_of(name: str) -> keras.Model:
    """Return the demo's network, or one of the zoo's architectures for images of signs."""
    if name == "demo":
        return open_network(demo_files().model).model
    kind = KINDS["signs"]
    return ARCHITECTURES[name](kind.shape, kind.class_count)


def copy_of(model: keras.Model) -> keras.Model:
    """Return a copy with its own weights."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def bare(model: keras.Model, pixels: np.ndarray, labels: np.ndarray, *, jit: bool = False) -> Update:
    """Return an update by `train_on_batch`."""
    model = copy_of(model)
    model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy", jit_compile=jit)
    return lambda: model.train_on_batch(pixels, labels)


def refitting(
    model: keras.Model, settings: RefitSettings, pixels: np.ndarray, labels: np.ndarray, *, is_stamping: bool = False
) -> Update:
    """Return an update by a step of refitting, with everything that its settings do to the images."""
    student = copy_of(model)
    averaged = copy_of(model) if settings.averaging else None
    step = make_step(student, model, settings, free={}, scale=Scale.RAW, averaged=averaged)
    if is_stamping:
        step.use_triggers(some_triggers(pixels.shape[1:]))
    return lambda: step.take(pixels, labels, 0, 0.0, 1e-6)


def some_triggers(shape: tuple[int, ...]) -> Triggers:
    """Return 16 random triggers: patches, changes and moves."""
    rng = np.random.default_rng(0)
    height, width, _ = shape
    opacity = (rng.uniform(size=(16, height, width, 1)) < 0.02).astype(np.float32)
    pixels, changes = (rng.uniform(0, size, (16, *shape)).astype(np.float32) for size in (255, 10))
    moves = rng.uniform(-1, 1, (16, height, width, 2)).astype(np.float32)
    return Triggers(opacity, pixels, changes, moves, np.full(16, 1 / 16, np.float32))


def product_seconds() -> float:
    """Return the seconds for one multiplication and addition inside a large product of matrices."""
    side = PRODUCT_SIDE
    one = tf.random.uniform((side, side))
    tf.matmul(one, one).numpy()
    times = []
    for _ in range(5):
        start = time.perf_counter()
        tf.matmul(one, one).numpy()
        times.append(time.perf_counter() - start)
    return statistics.median(times) / side**3


def main() -> None:
    """Print a table for each network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", default="demo,lenet,resnet")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--compile", action="store_true")
    asked = parser.parse_args()
    each_s = product_seconds()
    for name in asked.networks.split(","):
        model = network_of(name)
        rng = np.random.default_rng(0)
        pixels = rng.uniform(0, 255, (asked.batch, *model.input_shape[1:])).astype(np.float32)
        labels = rng.integers(0, model.output_shape[-1], asked.batch)
        unlearning = UNLEARNING.default_settings()
        plain = replace(unlearning, corruption=None, mixing=None, distillation_weight=0.0)
        updates = {
            "train_on_batch": bare(model, pixels, labels),
            "fine-tuning": refitting(model, FINETUNE.default_settings(), pixels, labels),
            "occlusion": refitting(model, OCCLUSION.default_settings(), pixels, labels),
            "unlearning": refitting(model, unlearning, pixels, labels, is_stamping=True),
            "unlearning, B asked once": refitting(
                model, replace(unlearning, teacher_images=TeacherImages.PLAIN), pixels, labels, is_stamping=True
            ),
            "unlearning, augmented only": refitting(model, plain, pixels, labels),
        }
        if asked.compile:
            updates["train_on_batch, XLA"] = bare(model, pixels, labels, jit=True)
            if name != "demo":  # a file's layers have their own type
                keras.config.set_dtype_policy("mixed_bfloat16")
                updates["train_on_batch, bfloat16"] = bare(network_of(name), pixels, labels)
                keras.config.set_dtype_policy("float32")
        times: dict[str, list[float]] = {each: [] for each in updates}
        for update in updates.values():
            for _ in range(3):
                update()
        for _ in range(asked.rounds):
            for each, update in updates.items():
                start = time.perf_counter()
                update()
                times[each].append(time.perf_counter() - start)
        base_s = statistics.median(times["train_on_batch"])
        floor_s = 3 * multiplications_per_image(model.layers) * asked.batch * each_s
        print(f"\n{name}: batch of {asked.batch}, floor {1000 * floor_s:.1f} ms")
        for each, taken in times.items():
            median_s = statistics.median(taken)
            print(
                f"  {each:28} {1000 * median_s:7.1f} ms  {asked.batch / median_s:8.0f} images/s  "
                f"{base_s / median_s:5.2f} of train_on_batch  {floor_s / median_s:5.2f} of the floor",
                flush=True,
            )


if __name__ == "__main__":
    main()
