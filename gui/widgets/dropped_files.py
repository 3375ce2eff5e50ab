"""Files and folders that are dragged onto the window."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDropEvent


def local_files(event: QDropEvent, *, has_folders: bool = False) -> tuple[Path, ...]:
    """Return the local files of a drag, and its folders where they are wanted; without web addresses."""
    mime = event.mimeData()
    if not mime.hasUrls():
        return ()
    paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    return tuple(path for path in paths if has_folders or not path.is_dir())


def accept_copy(event: QDropEvent) -> bool:
    """Accept a drag or drop as a copy, whatever its source proposes; ignore one that can only be moved.

    A file manager that hears "move" may remove the files, which are only read here.
    """
    if event.possibleActions() & Qt.DropAction.CopyAction:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        return True
    event.ignore()
    return False


def take_files(event: QDropEvent, *, is_open: bool = True, has_folders: bool = False) -> tuple[Path, ...]:
    """Accept a drag or drop of local files, and ignore any other so that a widget below can handle it.

    Args:
        event: a drag enter or drop event.
        is_open: whether files are accepted at all.
        has_folders: whether folders are accepted, too.
    """
    paths = local_files(event, has_folders=has_folders) if is_open else ()
    if paths and accept_copy(event):
        return paths
    event.ignore()
    return ()
