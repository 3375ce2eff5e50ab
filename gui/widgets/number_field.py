"""A field for one number within bounds: arrow keys step it, and the same dot stands in it in every language."""

from PySide6.QtCore import QLocale, QSize, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QWidget


class NumberField(QDoubleSpinBox):
    """Shows as few digits as the number needs.

    Args:
        low: the least.
        high: the largest.
        step: of an arrow key; 0 steps by a digit.
        decimals: at most so many; 0 takes whole numbers alone.
        suffix: the unit.
        room: the longest text that it always has room for; left out, that of a small number.
    """

    def __init__(
        self,
        low: float,
        high: float,
        *,
        step: float = 1,
        decimals: int = 0,
        suffix: str = "",
        room: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._room = room or ("0.00000" if decimals > 2 else "000 %")
        self.setLocale(QLocale.c())
        self.setDecimals(decimals)
        self.setRange(low, high)
        if step:
            self.setSingleStep(step)
        else:
            self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.setSuffix(suffix)
        self.lineEdit().setTextMargins(6, 0, 6, 0)  # a style sheet's padding does not reach it
        self.setCorrectionMode(QAbstractSpinBox.CorrectionMode.CorrectToNearestValue)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft)

    @property
    def number(self) -> int:
        """The value of a field for whole numbers."""
        return round(self.value())

    def sizeHint(self) -> QSize:
        """Room for what is usually in it, not for the largest number."""
        return QSize(self.fontMetrics().horizontalAdvance(self._room) + 20, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """The same."""
        return self.sizeHint()

    def textFromValue(self, value: float) -> str:
        """Without zeros that say nothing."""
        text = f"{value:.{self.decimals()}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to what scrolls around the field, until it has been chosen."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
