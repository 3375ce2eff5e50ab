"""A session's folder as one archive, which the child reads like any other.

The window's process copies bytes and parses nothing.
"""

import contextlib
import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

from core.intake import cache
from core.intake.limits import Limits
from core.intake.refusal import Refusal, shortened
from core.intake.session.members import DOCUMENT, FOLDERS, largest_bytes
from core.intake.source import open_source

_BLOCK_BYTES = 4 * 1024 * 1024
_OLDEST = (1980, 1, 1, 0, 0, 0)


@contextlib.contextmanager
def joined_session(folder: Path, limits: Limits) -> Iterator[Path]:
    """Write the files of a session's folder to one archive, and remove it in the end.

    Raises:
        Refusal: `wrong-format`, `unsafe-link`, `unsafe-archive`, `file-too-large`, `cache-folder`, or those of opening
            a file.
    """
    name = shortened(folder.resolve().name or "session")
    members = _members(folder, name, limits)
    temporary = cache.new_temporary()
    try:
        path = temporary / (
            "".join(one if one.isalnum() or one in "._- " else "_" for one in name).strip(". ") or "session"
        )
        try:
            with zipfile.ZipFile(path, "x", zipfile.ZIP_STORED) as archive:
                for member in members:
                    entry = zipfile.ZipInfo(member, _OLDEST)
                    with open_source(folder / member) as source, archive.open(entry, "w", force_zip64=True) as target:
                        while block := source.read(_BLOCK_BYTES):
                            target.write(block)
        except OSError as error:
            raise Refusal("cache-folder", f"'{name}' cannot be stored in the cache: {shortened(error)}") from error
        yield path
    finally:
        cache.discard(temporary)


def _members(folder: Path, name: str, limits: Limits) -> list[str]:
    """Return the names of a session's files; hidden files, which systems leave in folders, are left out."""
    found, total_bytes = [], 0
    for place in (folder, *(folder / each for each in FOLDERS)):
        prefix = "" if place == folder else f"{place.name}/"
        for entry in _entries(place, name):
            member, status = prefix + entry.name, entry.stat(follow_symlinks=False)
            if stat.S_ISLNK(status.st_mode):
                raise Refusal("unsafe-link", f"'{shortened(member)}' in '{name}' is a link, which is not followed")
            if entry.name.startswith(".") or (not prefix and entry.is_dir() and entry.name in FOLDERS):
                continue
            if not stat.S_ISREG(status.st_mode) or not largest_bytes(member):
                raise Refusal("unsafe-archive", f"'{name}' contains '{shortened(member)}', which no session has")
            total_bytes += status.st_size
            found.append(member)
        if len(found) > limits.object_count or total_bytes > limits.session_bytes:
            raise Refusal("file-too-large", f"'{name}' is larger than a session may be")
    if DOCUMENT not in found:
        raise Refusal("wrong-format", f"'{name}' is not the folder of a session: expected {DOCUMENT} in it")
    return found


def _entries(place: Path, name: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(place) as entries:
            return sorted(entries, key=lambda each: each.name)
    except FileNotFoundError:
        return []
    except OSError as error:
        reason = shortened(error.strerror or error)
        raise Refusal("unreadable-file", f"'{name}' cannot be opened: {reason}") from error
