"""Gives memory that was freed back to the system, and keeps the search for garbage short."""

import ctypes
import gc
import sys


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
