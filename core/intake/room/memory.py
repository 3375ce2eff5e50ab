"""The memory that is available to this process."""

import ctypes
import sys
from pathlib import Path

_MEMORY_FILE = Path("/proc/meminfo")
_GROUP_FOLDER = Path("/sys/fs/cgroup")


def available_bytes(*, memory_file: Path = _MEMORY_FILE, group_folder: Path = _GROUP_FOLDER) -> int | None:
    """Return how much memory can be taken without swapping; None if the system does not tell.

    In a container the limit of its control group counts, if that is lower.

    Args:
        memory_file: Linux' description of its memory.
        group_folder: the control group of the process, version 2.
    """
    known = [each for each in (_of_system(memory_file), _of_group(group_folder)) if each is not None]
    return min(known, default=None)


def _of_system(memory_file: Path) -> int | None:
    if sys.platform == "win32":
        return _of_windows()
    try:
        for line in memory_file.read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    except (OSError, ValueError, IndexError):
        pass
    return None


def _of_group(folder: Path) -> int | None:
    try:
        limit = (folder / "memory.max").read_text("ascii").strip()
        used = int((folder / "memory.current").read_text("ascii"))
        return None if limit == "max" else max(0, int(limit) - used)
    except (OSError, ValueError):
        return None


class _WindowsMemory(ctypes.Structure):
    """`MEMORYSTATUSEX` of the Windows API."""

    _fields_ = [
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        ("physical", ctypes.c_uint64),
        ("available", ctypes.c_uint64),
        ("others", ctypes.c_uint64 * 5),
    ]


def _of_windows() -> int | None:
    state = _WindowsMemory()
    state.length = ctypes.sizeof(state)
    found = getattr(ctypes, "windll").kernel32.GlobalMemoryStatusEx(ctypes.byref(state))  # noqa: B009 - only there
    return int(state.available) if found else None
