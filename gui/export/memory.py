"""Files that Qt writes, as bytes."""

from collections.abc import Callable

from PySide6.QtCore import QBuffer, QByteArray, QIODevice


def file_bytes(write: Callable[[QIODevice], object]) -> bytes:
    """Return what is written to a device in memory; may be called in any thread.

    Args:
        write: writes the whole file; nothing may write to the device afterwards.
    """
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    write(buffer)
    buffer.close()
    return bytes(content.data())
