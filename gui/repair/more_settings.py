"""The rarely changed settings of a method, folded by default."""

from contextlib import ExitStack
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QToolButton, QVBoxLayout, QWidget

from core.refit.records import Augmentation, RefitSettings
from core.registry.setting import Part
from core.repair.choices import NO_AUGMENTATION, RefitChoices
from core.repair.method import RepairMethod
from core.repair.methods.registry import DEFAULT_METHOD, all_settings
from core.repair.training_settings import AUGMENTATION, DISTILLATION, MIRRORING, TEMPERATURE
from core.words import joined
from gui.repair.setting_field import SettingField
from gui.theme import theme
from gui.widgets.labels import ScaledLabel

TITLE = "More settings"
UNUSED = "At 0 the images without labels are not used."
_LEAST_WEIGHT = 0.01  # of B's answers, for a method that mixes images: mixed images have no other labels


class MoreSettings(QWidget):
    """A button that unfolds the fields below it; only the settings that the method uses are shown.

    Attributes:
        toggle: unfolds the fields, and shows how many settings differ from the defaults.
        fields: the fields of all methods, by the names of their settings.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._method: RepairMethod = DEFAULT_METHOD
        self._has_unlabelled = False
        self.toggle = QToolButton()
        self.toggle.setCheckable(True)
        self.toggle.setProperty("fold", True)
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggle.setToolTip("Settings of the method that rarely need a change")
        self.fields = {each.name: SettingField(each) for each in all_settings() if not each.is_in_main_form}
        self.weight_note = ScaledLabel(UNUSED, factor=theme.SMALL, role="muted")
        self.weight_note.setWordWrap(True)
        self._lay_out()
        for each in self.fields.values():
            each.on_changed(self._on_changed)
        self.toggle.toggled.connect(self._fold)
        theme.signals.theme_changed.connect(self._recolour)
        self.show_method(self._method)
        self._fold()

    @property
    def choices(self) -> RefitChoices:
        """The settings that differ from the method's `default_settings`."""
        return self._between(self._method.default_settings())

    @property
    def is_stopping(self) -> bool:
        """Whether one of the settings alone decides where pruning stops."""
        given = dict(self.choices.others)
        return any(each.stops_pruning and each.name in given for each in self._method.settings)

    def show_method(self, method: RepairMethod) -> None:
        """Set a method's defaults, and show only the settings that it uses."""
        self._method = method
        self._show(self._defaults)
        for name, widgets in self._rows.items():
            for widget in widgets:
                widget.setVisible(name in method.setting_names)
        self._on_changed()

    def show_choices(self, choices: RefitChoices) -> None:
        """Show settings that were chosen for the method, and its defaults elsewhere.

        Raises:
            InspectorError: a value is out of range.
        """
        usual = self._method.default_settings()
        shown = choices.applied_to(usual)
        self._show(usual)
        with ExitStack() as quiet:
            for each in self.fields.values():
                quiet.enter_context(QSignalBlocker(each.widget))
            for name, value in choices.given.items():
                if name in self.fields and name != DISTILLATION.name:
                    self.fields[name].show_value(value)
            if not self._method.is_choosing or DISTILLATION.name in choices.training:
                self._show_weight(shown)
            self.fields[MIRRORING.name].show_value(shown.augmentation.is_mirrored)
            self.fields[AUGMENTATION.name].show_value(choices.is_augmented is not False)
        self._on_changed()

    @property
    def last_field(self) -> QWidget:
        """The last field in the tab order."""
        return list(self._rows.values())[-1][-1]

    @property
    def is_used(self) -> bool:
        """Whether the method uses any of the settings."""
        return not self._method.setting_names.isdisjoint(self.fields)

    def set_unlabelled(self, *, is_open: bool) -> None:
        """Set whether images without labels are open; an unchanged distillation weight follows."""
        weight = self.fields[DISTILLATION.name]
        before = self._defaults.distillation_weight
        self._has_unlabelled = is_open
        if abs(weight.value - before) < 1e-9:
            self._show_weight(self._defaults)
        self._on_changed()

    def set_running(self, *, is_running: bool) -> None:
        """Disable the settings while a job runs; they stay visible."""
        self._box.setEnabled(not is_running)

    @property
    def _defaults(self) -> RefitSettings:
        """The method's defaults for the open images."""
        return self._method.default_settings(has_unlabelled=self._has_unlabelled)

    def _show(self, defaults: RefitSettings) -> None:
        is_choosing = self._method.is_choosing
        with ExitStack() as quiet:  # a mixture of the settings of two methods need not be valid
            for each in self.fields.values():
                quiet.enter_context(QSignalBlocker(each.widget))
            for name, each in self.fields.items():
                if each.setting.part is not Part.TRAINING:
                    each.show_value(each.setting.default)
                elif not each.setting.is_switch:  # the plans that it tries have their own numbers
                    is_taken = is_choosing and name in self._method.setting_names
                    each.show_value(None if is_taken else getattr(defaults, name))
            self._show_weight(defaults)
            self.fields[MIRRORING.name].show_value(defaults.augmentation.is_mirrored)
            self.fields[AUGMENTATION.name].show_value(True)
        text = AUGMENTATION.label if is_choosing else _variation(defaults.augmentation)
        self.fields[AUGMENTATION.name].widget.setText(text)  # type: ignore[union-attr]

    def _show_weight(self, defaults: RefitSettings) -> None:
        least = _LEAST_WEIGHT if defaults.mixing is not None else None
        self.fields[DISTILLATION.name].show_value(defaults.distillation_weight, least_number=least)

    def _between(self, defaults: RefitSettings) -> RefitChoices:
        """Return the shown values that differ from these settings."""
        useful = [each for name, each in self.fields.items() if name in self._method.setting_names]
        training = {
            each.setting.name: each.value
            for each in useful
            if each.setting.part is Part.TRAINING and not each.setting.is_switch and each.value is not None
        }
        if not training.get(DISTILLATION.name):
            training.pop(TEMPERATURE.name, None)  # without distillation it has no effect
        augmentation = defaults.augmentation if self.fields[AUGMENTATION.name].value else NO_AUGMENTATION
        augmentation = replace(augmentation, is_mirrored=self.fields[MIRRORING.name].value)
        shown = replace(defaults, augmentation=augmentation, **training)
        given = {
            name: value
            for name, value in RefitChoices.between(defaults, shown).training.items()
            if name in self._method.setting_names
        }
        if self._method.is_choosing:
            given.update(training)  # they apply to every plan, also where they equal the plain defaults
        others = tuple(
            (each.setting.name, each.value)
            for each in useful
            if each.setting.part is not Part.TRAINING and each.value != each.setting.default
        )
        return RefitChoices(**given, others=others)

    @Slot()
    def _on_changed(self) -> None:
        weight = self.fields[DISTILLATION.name].value
        self.fields[TEMPERATURE.name].widget.setEnabled(weight > 0)
        takes_weight = DISTILLATION.name in self._method.setting_names
        self.weight_note.setVisible(takes_weight and self._has_unlabelled and not weight)
        count = len(self._between(self._defaults).given)
        text = f"{TITLE}, {count} changed" if count else TITLE
        self.toggle.setText(text)
        self.toggle.setAccessibleName(text)
        self.changed.emit()

    @Slot()
    def _fold(self) -> None:
        self._box.setVisible(self.toggle.isChecked())
        self._recolour()

    @Slot()
    def _recolour(self) -> None:
        theme.dress(self.toggle, "unfolded" if self.toggle.isChecked() else "folded")

    def _lay_out(self) -> None:
        self._box = QWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self.toggle)
        column.addWidget(self._box)
        grid = QGridLayout(self._box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.GRID)
        grid.setVerticalSpacing(theme.GRID // 2)
        grid.setColumnStretch(1, 1)
        self._rows: dict[str, tuple[QWidget, ...]] = {}
        line = 0
        for name, each in sorted(self.fields.items(), key=lambda item: item[1].setting.is_switch):
            field = each.widget
            if each.setting.is_switch:
                grid.addWidget(field, line, 0, 1, 2)
                self._rows[name] = (field,)
            else:
                label = ScaledLabel(each.setting.label, role="muted")
                label.setBuddy(field)
                field.setAccessibleName(each.setting.label)
                grid.addWidget(label, line, 0)
                grid.addWidget(field, line, 1)
                self._rows[name] = (label, field)
            line += 1
            if name == DISTILLATION.name:
                grid.addWidget(self.weight_note, line, 0, 1, 2)
                line += 1


def _variation(augmentation: Augmentation) -> str:
    """Return how images vary besides mirroring: "Shift and light them"."""
    done = [each for each in ("shift", "turn", "zoom", "light") if getattr(augmentation, each)]
    return f"{joined(done).capitalize()} them"
