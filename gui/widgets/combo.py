"""A combo box that elides its text."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QWidget

SHORTEST_CHOICE = 16  # in letters "X"; about 20 average letters fit


class ElidedCombo(QComboBox):
    """A combo box that elides its text with "…" if it does not fit.

    Args:
        tooltip: what is chosen with it.
        letters: minimum width in letters "X".
    """

    def __init__(self, tooltip: str, *, letters: int = SHORTEST_CHOICE, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip(tooltip)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(letters)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the elided text."""
        del event
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        style = self.style()
        complex_control, part = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        room = style.subControlRect(complex_control, option, part, self).width() - 4
        option.currentText = self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room)
        painter = QStylePainter(self)
        painter.drawComplexControl(complex_control, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
