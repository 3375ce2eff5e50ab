"""Run all detectors on the three backdoored networks of CSAW-HackML-2020, and keep their raw scores.

Run from the project's root:  .venv/bin/python tests/zoo/score_competition.py FOLDER [--scores FILE] [--only TEXT]

FOLDER holds the competition's weights in `models/` and sixty clean faces in `clean_60.h5`. Each network has 1,283
classes and takes some minutes. Nothing is fitted on these networks: `fit.py` only reports on them.
"""

import argparse
import hashlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.monitor import Monitor
from core.scale import NAMED
from tests.zoo.score import append, detectors_digest, rows_of

FILE = Path(__file__).resolve().parent / "competition.csv"
NETWORKS = {
    "lab": ("lab_bd_weights.h5", "raw", (0,)),
    "sunglasses": ("sunglasses_bd_weights.h5", "unit", (0,)),
    "multi-trigger": ("multi_trigger_multi_target_bd_weights.h5", "unit", (1, 5, 8)),
}
"""File, pixel range and targets of each network, as the competition names them."""


def main(words: list[str] | None = None) -> int:
    """Score the networks one after the other."""
    parser = argparse.ArgumentParser(description="Run all detectors on the competition's networks.")
    parser.add_argument("folder", type=Path, help="folder of the competition's files")
    parser.add_argument("--scores", type=Path, default=FILE, help="the file to append to")
    parser.add_argument("--only", default="", help="score only networks whose name contains this")
    asked = parser.parse_args(words)
    from core.data.dataset import open_dataset  # noqa: PLC0415 - after the arguments were read
    from core.detect.job import DetectionRequest, detect  # noqa: PLC0415 - brings TensorFlow
    from core.network.network import open_network  # noqa: PLC0415

    for name, (file, scale, targets) in NETWORKS.items():
        if asked.only not in name:
            continue
        path = asked.folder / "models" / file
        faces = open_dataset(asked.folder / "clean_60.h5")
        found = detect(DetectionRequest(open_network(path), NAMED[scale], faces), Monitor())
        network_hash = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        append(asked.scores, rows_of(name, network_hash, targets, found.scores, digest=detectors_digest()))
        print(f"{name}: {found.verdict}, {found.seconds:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
