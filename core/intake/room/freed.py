"""Gives memory that was freed back to the system, and keeps the search for garbage short."""

import ctypes
import gc
import sys

ARENA_COUNT = 2
_M_ARENA_MAX = -8  # glibc's malloc.h


def share_malloc_arenas() -> None:
    """Have all threads allocate from `ARENA_COUNT` arenas (glibc).

    glibc makes up to eight for each core. `malloc_trim` leaves the end of each but the first as it is, up to 64 MB, as
    large blocks that are freed raise the limit from which an arena shrinks by itself. Call it before there are many
    threads: arenas that exist stay.

    Source:
        mallopt(3): `M_ARENA_MAX`, `M_TRIM_THRESHOLD`, and the dynamic `M_MMAP_THRESHOLD`.
    """
    if sys.platform.startswith("linux"):
        set_option = getattr(ctypes.CDLL(None), "mallopt", None)
        if set_option is not None:
            set_option(_M_ARENA_MAX, ARENA_COUNT)


def trim_memory() -> None:
    """Give freed memory back to the system, where the C library keeps it for its threads (glibc; some 5 ms)."""
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def exempt_from_garbage_search() -> None:
    """Leave what exists now out of all later searches for garbage.

    TensorFlow, Keras and what comes with them are some 320,000 objects that stay for as long as the process, and a full
    search walks over all of them, which takes 0.2 s. Call it when large libraries have just been imported: cycles of
    what exists now are never freed.
    """
    gc.freeze()
