"""The cache of arrays read by the child: one folder per file content, least recently used removed first."""

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path

import platformdirs

from core.intake.exchange import INTAKE_VERSION
from core.intake.limits import GIB
from core.intake.refusal import Refusal, shortened

CACHE_VARIABLE = "BACKDOOR_INSPECTOR_CACHE"
CAPACITY_BYTES = 4 * GIB
_TEMPORARY_PREFIX = "tmp-"
# A temporary folder older than this belongs to a process that no longer exists.
_TEMPORARY_AGE_S = 6 * 3600.0


def intake_folder() -> Path:
    """Return the private folder of all entries; create it if necessary.

    Raises:
        Refusal: `cache-folder`.
    """
    base = os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("backdoor-inspector", appauthor=False)
    folder = Path(base) / "intake"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if hasattr(os, "getuid"):
            if folder.stat().st_uid != os.getuid():
                raise Refusal("cache-folder", f"the cache folder '{shortened(folder, 200)}' belongs to another user")
            folder.chmod(0o700)
    except OSError as error:
        reason = shortened(error.strerror or error)
        raise Refusal(
            "cache-folder", f"the cache folder '{shortened(folder, 200)}' cannot be used: {reason}"
        ) from error
    return folder


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


def keep(temporary: Path, entry: Path) -> Path:
    """Rename a finished temporary folder to its entry, or use another process's equal entry; return the entry."""
    try:
        temporary.rename(entry)
    except OSError:
        discard(temporary)
        if not entry.is_dir():
            raise
    return entry


def touch(entry: Path) -> None:
    """Mark an entry as used now."""
    with contextlib.suppress(OSError):
        os.utime(entry)


def discard(folder: Path) -> None:
    """Remove an entry or a temporary folder; files in use elsewhere may remain."""
    shutil.rmtree(folder, ignore_errors=True)


def evict(*, capacity_bytes: int = CAPACITY_BYTES, spare: Path | None = None) -> None:
    """Remove the least recently used entries until the rest fits; never remove `spare`."""
    entries = []
    for entry in intake_folder().iterdir():
        with contextlib.suppress(OSError):
            used_s = entry.stat().st_mtime
            if entry.name.startswith(_TEMPORARY_PREFIX):
                if time.time() - used_s > _TEMPORARY_AGE_S:
                    discard(entry)
                continue
            entries.append((used_s, sum(file.stat().st_size for file in entry.iterdir()), entry))
    total_bytes = sum(size_bytes for _, size_bytes, _ in entries)
    for _, size_bytes, entry in sorted(entries, key=lambda one: one[0]):
        if total_bytes <= capacity_bytes:
            break
        if entry != spare:
            discard(entry)
            total_bytes -= size_bytes
