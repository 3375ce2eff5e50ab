"""Combo boxes that elide their text."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QWidget

from core.channels import ChannelTensor

ALL_READERS = "channel output"
SHORTEST_CHOICE = 16  # in letters "X"; about 20 average letters fit
TENSOR_TIP = (
    "Where channels are ranked and zeroed. Behind the activation, the batch normalization that follows makes a "
    "constant of a zero; behind the normalization, a pruned channel is zero for the layers that read it."
)


def only_reader(name: str) -> str:
    """Return the choice to prune channels for one of the layers that read them."""
    return f"only what {name} reads"


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


class TensorCombo(ElidedCombo):
    """Offers both tensors; hidden while there is no choice."""

    def __init__(self) -> None:
        super().__init__(TENSOR_TIP)
        for tensor in ChannelTensor:
            self.addItem(tensor.text, tensor)

    @property
    def tensor(self) -> ChannelTensor | None:
        """The chosen tensor; None if there is no choice."""
        return None if self.isHidden() else ChannelTensor(self.currentData())

    def show_tensor(self, tensor: ChannelTensor | None, *, label: QWidget) -> None:
        """Show the chosen tensor; None, for no choice, hides the field and its label."""
        self.set_offered(tensor is not None, label=label)
        if tensor is not None:
            self.setCurrentIndex(self.findData(tensor))

    def set_offered(self, is_offered: bool, *, label: QWidget) -> None:
        """Show the field and its label where there is a choice."""
        for widget in (self, label):
            widget.setVisible(is_offered)
