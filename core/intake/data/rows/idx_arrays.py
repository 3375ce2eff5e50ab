"""MNIST's IDX files, plain or compressed: a header of lengths, then one byte for each value.

Source: Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST Database of handwritten digits, "File formats".
"""

import math
import re
import zlib
from typing import BinaryIO

import numpy as np

from core.intake.data.arrays import FileArray, check_in_memory, in_memory
from core.intake.limits import Limits
from core.intake.refusal import Refusal

GZIP_START = b"\x1f\x8b"
_START = re.compile(rb"\x00\x00\x08[\x01\x03\x04]")  # bytes with 1, 3 or 4 axes
_HEADER_BYTES = 20


def is_idx(start: bytes) -> bool:
    """Whether a file is an IDX file of bytes; for a compressed one, by what its first bytes unpack to.

    Args:
        start: its first 64 bytes.
    """
    if start.startswith(GZIP_START):
        try:
            start = zlib.decompressobj(wbits=31).decompress(start, 4)
        except zlib.error:
            return False
    return _START.match(start) is not None


def idx_array(file: BinaryIO, *, key: str, begin: int, size_bytes: int, name: str, limits: Limits) -> FileArray:
    """Return the array of an IDX file that is a part of another file.

    Raises:
        Refusal: `damaged-file`, `truncated-file`, `foreign-bytes` or `file-too-large`.
    """
    file.seek(begin)
    start = file.read(_HEADER_BYTES)
    is_packed = start.startswith(GZIP_START)
    check_in_memory(size_bytes, what=key, name=name, limits=limits)
    file.seek(begin)
    content = file.read(size_bytes)
    if is_packed:
        content = _unpacked(content, key, name, limits)
    if _START.match(content) is None:
        raise Refusal("damaged-file", f"'{key}' is not an IDX file of bytes, as MNIST's are")
    axis_count = content[3]
    header = 4 + 4 * axis_count
    shape = _lengths(content)
    wanted = header + math.prod(shape)
    if len(content) < wanted:
        raise Refusal("truncated-file", f"'{key}' is incomplete: download it again")
    if len(content) > wanted:
        raise Refusal("foreign-bytes", f"'{key}' has {len(content) - wanted:,} bytes after its values")
    return in_memory(key, np.frombuffer(content, np.uint8, offset=header).reshape(shape))


def _unpacked(content: bytes, key: str, name: str, limits: Limits) -> bytes:
    """Unpack as much as the header says; an archive that is larger is refused before the rest of it is unpacked."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        start = unpacker.decompress(content, _HEADER_BYTES)
        if _START.match(start) is None or len(start) < 4 + 4 * start[3]:
            return start  # refused for what it is
        left_bytes = 4 + 4 * start[3] + math.prod(_lengths(start)) - len(start)
        check_in_memory(len(start) + left_bytes, what=key, name=name, limits=limits)
        rest = unpacker.decompress(unpacker.unconsumed_tail, max(0, left_bytes) + 1)
    except zlib.error as error:
        raise Refusal("damaged-file", f"'{key}' is a damaged gzip archive: download it again") from error
    if len(rest) > max(0, left_bytes) or unpacker.unused_data:
        raise Refusal("foreign-bytes", f"'{key}' has further content after its values")
    if not unpacker.eof:
        raise Refusal("truncated-file", f"'{key}' is incomplete: download it again")
    return start + rest


def _lengths(start: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(start[place : place + 4], "big") for place in range(4, 4 + 4 * start[3], 4))
