"""NumPy's files: `.npy` and `.npz`, read by a parser of our own for the header; pickled objects are refused.

Source: NumPy, `numpy.lib.format`, "Format version 1.0" to "3.0".
"""

import ast
import math
import re
import struct
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from core.intake.data.arrays import FileArray, check_in_memory, in_memory
from core.intake.data.bundle import Part
from core.intake.limits import MIB, Limits
from core.intake.readers.scratch import Block
from core.intake.refusal import Refusal, shortened

START = b"\x93NUMPY"
_HEADER_BYTES = 64 * 1024
_NUMBERS = re.compile(r"[<>|=]?[iufb](1|2|4|8)")
_OTHERS = re.compile(r"[<>|=]?([SUVcmMf])(\d{1,6})(\[\w{1,9}\])?")  # texts, bytes, complex numbers, dates, long floats
_LARGEST_RATIO = 1_000  # what deflate can reach


@dataclass(frozen=True, slots=True)
class Header:
    """What a `.npy` file says of itself.

    Attributes:
        shape: the shape.
        dtype: the dtype.
        is_fortran: whether the first axis changes fastest.
        length_bytes: where the values begin.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    is_fortran: bool
    length_bytes: int

    @property
    def size_bytes(self) -> int:
        """Size of the values."""
        return math.prod(self.shape) * self.dtype.itemsize


def parse_header(start: bytes, *, what: str, name: str) -> Header:
    """Parse the header of a `.npy` file.

    Args:
        start: at least the beginning of the file.
        what: the array's name, for messages.
        name: the file's name, for messages.

    Raises:
        Refusal: `damaged-file`, `unsafe-type` or `truncated-file`.
    """
    where = f"'{shortened(what)}' in '{name}'" if what != name else f"'{name}'"
    damaged = Refusal("damaged-file", f"{where} is a damaged NumPy array: its header cannot be read")
    if not start.startswith(START) or len(start) < 12:
        raise damaged
    major = start[6]
    if major not in (1, 2, 3):
        raise Refusal("damaged-file", f"{where} is a NumPy array of an unknown version, {major}")
    place, form = (8, "<H") if major == 1 else (8, "<I")
    (length,) = struct.unpack_from(form, start, place)
    begin = place + struct.calcsize(form)
    if length > _HEADER_BYTES or begin + length > len(start):
        raise damaged
    try:
        values = ast.literal_eval(start[begin : begin + length].decode("utf-8" if major == 3 else "latin-1").strip())
        descr, is_fortran, shape = values["descr"], values["fortran_order"], values["shape"]
    except (ValueError, SyntaxError, KeyError, TypeError, MemoryError, RecursionError) as error:
        raise damaged from error
    if isinstance(descr, str) and "O" in descr:
        raise Refusal(
            "unsafe-type", f"{where} contains pickled Python objects, which are never read: save plain numbers"
        )
    if not isinstance(descr, str) or not isinstance(shape, tuple) or type(is_fortran) is not bool:
        raise Refusal("unsafe-type", f"{where} does not contain plain numbers: expected integers or floats")
    if not all(type(length) is int and 0 <= length < 2**40 for length in shape) or len(shape) > 8:
        raise damaged
    if not _NUMBERS.fullmatch(descr):
        hit = _OTHERS.fullmatch(descr)
        if hit is None:
            raise damaged
        # Listed by its size, and refused where it is asked for.
        descr = f"|V{int(hit[2]) * (4 if hit[1] == 'U' else 1)}"
    return Header(shape, np.dtype(descr), is_fortran, begin + length)


def npy_arrays(file: BinaryIO, parts: Sequence[Part], *, name: str, limits: Limits) -> dict[str, FileArray]:
    """Return the array of each `.npy` file, by the file's name."""
    return {part.name: _array_at(file, part, name=name, limits=limits) for part in parts}


def npz_arrays(file: BinaryIO, *, name: str, size_bytes: int, limits: Limits) -> dict[str, FileArray]:
    """Return the arrays of a `.npz` archive by name.

    Raises:
        Refusal: `truncated-file`, `damaged-file`, `unsafe-archive`, `wrong-format` or as `parse_header`.
    """
    try:
        archive = zipfile.ZipFile(file)
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Refusal("truncated-file", f"'{name}' is a truncated or damaged .npz archive") from error
    if len(entries) > limits.object_count:
        raise Refusal("file-too-large", f"'{name}' contains more than the {limits.object_count:,} objects allowed")
    arrays: dict[str, FileArray] = {}
    claimed_bytes = 0
    for entry in entries:
        key = entry.filename.removesuffix(".npy")
        if not entry.filename.endswith(".npy") or entry.flag_bits & 1 or key in arrays:
            raise Refusal(
                "unsafe-archive",
                f"'{name}' contains an entry '{shortened(entry.filename)}': expected arrays, each once and not "
                "encrypted",
            )
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refusal("unsafe-archive", f"'{shortened(key)}' in '{name}' is compressed by an unusual method")
        claimed_bytes += entry.file_size
        if entry.file_size > MIB and entry.file_size > _LARGEST_RATIO * max(1, entry.compress_size):
            raise Refusal("claims-too-much", f"'{shortened(key)}' in '{name}' is compressed too strongly to be true")
        arrays[key] = _array_in(archive, entry, key, name=name, limits=limits)
    if claimed_bytes > max(limits.free_claim_bytes, limits.claim_ratio * size_bytes):
        raise Refusal(
            "claims-too-much",
            f"the arrays of '{name}' claim {claimed_bytes:,} bytes together, but the file has only {size_bytes:,}",
        )
    return arrays


def _array_at(file: BinaryIO, part: Part, *, name: str, limits: Limits) -> FileArray:
    file.seek(part.begin)
    header = parse_header(file.read(min(part.size_bytes, _HEADER_BYTES)), what=part.name, name=name)
    found_bytes = part.size_bytes - header.length_bytes
    if found_bytes < header.size_bytes:
        raise Refusal(
            "truncated-file", f"'{part.name}' is incomplete: it claims {header.size_bytes:,} bytes, has {found_bytes:,}"
        )
    if found_bytes > header.size_bytes:
        raise Refusal(
            "foreign-bytes", f"'{part.name}' has {found_bytes - header.size_bytes:,} bytes of other content at its end"
        )

    def read(begin: int, count: int) -> bytes:
        file.seek(part.begin + header.length_bytes + begin)
        return file.read(count)

    return _from_bytes(part.name, header, read, name=name, limits=limits)


def _array_in(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, key: str, *, name: str, limits: Limits) -> FileArray:
    stream = _EntryStream(archive, entry, key, name)
    header = parse_header(stream.start(), what=key, name=name)
    if entry.file_size != header.length_bytes + header.size_bytes:
        raise Refusal(
            "truncated-file", f"'{shortened(key)}' in '{name}' is not as long as its shape {header.shape} says"
        )
    return _from_bytes(
        key, header, lambda begin, count: stream.read(header.length_bytes + begin, count), name=name, limits=limits
    )


class _EntryStream:
    """Reads an archive's entry from front to back; going back begins anew."""

    def __init__(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, key: str, name: str) -> None:
        self._archive, self._entry, self._key, self._name = archive, entry, key, name
        self._stream: Any = None
        self._place = 0

    def start(self) -> bytes:
        """Return the beginning of the entry."""
        return self.read(0, min(self._entry.file_size, _HEADER_BYTES))

    def read(self, begin: int, count: int) -> bytes:
        """Return bytes of the entry."""
        try:
            if self._stream is None or begin < self._place:
                self._stream, self._place = self._archive.open(self._entry), 0
            while self._place < begin:
                skipped = len(self._stream.read(min(begin - self._place, MIB)))
                if not skipped:
                    break
                self._place += skipped
            content: bytes = self._stream.read(count)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError, RuntimeError) as error:
            raise self._damaged() from error
        except Exception as error:  # zlib.error has no place in the hierarchy
            if type(error).__module__ != "zlib":
                raise
            raise self._damaged() from error
        self._place += len(content)
        return content

    def _damaged(self) -> Refusal:
        return Refusal(
            "damaged-file", f"'{shortened(self._key)}' in '{self._name}' is damaged: it cannot be decompressed"
        )


def _from_bytes(key: str, header: Header, read: Callable[[int, int], bytes], *, name: str, limits: Limits) -> FileArray:
    """Return an array whose first axis is read row by row; another axis, or Fortran's order, takes it to memory."""
    shape, dtype = header.shape, header.dtype
    kept: list[FileArray] = []

    def values(begin: int, count: int, shape: tuple[int, ...]) -> Block:
        content = read(begin, count)
        if len(content) != count:
            raise Refusal("truncated-file", f"'{shortened(key)}' in '{name}' is incomplete: download it again")
        return np.frombuffer(content, dtype).reshape(shape)

    def rows(axis: int, start: int, stop: int) -> Block:
        if axis == 0 and not header.is_fortran and not kept and shape:
            row_bytes = math.prod(shape[1:]) * dtype.itemsize
            return values(start * row_bytes, (stop - start) * row_bytes, (stop - start, *shape[1:]))
        if not kept:
            check_in_memory(header.size_bytes, what=key, name=name, limits=limits)
            stored = values(0, header.size_bytes, shape[::-1] if header.is_fortran else shape)
            kept.append(in_memory(key, stored.transpose() if header.is_fortran else stored))
        return kept[0].rows(axis, start, stop)

    def check() -> None:
        if dtype.kind not in "iufb":
            raise Refusal("wrong-dtype", f"'{shortened(key)}' in '{name}' must contain plain numbers")
        if header.size_bytes > limits.array_bytes:
            raise Refusal(
                "file-too-large",
                f"'{shortened(key)}' in '{name}' claims {header.size_bytes:,} bytes: at most {limits.array_bytes:,} "
                "are allowed",
            )

    return FileArray(key, shape, dtype, rows, check=check)
