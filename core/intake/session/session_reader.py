"""The archive of a saved session: its document, its arrays and its files, copied under names of our own."""

import hashlib
import itertools
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from core.intake.data.numpy_arrays import parse_header
from core.intake.limits import MIB, Limits
from core.intake.readers.scratch import ArrayFile
from core.intake.readers.scratch_budget import BUDGET
from core.intake.readers.strict_json import parse_json
from core.intake.refusal import Refusal, shortened
from core.intake.session.members import ARRAY_TYPES, CONTENT, DOCUMENT, FOLDERS, SCHEMA, largest_bytes
from core.version import NAME

_LARGEST_RATIO = 200
_IS_ENCRYPTED = 1 << 0
_BLOCK_BYTES = 4 * MIB
_HEADER_BYTES = 64 * 1024
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    NotImplementedError,
    OSError,
    EOFError,
    RuntimeError,
    struct.error,
)


def read_session(
    file: BinaryIO,
    folder: Path,
    *,
    name: str,
    size_bytes: int,
    limits: Limits,
    on_progress: Callable[[int, int], None] = lambda done_count, total_count: None,
) -> dict[str, object]:
    """Read a session's archive.

    Returns:
        `document`, `arrays` and `files`, as plain JSON values; arrays and files lie in `folder`.

    Raises:
        Refusal: `truncated-file`, `damaged-file`, `wrong-format`, `newer-session`, `unsafe-archive`, `unsafe-link`,
            `unsafe-type` or `file-too-large`.
    """
    del size_bytes
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGED as error:
        raise Refusal(
            "truncated-file", f"'{name}' is no session, or a truncated one: expected a zip archive"
        ) from error
    with archive:
        members = _checked_members(archive.infolist(), name, limits)
        document = _document(archive, members, name)
        digests = document["members"]
        arrays: list[dict[str, object]] = []
        files: list[dict[str, object]] = []
        for place, (member, entry) in enumerate(sorted(members.items())):
            on_progress(place, len(members))
            if member == DOCUMENT:
                continue
            kind = member.partition("/")[0]
            stream = _Member(archive, entry, name)
            if kind == "arrays":
                stored = _copy_array(stream, folder, f"array_{len(arrays)}.npy")
                arrays.append({**stored, "name": Path(member).stem})
            elif kind == "tables":
                stream.skip()
            else:
                target = f"file_{len(files)}.{'keras' if kind == 'networks' else 'bin'}"
                stream.copy(folder / target)
                files.append({"name": member, "file": target, "sha256": stream.digest, "size_bytes": entry.file_size})
            if stream.digest != digests[member]:
                raise Refusal("damaged-file", f"'{shortened(member)}' in '{name}' is not what was saved")
    return {"kind": "session", "document": document, "arrays": arrays, "files": files}


def _checked_members(entries: list[zipfile.ZipInfo], name: str, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    """Return the members by name; refuse any that no session has, and any that claims too much."""
    if len(entries) > limits.object_count:
        raise Refusal("file-too-large", f"'{name}' contains more than the {limits.object_count:,} members allowed")
    members: dict[str, zipfile.ZipInfo] = {}
    total_bytes = 0
    for entry in entries:
        member, shown = entry.filename, shortened(entry.filename)
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise Refusal("unsafe-link", f"'{shown}' in '{name}' is a link, which is not followed")
        if member in {f"{each}/" for each in FOLDERS} and not entry.file_size:
            continue
        largest = largest_bytes(member)
        if not largest:
            raise Refusal("unsafe-archive", f"'{name}' contains '{shown}', which no session has")
        if member in members:
            raise Refusal("unsafe-archive", f"'{name}' contains '{shown}' twice")
        if entry.flag_bits & _IS_ENCRYPTED:
            raise Refusal("unsafe-archive", f"'{name}' is encrypted")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refusal("unsafe-archive", f"'{shown}' in '{name}' is compressed by an unusual method")
        if entry.file_size > largest:
            raise Refusal(
                "file-too-large",
                f"'{shown}' in '{name}' claims {entry.file_size:,} bytes: at most {largest:,} are allowed",
            )
        if entry.file_size > MIB and entry.file_size > _LARGEST_RATIO * max(1, entry.compress_size):
            raise Refusal("unsafe-archive", f"'{shown}' in '{name}' is compressed too strongly to be true")
        total_bytes += entry.file_size
        members[member] = entry
    if total_bytes > limits.session_bytes:
        raise Refusal(
            "file-too-large", f"'{name}' claims {total_bytes:,} bytes: at most {limits.session_bytes:,} are allowed"
        )
    return members


def _document(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], name: str) -> dict[str, Any]:
    """Return the document; refuse what is no session of ours, or that of a newer version."""
    foreign = Refusal("wrong-format", f"'{name}' is not a session of {NAME}")
    if DOCUMENT not in members:
        raise foreign
    content = b"".join(_Member(archive, members[DOCUMENT], name).blocks())
    try:
        document = parse_json(content)
    except (ValueError, RecursionError) as error:
        raise Refusal("damaged-file", f"'{DOCUMENT}' in '{name}' is not readable JSON") from error
    if not isinstance(document, dict) or document.get("application") != NAME or document.get("content") != CONTENT:
        raise foreign
    schema = document.get("schema")
    if type(schema) is not int or schema < 1:
        raise Refusal("damaged-file", f"'{name}' does not say which version of sessions it is")
    if schema > SCHEMA:
        raise Refusal(
            "newer-session",
            f"'{name}' is a session of version {schema}, this program reads up to version {SCHEMA}: open it with a "
            f"newer {NAME}",
        )
    digests = document.get("members")
    if not isinstance(digests, dict) or set(digests) != set(members) - {DOCUMENT}:
        raise Refusal("damaged-file", f"'{name}' is incomplete: its members are not those that it lists")
    return document


class _Member:
    """A member of the archive, read once from front to back; its digest is known at the end."""

    def __init__(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> None:
        self._archive, self._entry, self._name = archive, entry, name
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        """SHA-256 of what was read so far, in hexadecimal."""
        return self._hash.hexdigest()

    @property
    def size_bytes(self) -> int:
        """The size that it claims."""
        return self._entry.file_size

    @property
    def name(self) -> str:
        """Its name."""
        return self._entry.filename

    def blocks(self) -> Iterator[bytes]:
        """Yield its content; never more than it claims."""
        shown = shortened(self._entry.filename)
        damaged = Refusal("damaged-file", f"'{shown}' in '{self._name}' is damaged: it cannot be decompressed")
        left = self._entry.file_size
        try:
            with self._archive.open(self._entry) as stream:
                while block := stream.read(_BLOCK_BYTES):
                    left -= len(block)
                    if left < 0:
                        raise damaged
                    self._hash.update(block)
                    yield block
        except _DAMAGED as error:
            raise damaged from error
        if left:
            raise damaged

    def skip(self) -> None:
        """Read it for its digest alone."""
        for _ in self.blocks():
            pass

    def copy(self, target: Path) -> None:
        """Write it to a new file."""
        with target.open("xb") as file:
            for block in self.blocks():
                BUDGET.spend(len(block))
                file.write(block)


def _copy_array(member: _Member, folder: Path, file: str) -> dict[str, object]:
    """Write the array of a `.npy` member to the scratch folder."""
    blocks = member.blocks()
    start = next(blocks, b"")
    header = parse_header(start[:_HEADER_BYTES], what=member.name, name=member.name)
    dtype = header.dtype.name
    if dtype not in ARRAY_TYPES or header.is_fortran or header.dtype.byteorder == ">":
        raise Refusal("unsafe-type", f"'{shortened(member.name)}' is not an array that a session has")
    if header.length_bytes + header.size_bytes != member.size_bytes:
        raise Refusal("truncated-file", f"'{shortened(member.name)}' is not as long as its shape {header.shape} says")
    item_bytes = header.dtype.itemsize
    with ArrayFile(folder, file, shape=header.shape, dtype=dtype) as target:
        left = start[header.length_bytes :]
        for block in itertools.chain([b""], blocks):
            left += block
            whole_bytes = len(left) // item_bytes * item_bytes
            target.write(np.frombuffer(left[:whole_bytes], header.dtype))
            left = left[whole_bytes:]
    return target.stored.as_json()
