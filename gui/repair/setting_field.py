"""The field of a setting: made from what the setting says of itself."""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QCheckBox, QWidget

from core.registry.setting import Setting
from gui.widgets.combo import ElidedCombo
from gui.widgets.number_field import NumberField


def number_field(setting: Setting) -> NumberField:
    """A field for a number, in the unit in which it is typed."""
    suffix = f" {setting.unit}" if setting.unit else ""
    sample = f"{setting.sample}{suffix}" if setting.sample else ""
    field = NumberField(
        least(setting),
        setting.ceiling if setting.highest is None else setting.highest,
        step=setting.step,
        decimals=setting.decimals,
        suffix=suffix,
        room=max(sample, setting.none_text, key=len),
    )
    field.setToolTip(setting.help)
    return field


def least(setting: Setting) -> float:
    """The least number that the field takes: one that its decimals can show."""
    if setting.lowest is None:
        return -setting.ceiling
    return max(setting.lowest, 10.0**-setting.decimals) if setting.lowest > 0 else setting.lowest


class SettingField:
    """A number, a choice or a yes or no, and its value as the engine has it.

    Attributes:
        setting: which.
        widget: the field.
    """

    widget: NumberField | ElidedCombo | QCheckBox

    def __init__(self, setting: Setting, *, parent: QWidget | None = None) -> None:
        self.setting = setting
        if setting.is_switch:
            self.widget = QCheckBox(setting.label, parent)
            self.widget.setToolTip(setting.help)
        elif setting.choices:
            self.widget = ElidedCombo(setting.help, letters=6, parent=parent)
            for word in setting.choices:
                self.widget.addItem(setting.titles.get(word, word), word)
        else:
            self.widget = number_field(setting)

    @property
    def value(self) -> Any:
        """The value; None where the field says that there is none."""
        widget = self.widget
        if isinstance(widget, QCheckBox):
            return widget.isChecked()
        if isinstance(widget, ElidedCombo):
            return self.setting.value_of(widget.currentData())
        if widget.specialValueText() and widget.value() == widget.minimum():
            return None
        if self.setting.kind is int:
            return widget.number
        return round(widget.value() / 100, 10) if self.setting.is_share else widget.value()

    def show_value(self, value: Any, *, least_number: float | None = None) -> None:
        """Show a value.

        Args:
            value: as the engine has it; with None the field can say that there is none, until it is shown another.
            least_number: of a number in place of the setting's own.
        """
        widget = self.widget
        if isinstance(widget, QCheckBox):
            widget.setChecked(bool(value))
        elif isinstance(widget, ElidedCombo):
            widget.setCurrentIndex(max(0, list(self.setting.choices.values()).index(value)))
        elif value is None:
            widget.setSpecialValueText(self.setting.none_text or "none")
            widget.setMinimum(min(0.0, least(self.setting)))
            widget.setValue(widget.minimum())
        else:
            widget.setSpecialValueText("")
            widget.setMinimum(least(self.setting) if least_number is None else least_number)
            widget.setValue(100 * value if self.setting.is_share else value)

    def on_changed(self, slot: Callable[[], object]) -> None:
        """Call a bound method of a widget whenever the value changes."""
        widget = self.widget
        if isinstance(widget, QCheckBox):
            widget.toggled.connect(slot)
        elif isinstance(widget, ElidedCombo):
            widget.currentIndexChanged.connect(slot)
        else:
            widget.valueChanged.connect(slot)
