"""2,000 files changed at random: each is opened or refused with a known code, and nothing is executed."""

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.benchmarks.fuzz_intake import fuzz, write_sources

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="each file is read in a fork")]

COUNT = 2_000


def test_changed_files_are_opened_or_refused(tmp_path: Path) -> None:
    write_sources(tmp_path)
    outcomes = list(fuzz(tmp_path, seed=12, first=0, end=COUNT, process_count=2))
    assert sorted(outcome["index"] for outcome in outcomes) == list(range(COUNT))
    assert [outcome for outcome in outcomes if outcome["fault"]] == []
    endings = Counter(outcome["ending"] for outcome in outcomes)
    assert endings["opened"] > COUNT / 20
    assert endings["damaged-file"] > COUNT / 20
    assert len(endings) > 15
    # The parent tells a child that dies as damage; few should.
    assert sum(count for ending, count in endings.items() if ending.startswith("SIG")) < COUNT / 100


def test_a_change_is_repeated_by_its_seed(tmp_path: Path) -> None:
    write_sources(tmp_path)
    first, again = (list(fuzz(tmp_path, seed=3, first=40, end=44, process_count=1)) for _ in range(2))
    made = [[(outcome["index"], outcome["source"], outcome["change"]) for outcome in found] for found in (first, again)]
    assert made[0] == made[1]
    assert len(first) == 4
