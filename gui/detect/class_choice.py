"""A field for classes: all of them, or a list such as "0, 3, 10–20"."""

import re

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QLineEdit, QWidget

ALL = "all"
_PART = re.compile(r"(\d{1,9})(?:\s*[-–]\s*(\d{1,9}))?")


class ClassChoice(QLineEdit):
    """Holds a choice of classes; empty means all."""

    classes_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._class_count = 0
        self.setPlaceholderText(ALL)
        self.setToolTip(
            "The classes to examine: all, or a list such as 0, 3, 10–20. Random ones join a short list, as a class "
            "is compared with others of the same network."
        )
        self.textChanged.connect(self._on_text_changed)

    @property
    def classes(self) -> tuple[int, ...] | None:
        """The chosen classes, ascending; None for all, and while the text is wrong."""
        return None if self.reason else _read(self.text())

    @property
    def reason(self) -> str:
        """What is wrong with the text, as a sentence; empty if it is right."""
        parts = _parts(self.text())
        wrong = next((each for each in parts if _PART.fullmatch(each) is None), None)
        if wrong is not None:
            return f"Classes are numbers such as 0, 3, 10–20, got “{wrong[:20]}”."
        largest = max((int(end) for each in parts for end in re.findall(r"\d+", each)), default=0)
        if self._class_count and largest >= self._class_count:
            return f"A class must be from 0 to {self._class_count - 1}, got {largest}."
        return ""

    def set_class_count(self, class_count: int) -> None:
        """Set the number of classes of the network; 0 while none is open."""
        self._class_count = class_count
        self.classes_changed.emit()

    @Slot()
    def _on_text_changed(self) -> None:
        self.classes_changed.emit()


def _parts(text: str) -> list[str]:
    parts = [each.strip() for each in re.split(r"[,;]", text) if each.strip()]
    return [] if [each.lower() for each in parts] == [ALL] else parts


def _read(text: str) -> tuple[int, ...] | None:
    chosen: set[int] = set()
    for part in _parts(text):
        ends = [int(each) for each in re.findall(r"\d+", part)]
        chosen.update(range(min(ends), max(ends) + 1))
    return tuple(sorted(chosen)) or None
