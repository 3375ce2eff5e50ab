"""Freed memory goes back to the system."""

import os
from pathlib import Path

import pytest

from core.intake.room.freed import trim_memory


@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="the system does not tell the memory of a process")
def test_freed_memory_goes_back_to_the_system() -> None:
    def held_mb() -> float:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    trim_memory()
    blocks = [bytes(60_000) for _ in range(2_000)]  # below the size that is given back by itself
    last = bytes(60_000)  # keeps the end of the heap
    full_mb = held_mb()
    del blocks
    trim_memory()
    assert held_mb() < full_mb - 80
    assert last
