"""Run all detectors on the zoo, and keep their raw scores: one row for each network and class.

Run from the project's root:  .venv/bin/python tests/zoo/score.py [--cache DIR] [--images DIR] [--only TEXT]
[--scores FILE]

The rows are appended to `scores.csv` in the cache, network by network, so that the command can be stopped and repeated.
A network is scored again when it or the detectors' source has changed. Verdicts are fitted and judged on this file,
without training or running anything again. No detector sees a triggered image or a test image: each gets the clean
validation images.
"""

import argparse
import csv
import hashlib
import math
import os
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.detect.detectors.registry import DETECTORS
from core.detect.records import ClassScores
from core.monitor import Monitor
from tests.zoo.image_sets import REAL_FOLDER
from tests.zoo.index import Entry, default_folder, zoo_networks

if TYPE_CHECKING:
    from core.detect.job import Detection

ROOT = Path(__file__).resolve().parents[2]
FILE = "scores.csv"
_PARTS = ("statistic", "score", "seconds")
ALL_TO_ALL_PARTS = ("all-to-all statistic", "all-to-all score")
_FIXED = ("network", "hash", "detectors", "class", "is_target")


def columns() -> tuple[str, ...]:
    """Return the names of the columns: what is scored, then what each detector found of the class and the network."""
    of_networks = (f"{each.name} {part}" for each in DETECTORS if each.finds_all_to_all for part in ALL_TO_ALL_PARTS)
    return (*_FIXED, *(f"{name} {part}" for name in DETECTORS.names for part in _PARTS), *of_networks)


def detectors_digest() -> str:
    """Return the first digits of the SHA-256 of the source that figures come from, without comments and empty lines."""
    made = hashlib.sha256()
    folder = ROOT / "core" / "detect"
    modules = [folder / f"{name}.py" for name in ("ascent", "fooling", "null", "task")]
    modules += sorted((folder / "triggers").glob("*.py"))
    for path in (*modules, *sorted((folder / "detectors").glob("*.py"))):
        made.update(path.relative_to(ROOT).as_posix().encode() + b"\n")
        for line in path.read_text("utf-8").splitlines():
            if line.strip() and not line.strip().startswith("#"):
                made.update(line.rstrip().encode() + b"\n")
    return made.hexdigest()[:12]


def scored(entry: Entry, *, images: Path) -> "Detection":
    """Run all detectors on a network, with its clean validation images."""
    from core.detect.job import DetectionRequest, detect  # noqa: PLC0415 - brings TensorFlow

    dataset = entry.dataset("validation", images=images)
    request = DetectionRequest(entry.open(), entry.scale, dataset, seed=entry.recipe.seed)
    return detect(request, Monitor())


def rows_of(
    name: str, network_hash: str, targets: Collection[int], scores: tuple[ClassScores, ...], *, digest: str
) -> Iterator[dict[str, Any]]:
    """Return one row for each class.

    Args:
        name: the network's name.
        network_hash: hash of the network.
        targets: the classes that its attacker wants.
        scores: the scores of all detectors.
        digest: digest of the detectors' source.
    """
    for label in range(len(scores[0].scores)):
        row: dict[str, Any] = {
            "network": name,
            "hash": network_hash,
            "detectors": digest,
            "class": label,
            "is_target": int(label in targets),
        }
        for each in scores:
            row[f"{each.detector} statistic"] = _number(float(each.statistic[label]))
            row[f"{each.detector} score"] = _number(float(each.scores[label]))
            row[f"{each.detector} seconds"] = f"{each.seconds:.1f}"
            if each.all_to_all is not None:
                figures = each.all_to_all.statistic, each.all_to_all.score
                for part, figure in zip(ALL_TO_ALL_PARTS, figures, strict=True):
                    row[f"{each.detector} {part}"] = _number(figure)
        yield row


def main(words: list[str] | None = None) -> int:
    """Score what is missing."""
    parser = argparse.ArgumentParser(description="Run all detectors on the zoo, and keep their raw scores.")
    parser.add_argument("--cache", type=Path, default=default_folder(), help="folder of the networks")
    parser.add_argument("--images", type=Path, default=REAL_FOLDER, help="folder of the real images")
    parser.add_argument("--only", default="", help="score only networks whose name contains this")
    parser.add_argument("--scores", type=Path, help=f"the file to append to; {FILE} in the cache by default")
    asked = parser.parse_args(words)
    file, digest = asked.scores or asked.cache / FILE, detectors_digest()
    done = known_networks(file, digest)
    entries = [each for each in zoo_networks(asked.cache, images=asked.images) if asked.only in each.name]
    missing = [each for each in entries if each.digest not in done]
    for number, entry in enumerate(missing, 1):
        found = scored(entry, images=asked.images)
        append(file, rows_of(entry.name, entry.digest, entry.targets, found.scores, digest=digest))
        print(f"{number} of {len(missing)}: {entry.name}, {found.seconds:.0f} s", flush=True)
    return 0


def known_networks(file: Path, digest: str) -> set[str]:
    """Return the hashes of the networks that these detectors have scored."""
    if not file.is_file():
        return set()
    with file.open(encoding="utf-8", newline="") as stream:
        return {row["hash"] for row in csv.DictReader(stream) if row["detectors"] == digest}


def append(file: Path, rows: Iterator[dict[str, Any]]) -> None:
    """Append rows, all of a network at once; a new file gets its header."""
    is_new = not file.is_file()
    with file.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns(), lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerows(rows)


def _number(value: float) -> str:
    return f"{value:.5g}" if math.isfinite(value) else ""


if __name__ == "__main__":
    sys.exit(main())
