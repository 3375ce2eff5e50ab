"""The lock of an audit's folder: two audits in one folder refuse each other; one that was killed leaves no lock."""

import os
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from core.errors import AuditError

FILE_NAME = "audit.lock"
PATIENCE_S = 0.5
"""How long the lock is waited for: who looks whether an audit runs holds it for a moment."""


class FolderLock:
    """Holds the lock of a folder inside a `with` block. The system releases it when the process ends, however it ends.

    Args:
        folder: the folder.

    Raises:
        AuditError: on entering, `already-runs` or `write-failed`.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._file = -1

    def __enter__(self) -> Self:
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise AuditError(f"'{self._path}' cannot be written: {error.strerror}", code="write-failed") from error
        end_s = time.monotonic() + PATIENCE_S
        while not _is_locked(self._file):
            if time.monotonic() > end_s:
                os.close(self._file)
                raise AuditError(
                    f"another audit runs in '{self._path.parent}': wait for it, or name another folder",
                    code="already-runs",
                )
            time.sleep(PATIENCE_S / 10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)


def is_running(folder: Path) -> bool:
    """Whether an audit runs in a folder, as far as this machine can tell; nothing is written.

    The folder may be anybody's: a pipe in place of the lock is not waited for.
    """
    try:
        if not (folder / FILE_NAME).is_file():
            return False
        file = os.open(folder / FILE_NAME, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return False
    try:
        return not _is_locked(file, is_shared=True)
    finally:
        os.close(file)


if sys.platform == "win32":
    import msvcrt

    def _is_locked(file: int, *, is_shared: bool = False) -> bool:
        """Lock a file; return whether that was possible."""
        del is_shared
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _is_locked(file: int, *, is_shared: bool = False) -> bool:
        """Lock a file; return whether that was possible."""
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
