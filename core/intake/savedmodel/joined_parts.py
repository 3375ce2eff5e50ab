"""How the parts of a SavedModel are joined in one file; used by both sides, so nothing else is imported."""

import struct

from core.intake.refusal import Refusal

SIGNATURE = b"\x00SavedModel joined\x00\n"
LENGTHS = struct.Struct("<3Q")


def split_parts(content: memoryview, name: str) -> list[memoryview]:
    """Return the description, the index of the weights and the weights of a joined file.

    Raises:
        Refusal: `damaged-file`.
    """
    start = len(SIGNATURE) + LENGTHS.size
    lengths = LENGTHS.unpack_from(content, len(SIGNATURE)) if len(content) >= start else (0, 0, 0)
    if start + sum(lengths) != len(content):
        raise Refusal("damaged-file", f"'{name}' was changed while it was being read: open it again")
    parts = []
    for length in lengths:
        parts.append(content[start : start + length])
        start += length
    return parts
