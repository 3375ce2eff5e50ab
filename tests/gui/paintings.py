"""How often a widget is painted."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget


@contextmanager
def paintings_of(widget: QWidget) -> Iterator[list[QEvent.Type]]:
    """Note each painting of a widget in a list."""
    paintings: list[QEvent.Type] = []

    class Watch(QObject):
        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                paintings.append(event.type())
            return False

    watch = Watch()
    widget.installEventFilter(watch)
    yield paintings
    widget.removeEventFilter(watch)
