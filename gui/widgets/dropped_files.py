"""Files that are dragged onto the window."""

from pathlib import Path

from PySide6.QtGui import QDropEvent


def local_files(event: QDropEvent) -> tuple[Path, ...]:
    """The files of this computer that a drag carries; folders and addresses are no files."""
    mime = event.mimeData()
    if not mime.hasUrls():
        return ()
    paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    return tuple(path for path in paths if not path.is_dir())


def take_files(event: QDropEvent, *, is_open: bool = True) -> tuple[Path, ...]:
    """Take a drag or a drop that carries files of this computer, and leave any other to whatever lies below.

    Args:
        event: of a drag that comes in, or of a drop.
        is_open: whether files are taken at all.
    """
    paths = local_files(event) if is_open else ()
    if paths:
        event.acceptProposedAction()
    else:
        event.ignore()
    return paths
