"""Fields for a number within bounds: they show a decimal point in every language, and take a comma as one, too.

All numbers of the window are written as those of its exports and reports are, so that they can be compared and copied.
"""

from PySide6.QtCore import QLocale, QSize, Qt
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QWidget


class PointSpinBox(QDoubleSpinBox):
    """Shows a number with a decimal point, and takes a comma for it where people write one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setLocale(QLocale.c())

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Return whether a text is a number, with a point in place of a comma."""
        return super().validate(self._pointed(text), position)

    def valueFromText(self, text: str) -> float:
        """Return the number of a text."""
        return super().valueFromText(self._pointed(text))

    def _pointed(self, text: str) -> str:
        is_number = self.decimals() > 0 and text != self.specialValueText()
        return text.replace(",", ".") if is_number else text


class NumberField(PointSpinBox):
    """Shows a number without trailing zeros.

    Args:
        low: the smallest value.
        high: the largest value.
        step: of an arrow key; 0 steps by a digit.
        decimals: maximum number of decimals; 0 for whole numbers.
        suffix: the unit.
        room: a text that always fits; a short number by default.
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
        """Return a width for typical numbers, not for the largest one."""
        return QSize(self.fontMetrics().horizontalAdvance(self._room) + 20, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return the size hint."""
        return self.sizeHint()

    def textFromValue(self, value: float) -> str:
        """Format without trailing zeros."""
        text = f"{value:.{self.decimals()}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ignore the wheel unless the field has the focus, so that the form scrolls."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
