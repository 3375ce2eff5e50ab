"""The input field of a setting, built from the setting's description."""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QCheckBox, QWidget

from core.registry.setting import Setting
from gui.widgets.combo import ElidedCombo
from gui.widgets.number_field import NumberField


def number_field(setting: Setting) -> NumberField:
    """Return a field for a number, in the unit in which it is typed."""
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
    """Return the smallest number that the field accepts and its decimals can show."""
    if setting.lowest is None:
        return -setting.ceiling
    return max(setting.lowest, 10.0**-setting.decimals) if setting.lowest > 0 else setting.lowest


class SettingField:
    """The field of a number, a choice or a switch, with its value in the engine's units.

    Attributes:
        setting: the setting.
        widget: the input field.
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
        """The value; None if the field shows that there is none."""
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
            value: in the engine's units; None shows the setting's text for "no value".
            least_number: the smallest number, in place of the setting's own.
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
        """Connect a bound method of a widget to changes of the value."""
        widget = self.widget
        if isinstance(widget, QCheckBox):
            widget.toggled.connect(slot)
        elif isinstance(widget, ElidedCombo):
            widget.currentIndexChanged.connect(slot)
        else:
            widget.valueChanged.connect(slot)
