"""What occlusion consistency makes of the real networks with 40 real faces, and what drawn strangers add.

Run from the project's root:  .venv/bin/python tests/benchmarks/real_faces.py [--networks lab,sunglasses,multi]
[--strangers 0,2000] [--seed 0]

The networks know 1,283 people; 60 images of 58 of them are there. 40 are drawn for validation (8 of them held out),
20 test. Strangers are this project's own drawn faces, of people that no network knows: they count by B's answers alone.
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
from core.network.network import open_network
from core.refit.meter import Watched
from core.refit.refit import refit_network
from core.repair.methods.occlusion import OCCLUSION
from core.scale import Scale

CSAW = Path(__file__).resolve().parents[3] / "shared" / "data" / "csaw"
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


def strangers(count: int) -> Dataset | None:
    """Drawn faces of people that no network knows; their labels say nothing."""
    if not count:
        return None
    settings = replace(DemoSettings(), identity_count=count // IMAGES_OF_EACH, training_count=IMAGES_OF_EACH)
    drawn = draw_demo_set(settings, seed=STRANGERS_SEED, part="training")
    return from_arrays("strangers.h5", drawn.images, np.zeros(len(drawn.images), np.int64))


def main() -> None:
    """Repair each network with each number of strangers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--networks", default=",".join(KINDS))
    parser.add_argument("--strangers", default="0,2000")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    for kind in asked.networks.split(","):
        model, scale, triggered = KINDS[kind]
        network = open_network(CSAW / "models" / model)
        faces = open_dataset(CSAW / "clean_60.h5", input_shape=network.input_shape)
        poisoned = tuple(open_dataset(CSAW / each, input_shape=network.input_shape) for each in triggered)
        order = np.random.default_rng(asked.seed).permutation(faces.image_count)
        first, rest = np.sort(order[:VALIDATION_COUNT]), np.sort(order[VALIDATION_COUNT:])
        validation = from_arrays("validation.h5", faces.images[first], faces.labels[first])
        test = from_arrays("test.h5", faces.images[rest], faces.labels[rest])
        for count in (int(each) for each in asked.strangers.split(",")):
            start = time.monotonic()
            refit = refit_network(
                network,
                validation,
                OCCLUSION.default_settings(seed=asked.seed),
                scale=scale,
                unlabelled=strangers(count),
                watched=Watched(test, poisoned),
                monitor=Monitor(),
            )
            before, after = refit.history[0], refit.history[refit.kept_epoch]
            attacks = [", ".join(map(str, each.poisoned)) for each in (before, after)]
            print(
                f"{kind}, {count} strangers, {time.monotonic() - start:.0f} s: "
                f"clean test {before.test} -> {after.test}, ASR {attacks[0]} -> {attacks[1]}",
                flush=True,
            )


if __name__ == "__main__":
    main()
