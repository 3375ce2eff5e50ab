"""The `.keras` archive: a ZIP of known entries and nothing else, so that every program finds the same network in it."""

import struct
import zipfile
from dataclasses import dataclass
from typing import BinaryIO

from core.intake.limits import MIB, Limits
from core.intake.refusal import Refusal, listed, shortened
from core.intake.source import ZIP_SIGNATURE

_ENTRIES = {"config.json": 64 * MIB, "metadata.json": MIB, "model.weights.h5": None}
_LARGEST_RATIO = 200
_LOCAL_HEADER = struct.Struct("<4s5HLLLHH")
# The field with sizes above 32 bits: its kind, its length, the size of the content, and that of the stored content.
_LONG_SIZES = struct.Struct("<HHQQ")
_END = struct.Struct("<4s4H2LH")
_HAS_DESCRIPTOR = 1 << 3
_FULL = 0xFFFFFFFF
# Long sizes, and the times and owners that Info-ZIP writes (PKWARE's APPNOTE 4.6).
_HARMLESS_FIELDS = {0x0001, 0x5455, 0x7855, 0x7875}
_IS_ENCRYPTED = 1 << 0
# Signature and 64-bit sizes are optional: 12, 16, 20 or 24 bytes behind the content of an entry.
_DESCRIPTOR_BYTES = {0, 12, 16, 20, 24}


@dataclass(frozen=True, slots=True)
class Archive:
    """The contents of a `.keras` archive.

    Attributes:
        config: `config.json`, the description of the network.
        metadata: `metadata.json`; empty if the archive has none.
        weights: `model.weights.h5`.
    """

    config: bytes
    metadata: bytes
    weights: bytes


def read_archive(file: BinaryIO, *, name: str, limits: Limits) -> Archive:
    """Read a `.keras` archive that consists of its entries alone, with no bytes before, between or after them.

    Raises:
        Refusal: `truncated-file`, `damaged-file`, `wrong-format`, `unsafe-archive`, `foreign-bytes` or
            `file-too-large`.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Refusal("truncated-file", f"'{name}' is a truncated or damaged .keras archive") from error
    with archive:
        entries = archive.infolist()
        _check_entries(entries, name, limits)
        if not {"config.json", "model.weights.h5"} <= {entry.filename for entry in entries}:
            raise Refusal(
                "wrong-format",
                f"'{name}' is a zip archive but not a .keras model: expected config.json and model.weights.h5, "
                f"got {listed(entry.filename for entry in entries)}",
            )
        _check_layout(file, archive, name)
        try:
            contents = {entry.filename: archive.read(entry) for entry in entries}
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError, RuntimeError) as error:
            raise Refusal("damaged-file", f"'{name}' is a damaged .keras archive") from error
    return Archive(contents["config.json"], contents.get("metadata.json", b""), contents["model.weights.h5"])


def entry_names(file: BinaryIO) -> list[str]:
    """Return the names of a ZIP archive's entries; an empty list if it cannot be read."""
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return []


def _check_entries(entries: list[zipfile.ZipInfo], name: str, limits: Limits) -> None:
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise Refusal("unsafe-archive", f"'{name}' contains an entry twice")
    for entry in entries:
        if entry.filename not in _ENTRIES:
            code = "unsafe-archive" if "config.json" in names else "wrong-format"
            raise Refusal(
                code,
                f"'{name}' contains an entry '{shortened(entry.filename)}': expected a .keras model of "
                f"{listed(sorted(_ENTRIES))}",
            )
        largest = _ENTRIES[entry.filename] or limits.model_bytes
        if entry.file_size > largest:
            raise Refusal("file-too-large", f"'{entry.filename}' in '{name}' claims {entry.file_size:,} bytes")
        if entry.file_size > MIB and entry.file_size > _LARGEST_RATIO * max(1, entry.compress_size):
            raise Refusal("unsafe-archive", f"'{entry.filename}' in '{name}' is compressed too strongly to be a model")
        if entry.flag_bits & _IS_ENCRYPTED:
            raise Refusal("unsafe-archive", f"'{name}' is encrypted")
        _check_extra(entry.extra, name)


def _check_extra(extra: bytes, name: str) -> None:
    """Refuse fields beside an entry's own, except long sizes, times and owners: another name may be read from them."""
    while extra:
        kind, length = struct.unpack_from("<HH", extra) if len(extra) >= 4 else (-1, 0)
        if kind not in _HARMLESS_FIELDS or len(extra) < 4 + length:
            raise Refusal("unsafe-archive", f"'{name}' has an entry with fields that a .keras archive does not have")
        extra = extra[4 + length :]


def _check_layout(file: BinaryIO, archive: zipfile.ZipFile, name: str) -> None:
    """Refuse bytes that are not part of an entry: two programs could find two networks in one file."""
    foreign = Refusal("foreign-bytes", f"'{name}' contains bytes before, between or after the entries of its archive")
    end, gaps = 0, {0}
    for entry in sorted(archive.infolist(), key=lambda entry: entry.header_offset):
        if entry.header_offset - end not in gaps:
            raise foreign
        file.seek(entry.header_offset)
        header = file.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size:
            raise Refusal("truncated-file", f"'{name}' is a truncated or damaged .keras archive")
        signature, _, flags, method, _, _, *numbers, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header)
        if signature != ZIP_SIGNATURE:
            raise Refusal("damaged-file", f"'{name}' is a damaged .keras archive")
        own_name, extra = file.read(name_bytes), file.read(extra_bytes)
        _check_extra(extra, name)
        if numbers[1:] == [_FULL, _FULL] and len(extra) >= _LONG_SIZES.size:
            numbers[1:] = _LONG_SIZES.unpack_from(extra)[3:1:-1]
        # Numbers that follow an entry's content are 0 in its header.
        wanted = ([0, 0, 0], [entry.CRC, entry.compress_size, entry.file_size])
        if (
            (flags, method) != (entry.flag_bits, entry.compress_type)
            or own_name != entry.orig_filename.encode("utf-8", "surrogateescape")
            or numbers not in (wanted if flags & _HAS_DESCRIPTOR else wanted[1:])
        ):
            raise Refusal(
                "damaged-file", f"'{entry.filename}' in '{name}' is described in two ways, at its place and in the list"
            )
        end = entry.header_offset + _LOCAL_HEADER.size + name_bytes + extra_bytes + entry.compress_size
        gaps = _DESCRIPTOR_BYTES if flags & _HAS_DESCRIPTOR else {0}
    if archive.start_dir - end not in gaps:
        raise foreign
    size_bytes = file.seek(0, 2)
    file.seek(size_bytes - _END.size)
    signature, _, _, here_count, total_count, *_, comment_bytes = _END.unpack(file.read(_END.size))
    if signature != b"PK\x05\x06" or comment_bytes:
        raise foreign
    if not here_count == total_count == len(archive.infolist()):
        raise Refusal("damaged-file", f"'{name}' has another number of entries than its archive says")
