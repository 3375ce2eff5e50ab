"""Hashes of the files of an audit, each computed once."""

import hashlib
import os
from pathlib import Path

from core.errors import AuditError
from core.monitor import Monitor

_BLOCK = 2**20


class FileHashes:
    """Computes the SHA-256 of files and folders, and remembers them.

    The hash of a folder is that of the names and hashes of all files in it and below.
    """

    def __init__(self) -> None:
        self._known: dict[Path, str] = {}

    def of(self, path: Path, monitor: Monitor) -> str:
        """Return the hash in hexadecimal.

        Raises:
            AuditError: `missing-file`, `not-a-file`, `unreadable-file`.
            Cancelled: the job was cancelled.
        """
        if path not in self._known:
            try:
                self._known[path] = _folder(path, monitor) if path.is_dir() else _file(path, monitor)
            except FileNotFoundError as error:
                raise AuditError(f"there is no '{path}'", code="missing-file") from error
            except OSError as error:
                raise AuditError(f"'{path}' cannot be read: {error.strerror}", code="unreadable-file") from error
        return self._known[path]


def _folder(path: Path, monitor: Monitor) -> str:
    digest = hashlib.sha256()
    for place, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            file = Path(place) / name
            digest.update(f"{file.relative_to(path).as_posix()}\0{_file(file, monitor)}\n".encode())
    return digest.hexdigest()


def _file(path: Path, monitor: Monitor) -> str:
    if not path.is_file():
        if not path.exists():
            raise FileNotFoundError(path)
        raise AuditError(f"'{path}' is a pipe, a socket or a device, and no file", code="not-a-file")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            monitor.stop_if_asked()
            digest.update(block)
    return digest.hexdigest()
