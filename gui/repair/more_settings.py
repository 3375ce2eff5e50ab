"""The settings of refitting that few people change, folded away until somebody asks for them."""

from contextlib import ExitStack
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QToolButton, QVBoxLayout, QWidget

from core.refit.records import Augmentation, Optimizer, RefitSettings
from core.repair.choices import NO_AUGMENTATION, RefitChoices, useful_to
from core.repair.methods import Method, default_settings
from core.words import joined
from gui.theme import theme
from gui.widgets.combo import ElidedCombo
from gui.widgets.labels import ScaledLabel
from gui.widgets.number_field import NumberField

TITLE = "More settings"
EACH_ITS_OWN = "each its own"
OFF = "off"
UNUSED = "At 0 the images without labels are not used."
_OPTIMIZERS = {Optimizer.ADAM: "Adam", Optimizer.SGD: "SGD, momentum 0.9"}
_LEAST_WEIGHT = 0.01  # of B's answers, for a method that mixes images: these have no other


class MoreSettings(QWidget):
    """A line to unfold, and below it what the method has a use for; of no use where that is nothing.

    Attributes:
        toggle: unfolds it; says how many settings are not the method's own.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._method = Method.AUTO
        self._has_unlabelled = False
        self.toggle = QToolButton()
        self.toggle.setCheckable(True)
        self.toggle.setProperty("fold", True)
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggle.setToolTip("Settings of training that seldom need a change")
        self.batch_field = NumberField(1, 4096, suffix=" images", room=EACH_ITS_OWN)
        self.batch_field.setToolTip("Images that each step looks at; fewer need less memory")
        self.steps_field = NumberField(0, 1_000_000, step=100, suffix=" steps", room="100000 steps")
        self.steps_field.setToolTip("Few images are passed over more often in an epoch, until it is so many in all")
        self.optimizer_combo = ElidedCombo("What takes the steps", letters=6)
        for optimizer, name in _OPTIMIZERS.items():
            self.optimizer_combo.addItem(name, optimizer.value)
        self.weight_field = NumberField(0, 1, step=0.1, decimals=3, suffix=" of the loss", room="0.125 of the loss")
        self.weight_field.setToolTip(
            "How much the soft answers of B count, the rest are labels; 0 learns from labels alone"
        )
        self.temperature_field = NumberField(1, 1000, step=0.5, decimals=2)
        self.temperature_field.setToolTip(
            "Softens the answers of B and of the network that learns from them; 1 leaves them"
        )
        self.rollback_field = NumberField(0, 100, step=1, decimals=2, suffix=" points", room="12.5 points")
        self.rollback_field.setToolTip(
            "When held-out accuracy falls by more, training goes back to its best epoch and on at half the rate"
        )
        self.mask_field = NumberField(0, 1, step=0.05, decimals=3, room="0.125")
        self.mask_field.setSpecialValueText(OFF)
        self.mask_field.setToolTip(
            "Prune every channel whose mask is below this, whatever that costs; while it is off, clean accuracy says "
            "where to stop"
        )
        self.mirror_check = QCheckBox("Mirror images")
        self.mirror_check.setToolTip(
            "Half of the training images are mirrored; leave it out where left and right tell classes apart, "
            "as with digits and traffic signs"
        )
        self.vary_check = QCheckBox()
        self.vary_check.setToolTip("Vary the training images as the method usually does")
        self.weight_note = ScaledLabel(UNUSED, factor=theme.SMALL, role="muted")
        self.weight_note.setWordWrap(True)
        self._lay_out()
        for field in self._fields:
            field.valueChanged.connect(self._on_changed)
        self.optimizer_combo.currentIndexChanged.connect(self._on_changed)
        for check in (self.mirror_check, self.vary_check):
            check.toggled.connect(self._on_changed)
        self.toggle.toggled.connect(self._fold)
        theme.signals.theme_changed.connect(self._recolour)
        self.show_method(self._method)
        self._fold()

    @property
    def choices(self) -> RefitChoices:
        """What is not as `default_settings` of the method has it."""
        return self._between(default_settings(self._method))

    @property
    def mask_threshold(self) -> float | None:
        """Masks below it are pruned, (0, 1]; None goes by clean accuracy."""
        return (self.mask_field.value() or None) if self._method is Method.ANP else None

    def show_method(self, method: Method) -> None:
        """Bring a method's own settings, and show those that it has a use for."""
        self._method = method
        self._show(self._usual)
        useful = useful_to(method)
        for name, widgets in self._rows.items():
            for widget in widgets:
                widget.setVisible(name in useful or (name == "mask_threshold" and method is Method.ANP))
        self._on_changed()

    @property
    def is_of_use(self) -> bool:
        """Whether the method has a use for any of them."""
        return bool(useful_to(self._method)) or self._method is Method.ANP

    def set_unlabelled(self, *, is_open: bool) -> None:
        """Whether there are images without labels; a weight that nobody changed goes with them."""
        before = self._usual.distillation_weight
        self._has_unlabelled = is_open
        if abs(self.weight_field.value() - before) < 1e-9:
            self.weight_field.setValue(self._usual.distillation_weight)
        self._on_changed()

    def set_running(self, *, is_running: bool) -> None:
        """While a job goes on its settings stay as they are; they can be looked at."""
        self._box.setEnabled(not is_running)

    @property
    def _usual(self) -> RefitSettings:
        """The method's own, with the images there are."""
        return default_settings(self._method, has_unlabelled=self._has_unlabelled)

    def _show(self, usual: RefitSettings) -> None:
        is_choosing = self._method.is_choosing
        with ExitStack() as quiet:  # what is half of one method's and half of another's need not go together
            for each in (*self._fields, self.optimizer_combo, self.mirror_check, self.vary_check):
                quiet.enter_context(QSignalBlocker(each))
            self.batch_field.setSpecialValueText(EACH_ITS_OWN if is_choosing else "")
            self.batch_field.setMinimum(0 if is_choosing else 1)
            self.batch_field.setValue(0 if is_choosing else usual.batch_size)
            self.steps_field.setValue(usual.least_steps)
            self.optimizer_combo.setCurrentIndex(self.optimizer_combo.findData(usual.optimizer.value))
            self.weight_field.setMinimum(_LEAST_WEIGHT if usual.mixing is not None else 0)
            self.weight_field.setValue(usual.distillation_weight)
            self.temperature_field.setValue(usual.temperature)
            self.rollback_field.setValue(100 * usual.rollback_margin)
            self.mask_field.setValue(0)
            self.mirror_check.setChecked(usual.augmentation.is_mirrored)
            self.vary_check.setChecked(True)
        self.vary_check.setText("Vary them otherwise, too" if is_choosing else _variation(usual.augmentation))

    def _between(self, usual: RefitSettings) -> RefitChoices:
        """What is shown and is not as in these settings."""
        useful = useful_to(self._method)
        augmentation = usual.augmentation if self.vary_check.isChecked() else NO_AUGMENTATION
        shown = replace(
            usual,
            batch_size=self.batch_field.number or usual.batch_size,
            least_steps=self.steps_field.number,
            optimizer=Optimizer(self.optimizer_combo.currentData()),
            distillation_weight=self.weight_field.value(),
            temperature=self.temperature_field.value() if self.weight_field.value() else usual.temperature,
            rollback_margin=round(self.rollback_field.value() / 100, 10),
            augmentation=replace(augmentation, is_mirrored=self.mirror_check.isChecked()),
        )
        given = {name: value for name, value in RefitChoices.between(usual, shown).given.items() if name in useful}
        if self._method.is_choosing and self.batch_field.number:
            given["batch_size"] = self.batch_field.number  # the plain settings' is no plan's own
        return RefitChoices(**given)

    @Slot()
    def _on_changed(self) -> None:
        self.temperature_field.setEnabled(self.weight_field.value() > 0)
        takes_weight = "distillation_weight" in useful_to(self._method)
        self.weight_note.setVisible(takes_weight and self._has_unlabelled and not self.weight_field.value())
        count = len(self._between(self._usual).given) + (self.mask_threshold is not None)
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
        labelled: tuple[tuple[str, str, QWidget], ...] = (
            ("mask_threshold", "Masks below", self.mask_field),
            ("batch_size", "Batch", self.batch_field),
            ("least_steps", "At least", self.steps_field),
            ("optimizer", "Optimizer", self.optimizer_combo),
            ("distillation_weight", "Distillation", self.weight_field),
            ("temperature", "Temperature", self.temperature_field),
            ("rollback_margin", "Roll back at", self.rollback_field),
        )
        self._rows: dict[str, tuple[QWidget, ...]] = {}
        self._fields = [each for _, _, each in labelled if isinstance(each, NumberField)]
        line = 0
        for name, text, field in labelled:
            label = ScaledLabel(text, role="muted")
            label.setBuddy(field)
            field.setAccessibleName(text)
            grid.addWidget(label, line, 0)
            grid.addWidget(field, line, 1)
            self._rows[name] = (label, field)
            line += 1
            if field is self.weight_field:
                grid.addWidget(self.weight_note, line, 0, 1, 2)
                line += 1
        for name, check in (("is_mirrored", self.mirror_check), ("is_augmented", self.vary_check)):
            grid.addWidget(check, line, 0, 1, 2)
            self._rows[name] = (check,)
            line += 1


def _variation(augmentation: Augmentation) -> str:
    """What is done to images besides mirroring: "Shift and light them"."""
    done = [each for each in ("shift", "turn", "zoom", "light") if getattr(augmentation, each)]
    return f"{joined(done).capitalize()} them"
