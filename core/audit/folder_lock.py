"""The lock of an audit's folder: two audits in one folder refuse each other; one that was killed leaves no lock."""

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from core.errors import AuditError

FILE_NAME = "audit.lock"


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
        try:
            _lock(self._file)
        except OSError as error:
            os.close(self._file)
            raise AuditError(
                f"another audit runs in '{self._path.parent}': wait for it, or name another folder", code="already-runs"
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)


def is_running(folder: Path) -> bool:
    """Whether an audit runs in a folder, on this machine."""
    if not (folder / FILE_NAME).exists():
        return False
    try:
        with FolderLock(folder):
            return False
    except AuditError as error:
        return error.code == "already-runs"


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
