"""A field for classes, such as "0, 3, 10–20"."""

import re

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QLineEdit, QWidget

from core.detect.records import NEXT_CLASS

ALL = "all"
NEXT = "next"
EXAMINED_TIP = (
    "The classes to examine: all, or a list such as 0, 3, 10–20. Random ones join a short list, as a class is compared "
    "with others of the same network."
)
_PART = re.compile(r"(\d{1,9})(?:\s*[-–]\s*(\d{1,9}))?")


class ClassChoice(QLineEdit):
    """Holds a choice of classes.

    Args:
        empty_text: what an empty field means, shown in it; it may be typed as well.
        tip: the tool tip.
        has_next: whether "next" may be among the classes, for an all-to-all attack.
    """

    classes_changed = Signal()

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        empty_text: str = ALL,
        tip: str = EXAMINED_TIP,
        has_next: bool = False,
    ) -> None:
        super().__init__(parent)
        self._class_count = 0
        self._empty_text, self._has_next = empty_text, has_next
        self.setPlaceholderText(empty_text)
        self.setToolTip(tip)
        self.textChanged.connect(self._on_text_changed)

    @property
    def classes(self) -> tuple[int, ...] | None:
        """The chosen classes, ascending, -1 for "next"; None if it is empty, and while the text is wrong."""
        return None if self.reason else self._read()

    @property
    def reason(self) -> str:
        """What is wrong with the text, as a sentence; empty if it is right."""
        parts = [each for each in self._parts() if each != NEXT or not self._has_next]
        wrong = next((each for each in parts if _PART.fullmatch(each) is None), None)
        if wrong is not None:
            more = ", or next for an all-to-all attack" if self._has_next else ""
            return f"Classes are numbers such as 0, 3, 10–20{more}, got “{wrong[:20]}”."
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

    def _parts(self) -> list[str]:
        parts = [each.strip().lower() for each in re.split(r"[,;]", self.text()) if each.strip()]
        return [] if parts == [self._empty_text] else parts

    def _read(self) -> tuple[int, ...] | None:
        chosen: set[int] = set()
        for part in self._parts():
            ends = [NEXT_CLASS] if part == NEXT else [int(each) for each in re.findall(r"\d+", part)]
            chosen.update(range(min(ends), max(ends) + 1))
        return tuple(sorted(chosen)) or None


def class_list(classes: tuple[int, ...]) -> str:
    """Return classes as they are typed: "0, 4", with "next" for an all-to-all attack."""
    return ", ".join(NEXT if each == NEXT_CLASS else str(each) for each in classes)
