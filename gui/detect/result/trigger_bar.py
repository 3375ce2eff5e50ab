"""The buttons that use a reconstructed trigger."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from gui.theme import theme
from gui.widgets.combo import ElidedCombo

_BUTTONS = (
    ("use", "Use as trigger", "Lay this trigger over the classifier's image"),
    (
        "set",
        "Make a poisoned set",
        "Lay this trigger over the clean validation images: pruning, repair and comparison then measure an ASR, "
        "estimated with the reconstructed trigger",
    ),
    ("repair", "Repair", "Make a poisoned set with this trigger, and show the page “Repair”"),
    ("save", "Save trigger…", "Save this trigger: a patch as PNG with alpha, a change of the whole picture as .npz"),
)


class TriggerBar(QWidget):
    """Offers what can be done with a trigger; of several triggers one is chosen.

    Attributes:
        combo: the choice of the trigger; hidden if there is only one.
        buttons: the buttons, by their keys.
    """

    requested = Signal(str)  # "use", "set", "repair" or "save"
    trigger_chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.combo = ElidedCombo("The trigger that the buttons use", letters=10)
        self.combo.setAccessibleName("Trigger that the buttons use")
        self.combo.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID - 2)
        row.addWidget(self.combo)
        for key, text, tip in _BUTTONS:
            button = self.buttons[key] = QPushButton(text)
            button.setToolTip(tip)
            button.clicked.connect(lambda _checked=False, key=key: self.requested.emit(key))
            row.addWidget(button)
        row.addStretch(1)
        self.combo.activated.connect(self.trigger_chosen)
        self.show_titles(())

    @property
    def place(self) -> int:
        """The position of the chosen trigger; 0 if there is only one."""
        return max(self.combo.currentIndex(), 0)

    def show_titles(self, titles: Sequence[str]) -> None:
        """Offer triggers by their titles; the same titles again keep the choice."""
        if [self.combo.itemText(place) for place in range(self.combo.count())] != list(titles):
            self.combo.clear()
            self.combo.addItems(list(titles))
        self.combo.setVisible(len(titles) > 1)

    def show_reasons(self, reasons: dict[str, str]) -> None:
        """Enable each button, or disable it and show why, by the keys of the buttons."""
        for key, _, tip in _BUTTONS:
            reason = reasons.get(key, "")
            self.buttons[key].setEnabled(not reason)
            self.buttons[key].setToolTip(reason or tip)
