"""How often something happens to widgets."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget


@contextmanager
def events_of(*widgets: QWidget, kind: QEvent.Type) -> Iterator[list[QObject]]:
    """Note the widget of each event of one kind in a list."""
    noted: list[QObject] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == kind:
                noted.append(watched)
            return False

    watch = Watch()
    for widget in widgets:
        widget.installEventFilter(watch)
    yield noted
    for widget in widgets:
        widget.removeEventFilter(watch)
