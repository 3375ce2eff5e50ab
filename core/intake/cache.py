"""The cache of arrays read by the child: one folder per file content, least recently used removed first.

It lies on the user's disk: only folders with names of our own pattern are touched, and no link is followed.
"""

import atexit
import contextlib
import functools
import logging
import os
import re
import shutil
import stat
import tempfile
import time
from pathlib import Path

import platformdirs

from core.intake.exchange import INTAKE_VERSION
from core.intake.limits import GIB, MIB
from core.intake.refusal import Refusal, shortened

CACHE_VARIABLE = "BACKDOOR_INSPECTOR_CACHE"
CAPACITY_BYTES = 4 * GIB
_TEMPORARY_PREFIX = "tmp-"
_TEMPORARY = re.compile(r"tmp-[a-z0-9_]{4,16}")
_ENTRY = re.compile(r"(?:model|data|images|image|trigger|results|names|session)-v[0-9]{1,4}-[0-9a-f]{64}")
# A temporary folder older than this belongs to a process that no longer exists.
_TEMPORARY_AGE_S = 6 * 3600.0
_SHORT_BYTES = 4 * MIB
_notices: dict[Path, str] = {}  # by the folder that cannot be used
_log = logging.getLogger(__name__)


def intake_folder() -> Path:
    """Return the private folder of all entries; create it if necessary.

    Where it cannot be created or written to, a temporary folder takes its place until this process ends, with a warning
    in the log.

    Raises:
        Refusal: `cache-folder`, if it is a link or belongs to another user.
    """
    base = _base()
    folder = base / "intake"
    for each in (base, folder):
        if each.is_symlink():
            raise Refusal(
                "cache-folder",
                f"the cache folder '{shortened(each, 200)}' is a link, which is not followed: remove it, "
                f"or set {CACHE_VARIABLE} to a real folder",
            )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if hasattr(os, "getuid"):
            if folder.stat().st_uid != os.getuid():
                raise Refusal("cache-folder", f"the cache folder '{shortened(folder, 200)}' belongs to another user")
            folder.chmod(0o700)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(None, "it is not writable")
    except OSError as error:
        made, notice = _replacement(folder, shortened(error.strerror or error))
        _notices[folder] = notice
        return made
    _notices.pop(folder, None)  # it can be used again
    return folder


def _base() -> Path:
    return Path(os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("backdoor-inspector", appauthor=False))


@functools.cache
def _replacement(folder: Path, reason: str) -> tuple[Path, str]:
    """Return a private temporary folder, removed when this process ends, and its notice; the same at each call."""
    try:
        made = Path(tempfile.mkdtemp(prefix="backdoor-inspector-"))
    except OSError as error:
        raise Refusal(
            "cache-folder", f"the cache folder '{shortened(folder, 200)}' cannot be used: {reason}"
        ) from error
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    notice = (
        f"The cache folder '{shortened(folder, 200)}' cannot be used ({reason}): what is read is kept in '{made}' "
        "until this program ends, and read again next time."
    )
    _log.warning("%s", notice)
    return made, notice


def notices() -> tuple[str, ...]:
    """Return what is to be shown about the cache folder: nothing while it can be used."""
    notice = _notices.get(_base() / "intake")
    return () if notice is None else (notice,)


def entry_path(sha256: str, kind: str) -> Path:
    """Return the path of the entry for a file's content and kind, whether it exists or not."""
    return intake_folder() / f"{kind}-v{INTAKE_VERSION}-{sha256}"


def new_temporary() -> Path:
    """Create a private folder beside the entries, and return it.

    Raises:
        Refusal: `cache-folder`.
    """
    folder = intake_folder()
    try:
        return Path(tempfile.mkdtemp(prefix=_TEMPORARY_PREFIX, dir=folder))
    except OSError as error:
        reason = shortened(error.strerror or error)
        raise Refusal(
            "cache-folder", f"the cache folder '{shortened(folder, 200)}' cannot be used: {reason}"
        ) from error


def is_entry(path: Path) -> bool:
    """Whether a path is a folder of our own with the name of an entry, and no link."""
    return _ENTRY.fullmatch(path.name) is not None and _is_own_folder(path)


def keep(temporary: Path, entry: Path) -> Path:
    """Rename a finished temporary folder to its entry, or use another process's equal entry; return the entry.

    Its short files are on the disk before it has the name. Large ones may not be: their digests tell where a power
    failure cut one off, and waiting for them took longer than reading them again.
    """
    for file in temporary.iterdir():
        status = file.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise OSError(f"'{file.name}' is not a file")
        if status.st_size <= _SHORT_BYTES:
            with file.open("rb+") as opened:
                os.fsync(opened.fileno())
    try:
        temporary.rename(entry)
    except OSError:
        discard(temporary)
        if not is_entry(entry):
            raise
    return entry


def touch(entry: Path) -> None:
    """Mark an entry as used now."""
    with contextlib.suppress(OSError):
        os.utime(entry, follow_symlinks=False) if os.utime in os.supports_follow_symlinks else os.utime(entry)


def discard(folder: Path) -> None:
    """Remove an entry or a temporary folder; files in use elsewhere may remain, and a link is not followed."""
    if (_ENTRY.fullmatch(folder.name) or _TEMPORARY.fullmatch(folder.name)) and _is_own_folder(folder):
        shutil.rmtree(folder, ignore_errors=True)


def evict(*, capacity_bytes: int = CAPACITY_BYTES, spare: Path | None = None) -> None:
    """Remove the least recently used entries until the rest fits; never remove `spare`, or what is not ours."""
    entries = []
    for entry in intake_folder().iterdir():
        with contextlib.suppress(OSError):
            used_s = entry.lstat().st_mtime
            if _TEMPORARY.fullmatch(entry.name) and time.time() - used_s > _TEMPORARY_AGE_S:
                discard(entry)
            elif is_entry(entry):
                entries.append((used_s, sum(file.lstat().st_size for file in entry.iterdir()), entry))
    total_bytes = sum(size_bytes for _, size_bytes, _ in entries)
    for _, size_bytes, entry in sorted(entries, key=lambda one: one[0]):
        if total_bytes <= capacity_bytes:
            break
        if entry != spare:
            discard(entry)
            total_bytes -= size_bytes


def _is_own_folder(path: Path) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and (not hasattr(os, "getuid") or status.st_uid == os.getuid())
