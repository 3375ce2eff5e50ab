"""Freed memory goes back to the system, and the search for garbage stays short."""

import os
import subprocess
import sys
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


def test_a_search_for_garbage_leaves_out_what_was_there_but_frees_what_came_later() -> None:
    program = (
        "import gc, weakref; from core.intake.room.freed import exempt_from_garbage_search\n"
        "class Node: pass\n"
        "def circle():\n"
        "    node = Node(); node.itself = node; return weakref.ref(node)\n"
        "gc.collect(); exempt_from_garbage_search(); exempted = gc.get_freeze_count()\n"
        "later = circle(); gc.collect()\n"
        "print(exempted > 1000, len(gc.get_objects()) < exempted / 10, later() is None)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "True", "True"]
