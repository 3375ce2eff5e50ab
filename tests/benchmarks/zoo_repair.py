"""Repair networks of the zoo by one method, and count what is left of their backdoors.

Run from the project's root:  .venv/bin/python tests/benchmarks/zoo_repair.py [--method unlearning] [--half report]
                                  [--every 4] [--seed 0] [--cache FOLDER] [--out tests/zoo/repairs.csv] [NAME …]

The zoo must be made first (`tests/zoo/make.py`). Each network is read from its file, repaired with its validation
images alone, and counted on its test images, clean and with each trigger, by plain Keras. A row for each trigger is
appended to the file as soon as a network is done; networks that the file has for this method and seed are left out.
"""

import argparse
import csv
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import keras  # noqa: E402
import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from core.data.dataset import from_arrays  # noqa: E402
from core.monitor import Monitor  # noqa: E402
from core.network.inputs import EvaluationInputs  # noqa: E402
from core.network.network import Network  # noqa: E402
from core.records import Share  # noqa: E402
from core.refit.records import RefitEpoch  # noqa: E402
from core.repair.job import RepairRequest  # noqa: E402
from core.repair.methods.registry import METHODS  # noqa: E402
from core.repair.recipe_records import Attempt, OpenSets, Recipe, Resemblance, all_plans, told_outcome  # noqa: E402
from core.repair.resemblance import find_resemblance  # noqa: E402
from core.repair.task import Made, RepairTask  # noqa: E402
from tests.zoo.index import Entry, zoo_networks  # noqa: E402

COLUMNS = (
    "network",
    "hash",
    "half",
    "images",
    "architecture",
    "trigger",
    "method",
    "seed",
    "number",
    "target",
    "clean_total",
    "clean_before",
    "clean_after",
    "attack_total",
    "attack_before",
    "attack_after",
    "kept_epoch",
    "held_out_before",
    "held_out_after",
    "relative_size_before",
    "relative_size_after",
    "outcome",
    "seconds",
)


def main() -> None:
    """Repair the networks that are asked for and are not in the file yet."""
    asked = _arguments()
    method = METHODS.get(asked.method)
    done = _done(asked.out)
    entries = zoo_networks(asked.cache, half=None if asked.half == "both" else asked.half)
    if asked.names:
        entries = tuple(each for each in entries if any(name in each.name for name in asked.names))
    chosen = [each for each in entries if each.is_backdoored or asked.clean][asked.first :: asked.every]
    for entry in chosen:
        if (entry.digest, method.name, str(asked.seed)) in done:
            continue
        network = entry.open()
        validation = entry.dataset("validation")
        inputs = EvaluationInputs(network=network, validation=validation, scale=entry.scale)
        settings = method.default_settings(seed=asked.seed)
        request = RepairRequest(inputs, method, settings=settings)
        begin_s = time.monotonic()
        made = method.run(RepairTask.from_request(request, inputs), Monitor())
        seconds = time.monotonic() - begin_s
        rows = _rows(entry, made, network.model)
        for row in rows:
            row |= {"method": method.name, "seed": asked.seed, "seconds": round(seconds, 1)}
        _append(asked.out, rows)
        first = rows[0]
        print(
            f"{entry.name}: right {first['clean_before']} → {first['clean_after']} of {first['clean_total']}, attack "
            + ", ".join(f"{row['attack_before']} → {row['attack_after']} of {row['attack_total']}" for row in rows)
            + f", {seconds:.0f} s",
            flush=True,
        )


def _rows(entry: Entry, made: Made, base: keras.Model) -> list[dict[str, object]]:
    pixels, labels = entry.inputs("test")
    clean = {
        "clean_total": len(labels),
        "clean_before": int((_answers(base, pixels) == labels).sum()),
        "clean_after": int((_answers(made.model, pixels) == labels).sum()),
    }
    evidence: dict[str, object] = {}
    if made.refit is not None:
        before, kept = made.refit.history[0], made.refit.history[made.refit.kept_epoch]
        evidence = {
            "kept_epoch": made.refit.kept_epoch,
            "held_out_before": before.held_out.rate,
            "held_out_after": kept.held_out.rate,
            "relative_size_before": round(min(before.relative_sizes), 4) if before.relative_sizes else "",
            "relative_size_after": round(min(kept.relative_sizes), 4) if kept.relative_sizes else "",
        }
    if made.recipe is not None:
        evidence["outcome"] = str(told_outcome(made.recipe, OpenSets()))
    elif made.refit is not None:
        resemblance = find_resemblance(
            Network(base, path=entry.path), entry.dataset("validation"), scale=entry.scale, seed=0, monitor=Monitor()
        )
        evidence["outcome"] = _outcome_by_sizes(made.refit.history[0], kept, resemblance)
    rows: list[dict[str, object]] = []
    for number, triggered in enumerate(entry.triggered("test")):
        images = from_arrays("triggered", triggered.images, triggered.wanted)
        seen = images.batch(0, images.image_count, scale=entry.scale)
        rows.append(
            {
                "number": number,
                "target": " ".join(map(str, entry.targets)),
                "attack_total": len(seen),
                "attack_before": int((_answers(base, seen) == triggered.wanted).sum()),
                "attack_after": int((_answers(made.model, seen) == triggered.wanted).sum()),
            }
        )
    rows = rows or [dict.fromkeys(("number", "target", "attack_total", "attack_before", "attack_after"), "")]
    known = {
        "network": entry.name,
        "hash": entry.digest,
        "half": entry.half,
        "images": entry.recipe.kind,
        "architecture": entry.recipe.architecture,
        "trigger": entry.recipe.trigger,
    }
    return [{**known, **clean, **evidence, **row} for row in rows]


def _outcome_by_sizes(before: RefitEpoch, kept: RefitEpoch, resemblance: Resemblance) -> str:
    """Return what the recipe would say without patches, by held-out accuracy and the sizes of triggers alone."""
    plan = next(each for each in all_plans() if each.method.name == "unlearning")
    attempt = Attempt(plan, 0, kept.held_out, Share(0, 0), relative_sizes=kept.relative_sizes)
    sizes = before.relative_sizes
    recipe = Recipe(before.held_out, Share(0, 0), 0, (attempt,), 0, relative_sizes=sizes, resemblance=resemblance)
    return str(told_outcome(recipe, OpenSets()))


def _answers(model: keras.Model, pixels: NDArray[np.float32]) -> NDArray[np.int64]:
    answers: NDArray[np.int64] = np.asarray(model.predict(pixels, batch_size=128, verbose=0)).argmax(axis=1)
    return answers


def _done(file: Path) -> set[tuple[str, str, str]]:
    if not file.is_file():
        return set()
    with file.open(encoding="utf-8", newline="") as stream:
        return {(row["hash"], row["method"], row["seed"]) for row in csv.DictReader(stream)}


def _append(file: Path, rows: list[dict[str, object]]) -> None:
    is_new = not file.is_file()
    with file.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n", restval="")
        if is_new:
            writer.writeheader()
        writer.writerows(rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="parts of the names of networks; all if there are none")
    parser.add_argument("--method", default="unlearning", choices=METHODS.names)
    parser.add_argument("--half", default="report", choices=("tuning", "report", "both"))
    parser.add_argument("--clean", action="store_true", help="repair clean networks as well")
    parser.add_argument("--every", type=int, default=1, help="only every n-th network")
    parser.add_argument("--first", type=int, default=0, help="the first of these")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, default=None, help="the zoo's folder")
    parser.add_argument("--out", type=Path, default=ROOT / "tests" / "zoo" / "repairs.csv")
    return parser.parse_args()


if __name__ == "__main__":
    main()
