"""The form of a repair: method, layers and settings, and the buttons that start and stop it."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QWidget

from core.channels import NO_LAYERS, PrunableLayer
from core.network.confidence import DEFAULT_FALSE_ALARM_RATE
from core.repair.method import RepairMethod
from core.repair.methods.registry import DEFAULT_METHOD, METHODS
from core.repair.training_settings import EPOCHS, HELD_OUT, LEARNING_RATE
from gui.job_page.class_choice import ClassChoice, class_list
from gui.job_page.class_faces import ClassFaces
from gui.job_page.form import JobForm
from gui.page import why_running
from gui.repair.more_settings import MoreSettings
from gui.repair.setting_field import number_field
from gui.state.repair_settings import RepairSettings
from gui.theme import theme
from gui.theme.formatting import FALSE_ALARM_TIP
from gui.widgets.combo import ElidedCombo, TensorCombo
from gui.widgets.labels import Role, ScaledLabel
from gui.widgets.layer_list import LayerList
from gui.widgets.number_field import NumberField

NO_LAYER = "Tick at least one convolution to prune."
NO_CONVOLUTION = "The network has no convolution whose channels can be pruned: choose another method."
LARGEST_SEED = 2**31 - 1
LOOKED_FOR = "looked for"
SUSPECTS_TIP = (
    "Classes that a backdoor may lead to, such as 0, 3, or next for an all-to-all attack: their triggers are "
    "unlearned. Empty looks for them first. A detection that finds a backdoor fills this in."
)


class RepairForm(JobForm):
    """Holds the chosen settings; choosing a method sets its defaults.

    Attributes:
        more: settings that are rarely changed.
    """

    method_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            start_text="Repair",
            start_tip="Repair the network by this method",
            start_key="repair.repair",
            start_icon="repair",
            stop_text="Cancel",
            stop_tip="Stop the running job; a refit keeps the best epoch so far",
            parent=parent,
        )
        self._missing = ""
        self._layers: tuple[PrunableLayer, ...] = ()
        self._usual_layer = ""
        self.method_combo = _method_combo()
        self.method_note = _note("muted")
        self.layer_list = LayerList(is_folding=True)
        self.layer_list.setToolTip(
            "The layers whose channels are pruned: one after the other from the deepest, or all as one"
        )
        self.tensor_combo = TensorCombo()
        self.threshold_field = NumberField(0.1, 99, step=1, decimals=2, suffix=" points")
        self.threshold_field.setToolTip(
            "Pruning stops before clean validation accuracy drops by more than this, in percentage points"
        )
        self.epochs_field = number_field(EPOCHS)
        self.rate_field = number_field(LEARNING_RATE)
        self.held_out_field = number_field(HELD_OUT)
        self.seed_field = NumberField(0, LARGEST_SEED)
        self.seed_field.setToolTip("The same seed gives the same network on the same machine")
        self.false_alarm_field = _false_alarm_field()
        self.suspects_field = ClassChoice(empty_text=LOOKED_FOR, tip=SUSPECTS_TIP, has_next=True)
        self.suspects_faces = ClassFaces()
        self._offered: tuple[int, ...] = ()
        self.more = MoreSettings()
        self._lay_out()
        self.method_combo.currentIndexChanged.connect(self._on_method_changed)
        self.layer_list.layers_changed.connect(self._update)
        self.more.changed.connect(self._update)
        self.suspects_field.classes_changed.connect(self._update)
        self._show_method()

    @property
    def method(self) -> RepairMethod:
        """The chosen method."""
        return METHODS.get(self.method_combo.currentData())

    @property
    def settings(self) -> RepairSettings:
        """The chosen settings."""
        return RepairSettings(
            method=self.method,
            layers=self.layer_list.layers if self.method.is_pruning else NO_LAYERS,
            tensor=self.tensor_combo.tensor if self.method.is_pruning else None,
            threshold=self.threshold_field.value() / 100,
            epochs=self.epochs_field.number,
            learning_rate=self.rate_field.value(),
            held_out_share=self.held_out_field.value() / 100,
            seed=self.seed_field.number,
            false_alarm_rate=self.false_alarm_field.value() / 100,
            choices=self.more.choices,
            suspects=(self.suspects_field.classes or ()) if self.method.is_unlearning else (),
        )

    @property
    def takes_unlabelled(self) -> bool:
        """Whether the method can use images without labels."""
        return self.settings.takes_unlabelled

    def set_unlabelled(self, *, is_open: bool) -> None:
        """Set whether images without labels are open."""
        self.more.set_unlabelled(is_open=is_open)

    @property
    def reason(self) -> str:
        """Why a repair cannot start; empty when it can."""
        if not self._missing and self.method.is_unlearning and self.suspects_field.reason:
            return self.suspects_field.reason
        if self._missing or not self.method.is_pruning or self.layer_list.layers:
            return self._missing
        if self._layers:
            return NO_LAYER
        # A method that tries several plans leaves out those that prune.
        return "" if self.method.is_choosing else NO_CONVOLUTION

    def choose_method(self, method: RepairMethod) -> None:
        """Choose a method, with its default settings."""
        self.method_combo.setCurrentIndex(self.method_combo.findData(method.name))

    def show_layers(self, layers: tuple[PrunableLayer, ...], usual: str) -> None:
        """Offer the layers of a model, the usual one ticked; the same layers again keep their ticks."""
        if layers != self._layers:
            self._layers, self._usual_layer = layers, usual
            self.layer_list.show_layers(layers, self._usual_layers)
            self._update()

    def offer_suspects(self, suspects: tuple[int, ...], *, class_count: int) -> None:
        """Fill in suspected classes, in place of those that were filled in before; what a person typed stays.

        Args:
            suspects: the classes that a detection of the open network names; empty for none.
            class_count: number of classes of the network; 0 while none is open.
        """
        self.suspects_field.set_class_count(class_count)
        if self.suspects_field.text() == class_list(self._offered):
            self.suspects_field.setText(class_list(suspects))
        self._offered = suspects

    def set_missing(self, reason: str) -> None:
        """Set why a repair cannot start; empty when it can."""
        self._missing = reason
        self._update()

    def _show_method(self) -> None:
        """Show the method's defaults, and only the fields that it uses."""
        method = self.method
        defaults = RepairSettings.of(method)
        self.method_note.setText(method.help)
        self.threshold_field.setValue(100 * defaults.threshold)
        self.epochs_field.setValue(defaults.epochs)
        self.rate_field.setValue(defaults.learning_rate)
        self.held_out_field.setValue(100 * defaults.held_out_share)
        for widget in self._pruning:
            widget.setVisible(method.is_pruning)
        for name, widgets in self._training.items():
            for widget in widgets:
                widget.setVisible(name in method.setting_names)
        for widget in self._drawing:
            widget.setVisible(method.is_drawing)
        for widget in self._unlearning:
            widget.setVisible(method.is_unlearning)
        self.more.show_method(method)
        self.more.setVisible(self.more.is_used)
        self.layer_list.tick(self._usual_layers)
        if method.is_choosing:  # the plans that it tries have their own settings
            for widget in self._drop:
                widget.setVisible(False)
        self._update()

    @property
    def _usual_layers(self) -> tuple[str, ...]:
        """The layers that the method prunes by default: all as one if its order compares layers."""
        several = tuple(each.name for each in self._layers if each.parts)
        if self.method.is_joint and several:
            return several
        return (self._usual_layer,) if self._usual_layer else ()

    @Slot()
    def _update(self) -> None:
        super()._update()
        training = [widget for widgets in self._training.values() for widget in widgets]
        for widget in (
            self.method_combo,
            self.tensor_combo,
            self.false_alarm_field,
            *self._pruning,
            *training,
            *self._drawing,
            *self._unlearning,
        ):
            widget.setEnabled(not self._is_running or widget is self.layer_list)
        self.layer_list.set_reason(why_running() if self._is_running else "")
        self.more.set_running(is_running=self._is_running)
        suspects = self.suspects_field.classes if self.method.is_unlearning else None
        self.suspects_faces.show_classes(suspects or ())
        # A mask threshold stops pruning by itself, so the drop of accuracy is not used.
        self.threshold_field.setEnabled(not self._is_running and not self.more.is_stopping)
        has_none = not self._missing and not self._layers
        for widget in self._pruning[:2]:  # hide an empty list
            widget.setVisible(self.method.is_pruning and not has_none)
        self._show_tensor()
        reason = self.reason
        is_of_layers = reason in (NO_LAYER, NO_CONVOLUTION)
        self.layer_note.setText(reason if is_of_layers else "")
        self.layer_note.setVisible(is_of_layers)
        self.reason_changed.emit()

    def _show_tensor(self) -> None:
        """Offer the tensor if a batch normalization follows the activation of a ticked layer."""
        ticked = self.layer_list.layers
        has_choice = any(each.tensor for each in self._layers if ticked.is_all or each.name in ticked.names)
        self.tensor_combo.set_offered(self.method.is_pruning and has_choice, label=self._tensor_label)

    @Slot()
    def _on_method_changed(self) -> None:
        self._show_method()
        self.method_changed.emit()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.GRID)
        grid.setVerticalSpacing(theme.GRID // 2)
        grid.setColumnStretch(1, 3)
        grid.setColumnStretch(3, 2)
        self.layer_note = _note("error")
        self.layer_note.setVisible(False)
        method = _label("Method", self.method_combo)
        layers = _label("Prune", self.layer_list)
        layers.setContentsMargins(0, 4, 0, 0)  # level with the first row of the list
        drop = _label("Stop at", self.threshold_field)
        pairs = (
            ((EPOCHS.label, self.epochs_field), (LEARNING_RATE.label, self.rate_field)),
            (("Seed", self.seed_field), (HELD_OUT.label, self.held_out_field)),
        )
        grid.addWidget(method, 0, 0)
        grid.addWidget(self.method_combo, 0, 1, 1, 3)
        grid.addWidget(self.method_note, 1, 0, 1, 4)
        grid.addWidget(layers, 2, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.layer_list, 2, 1, 1, 3)
        grid.addWidget(self.layer_note, 3, 0, 1, 4)
        self._tensor_label = _label("Tensor", self.tensor_combo)
        grid.addWidget(self._tensor_label, 4, 0)
        grid.addWidget(self.tensor_combo, 4, 1, 1, 3)
        grid.addWidget(drop, 5, 0)
        grid.addWidget(self.threshold_field, 5, 1, 1, 3)
        self._pruning: list[QWidget] = [layers, self.layer_list, drop, self.threshold_field]
        self._drop: list[QWidget] = [drop, self.threshold_field]
        labels: dict[QWidget, QWidget] = {}
        for line, pair in enumerate(pairs, start=6):
            for place, (text, field) in enumerate(pair):
                labels[field] = _label(text, field)
                grid.addWidget(labels[field], line, 2 * place)
                grid.addWidget(field, line, 2 * place + 1)
        self._drawing: list[QWidget] = [labels[self.seed_field], self.seed_field]
        self._training: dict[str, tuple[QWidget, ...]] = {
            setting.name: (labels[field], field)
            for setting, field in (
                (EPOCHS, self.epochs_field),
                (LEARNING_RATE, self.rate_field),
                (HELD_OUT, self.held_out_field),
            )
        }
        suspects = _label("Suspects", self.suspects_field)
        grid.addWidget(suspects, 8, 0)
        grid.addWidget(self.suspects_field, 8, 1, 1, 3)
        self._unlearning: list[QWidget] = [suspects, self.suspects_field]
        grid.addWidget(self.suspects_faces, 9, 1, 1, 3)
        grid.addWidget(_label("False alarms", self.false_alarm_field), 10, 0, 1, 2)
        grid.addWidget(self.false_alarm_field, 10, 2, 1, 2)
        grid.addWidget(self.more, 11, 0, 1, 4)


def _method_combo() -> ElidedCombo:
    """Return the choice of the method, with the default one chosen."""
    combo = ElidedCombo("How the network is repaired")
    for method in METHODS:
        combo.addItem(method.title, method.name)
        combo.setItemData(combo.count() - 1, method.help, Qt.ItemDataRole.ToolTipRole)
    combo.setCurrentIndex(combo.findData(DEFAULT_METHOD.name))
    return combo


def _false_alarm_field() -> NumberField:
    """Return the field of the share of clean images that G by confidence may flag."""
    field = NumberField(0.1, 99, step=1, decimals=2, suffix=" %")
    field.setToolTip(FALSE_ALARM_TIP)
    field.setValue(100 * DEFAULT_FALSE_ALARM_RATE)
    return field


def _note(role: Role) -> ScaledLabel:
    note = ScaledLabel("", factor=theme.SMALL, role=role)
    note.setWordWrap(True)
    return note


def _label(text: str, field: QWidget) -> ScaledLabel:
    label = ScaledLabel(text, role="muted")
    label.setBuddy(field)
    field.setAccessibleName(text)
    return label
