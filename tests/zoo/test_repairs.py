"""Repairs of the zoo that were kept: the networks and their figures before are those of the index."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from core.repair.methods.registry import METHODS
from tests.benchmarks.zoo_repair import COLUMNS

FOLDER = Path(__file__).resolve().parent
FILES = {
    "repairs.csv": set(METHODS.names),
    "published_methods.csv": {"ft", "i-bau", "sau", "fst", "nad", "rnp", "mm-bm"},  # see ADR 28
}


def read(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize(("name", "methods"), FILES.items())
def test_every_repaired_network_is_in_the_index_with_the_same_figures_before(name: str, methods: set[str]) -> None:
    known = {row["hash"]: row for row in read("index.csv")}
    rows = read(name)
    assert rows and tuple(rows[0]) == COLUMNS
    attacks: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        entry = known[row["hash"]]
        assert (row["network"], row["half"], row["trigger"]) == (entry["name"], entry["half"], entry["trigger"])
        assert row["method"] in methods
        # Rounding may turn a tie: plain Keras computes in other batches.
        assert abs(int(row["clean_before"]) - int(entry["accuracy_count"])) <= 1
        assert row["clean_total"] == entry["accuracy_total"]
        assert 0 <= int(row["clean_after"]) <= int(row["clean_total"])
        if row["attack_total"]:
            attacks[row["hash"], row["method"], row["seed"]].append(
                (int(row["attack_before"]), int(row["attack_total"]))
            )
    for (network, _, _), counted in attacks.items():
        entry = known[network]
        assert [total for _, total in counted] == [int(each) for each in entry["success_totals"].split()]
        for (before, _), wanted in zip(counted, entry["success_counts"].split(), strict=True):
            assert abs(before - int(wanted)) <= 2


@pytest.mark.parametrize("name", FILES)
def test_no_network_is_counted_twice(name: str) -> None:
    keys = [(row["hash"], row["method"], row["seed"], row["number"]) for row in read(name)]
    assert len(set(keys)) == len(keys)
