"""Atomic writing of result files: a file is complete or absent.

What is being written has a hidden name that says which process of which machine writes it. If that process is killed,
the next save into the same folder removes what it left.
"""

import contextlib
import errno
import hashlib
import os
import platform
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import ExportError

_PARTIAL = re.compile(
    r"\.backdoor-inspector-(?P<machine>[0-9a-f]{8})-(?P<process>[0-9]{1,10})-[a-z0-9_]{8}\.[a-z0-9]{1,8}"
)
# Whether a process of another machine still runs cannot be known; no save takes that long.
_OLDEST_S = 7 * 24 * 3600.0
_in_use: set[str] = set()


def write_file(path: Path, content: bytes | str) -> None:
    """Write a file atomically: write a temporary file in the same folder, then rename it over the target.

    Args:
        path: the target; its folder must exist.
        content: bytes, or text that is encoded as UTF-8 with unchanged line ends.

    Raises:
        ExportError: the file could not be written.
    """
    # Invalid bytes in a file name are written as escapes.
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    try:
        with written_whole(path) as partial:
            partial.write_bytes(data)
    except OSError as error:
        raise not_written(path, error) from error


@contextmanager
def written_whole(path: Path, *, suffix: str = ".partial", is_private: bool = False) -> Iterator[Path]:
    """Give an empty file in the same folder to write to, and move it to its place at the end of the block.

    Where the block fails, the file is removed and what was there before stays. What killed processes left in the folder
    is removed first. The content is on the disk before it has its name.

    Args:
        path: the place; its folder must exist.
        suffix: how the name of the file ends, for writers that go by it.
        is_private: whether nobody else may read the file.

    Raises:
        OSError: the system does not let us write there.
    """
    remove_left_behind(path.parent)
    handle, name = tempfile.mkstemp(prefix=_prefix(), suffix=suffix, dir=path.parent)
    os.close(handle)
    partial = Path(name)
    _in_use.add(partial.name)
    try:
        yield partial
        if not is_private:
            partial.chmod(0o666 & ~current_umask())
        sync(partial)
        partial.replace(path)
        sync_folder(path.parent)
    finally:
        partial.unlink(missing_ok=True)
        _in_use.discard(partial.name)


@contextmanager
def partial_folder(parent: Path) -> Iterator[Path]:
    """Give a hidden folder to write to, and remove it at the end of the block, if it still has its name.

    Raises:
        OSError: the system does not let us write there.
    """
    folder = Path(tempfile.mkdtemp(prefix=_prefix(), suffix=".partial", dir=parent))
    _in_use.add(folder.name)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _in_use.discard(folder.name)


def left_behind(folder: Path) -> list[Path]:
    """Return the hidden files and folders in a folder that processes left which run no more."""
    found = []
    with contextlib.suppress(OSError):
        found = [each for each in folder.iterdir() if _is_left_behind(each)]
    return found


def remove_left_behind(folder: Path) -> None:
    """Remove what processes that run no more left in a folder; what cannot be removed stays."""
    for each in left_behind(folder):
        if each.is_dir():
            shutil.rmtree(each, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                each.unlink()


def sync(path: Path) -> None:
    """Wait until a file's content is on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk; where folders cannot be opened, the system does it in time."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _prefix() -> str:
    return f".backdoor-inspector-{_machine()}-{os.getpid()}-"


def _machine() -> str:
    return hashlib.blake2b(platform.node().encode("utf-8", "replace"), digest_size=4).hexdigest()


def _is_left_behind(path: Path) -> bool:
    named = _PARTIAL.fullmatch(path.name)
    if named is None or path.name in _in_use:
        return False
    try:
        status = path.lstat()
    except OSError:
        return False
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        return False
    if hasattr(os, "getuid") and status.st_uid != os.getuid():
        return False
    is_known = named["machine"] == _machine() and not _is_running(int(named["process"]))
    return is_known or time.time() - status.st_mtime > _OLDEST_S


def _is_running(process: int) -> bool:
    if process == os.getpid():
        return False  # an earlier process had the same number
    if os.name != "posix":
        return True  # there, asking by a signal would end it
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return not _is_zombie(process)


def _is_zombie(process: int) -> bool:
    """Whether a process has ended and only its parent has not asked how: it keeps its number, but writes no more."""
    try:
        status = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:  # not Linux: a process that ended counts as running until its parent asks
        return False
    # The name before the state is in parentheses and may contain any bytes.
    return status.rpartition(b")")[2].split()[:1] in ([b"Z"], [b"X"])


def not_written(path: Path, error: OSError) -> ExportError:
    """Return the error for a failed write: it names the missing or read-only folder, and what to do."""
    # ".." must not be resolved through symbolic links here.
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100
    if isinstance(error, FileNotFoundError):
        why = f"there is no folder '{folder}'; make it or name another one"
    elif isinstance(error, NotADirectoryError | FileExistsError):
        parent = next((each for each in (folder, *folder.parents) if each.exists() and not each.is_dir()), folder)
        why = f"'{parent}' is a file where a folder is needed; name another folder"
    elif isinstance(error, PermissionError) or error.errno == errno.EROFS:
        there = next((each for each in (folder, *folder.parents) if _is_folder(each)), folder)
        closed = path if _is_folder(path) and not os.access(path, os.W_OK) else there
        why = f"the folder '{closed}' does not let you write into it; name another one or change its permissions"
    elif error.errno == errno.ENOSPC:
        why = f"the disk of '{folder}' is full; make room or name a folder on another one"
    elif isinstance(error, IsADirectoryError):
        why = "a folder has that name; name another file"
    else:
        why = f"{error.strerror or error}; name another folder"
    return ExportError(f"'{path}' could not be written: {why}", code="write-failed")


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # the system does not let us look
        return False


def current_umask() -> int:
    """Return this process's umask."""
    umask = os.umask(0o077)
    os.umask(umask)
    return umask
