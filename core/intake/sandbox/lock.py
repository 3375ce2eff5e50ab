"""Locking of this process with what the system offers, and what it offers without locking anything."""

import ctypes
import platform
import sys
from collections.abc import Callable
from pathlib import Path

from core.intake.refusal import shortened
from core.intake.sandbox import landlock, macos, seccomp, windows
from core.intake.sandbox.libc import Libc
from core.intake.sandbox.state import CALLS, FILES, LIMITS, ON, RIGHTS, SandboxState


def lock(folder: Path, *, memory_bytes: int) -> SandboxState:
    """Lock this process for good: from now on it can read what is open, and create files in a folder.

    Everything that is needed later must be imported. What cannot be applied is reported, not raised.

    Args:
        folder: the scratch folder.
        memory_bytes: memory that the process may use, where the sandbox limits it (Windows).
    """
    if sys.platform.startswith("linux"):
        files = _applied(lambda: landlock.apply(Libc(), folder) if _thread_count() == 1 else "a second thread runs")
        return SandboxState(((FILES, files), (CALLS, _applied(lambda: seccomp.apply(Libc(), platform.machine())))))
    if sys.platform == "darwin":
        return SandboxState(((FILES, _applied(lambda: macos.apply(ctypes.CDLL("/usr/lib/libSystem.dylib"), folder))),))
    if sys.platform == "win32":
        kernel, rights = ctypes.WinDLL("kernel32", use_last_error=True), ctypes.WinDLL("advapi32", use_last_error=True)
        limited = _applied(lambda: windows.join_job(kernel, memory_bytes=memory_bytes))
        lowered = _applied(lambda: windows.lower_rights(kernel, rights, folder))
        return SandboxState(((FILES, windows.READING), (RIGHTS, lowered), (LIMITS, limited)))
    return _NONE


def offered() -> SandboxState:
    """Return what this system is expected to apply, without locking this process."""
    if sys.platform.startswith("linux"):
        files = _applied(lambda: ON if landlock.version(Libc()) else landlock.MISSING)
        return SandboxState(((FILES, files), (CALLS, seccomp.missing(platform.machine()) or ON)))
    if sys.platform == "darwin":
        return SandboxState(((FILES, ON),))
    if sys.platform == "win32":
        return SandboxState(((FILES, windows.READING), (RIGHTS, ON), (LIMITS, ON)))
    return _NONE


_NONE = SandboxState(((FILES, f"there is none for {sys.platform}"),))


def _applied(apply: Callable[[], str]) -> str:
    try:
        return apply()
    except (OSError, ValueError, AttributeError, ctypes.ArgumentError) as error:
        return f"it cannot be applied: {shortened(error)}"


def _thread_count() -> int:
    """How many threads this process has: Landlock locks only the thread that asks for it."""
    try:
        return sum(1 for _ in Path("/proc/self/task").iterdir())
    except OSError:
        return 1  # the child starts none
