"""A writer of MATLAB files of version 5, well-formed or not."""

import math
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tests.hostile.packed_zeros import zlib_of_zeros

CLASSES = {"f8": 6, "f4": 7, "i1": 8, "u1": 9, "i2": 10, "u2": 11, "i4": 12, "u4": 13, "i8": 14, "u8": 15}
TYPES = {"i1": 1, "u1": 2, "i2": 3, "u2": 4, "i4": 5, "u4": 6, "f4": 7, "f8": 9, "i8": 12, "u8": 13}
OBJECT, FUNCTION, OPAQUE, CHARACTERS = 3, 16, 17, 4


def element(kind: int, content: bytes, *, is_padded: bool = True) -> bytes:
    """Return a data element."""
    return struct.pack("<II", kind, len(content)) + content + bytes(-len(content) % 8 if is_padded else 0)


def matrix(
    name: str, values: np.ndarray, *, kind: int | None = None, shape: tuple[int, ...] | None = None, level: int = -1
) -> bytes:
    """Return an array as an element; it may claim another class or shape than it has.

    Args:
        name: its name.
        values: the array.
        kind: the class that it claims.
        shape: the shape that it claims.
        level: how it is compressed; 0 for not at all.
    """
    values = np.atleast_2d(values)
    code = values.dtype.str[1:]
    flags = struct.pack("<II", CLASSES[code] if kind is None else kind, 0)
    dimensions = np.array(values.shape if shape is None else shape, "<i4").tobytes()
    label = name.encode()
    named = struct.pack("<HH", 1, len(label)) + label.ljust(4, b"\0") if len(label) <= 4 else element(1, label)
    content = element(6, flags) + element(5, dimensions) + named
    content += element(TYPES[code], np.asarray(values).tobytes(order="F"))
    whole = element(14, content)
    return whole if level == 0 else element(15, zlib.compress(whole, level), is_padded=False)


def matrix_of_zeros(name: str, shape: tuple[int, ...]) -> bytes:
    """Return an array of bytes that are all zero as a compressed element, whatever its size."""
    count = math.prod(shape)
    small = matrix(name, np.zeros((1, 8), "u1"), shape=shape, level=0)
    start = small[8:-12] + count.to_bytes(4, "little")  # without its first tag, its values and their number
    content = zlib_of_zeros(struct.pack("<II", 14, len(start) + count) + start, count)
    return element(15, content, is_padded=False)


def write_matlab(path: Path, arrays: Mapping[str, np.ndarray], *elements: bytes, level: int = -1) -> Path:
    """Write arrays, and further elements."""
    header = b"MATLAB 5.0 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x01IM"
    path.write_bytes(
        header + b"".join(matrix(name, values, level=level) for name, values in arrays.items()) + b"".join(elements)
    )
    return path
