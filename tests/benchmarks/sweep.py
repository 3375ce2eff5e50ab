"""How a whole pruning curve compares with one plain forward pass, and with the published way, at the lab's size.

Run from the project's root:  .venv/bin/python tests/benchmarks/sweep.py [--network demo|lab] [--images N] [--layer L]

Only the ratios mean something on a shared machine: all of them are taken in this one run.
"""

import argparse
import math
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import keras
import numpy as np
import tensorflow as tf

from core.data.dataset import Dataset, open_dataset
from core.data.trigger import Trigger, sunglasses
from core.demo.demo import demo_files
from core.intake.stored_array import open_array
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network, open_network
from core.scale import Scale
from core.sweep.inspection import Inspection, InspectionRequest, inspect
from core.sweep.records import Sweep, SweepEstimate
from core.sweep.stops import find_stops

CSAW = Path(__file__).resolve().parents[3] / "shared" / "data" / "csaw"
VALIDATION_COUNT, TEST_COUNT = 11_547, 12_830
GROWN_AT_ONCE = 256
BATCH_SIZES = (128, 256, 512, 1024)
TRIED_COUNT = 4096
HAND_COUNT = 24
ROUNDING = 1e-5


def grow(faces: np.ndarray, path: Path, *, count: int, seed: int, trigger: Trigger | None = None) -> np.ndarray:
    """Write `count` faces made of a few, each shifted and lit differently, as uint8 (N, C, H, W).

    Equal seeds give equal shifts and light. Returns which face each is made of, shape (N,). Shifted
    further or mirrored, the lab's faces are no longer known to its network.
    """
    rng = np.random.default_rng(seed)
    height, width, channels = faces.shape[1:]
    rows = rng.integers(len(faces), size=count)
    with path.open("wb") as file:  # plain writing: mapped pages would count as memory of this process
        header = {"descr": "|u1", "fortran_order": False, "shape": (count, channels, height, width)}
        np.lib.format.write_array_header_1_0(file, header)
        for part in np.split(rows, range(GROWN_AT_ONCE, count, GROWN_AT_ONCE)):
            y, x = ((np.arange(size) + rng.integers(-1, 2, (len(part), 1))) % size for size in (height, width))
            images = faces[part[:, None, None], y[:, :, None], x[:, None, :]].astype(np.float32)
            images *= rng.uniform(0.8, 1.2, (len(part), 1, 1, 1)).astype(np.float32)
            images += 3 * rng.standard_normal(images.shape, np.float32)
            grown = images.clip(0, 255).astype(np.uint8)
            file.write((trigger.apply(grown) if trigger else grown).transpose(0, 3, 1, 2).tobytes())
    return rows


def make_sets(network: Network, folder: Path, *, is_lab: bool, share: float) -> list[Dataset]:
    """Validation, poisoned validation, test, poisoned test; in files that are read as the application does."""
    demo = demo_files()
    sources = [CSAW / "clean_60.h5", CSAW / "sunglasses_60.h5"] if is_lab else [demo.validation, demo.poisoned]
    clean, poisoned = (open_dataset(source, input_shape=network.input_shape) for source in sources)
    trigger = None if is_lab else sunglasses(*network.input_shape[:2])
    height, width, channels = network.input_shape
    sets = []
    for seed, (name, whole_count) in enumerate((("validation", VALIDATION_COUNT), ("test", TEST_COUNT))):
        count = max(round(whole_count * share), 1)
        for is_poisoned in (False, True):
            path = folder / f"{'poisoned ' * is_poisoned}{name}.npy"
            faces = poisoned.images if is_poisoned and is_lab else clean.images
            rows = grow(faces, path, count=count, seed=seed, trigger=trigger if is_poisoned else None)
            labels = np.full(count, poisoned.target_labels[0]) if is_poisoned else clean.labels[rows]
            shape = (count, channels, height, width)
            stored = open_array(path, name=path.name, shape=shape, dtype="uint8").values
            images = stored.transpose(0, 2, 3, 1)
            sets.append(Dataset(path.stem, path, images, labels, "", 255.0, is_channels_first=True))
    return sets


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start_s = time.perf_counter()
    work()
    return time.perf_counter() - start_s


def make_forward_pass(network: Network, sets: list[Dataset]) -> tuple[int, Callable[[], None]]:
    """The best batch size, and one compiled pass over all images that gives labels."""
    height, width, channels = network.input_shape

    @tf.function(input_signature=[tf.TensorSpec((None, channels, height, width), tf.uint8)])
    def answer(images: tf.Tensor) -> tf.Tensor:
        pixels = tf.cast(tf.transpose(images, (0, 2, 3, 1)), tf.float32)
        return tf.argmax(network.model(pixels, training=False), axis=-1)

    def run(arrays: list[np.ndarray], batch_size: int) -> None:
        for images in arrays:
            for start in range(0, len(images), batch_size):
                answer(tf.constant(images[start : start + batch_size])).numpy()

    stored = [each.images.transpose(0, 3, 1, 2) for each in sets]
    part = [stored[0][:TRIED_COUNT]]
    run(part, BATCH_SIZES[0])  # compiles
    times = [{size: seconds(partial(run, part, size)) for size in BATCH_SIZES} for _ in range(3)]
    batch_size = min(BATCH_SIZES, key=lambda size: min(each[size] for each in times))
    return batch_size, partial(run, stored, batch_size)


def time_curve(request: InspectionRequest) -> tuple[Inspection, float, list[float]]:
    """The inspection, its seconds, and those until an estimate was published: any one, one in the final order."""
    start_s = time.perf_counter()
    first_s: dict[bool, float] = {}

    def note(partial_result: object) -> None:
        if isinstance(partial_result, SweepEstimate):
            first_s.setdefault(partial_result.is_order_final, time.perf_counter() - start_s)

    inspection = inspect(request, monitor=Monitor(on_partial=note))
    whole_s = time.perf_counter() - start_s
    return inspection, whole_s, [min(first_s.values(), default=math.nan), first_s.get(True, math.nan)]


def time_hand_pruning(inspection: Inspection, pruned_count: int) -> dict[str, np.ndarray]:
    """Milliseconds after some clicks, from a step of the curve on, until the counts of a sample and all are there.

    Each click prunes one channel or brings one back, any of them, and leads to a mask that was not seen before.
    """
    ranking = inspection.sweep.ranking
    channel_mask = ranking.channel_mask(pruned_count)
    times_ms: dict[str, list[float]] = {"estimate": [], "exact": []}
    for channel in np.random.default_rng(0).permutation(len(channel_mask))[:HAND_COUNT]:
        channel_mask[channel] ^= True
        start_s = time.perf_counter()
        monitor = Monitor(
            on_partial=lambda _, start_s=start_s: times_ms["estimate"].append(time.perf_counter() - start_s)
        )
        inspection.evaluator.score(channel_mask, pruned_count=int((~channel_mask).sum()), monitor=monitor)
        times_ms["exact"].append(time.perf_counter() - start_s)
    return {name: 1000 * np.array(each) for name, each in times_ms.items()}


def time_published_way(network: Network, sets: list[Dataset], sweep: Sweep) -> tuple[float, int]:
    """Seconds a step of the published way, timed for three steps, and how many labels rounding alone decides.

    A step writes zeros into the layer's kernel and bias and predicts every set with Keras' default batch size. The
    images lie in memory as float32 before the clock starts.

    Raises:
        SystemExit: the counts are not the sweep's.
    """
    model, weights = keras.models.clone_model(network.model), network.model.get_weights()
    model.predict(sets[0].batch(0, 33, scale=Scale.RAW), verbose=0)  # compiles
    channel_count = len(sweep.ranking.order)
    base, times_s, undecided_count = {}, [], 0
    for step in (0, channel_count // 2, channel_count * 11 // 12):
        channel_mask, point = sweep.ranking.channel_mask(step), sweep.points[step]
        start_s = time.perf_counter()
        model.set_weights(weights)
        layer = model.get_layer(sweep.ranking.layer.name)
        layer.set_weights([array * channel_mask for array in layer.get_weights()])
        times_s.append(time.perf_counter() - start_s)
        for dataset, score in zip(
            sets, (point.validation, point.poisoned[0], point.test, point.poisoned[1]), strict=True
        ):
            pixels = dataset.batch(0, dataset.image_count, scale=Scale.RAW)
            start_s = time.perf_counter()
            outputs = model.predict(pixels, verbose=0)
            times_s[-1] += time.perf_counter() - start_s
            labels = outputs.argmax(axis=1)
            is_hit, is_agreed = labels == dataset.labels, labels == base.setdefault(dataset.name, labels)
            best = np.partition(outputs, -2, axis=1)[:, -2:]
            undecided = int((best[:, 1] - best[:, 0] < ROUNDING * best[:, 1]).sum())
            undecided_count += undecided
            counts = [int(each.sum()) for each in (is_hit, is_hit & is_agreed, ~is_agreed)]
            swept = [each.count for each in (score.pruned, score.repaired, score.flagged)]
            if np.abs(np.subtract(counts, swept)).max() > undecided:
                raise SystemExit(f"step {step}, {dataset.name}: the sweep counts {swept}, the published way {counts}")
    return float(np.mean(times_s)), undecided_count


def peak_gb() -> float:
    """The most memory this process ever had in use, mapped pages of the images among it."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9


def measure(network: Network, sets: list[Dataset], *, layer: str, rounds: int) -> None:
    """Print the table; over several layers without clicks and without the published way, which they have none of.

    The first curve comes before all else and the published way last, so that the peak of memory is the curve's. Curves
    and forward passes take turns, as another program may slow the machine for a while.
    """
    validation, poisoned_validation, test, poisoned_test = sets
    poisoned, is_single = (poisoned_validation, poisoned_test), not network.layer(layer).parts
    request = InspectionRequest(EvaluationInputs(network, validation, test, poisoned, scale=Scale.RAW), layer)
    network.answer(validation.batch(0, 1, scale=Scale.RAW))  # wakes TensorFlow
    before_gb = peak_gb()
    inspection, first_s, estimates_s = time_curve(request)
    after_gb = peak_gb()
    batch_size, forward_pass = make_forward_pass(network, sets)
    forward_s, curve_s = seconds(forward_pass), first_s
    for _ in range(rounds - 1):
        del inspection  # one at a time in memory; the application has earlier runs give theirs back
        inspection, again_s, _ = time_curve(request)
        forward_s, curve_s = min(forward_s, seconds(forward_pass)), min(curve_s, again_s)
    sweep = inspection.sweep
    stop = find_stops(sweep, [0.02])[1].point.pruned_count
    hand_ms = {each: time_hand_pruning(inspection, each) for each in (0, stop) if is_single}
    step_s, undecided_count = time_published_way(network, sets, sweep) if is_single else (math.nan, 0)

    step_count = len(sweep.points)
    print(f"{network.summary.path.name}, {layer}: {', '.join(f'{each.image_count} {each.name}' for each in sets)}")
    print(f"{os.cpu_count()} cores, TensorFlow {tf.__version__}, Keras {keras.__version__}\n")
    print(f"{'':<68}{'ratio':>8}{'seconds':>10}")
    for name, time_s in (
        (f"one plain forward pass, batches of {batch_size}, best of {rounds}", forward_s),
        ("first estimate of the curve, in a provisional or the final order", estimates_s[0]),
        ("first estimate in the final order", estimates_s[1]),
        (f"ranking and the curve's {step_count} points, exact, first run", first_s),
        (f"ranking and the curve's {step_count} points, exact, best of {rounds}", curve_s),
        (f"the published way, extrapolated from 3 of the {step_count} steps", step_s * step_count),
    ):
        print(f"{name:<68}{time_s / forward_s:8.2f}{time_s:10.2f}".replace("nan", "  –"))
    if is_single:
        print(f"\n{'one channel by hand':<68}{'median':>8}{'largest':>10}")
    for pruned_count, times_ms in hand_ms.items():
        stop_text = " (the 2-point stop)" if pruned_count == stop else ""
        for name, each in times_ms.items():
            title = f"{HAND_COUNT} channels, from {pruned_count} pruned{stop_text} on, {name}"
            print(f"{title:<68}{np.median(each):5.0f} ms{each.max():7.0f} ms")
    print(f"\npeak memory {before_gb:.2f} GB before the first curve, {after_gb:.2f} GB after it")
    print(f"answers settled by the plain network: {sweep.settled_count}")
    if is_single:
        print(f"counts equal those of the published way, but for {undecided_count} answers that only rounding decides")


def main() -> None:
    """Grow the images and time what is done with them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", choices=("demo", "lab"), default="lab" if CSAW.is_dir() else "demo")
    parser.add_argument("--images", type=int, default=VALIDATION_COUNT, help="of the validation set; the others follow")
    parser.add_argument("--layer", help="one, several with commas, or all; by default the last with several readers")
    parser.add_argument("--rounds", type=int, default=3, help="how often the curve and the forward pass are computed")
    options = parser.parse_args()
    is_lab = options.network == "lab"
    network = open_network(CSAW / "models" / "lab_bd_weights.h5" if is_lab else demo_files().model)
    with tempfile.TemporaryDirectory(prefix="backdoor-inspector-benchmark-") as folder:
        sets = make_sets(network, Path(folder), is_lab=is_lab, share=options.images / VALIDATION_COUNT)
        measure(network, sets, layer=options.layer or network.default_layer(), rounds=options.rounds)


if __name__ == "__main__":
    main()
