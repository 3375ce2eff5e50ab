"""MATLAB's files of version 5 (also of versions 6 and 7): numeric arrays only, read by a parser of our own.

SciPy's reader would bring a large library, makes objects of what it reads, and decompresses without a bound; of the
format only numeric arrays are needed here.

Source: MathWorks, "MAT-File Format", R2024b, chapter 1, "Level 5 MAT-File Format".
"""

import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from core.intake.data.arrays import FileArray, check_in_memory, in_memory
from core.intake.limits import Limits
from core.intake.readers.scratch import Block
from core.intake.refusal import Refusal, shortened

START = b"MATLAB 5.0 MAT-file"
_HEADER_BYTES = 128
_COMPRESSED, _MATRIX = 15, 14
_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_NUMERIC_CLASSES = range(6, 16)
_REFUSED_CLASSES = {3: "an object", 16: "a function", 17: "an object"}
_START_BYTES = 4096  # flags, dimensions and name are in it
_MOST_DIMENSIONS = 16
_LARGEST_RATIO = 1_100  # what zlib can reach


@dataclass(frozen=True, slots=True)
class _Element:
    """A tag: the type of what follows, where it begins, how long it is, and where the next element begins."""

    kind: int
    begin: int
    size_bytes: int
    end: int


def matlab_arrays(file: BinaryIO, *, name: str, size_bytes: int, limits: Limits) -> dict[str, FileArray]:
    """Return the numeric arrays of a file by name, their axes in MATLAB's order; structures and texts are left out.

    Raises:
        Refusal: `truncated-file`, `damaged-file`, `unsafe-type`, `claims-too-much` or `file-too-large`.
    """
    file.seek(0)
    header = file.read(_HEADER_BYTES)
    order = {b"IM": "<", b"MI": ">"}.get(header[126:128])
    if order is None:
        raise Refusal("truncated-file", f"'{name}' is a truncated or damaged MATLAB file")
    reader = _Reader(file, order=order, name=name, size_bytes=size_bytes, limits=limits)
    try:
        return {array.key: array for array in reader.arrays()}
    except (struct.error, ValueError, zlib.error, IndexError, KeyError) as error:
        raise reader.damaged() from error


class _Reader:
    def __init__(self, file: BinaryIO, *, order: str, name: str, size_bytes: int, limits: Limits) -> None:
        self._file, self._order, self._name, self._limits = file, order, name, limits
        self._size_bytes, self._claimed_bytes = size_bytes, 0

    def damaged(self) -> Refusal:
        """Return the refusal of a damaged file."""
        return Refusal("damaged-file", f"'{self._name}' is a damaged MATLAB file: its arrays cannot be read")

    def arrays(self) -> Iterator[FileArray]:
        """Yield the numeric arrays."""
        place, count = _HEADER_BYTES, 0
        while place + 8 <= self._size_bytes:
            count += 1
            if count > self._limits.object_count:
                raise Refusal(
                    "file-too-large",
                    f"'{self._name}' contains more than the {self._limits.object_count:,} arrays allowed",
                )
            self._file.seek(place)
            element = self._tag(self._file.read(8), 0, is_padded=False)
            begin, end = place + 8, place + 8 + element.size_bytes
            if end > self._size_bytes:
                raise Refusal("truncated-file", f"'{self._name}' is incomplete: download it again")
            if element.kind not in (_COMPRESSED, _MATRIX):
                raise self.damaged()
            array = self._array(begin, element.size_bytes, is_compressed=element.kind == _COMPRESSED)
            if array is not None:
                yield array
            place = end

    def _array(self, begin: int, size_bytes: int, *, is_compressed: bool) -> FileArray | None:
        start = self._content(begin, size_bytes, most_bytes=_START_BYTES, is_compressed=is_compressed)
        place = 0
        if is_compressed:
            matrix = self._tag(start, 0, is_padded=False)
            if matrix.kind != _MATRIX:
                raise self.damaged()
            place = 8
        flags = self._tag(start, place)
        kind = struct.unpack_from(self._order + "I", start, flags.begin)[0]
        dimensions = self._tag(start, flags.end)
        if not 8 <= dimensions.size_bytes <= 4 * _MOST_DIMENSIONS:
            raise self.damaged()
        shape = struct.unpack_from(f"{self._order}{dimensions.size_bytes // 4}i", start, dimensions.begin)
        label = self._tag(start, dimensions.end)
        key = start[label.begin : label.begin + label.size_bytes].decode("latin-1")
        if kind & 0xFF in _REFUSED_CLASSES:
            found = _REFUSED_CLASSES[kind & 0xFF]
            raise Refusal(
                "unsafe-type", f"'{shortened(key)}' in '{self._name}' is {found} of MATLAB: only plain numbers are read"
            )
        is_complex = kind & 0x800
        if kind & 0xFF not in _NUMERIC_CLASSES or is_complex:
            return None
        values = self._tag(start, label.end)
        dtype = np.dtype(self._order + _NUMBERS[values.kind])
        if min(shape) < 0 or math.prod(shape) * dtype.itemsize != values.size_bytes:
            raise self.damaged()
        self._check_claim(values.size_bytes, size_bytes, key)
        return self._lazy(key, shape, dtype, values, (begin, size_bytes), is_compressed=is_compressed)

    def _lazy(
        self,
        key: str,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        values: _Element,
        place: tuple[int, int],
        *,
        is_compressed: bool,
    ) -> FileArray:
        kept: list[FileArray] = []

        def rows(axis: int, start: int, stop: int) -> Block:
            if not kept:
                check_in_memory(values.size_bytes, what=key, name=self._name, limits=self._limits)
                most_bytes = values.begin + values.size_bytes
                try:
                    content = self._content(*place, most_bytes=most_bytes, is_compressed=is_compressed)
                except zlib.error as error:
                    raise self.damaged() from error
                if len(content) < most_bytes:
                    raise Refusal("truncated-file", f"'{shortened(key)}' in '{self._name}' is incomplete")
                array = np.frombuffer(content, dtype, math.prod(shape), values.begin)
                kept.append(in_memory(key, array.reshape(shape, order="F"), is_matlab=True))
            return kept[0].rows(axis, start, stop)

        return FileArray(key, shape, dtype, rows, is_matlab=True)

    def _check_claim(self, claimed_bytes: int, stored_bytes: int, key: str) -> None:
        self._claimed_bytes += claimed_bytes
        most_bytes = max(self._limits.free_claim_bytes, self._limits.claim_ratio * self._size_bytes)
        if self._claimed_bytes > most_bytes or claimed_bytes > _LARGEST_RATIO * (stored_bytes + 64):
            raise Refusal(
                "claims-too-much",
                f"'{shortened(key)}' in '{self._name}' claims {claimed_bytes:,} bytes, but takes only {stored_bytes:,}",
            )

    def _content(self, begin: int, size_bytes: int, *, most_bytes: int, is_compressed: bool) -> bytes:
        """Return the beginning of an element, decompressed."""
        self._file.seek(begin)
        if not is_compressed:
            return self._file.read(min(size_bytes, most_bytes))
        return zlib.decompressobj().decompress(
            self._file.read(size_bytes if most_bytes > _START_BYTES else min(size_bytes, 2 * _START_BYTES)), most_bytes
        )

    def _tag(self, content: bytes, place: int, *, is_padded: bool = True) -> _Element:
        kind, size_bytes = struct.unpack_from(self._order + "II", content, place)
        if kind >> 16:  # a small element: type and length in four bytes, up to four bytes of content behind them
            if kind >> 16 > 4:
                raise self.damaged()
            return _Element(kind & 0xFFFF, place + 4, kind >> 16, place + 8)
        end = place + 8 + size_bytes
        return _Element(kind, place + 8, size_bytes, end + (-size_bytes % 8 if is_padded else 0))
