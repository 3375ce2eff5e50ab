"""What a repair method makes of the real networks with 40 real faces, and what strangers add.

Run from the project's root:  .venv/bin/python tests/benchmarks/real_faces.py [--networks lab,sunglasses,multi]
[--method occlusion] [--strangers 0,2000,photographs] [--suspects 0] [--seed 0]

The networks know 1,283 people; 60 images of 58 of them are there. 40 are drawn for validation (8 of them held out),
20 test. Strangers are people that no network knows: they count by B's answers alone. A number draws so many of this
project's own faces, "photographs" takes those of `shared/data/real/strangers.h5`.
Attack success is counted over all 60 faces with the trigger, 40 of which are those of the validation set without it.
The figures are few: they say whether an attack goes, not to how many decimals.
"""

import argparse
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from core.data.dataset import Dataset, from_arrays, open_dataset
from core.demo.demo import DemoSettings, draw_demo_set
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network, open_network
from core.repair.job import RepairRequest
from core.repair.methods.occlusion import OCCLUSION
from core.repair.methods.registry import METHODS
from core.repair.task import RepairTask
from core.scale import Scale

CSAW = Path(__file__).resolve().parents[3] / "shared" / "data" / "csaw"
REAL = CSAW.parent / "real"
VALIDATION_COUNT = 40
STRANGERS_SEED = 4242
IMAGES_OF_EACH = 4
KINDS = {
    "lab": ("lab_bd_weights.h5", Scale.RAW, ("sunglasses_60.h5",)),
    "sunglasses": ("sunglasses_bd_weights.h5", Scale.UNIT, ("sunglasses_60.h5",)),
    "multi": (
        "multi_trigger_multi_target_bd_weights.h5",
        Scale.UNIT,
        ("lipstick_60.h5", "eyebrows_60.h5", "sunglasses_multi_60.h5"),
    ),
}


def strangers(text: str, network: Network) -> Dataset | None:
    """Faces of people that no network knows, drawn or photographed; their labels say nothing."""
    if text == "photographs":
        return open_dataset(REAL / "strangers.h5", input_shape=network.input_shape, has_labels=False)
    count = int(text)
    if not count:
        return None
    settings = replace(DemoSettings(), identity_count=count // IMAGES_OF_EACH, training_count=IMAGES_OF_EACH)
    drawn = draw_demo_set(settings, seed=STRANGERS_SEED, part="training")
    return from_arrays("strangers.h5", drawn.images, np.zeros(len(drawn.images), np.int64))


def main() -> None:
    """Repair each network with each number of strangers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--networks", default=",".join(KINDS))
    parser.add_argument("--method", default=OCCLUSION.name, choices=METHODS.names)
    parser.add_argument("--strangers", default="0,2000")
    parser.add_argument("--suspects", default="", help="classes that unlearning suspects, such as 0,5")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    method = METHODS.get(asked.method)
    suspects = tuple(int(each) for each in asked.suspects.split(",") if each)
    for kind in asked.networks.split(","):
        model, scale, triggered = KINDS[kind]
        network = open_network(CSAW / "models" / model)
        faces = open_dataset(CSAW / "clean_60.h5", input_shape=network.input_shape)
        poisoned = tuple(open_dataset(CSAW / each, input_shape=network.input_shape) for each in triggered)
        order = np.random.default_rng(asked.seed).permutation(faces.image_count)
        first, rest = np.sort(order[:VALIDATION_COUNT]), np.sort(order[VALIDATION_COUNT:])
        validation = from_arrays("validation.h5", faces.images[first], faces.labels[first])
        test = from_arrays("test.h5", faces.images[rest], faces.labels[rest])
        inputs = EvaluationInputs(network, validation, test, poisoned, scale=scale)
        for count in asked.strangers.split(","):
            start = time.monotonic()
            request = RepairRequest(
                inputs,
                method,
                settings=method.default_settings(seed=asked.seed),
                unlabelled=strangers(count, network),
                suspects=suspects,
            )
            refit = method.run(RepairTask.from_request(request, inputs), Monitor()).refit
            assert refit is not None, "only methods that train are measured here"
            before, after = refit.history[0], refit.history[refit.kept_epoch]
            attacks = [", ".join(map(str, each.poisoned)) for each in (before, after)]
            print(
                f"{kind}, {method.name}, strangers: {count}, {time.monotonic() - start:.0f} s: "
                f"clean test {before.test} -> {after.test}, ASR {attacks[0]} -> {attacks[1]}",
                flush=True,
            )


if __name__ == "__main__":
    main()
