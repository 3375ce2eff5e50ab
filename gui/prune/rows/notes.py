"""The results table with the notes below it, which take one line each where the table has too little height."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from core.data.interpretation_text import set_notes
from core.records import PoisonedSet
from core.sweep.records import Bypass
from gui.tables.table_view import ResultsView
from gui.theme import class_names, formatting, theme
from gui.widgets.labels import ElidedLabel, Role, ScaledLabel


class NoteLabel(ElidedLabel):
    """A small text of as many lines as it needs, or a single line, elided."""

    def __init__(self, role: Role, parent: QWidget | None = None) -> None:
        super().__init__(role=role, factor=theme.SMALL, parent=parent)
        self._is_single = True
        self.set_single(False)
        self.setVisible(False)

    def set_single(self, is_single: bool) -> None:
        """Set whether the text takes a single line."""
        if is_single == self._is_single:
            return
        self._is_single = is_single
        tallness = QSizePolicy.Policy.Fixed if is_single else QSizePolicy.Policy.Preferred
        self.setSizePolicy(QSizePolicy.Policy.Preferred, tallness)
        self.setToolTip("")
        self.setWordWrap(not is_single)
        self.updateGeometry()
        self.update()

    def show_note(self, text: str) -> None:
        """Show a text; an empty one hides the note."""
        self.setText(text)
        self.setVisible(bool(text))

    def wrapped_height(self, width: int) -> int:
        """Return the height of the whole text."""
        place = self.fontMetrics().boundingRect(0, 0, max(1, width), 10_000, Qt.TextFlag.TextWordWrap, self.text())
        return place.height()

    def minimumSizeHint(self) -> QSize:
        """Return the size of all lines, or of one "…"."""
        return super().minimumSizeHint() if self._is_single else QLabel.minimumSizeHint(self)

    def sizeHint(self) -> QSize:
        """Return the size of all lines, or of the single one."""
        return super().sizeHint() if self._is_single else QLabel.sizeHint(self)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw all lines, or as much of the single one as fits."""
        if self._is_single:
            super().paintEvent(event)
        else:
            QLabel.paintEvent(self, event)


class TableWithNotes(QWidget):
    """The table, or a text while it is empty, and the notes below it.

    Args:
        view: the table.
        empty_label: the text in its place.
        notes: of what gets around the pruned channels, and of the labels; each hidden while it says nothing.
    """

    def __init__(self, view: ResultsView, empty_label: ScaledLabel, notes: tuple[NoteLabel, NoteLabel]) -> None:
        super().__init__()
        self._view, self._all_notes = view, notes
        self._stack = QStackedLayout()
        self._stack.addWidget(empty_label)
        self._stack.addWidget(view)
        self._notes = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        for note in notes:
            self._notes.addWidget(note)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.addLayout(self._stack, 1)
        column.addLayout(self._notes)

    def show_table(self, *, has_rows: bool) -> None:
        """Show the table, or the text in its place."""
        self._stack.setCurrentIndex(1 if has_rows else 0)

    def show_notes(self, poisoned_sets: Sequence[PoisonedSet], bypass: Bypass | None) -> None:
        """Say what gets around the pruned channels, and what is known of the labels of poisoned sets."""
        names, known = [each.name for each in poisoned_sets], [each.interpretation for each in poisoned_sets]
        targets = class_names.named(" ".join(set_notes(names, known, has_plain=False)))
        for note, text in zip(
            self._all_notes, (formatting.bypass_text(bypass) if bypass else "", targets), strict=True
        ):
            note.show_note(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the notes for the new size."""
        super().resizeEvent(event)
        self.place_notes()

    def place_notes(self) -> None:
        """Place the notes side by side if both fit in one line; else wrap them where the table has the room for it."""
        notes = [note for note in self._all_notes if not note.isHidden()]
        needed = sum(note.fontMetrics().horizontalAdvance(note.text()) + 3 * theme.GRID for note in notes)
        is_one_line = needed <= self.width()
        direction = QBoxLayout.Direction.LeftToRight if is_one_line else QBoxLayout.Direction.TopToBottom
        self._notes.setDirection(direction)
        self._notes.setSpacing(2 * theme.GRID if is_one_line else 2)
        bar = self._view.horizontalScrollBar().sizeHint().height()
        wrapped = sum(note.wrapped_height(self.width()) + 2 for note in notes)
        is_low = self.height() < self._view.needed_height() + bar + theme.GRID + wrapped
        for note in notes:
            note.set_single(is_low and not is_one_line)
