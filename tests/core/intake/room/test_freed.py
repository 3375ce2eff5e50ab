"""Freed memory goes back to the system, and the search for garbage stays short."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from core.intake.room.freed import ARENA_COUNT, trim_memory

COUNT_ARENAS = """
import ctypes, sys, tempfile, threading
from core.intake.room.freed import share_malloc_arenas
if sys.argv[1] == "shared":
    share_malloc_arenas()
have_allocated = threading.Barrier(13)
def allocate():
    held = [bytes(60_000) for _ in range(20)]
    have_allocated.wait()
threads = [threading.Thread(target=allocate) for _ in range(12)]
for each in threads:
    each.start()
have_allocated.wait()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
with tempfile.NamedTemporaryFile() as told:
    stream = ctypes.c_void_p(libc.fopen(told.name.encode(), b"w"))
    libc.malloc_info(0, stream)
    libc.fclose(stream)
    print(told.read().count(b"<heap nr="))
"""


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


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has other arenas")
def test_threads_share_a_few_arenas() -> None:
    def arena_count(mode: str) -> int:
        done = subprocess.run([sys.executable, "-c", COUNT_ARENAS, mode], check=True, capture_output=True, text=True)
        return int(done.stdout)

    assert arena_count("shared") <= ARENA_COUNT < arena_count("own")


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
