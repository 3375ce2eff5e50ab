"""Writing of sessions: one folder or one archive, complete or absent."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.errors import ExportError
from core.export_file import not_written, partial_folder, sync, sync_folder, written_whole
from core.intake.session.members import CONTENT, DOCUMENT, DOCUMENT_BYTES, SCHEMA
from core.monitor import Monitor
from core.session_file.encoding import Json
from core.version import NAME, VERSION

STAGE = "Saving the session"
_BLOCK_BYTES = 4 * 1024 * 1024
_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class SessionContent:
    """What is written.

    Attributes:
        document: the JSON values of the session.
        arrays: its arrays, by name.
        files: files that are copied into it, by the names of the copies.
        tables: tables for people, by name; they are not read again.
    """

    document: Mapping[str, Json]
    arrays: Mapping[str, NDArray[Any]]
    files: Mapping[str, Path]
    tables: Mapping[str, bytes] = field(default_factory=dict)


def write_archive(path: Path, content: SessionContent, *, monitor: Monitor) -> None:
    """Write a session as one archive, in place of an earlier one.

    Raises:
        ExportError: `write-failed`.
        Cancelled: the job was cancelled; what was there before stays.
    """
    try:
        with written_whole(path, suffix=".zip") as partial:
            with zipfile.ZipFile(partial, "w") as archive:
                _write(_Archive(archive), content, monitor)
            monitor.checkpoint(STAGE)  # the last chance to stop: after it the file exists
    except OSError as error:
        raise not_written(path, error) from error


def write_folder(path: Path, content: SessionContent, *, monitor: Monitor) -> None:
    """Write a session as a folder, in place of an earlier session.

    Raises:
        ExportError: `already-exists`, another folder has that name; `write-failed`.
        Cancelled: the job was cancelled; what was there before stays.
    """
    if path.exists() and not (path.is_dir() and ((path / DOCUMENT).is_file() or not any(path.iterdir()))):
        raise ExportError(f"'{path}' exists and is no session: name another folder", code="already-exists")
    try:
        with partial_folder(path.parent) as partial:
            _write(_Folder(partial), content, monitor)
            monitor.checkpoint(STAGE)
            with partial_folder(path.parent) as earlier:
                if path.exists():
                    path.rename(earlier / "earlier")
                try:
                    partial.rename(path)
                except OSError:
                    if (earlier / "earlier").exists():
                        (earlier / "earlier").rename(path)
                    raise
            path.chmod(0o755)
            sync_folder(path.parent)
    except OSError as error:
        raise not_written(path, error) from error


def _write(target: "_Archive | _Folder", content: SessionContent, monitor: Monitor) -> None:
    """Write all members, the document with their digests last."""
    digests: dict[str, str] = {}
    total = len(content.arrays) + len(content.files) + len(content.tables)

    def write(name: str, copy: Callable[["_Hashing"], object]) -> None:
        monitor.checkpoint(STAGE, done_count=len(digests), total_count=total)
        with target.open(name) as file:
            hashing = _Hashing(file)
            copy(hashing)
        digests[name] = hashing.digest

    for name, values in content.arrays.items():
        write(f"arrays/{name}.npy", partial(_write_array, values=values))
    for name, source in content.files.items():
        write(name, partial(_copy, source=source, monitor=monitor))
    for name, table in content.tables.items():
        write(f"tables/{name}.csv", partial(_Hashing.write, content=table))
    document = {
        "application": NAME,
        "content": CONTENT,
        "schema": SCHEMA,
        "version": VERSION,
        **content.document,
        "members": digests,
    }
    text = json.dumps(document, allow_nan=False, separators=(",", ":")).encode("ascii")
    if len(text) > DOCUMENT_BYTES:
        raise ExportError(
            f"the session takes {len(text):,} bytes of JSON: at most {DOCUMENT_BYTES:,} are read again",
            code="file-too-large",
        )
    with target.open(DOCUMENT) as file:
        file.write(text)


class _Archive:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    @contextmanager
    def open(self, name: str) -> Iterator[Any]:
        entry = zipfile.ZipInfo(name, _TIME)
        is_text = name.endswith((".json", ".csv"))
        entry.compress_type = zipfile.ZIP_DEFLATED if is_text else zipfile.ZIP_STORED
        with self._archive.open(entry, "w", force_zip64=True) as file:
            yield file


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def open(self, name: str) -> Iterator[Any]:
        path = self._folder / name
        path.parent.mkdir(exist_ok=True)
        with path.open("xb") as file:
            yield file
        sync(path)


class _Hashing(io.RawIOBase):
    """Writes to a file, and keeps the digest of what it wrote."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        """SHA-256 of what was written, in hexadecimal."""
        return self._hash.hexdigest()

    def writable(self) -> bool:
        """Whether it can be written to."""
        return True

    def write(self, content: Any) -> int:
        """Write bytes."""
        self._hash.update(content)
        return self._file.write(content)


def _write_array(file: _Hashing, *, values: NDArray[Any]) -> None:
    plain = np.asarray(values, dtype=values.dtype.newbyteorder("<"), order="C")
    np.lib.format.write_array(file, plain, version=(1, 0), allow_pickle=False)


def _copy(file: _Hashing, *, source: Path, monitor: Monitor) -> None:
    with source.open("rb") as opened:
        while block := opened.read(_BLOCK_BYTES):
            monitor.stop_if_asked()
            file.write(block)
