"""Networks with the scores that `score.py` kept of them."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.detect.detectors.registry import DETECTORS
from core.detect.records import AllToAll, ClassScores
from tests.zoo.logistic import Floats
from tests.zoo.recipes import NO_TRIGGER
from tests.zoo.score import ALL_TO_ALL_PARTS


@dataclass(frozen=True, eq=False)
class Scored:
    """A network of the zoo with the scores of all detectors.

    Attributes:
        name, half, images, architecture, trigger: as in its recipe.
        targets: the classes that its attacker wants.
        found: the scores by detector.
    """

    name: str
    half: str
    images: str
    architecture: str
    trigger: str
    targets: frozenset[int]
    found: tuple[ClassScores, ...]

    @property
    def is_backdoored(self) -> bool:
        """Whether it has a backdoor."""
        return self.trigger != NO_TRIGGER

    @property
    def is_of_all(self) -> bool:
        """Whether every class is a target."""
        return len(self.targets) == len(self.found[0].scores)

    def examined_by(self, detectors: Iterable[str]) -> list[ClassScores]:
        """Return the scores of some detectors."""
        by_name = {each.detector: each for each in self.found}
        return [by_name[name] for name in detectors]


def read_networks(scores_file: Path, index_file: Path) -> list[Scored]:
    """Read the networks that have scores, in the order of the index."""
    rows = _rows_by_hash(scores_file)
    made = []
    with index_file.open(encoding="utf-8", newline="") as stream:
        for entry in csv.DictReader(stream):
            if entry["left_out"] or entry["hash"] not in rows:
                continue
            targets, found = _targets_and_scores(rows[entry["hash"]])
            names = (entry[each] for each in ("name", "half", "images", "architecture", "trigger"))
            made.append(Scored(*names, targets, found))
    return made


def read_others(scores_file: Path) -> list[Scored]:
    """Read networks that are no part of the zoo."""
    made = []
    for rows in _rows_by_hash(scores_file).values():
        targets, found = _targets_and_scores(rows)
        made.append(
            Scored(rows[0]["network"], "", "faces", "deepid", "several" if targets else NO_TRIGGER, targets, found)
        )
    return made


def _all_to_all(row: dict[str, str], name: str) -> AllToAll | None:
    statistic, score = (row.get(f"{name} {part}") for part in ALL_TO_ALL_PARTS)
    return AllToAll(float(statistic), float(score or "nan")) if statistic else None


def _rows_by_hash(file: Path) -> dict[str, list[dict[str, str]]]:
    """Return the rows of each network, by class."""
    rows: dict[str, list[dict[str, str]]] = {}
    with file.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            rows.setdefault(row["hash"], []).append(row)
    return {digest: sorted(each, key=lambda row: int(row["class"])) for digest, each in rows.items()}


def _targets_and_scores(rows: Sequence[dict[str, str]]) -> tuple[frozenset[int], tuple[ClassScores, ...]]:
    found = tuple(
        ClassScores(
            name,
            _column(rows, f"{name} statistic"),
            _column(rows, f"{name} score"),
            seconds=float(rows[0][f"{name} seconds"] or "nan"),
            all_to_all=_all_to_all(rows[0], name),
        )
        for name in DETECTORS.names
    )
    return frozenset(int(row["class"]) for row in rows if row["is_target"] == "1"), found


def _column(rows: Sequence[dict[str, str]], name: str) -> Floats:
    return np.array([float(row[name] or "nan") for row in rows])
