"""Opening of the arrays in the cache: verified, and never mapped.

Whoever truncates a mapped file ends the process that reads it (SIGBUS). So small arrays are read into memory, and large
ones are read from their open file, row by row, where they are indexed: a truncated file is then an error to show.
"""

import hashlib
import io
import math
import os
import stat
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from core.errors import DatasetError
from core.intake.limits import MIB
from core.intake.row_array import RowArray

IN_MEMORY_BYTES = 64 * MIB
_PART_BYTES = 4 * MIB
_DIGEST_BYTES = 32
_HEADER_BYTES = 4096
_MOST_THREADS = 4


class DamagedArrayError(Exception):
    """The file is not the array that was announced."""


class StoredArray(RowArray):
    """A large array in an open file: indexing its first axis reads those rows into a plain array.

    Args:
        file: the open file, unbuffered; it is closed with this array.
        name: the name of the user's file, for the message where the content is gone.
        begin: where the first value is, in bytes.
        shape: the array's shape, in C order.
        dtype: its dtype.
    """

    def __init__(self, file: IO[bytes], *, name: str, begin: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        super().__init__(shape, dtype)
        self._name, self._begin = name, begin
        self._row_bytes = math.prod(shape[1:]) * dtype.itemsize
        self._source = _Source(file)

    def __repr__(self) -> str:
        return f"StoredArray({self._name!r}, {self.shape}, {self.dtype})"

    def with_last_axis(self) -> "StoredArray":
        """Return the same array with a further axis of length 1 at its end."""
        made = self._changed([*self.shape, 1], axes=[*self._axes, self.ndim])
        made._row_shape = (*self._row_shape, 1)
        return made

    def with_image_shape(self, shape: Sequence[int]) -> "StoredArray":
        """Return the same array with rows, shape (N, D), as images of D values.

        Raises:
            ValueError: the array is no table of rows, or its rows have another length.
        """
        if self.ndim != 2 or math.prod(shape) != self.shape[1]:
            raise ValueError(f"an array of shape {self.shape} has no rows of shape {tuple(shape)}")
        made = self._changed([self.shape[0], *shape], axes=range(len(shape) + 1))
        made._row_shape = tuple(shape)
        return made

    def digest(self, on_part: Callable[[], None]) -> str:
        """Return the digest of the values; see `OpenedArray`."""
        parts = range(0, self.nbytes, _PART_BYTES)

        def one(place: int) -> bytes:
            part = np.empty(min(_PART_BYTES, self.nbytes - place), np.uint8)
            if not self._source.read(self._begin + place, part.data):
                raise DamagedArrayError(f"the array of {self._name} was truncated while it was read")
            return _digest(part.data)

        pool = ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1), thread_name_prefix="digest")
        try:
            return _digest(b"".join(_each(pool.map(one, parts), on_part))).hex()
        finally:
            pool.shutdown(cancel_futures=True)

    def _rows(self, rows: npt.NDArray[np.integer[Any]]) -> npt.NDArray[Any]:
        """Read rows as they are in the file.

        Raises:
            DatasetError: `intake-answer`, if the file was truncated.
        """
        values = np.empty((len(rows), *self._row_shape), self.dtype)
        target = values.reshape(-1).view(np.uint8).data
        # Neighbouring rows are read at once.
        breaks = np.flatnonzero(np.diff(rows) != 1) + 1
        for first, last in zip([0, *breaks], [*breaks, len(rows)], strict=True):
            if last > first:
                part = target[int(first) * self._row_bytes : int(last) * self._row_bytes]
                if not self._source.read(self._begin + int(rows[first]) * self._row_bytes, part):
                    raise DatasetError(
                        f"the content of '{self._name}' is gone from the cache: open it again", code="intake-answer"
                    )
        return values


class _Source:
    """An open file that several threads read, closed when nothing uses it any more."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._lock = file, threading.Lock()
        weakref.finalize(self, file.close)

    def read(self, begin: int, target: memoryview) -> bool:
        """Fill a buffer; return whether the file was long enough and could be read."""
        try:
            with self._lock:
                self._file.seek(begin)
                return _read_into(self._file, target) == len(target)
        except OSError:
            return False


@dataclass(frozen=True, slots=True, eq=False)
class OpenedArray:
    """An array of the cache.

    Attributes:
        values: in memory and read-only, or still in the file.
        digest: BLAKE2b of the BLAKE2b digests of its parts of 4 MiB, in hexadecimal.
    """

    values: npt.NDArray[Any] | StoredArray
    digest: str


def open_array(
    path: Path, *, name: str, shape: tuple[int, ...], dtype: str, on_part: Callable[[], None] = lambda: None
) -> OpenedArray:
    """Open a `.npy` file and compute the digest of its values.

    Args:
        path: the file; a link is not followed.
        name: the name of the user's file.
        shape: the announced shape.
        dtype: the announced dtype.
        on_part: called every few megabytes of a large array; its exceptions are passed on.

    Raises:
        DamagedArrayError: the file is missing or is not the array that was announced.
    """
    numbers = np.dtype(dtype)
    try:
        file = _opened(path)
        try:
            begin = _header_length(file, path.name, shape, numbers)
            if math.prod(shape) * numbers.itemsize <= IN_MEMORY_BYTES:
                with file:
                    return _read_whole(file, path.name, begin, shape, numbers)
            stored = StoredArray(file, name=name, begin=begin, shape=shape, dtype=numbers)
        except BaseException:
            file.close()
            raise
        return OpenedArray(stored, stored.digest(on_part))
    except OSError as error:
        raise DamagedArrayError(f"{path.name} cannot be read: {error}") from error


def _read_whole(file: IO[bytes], name: str, begin: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> OpenedArray:
    values = np.empty(shape, dtype)
    content = values.reshape(-1).view(np.uint8).data
    file.seek(begin)
    if _read_into(file, content) != len(content):
        raise DamagedArrayError(f"{name} was truncated while it was read")
    values.flags.writeable = False
    parts = (content[place : place + _PART_BYTES] for place in range(0, len(content), _PART_BYTES))
    return OpenedArray(values, _digest(b"".join(map(_digest, parts))).hex())


def digest_of(content: bytes) -> str:
    """Return the BLAKE2b digest of some bytes, in hexadecimal."""
    return _digest(content).hex()


def _digest(content: Any) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()


def _each(digests: Iterator[bytes], on_part: Callable[[], None]) -> Iterator[bytes]:
    for digest in digests:
        on_part()
        yield digest


def _opened(path: Path) -> IO[bytes]:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if path.is_symlink():
        raise DamagedArrayError(f"{path.name} is a link")
    descriptor = os.open(path, flags | getattr(os, "O_CLOEXEC", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise DamagedArrayError(f"{path.name} is not a file")
    return os.fdopen(descriptor, "rb", buffering=0)


def _header_length(file: IO[bytes], name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    """Return the length of a `.npy` header; the header and the length of the file must be those announced."""
    buffer = memoryview(bytearray(_HEADER_BYTES))
    start = io.BytesIO(buffer[: _read_into(file, buffer)])
    try:
        if np.lib.format.read_magic(start) != (1, 0):
            raise ValueError("another version")
        found = np.lib.format.read_array_header_1_0(start)
    except ValueError as error:
        raise DamagedArrayError(f"{name} is not an array") from error
    if found != (shape, False, dtype):
        raise DamagedArrayError(f"{name} is not an array of shape {shape} and dtype {dtype}")
    size_bytes = math.prod(shape) * dtype.itemsize
    if os.fstat(file.fileno()).st_size != start.tell() + size_bytes:
        raise DamagedArrayError(f"{name} is not as long as announced")
    return start.tell()


def _read_into(file: IO[bytes], target: memoryview) -> int:
    """Read until the target is full or the file ends; return how much was read."""
    done_bytes = 0
    while done_bytes < len(target):
        count = file.readinto(target[done_bytes:])  # type: ignore[attr-defined]
        if not count:
            break
        done_bytes += count
    return done_bytes
