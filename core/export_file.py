"""Writing a result file so that it is there whole or not at all."""

import os
import tempfile
from pathlib import Path

from core.errors import ExportError


def write_file(path: Path, content: bytes | str) -> None:
    """Write a file beside its place and move it there; what was there before is replaced whole.

    Args:
        path: where; its folder must exist.
        content: bytes, or text that becomes UTF-8 with the line ends as they are.

    Raises:
        ExportError: the system does not let us write there.
    """
    # A file name that is no valid text keeps its odd bytes as escapes.
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".partial", dir=path.parent)
        partial = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            partial.chmod(0o666 & ~current_umask())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise ExportError(f"'{path}' could not be written: {error.strerror or error}", code="write-failed") from error


def current_umask() -> int:
    """The permissions that new files of this process are denied."""
    umask = os.umask(0o077)
    os.umask(umask)
    return umask
