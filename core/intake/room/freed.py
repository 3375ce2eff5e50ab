"""Gives memory that was freed back to the system."""

import ctypes
import sys


def trim_memory() -> None:
    """Give freed memory back to the system, where the C library keeps it for its threads (glibc; some 5 ms)."""
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
