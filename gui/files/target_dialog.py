"""A dialog that asks for the target of a poisoned set."""

from dataclasses import dataclass

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QLabel, QSpinBox, QVBoxLayout, QWidget

from core.records import AttackKind, Target
from core.words import printable
from gui.guide.window_help import DialogHelp
from gui.theme import class_names

WIDTH = 420
_CLASS = "class"
_CHOICES: tuple[tuple[str, AttackKind | str | None], ...] = (
    ("Found by the network's answers", None),
    ("A class: the labels are true labels", _CLASS),
    ("The class after the true one (all-to-all): the labels are true labels", AttackKind.NEXT),
    ("Another class for each true one (all-to-all): the labels are true labels", AttackKind.EACH),
    ("The labels in the file: they are target labels", AttackKind.LABELS),
)


@dataclass(frozen=True, slots=True)
class ChosenTarget:
    """What the user said about the target; None as `target` lets the network's answers decide."""

    target: Target


class TargetDialog(QDialog):
    """Asks for the target of a poisoned set.

    Args:
        name: the file's name.
        target: what was said about it before.
        class_count: the network's number of classes.
        parent: the window.
    """

    def __init__(self, *, name: str, target: Target, class_count: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        DialogHelp(self, "target")
        self.setWindowTitle("Target of a poisoned set")
        self.setMinimumWidth(WIDTH)
        self.choice = QComboBox()
        self.choice.setAccessibleName("Target")
        for text, _ in _CHOICES:
            self.choice.addItem(text)
        self.label = QSpinBox()
        self.label.setAccessibleName("Target class")
        self.label.setPrefix("class ")
        self.label.setRange(0, class_count - 1)
        value: AttackKind | str | None = _CLASS
        if isinstance(target, int):
            self.label.setValue(target)
        else:
            value = target
        self.choice.setCurrentIndex([each for _, each in _CHOICES].index(value))
        self.choice.currentIndexChanged.connect(self._on_chosen)
        self.label.valueChanged.connect(self._show_name)
        self._show_name()
        heading = QLabel(f"What does the attacker want of the images in {printable(name)}?")
        heading.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for each in (heading, self.choice, self.label, buttons):
            column.addWidget(each)
        self._on_chosen()

    @property
    def chosen(self) -> ChosenTarget:
        """The current choice."""
        value = _CHOICES[self.choice.currentIndex()][1]
        if isinstance(value, AttackKind) or value is None:
            return ChosenTarget(value)
        return ChosenTarget(self.label.value())

    @Slot()
    def _show_name(self) -> None:
        """Show the name of the target class."""
        name = class_names.name_of(self.label.value())
        self.label.setSuffix(f" ({name[:40]})" if name else "")

    @Slot()
    def _on_chosen(self) -> None:
        self.label.setEnabled(_CHOICES[self.choice.currentIndex()][1] == _CLASS)
