"""Atomic writing of result files: a file is complete or absent."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import ExportError


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

    Where the block fails, the file is removed and what was there before stays.

    Args:
        path: the place; its folder must exist.
        suffix: how the name of the file ends, for writers that go by it.
        is_private: whether nobody else may read the file.

    Raises:
        OSError: the system does not let us write there.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=suffix, dir=path.parent)
    os.close(handle)
    partial = Path(name)
    try:
        yield partial
        if not is_private:
            partial.chmod(0o666 & ~current_umask())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


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
        there = next((each for each in (folder, *folder.parents) if each.is_dir()), folder)
        closed = path if path.is_dir() and not os.access(path, os.W_OK) else there
        why = f"the folder '{closed}' does not let you write into it; name another one or change its permissions"
    elif error.errno == errno.ENOSPC:
        why = f"the disk of '{folder}' is full; make room or name a folder on another one"
    elif isinstance(error, IsADirectoryError):
        why = "a folder has that name; name another file"
    else:
        why = f"{error.strerror or error}; name another folder"
    return ExportError(f"'{path}' could not be written: {why}", code="write-failed")


def current_umask() -> int:
    """Return this process's umask."""
    umask = os.umask(0o077)
    os.umask(umask)
    return umask
