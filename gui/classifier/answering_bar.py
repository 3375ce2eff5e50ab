"""Says which network answers in the classifier if it is not the one at the cursor, and offers the way back."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QToolButton, QWidget

from gui.theme import theme
from gui.widgets.labels import Notice

BACK_TIP = "Let the network pruned at the cursor answer as B′ again"


class AnsweringBar(Notice):
    """A strip above the answers; hidden while the network at the cursor answers.

    Attributes:
        back_button: lets the network at the cursor answer again.
    """

    back_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("quiet", is_wrapped=True, parent=parent)
        self.back_button = QToolButton()
        self.back_button.setAccessibleName("Back to the network at the cursor")
        self.back_button.setToolTip(BACK_TIP)
        self.back_button.setProperty("boxed", True)
        self.back_button.clicked.connect(self.back_requested)
        self.add(self.back_button)
        theme.signals.theme_changed.connect(self._dress)
        self._dress()

    def show_network(self, name: str) -> None:
        """Say that a network of the comparison answers; an empty name stands for the one at the cursor."""
        self.show_text(f"Classifier answers with: {name} (Compare)" if name else "")

    def _dress(self) -> None:
        theme.dress(self.back_button, "back")
