"""A field that finds a channel by its number or name; it appears with Ctrl+F and goes with Escape."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

TIP = "Find a channel by its number, or by a part of its name; Return goes to the next one, Escape closes"


class FindField(QLineEdit):
    """Emits the bar that matches; the field is hidden while nobody looks for a channel."""

    found = Signal(int)  # the place of the bar
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._at = -1
        self.setPlaceholderText("Find a channel")
        self.setAccessibleName("Find a channel")
        self.setToolTip(TIP)
        self.setClearButtonEnabled(True)
        self.setMaximumWidth(150)
        self.setVisible(False)
        self.textEdited.connect(self._on_edited)

    def set_names(self, names: Sequence[str]) -> None:
        """Set the names of the bars, from the left."""
        self._names = tuple(names)
        self._at = min(self._at, len(self._names) - 1)

    def open(self) -> None:
        """Show the field, with its text selected."""
        self.setVisible(True)
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def matches(self) -> list[int]:
        """Return the places of the bars that match, those that match exactly first."""
        text = self.text().strip().lower()
        if not text:
            return []
        names = [name.lower() for name in self._names]
        exact = [place for place, name in enumerate(names) if text in (name, name.rsplit(" ", maxsplit=1)[-1])]
        return exact + [place for place, name in enumerate(names) if text in name and place not in exact]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the next match with Return or Down, to the one before with Up or Shift+Return; close with Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.setVisible(False)
            self.closed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down, Qt.Key.Key_Up):
            is_back = event.key() == Qt.Key.Key_Up or bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._go(-1 if is_back else 1)
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_edited(self) -> None:
        self._at = -1
        self._go(1)

    def _go(self, step: int) -> None:
        matches = self.matches()
        self.setProperty("invalid", bool(self.text().strip()) and not matches)
        self.style().unpolish(self)
        self.style().polish(self)
        if matches:
            place = matches.index(self._at) + step if self._at in matches else 0
            self._at = matches[place % len(matches)]
            count = f"{matches.index(self._at) + 1} of {len(matches)}"
            self.setAccessibleDescription(count)
            self.setToolTip(f"{count}. {TIP}")
            self.found.emit(self._at)
