"""The rule of the shown G, and the false alarm rate of G by confidence."""

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from core.network.confidence import DEFAULT_FALSE_ALARM_RATE
from gui.theme import theme
from gui.theme.formatting import FALSE_ALARM_TIP
from gui.widgets.labels import ScaledLabel
from gui.widgets.number_field import NumberField


class RuleBar(QWidget):
    """Chooses G by agreement or G by confidence; the false alarm rate is shown for the latter only.

    Attributes:
        button: checked for G by confidence.
        false_alarm_field: the rate, in percent.
    """

    rule_chosen = Signal(bool)  # True: G by confidence
    false_alarm_rate_chosen = Signal(float)  # in (0, 1)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QToolButton()
        self.button.setText("By confidence")
        self.button.setCheckable(True)
        self.button.setProperty("boxed", True)
        self.button.setToolTip(
            "Show G by confidence, which also flags images that B′ is not sure enough of, instead of G by agreement"
        )
        self.button.toggled.connect(self.rule_chosen)
        self.false_alarm_field = NumberField(0.1, 99, step=1, decimals=2, suffix=" %")
        self.false_alarm_field.setAccessibleName("False alarms that G by confidence may raise")
        self.false_alarm_field.setToolTip(f"{FALSE_ALARM_TIP}; a network with a stored level keeps it")
        self.false_alarm_field.setValue(100 * DEFAULT_FALSE_ALARM_RATE)
        self.false_alarm_field.setKeyboardTracking(False)  # count when a number is complete, not at each digit
        self.false_alarm_field.valueChanged.connect(self._on_value_changed)
        before = ScaledLabel("at most", factor=theme.SMALL, role="muted")
        after = ScaledLabel("of clean images flagged", factor=theme.SMALL, role="muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID)
        row.addStretch(1)
        for part in (before, self.false_alarm_field, after):
            row.addWidget(part)
            part.setVisible(False)
            self.button.toggled.connect(part.setVisible)
        row.addWidget(self.button)

    def show_rule(self, *, is_by_confidence: bool, false_alarm_rate: float) -> None:
        """Show a rule and a rate in (0, 1)."""
        with QSignalBlocker(self.false_alarm_field):
            self.false_alarm_field.setValue(100 * false_alarm_rate)
        self.button.setChecked(is_by_confidence)

    @Slot(float)
    def _on_value_changed(self, value: float) -> None:
        self.false_alarm_rate_chosen.emit(value / 100)
