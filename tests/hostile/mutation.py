"""Random changes of files: bytes flipped, cut, inserted, spliced; settings, texts and structure changed."""

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.core.edited_model import edit_file
from tests.core.structure_edits import EDITS

Rng = np.random.Generator
Change = Callable[[bytearray, Rng, bytes], object]

_NUMBERS = (0, 1, 2**7, 2**8 - 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1)
_WORDS: tuple[Any, ...] = (
    *(None, True, False, -1, 0, 1.5, 2**31, 2**63, 10**30, float("nan"), float("inf"), -float("inf")),
    *("", "\x1b[31m", "\u202eabc", "a/b", "../x", "\x00", "n" * 2_000, "float16", "channels_first", "os.system"),
    *([], {}, [[]], [None], [0] * 40, {"class_name": "__lambda__", "config": {"code": "4w=="}}, [[[[[[[[1]]]]]]]]),
    *({"class_name": "__tuple__", "items": [1, 1]}, {"module": "os", "class_name": "system", "config": {}}),
)
# HDF5 and most formats keep their structure in front.
_HEAD_BYTES = 4096


def _place(content: bytearray, rng: Rng) -> int:
    most = min(len(content), _HEAD_BYTES) if rng.random() < 0.6 else len(content)
    return int(rng.integers(max(1, most)))


def _length(rng: Rng) -> int:
    return int(2 ** rng.uniform(0, 10))


def flip(content: bytearray, rng: Rng, other: bytes) -> None:
    """Change single bytes."""
    for _ in range(int(rng.integers(1, 5))):
        content[_place(content, rng)] ^= int(rng.integers(1, 256))


def number(content: bytearray, rng: Rng, other: bytes) -> None:
    """Overwrite bytes with a number at the edge of a type."""
    size = int(rng.choice([1, 2, 4, 8]))
    value = _NUMBERS[rng.integers(len(_NUMBERS))] % 2 ** (8 * size)
    place = _place(content, rng)
    content[place : place + size] = value.to_bytes(size, "little" if rng.integers(2) else "big")


def cut(content: bytearray, rng: Rng, other: bytes) -> None:
    """Leave out the end."""
    del content[max(1, _place(content, rng)) :]


def delete(content: bytearray, rng: Rng, other: bytes) -> None:
    """Leave out bytes."""
    place = _place(content, rng)
    del content[place : place + _length(rng)]


def insert(content: bytearray, rng: Rng, other: bytes) -> None:
    """Insert random or equal bytes."""
    size, place = _length(rng), _place(content, rng)
    content[place:place] = rng.bytes(size) if rng.integers(2) else bytes([int(rng.integers(256))]) * size


def repeat(content: bytearray, rng: Rng, other: bytes) -> None:
    """Write a part twice."""
    start, place, size = _place(content, rng), _place(content, rng), _length(rng)
    content[place:place] = content[start : start + size]


def exchange(content: bytearray, rng: Rng, other: bytes) -> None:
    """Overwrite a part with another part."""
    start, place, size = _place(content, rng), _place(content, rng), _length(rng)
    part = content[start : start + size]
    content[place : place + len(part)] = part


def splice(content: bytearray, rng: Rng, other: bytes) -> None:
    """Go on with another file."""
    place = _place(content, rng)
    content[place:] = other[min(place, len(other)) :] if rng.integers(2) else other


def glue(content: bytearray, rng: Rng, other: bytes) -> None:
    """Write another file in front or behind."""
    place = len(content) if rng.integers(2) else 0
    content[place:place] = other


CHANGES: tuple[Change, ...] = (flip, flip, flip, number, number, cut, delete, insert, repeat, exchange, splice, glue)


def mutate(source: Path, target: Path, rng: Rng, others: Sequence[Path]) -> str:
    """Write a changed copy of a file; return what was done, in a word."""
    ways = [_bytes]
    if source.suffix in {".keras", ".h5"}:
        ways += [_settings, _structure]
    if source.suffix == ".keras":
        ways += [_entry]
    if source.suffix == ".png":
        ways += [_png_chunk]
    if source.suffix == ".json":
        ways += [_json]
    way = ways[rng.integers(len(ways))]
    try:
        return way(source, target, rng, others)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RuntimeError, OSError, zipfile.BadZipFile):
        return _bytes(source, target, rng, others)  # the change does not apply to this file


def _bytes(source: Path, target: Path, rng: Rng, others: Sequence[Path]) -> str:
    content = bytearray(source.read_bytes())
    other = others[rng.integers(len(others))].read_bytes()
    names = []
    for _ in range(int(rng.integers(1, 4))):
        change = CHANGES[rng.integers(len(CHANGES))]
        change(content, rng, other[: 1 << 20])
        names.append(change.__name__)
        if not content:
            content += b"\0"
    target.write_bytes(content)
    return "+".join(names)


def _structure(source: Path, target: Path, rng: Rng, others: Sequence[Path]) -> str:
    name = list(EDITS)[rng.integers(len(EDITS))]
    edit_file(source, target, EDITS[name], rng)
    return name


def _settings(source: Path, target: Path, rng: Rng, others: Sequence[Path]) -> str:
    def edit(description: Any, file: h5py.File, rng: Rng) -> None:
        for _ in range(int(rng.integers(1, 3))):
            _set_any(description, rng)

    edit_file(source, target, edit, rng)
    return "settings"


def _json(source: Path, target: Path, rng: Rng, others: Sequence[Path]) -> str:
    values = json.loads(source.read_bytes())
    _set_any(values, rng)
    target.write_text(json.dumps(values))
    return "values"


def _set_any(values: Any, rng: Rng) -> None:
    """Set any value in a tree of dictionaries and lists to an odd one, or remove it, or copy another one there."""
    places: list[tuple[Any, Any]] = []
    waiting = [values]
    while waiting:
        one = waiting.pop()
        keys: Any = range(len(one)) if isinstance(one, list) else one
        places += [(one, key) for key in keys]
        waiting += [one[key] for key in keys if isinstance(one[key], dict | list)]
    owner, key = places[rng.integers(len(places))]
    choice = rng.integers(4)
    if choice == 0:
        del owner[key]
    elif choice == 1:
        other_owner, other_key = places[rng.integers(len(places))]
        owner[key] = json.loads(json.dumps(other_owner[other_key]))
    else:
        owner[key] = _WORDS[rng.integers(len(_WORDS))]


def _entry(source: Path, target: Path, rng: Rng, others: Sequence[Path]) -> str:
    """Change the bytes in one entry of an archive, so that its check sum is right."""
    with zipfile.ZipFile(source) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    name = list(entries)[rng.integers(len(entries))]
    content = bytearray(entries[name])
    change = CHANGES[rng.integers(len(CHANGES))]
    change(content, rng, others[rng.integers(len(others))].read_bytes()[: 1 << 20])
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED if rng.integers(2) else zipfile.ZIP_STORED) as archive:
        for each, value in {**entries, name: bytes(content)}.items():
            archive.writestr(each, value)
    target.write_bytes(written.getvalue())
    return f"{change.__name__} in {name}"


def _png_chunk(source: Path, target: Path, rng: Rng, others: Sequence[Path]) -> str:
    """Change the bytes in one chunk of a PNG, so that its check sum is right."""
    content = source.read_bytes()
    chunks, place = [], 8
    while place < len(content):
        (size,) = struct.unpack_from(">L", content, place)
        chunks.append((content[place + 4 : place + 8], bytearray(content[place + 8 : place + 8 + size])))
        place += 12 + size
    kind, changed = chunks[rng.integers(len(chunks))]
    changed = changed or bytearray(1)
    change = CHANGES[rng.integers(len(CHANGES) - 2)]
    change(changed, rng, b"")
    written = content[:8]
    for each, value in chunks:
        written += struct.pack(">L", len(value)) + each + bytes(value) + struct.pack(">L", zlib.crc32(each + value))
    target.write_bytes(written)
    return f"{change.__name__} in {kind.decode('ascii', 'replace')}"
