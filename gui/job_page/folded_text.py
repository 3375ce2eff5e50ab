"""A long text that is scrolled where it has no room, and the button that unfolds it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QToolButton

from gui.theme import theme
from gui.widgets.labels import ScaledLabel


class TextArea(QScrollArea):
    """Shows a muted text that can be selected, on the ground of what is behind it; never scrolls sideways.

    Args:
        name: what the text is, for screen readers.

    Attributes:
        label: the text.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.label = ScaledLabel(role="muted", factor=theme.SMALL)
        self.label.setWordWrap(True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(name)
        self.setWidget(self.label)
        self.setWidgetResizable(True)
        for widget in (self.label, self.viewport()):
            widget.setAutoFillBackground(False)  # the panel's own shows
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


def fold_button(text: str, tip: str) -> QToolButton:
    """Return a button that is checked while a text is unfolded."""
    button = QToolButton()
    button.setText(text)
    button.setCheckable(True)
    button.setToolTip(tip)
    button.setProperty("boxed", True)
    return button
