"""The settings of a run: pixel range, layer, reader, order, thresholds, and the buttons that start and stop it."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QStandardItemModel
from PySide6.QtWidgets import QGridLayout, QLineEdit, QVBoxLayout, QWidget

from core.channels import ALL_LAYERS, NO_LAYERS, LayerSet, PrunableLayer, takes_several
from core.errors import PruningError
from core.findings.scale_finding import ScaleFinding
from core.order.orders.registry import ORDERS
from core.records import ModelSummary, Side
from core.scale import Scale
from core.sweep.thresholds import parse_thresholds
from gui.job_page.form import JobForm
from gui.prune.layer_choice import LayerChoice
from gui.scale.combo import ScaleCombo
from gui.state.pruning_run import Settings
from gui.theme import theme
from gui.theme.formatting import layer_text, layer_tip, readers_text
from gui.widgets.combo import ALL_READERS, ElidedCombo, TensorCombo, only_reader
from gui.widgets.labels import Role, ScaledLabel

_SIDES = ((Side.BEFORE, "step before crossing"), (Side.AFTER, "step after crossing"))
_LAYER_TIP = "The convolution whose channels are pruned, or several or all of them together"
SEVERAL = "Several …"
_SEVERAL_TIP = "Select convolutions to prune together, in one order"
_THRESHOLDS_TIP = (
    "Allowed drops of clean validation accuracy, in percentage points, separated by commas; with semicolons between "
    "them, a decimal comma can be typed: 2,5; 5"
)
_READER_TIP = (
    "Which layers stop reading a pruned channel: all of them, or only one; the others then keep reading it, which is "
    "a bypass for the trigger"
)
NO_POISONED = "Add poisoned data first: this order is found on them."
NO_READER = (
    "With several convolutions, a channel is pruned for all layers that read it: a single reader can be chosen only "
    "for a single convolution."
)


class PruneForm(JobForm):
    """Shows the settings and emits what the user chooses; it changes no setting by itself."""

    settings_chosen = Signal(object)  # Settings
    thresholds_chosen = Signal(object)  # tuple[float, ...]
    side_chosen = Signal(object)  # Side

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            start_text="Run",
            start_tip="Measure the channels and prune them one by one",
            start_key="prune.run",
            start_icon="run",
            stop_text="Cancel",
            stop_tip="Stop the running job",
            parent=parent,
        )
        self._settings = Settings()
        self._layers: tuple[PrunableLayer, ...] = ()
        self._has_readers = True  # whether one of the layer's readers could be chosen
        self._missing = ""
        self.scale_combo = ScaleCombo()
        self.layer_combo = ElidedCombo(_LAYER_TIP)
        self.layer_choice = LayerChoice(self)
        self.reader_combo = ElidedCombo(_READER_TIP)
        self.tensor_combo = TensorCombo()
        self.order_combo = ElidedCombo("Which channels are pruned first")
        self.side_combo = ElidedCombo(
            "Where the cursor goes after a run: to this side of the crossing of the largest threshold"
        )
        self.thresholds_edit = ThresholdsEdit()
        self.scale_note = _note()
        self.reader_note = _note()
        self.thresholds_note = self.thresholds_edit.note
        for order in ORDERS:
            self.order_combo.addItem(order.title, order.name)
            self.order_combo.setItemData(self.order_combo.count() - 1, order.help, Qt.ItemDataRole.ToolTipRole)
        self.set_poisoned(is_open=False)
        for side, text in _SIDES:
            self.side_combo.addItem(text, side)
        self._lay_out()
        # `activated` is emitted for choices of the user only, never when a setting is shown.
        self.scale_combo.scale_chosen.connect(self._on_setting_chosen)
        for combo in (self.reader_combo, self.tensor_combo, self.order_combo):
            combo.activated.connect(self._on_setting_chosen)
        self.layer_combo.activated.connect(self._on_layer_chosen)
        self.layer_choice.chosen.connect(self._on_several_chosen)
        self.side_combo.activated.connect(self._on_side_chosen)
        self.thresholds_edit.thresholds_chosen.connect(self.thresholds_chosen)
        self.thresholds_edit.reason_changed.connect(self._on_reason_changed)
        self.show_scale(None, chosen=None, is_validation_open=False)
        self.show_layers((), self._settings)
        self._update()

    def set_poisoned(self, *, is_open: bool) -> None:
        """Enable the orders that need poisoned images if some are open."""
        model = self.order_combo.model()
        assert isinstance(model, QStandardItemModel)
        for row in range(self.order_combo.count()):
            order = ORDERS.get(self.order_combo.itemData(row))
            is_offered = is_open or not order.is_oracle
            model.item(row).setEnabled(is_offered)
            model.item(row).setToolTip(order.help if is_offered else f"{NO_POISONED} {order.help}")

    def show_scale(
        self,
        finding: ScaleFinding | None,
        *,
        chosen: Scale | None,
        is_validation_open: bool,
        model: ModelSummary | None = None,
    ) -> None:
        """Show what the network reads: as found, with its evidence, as stored in its file, and as chosen."""
        stored, channel_count = (model.scale, model.input_shape[2]) if model is not None else (None, 3)
        self.scale_combo.show_scale(finding, chosen=chosen, stored=stored, channel_count=channel_count)
        text, is_overruled = self.scale_combo.note(is_validation_open=is_validation_open)
        _show_note(self.scale_note, text, role="warning" if is_overruled else "muted")

    def show_layers(self, layers: tuple[PrunableLayer, ...], settings: Settings) -> None:
        """List a model's layers and the chosen layer's readers, and show the settings.

        Args:
            layers: single layers, input side first, then all as one, then a chosen set.
            settings: the chosen settings.
        """
        self._settings = settings
        self._layers = layers
        self.layer_choice.show_layers(tuple(each for each in layers if not each.parts))
        self.layer_combo.clear()
        for each in layers:
            self.layer_combo.addItem(layer_text(each), each.name)
            self.layer_combo.setItemData(self.layer_combo.count() - 1, layer_tip(each), Qt.ItemDataRole.ToolTipRole)
        if takes_several(layers):
            self.layer_combo.addItem(SEVERAL, None)
            self.layer_combo.setItemData(self.layer_combo.count() - 1, _SEVERAL_TIP, Qt.ItemDataRole.ToolTipRole)
        self._show_layer()
        chosen = self._chosen_layer
        self.reader_combo.clear()
        self.reader_combo.addItem(f"{ALL_READERS} (for all)", None)
        for reader in chosen.readers if chosen else ():
            if reader.is_cuttable and chosen is not None and len(chosen.readers) > 1:
                self.reader_combo.addItem(only_reader(reader.layer), reader.layer)
        self.reader_combo.setCurrentIndex(max(0, self.reader_combo.findData(settings.reader)))
        self.tensor_combo.show_tensor(chosen.tensor if chosen is not None else None, label=self._tensor_label)
        self.order_combo.setCurrentIndex(self.order_combo.findData(settings.order.name))
        self._has_readers = chosen is None or not chosen.parts
        self.reader_combo.setToolTip(_READER_TIP if self._has_readers else NO_READER)
        note = f"{chosen.name} is {readers_text(chosen)}" if chosen and chosen.readers else ""
        _show_note(self.reader_note, note if self._has_readers else NO_READER, role="muted")
        self._update()

    @property
    def reason(self) -> str:
        """Why a run cannot start; empty if it can."""
        return self._missing or self.thresholds_edit.reason

    def show_thresholds(self, thresholds: tuple[float, ...]) -> None:
        """Show the thresholds, shares in [0, 1], in percentage points."""
        self.thresholds_edit.show_thresholds(thresholds)

    def finish_thresholds(self) -> None:
        """Apply the thresholds in the field, as if the field had lost focus; an invalid list is ignored."""
        self.thresholds_edit.finish()

    def show_side(self, side: Side) -> None:
        """Show on which side of a crossing the cursor stops after a run."""
        self.side_combo.setCurrentIndex(self.side_combo.findData(side))

    @Slot(bool)
    def set_running(self, is_running: bool) -> None:
        """Disable the settings during a run."""
        if is_running:
            self.layer_choice.hide()
        super().set_running(is_running)

    def set_missing(self, reason: str) -> None:
        """Set why a run cannot start; empty if it can."""
        self._missing = reason
        self._update()

    @property
    def _chosen_layer(self) -> PrunableLayer | None:
        return next((layer for layer in self._layers if layer.layer_set == self._settings.layer), None)

    def _show_layer(self) -> None:
        """Show the chosen layer; the tooltip lists the layers of a set."""
        chosen = self._chosen_layer
        self.layer_combo.setCurrentIndex(self.layer_combo.findData(chosen.name) if chosen is not None else -1)
        self.layer_combo.setToolTip(layer_tip(chosen) if chosen is not None and chosen.parts else _LAYER_TIP)

    @Slot()
    def _update(self) -> None:
        super()._update()
        for combo in (self.scale_combo, self.layer_combo, self.reader_combo, self.tensor_combo, self.order_combo):
            is_offered = self._has_readers or combo is not self.reader_combo
            combo.setEnabled(is_offered and not self._is_running and self.layer_combo.count() > 0)

    @Slot()
    def _on_layer_chosen(self) -> None:
        if self.layer_combo.currentData() is not None:
            self._on_setting_chosen()
            return
        self._show_layer()
        chosen = self._chosen_layer
        parts = chosen.parts[::-1] or (chosen,) if chosen is not None else ()
        self.layer_choice.open_at(self.layer_combo, tuple(each.name for each in parts))

    @Slot(object)
    def _on_several_chosen(self, names: tuple[str, ...]) -> None:
        """Choose a set of layers; all of them count as "all convolutions", so that both share one curve."""
        single_count = sum(not layer.parts for layer in self._layers)
        self._choose(ALL_LAYERS if len(names) == single_count else LayerSet(names))

    @Slot()
    def _on_setting_chosen(self) -> None:
        name = self.layer_combo.currentData()
        self._choose(next((each.layer_set for each in self._layers if each.name == name), NO_LAYERS))

    def _choose(self, layer: LayerSet) -> None:
        """Emit the settings in the fields, with this layer, if they have changed."""
        is_same_layer = layer == self._settings.layer
        chosen = Settings(
            layer=layer,
            reader=self.reader_combo.currentData() if is_same_layer else None,
            order=ORDERS.get(self.order_combo.currentData()),
            scale=self.scale_combo.scale,
            tensor=self.tensor_combo.tensor or self._settings.tensor,
        )
        if chosen != self._settings:
            self.settings_chosen.emit(chosen)

    @Slot()
    def _on_side_chosen(self) -> None:
        self.side_chosen.emit(Side(self.side_combo.currentData()))

    @Slot()
    def _on_reason_changed(self) -> None:
        self._update()
        self.reason_changed.emit()

    def _lay_out(self) -> None:
        rows: tuple[tuple[str, QWidget, QWidget | None], ...] = (
            ("Pixels", self.scale_combo, self.scale_note),
            ("Layer", self.layer_combo, None),
            ("Prune", self.reader_combo, self.reader_note),
            ("Tensor", self.tensor_combo, None),
            ("Order", self.order_combo, None),
            ("Stop at", self.thresholds_edit, self.thresholds_note),
            ("Then show", self.side_combo, None),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        grid, labels = _grid_of(rows)
        self._tensor_label = labels[self.tensor_combo]
        column.addLayout(grid)


def _grid_of(
    rows: Sequence[tuple[str, QWidget, QWidget | None]],
) -> tuple[QGridLayout, dict[QWidget, QWidget]]:
    """Lay out fields below each other, each with its label and perhaps a note below; return the labels, too."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(theme.GRID)
    grid.setVerticalSpacing(theme.GRID // 2)
    grid.setColumnStretch(1, 1)
    line = 0
    labels: dict[QWidget, QWidget] = {}
    for text, field, note in rows:
        labels[field] = label = ScaledLabel(text, role="muted")
        label.setBuddy(field)
        field.setAccessibleName(text)
        grid.addWidget(label, line, 0)
        grid.addWidget(field, line, 1)
        line += 1
        if note is not None:
            grid.addWidget(note, line, 0, 1, 2)
            line += 1
    return grid, labels


_HISTORY_KEYS = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


class ThresholdsEdit(QLineEdit):
    """Takes the allowed drops of clean validation accuracy, in percentage points.

    Attributes:
        note: says below the field what is wrong with the list.
    """

    thresholds_chosen = Signal(object)  # tuple[float, ...], shares in [0, 1], ascending
    reason_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.reason = ""
        """Why the list is invalid; empty if it is valid."""
        self.note = _note()
        self.note.set_role("error")
        self.setToolTip(_THRESHOLDS_TIP)
        self.textChanged.connect(self._on_edited)
        self.editingFinished.connect(self.finish)

    def show_thresholds(self, thresholds: tuple[float, ...]) -> None:
        """Show the thresholds, shares in [0, 1], in percentage points."""
        text = ", ".join(f"{threshold * 100:.6g}" for threshold in thresholds)
        if text != self.text():
            self.setText(text)

    @Slot()
    def finish(self) -> None:
        """Apply the list; an invalid one is ignored, as the note says why."""
        try:
            thresholds = tuple(sorted(parse_thresholds(self.text())))
        except PruningError:
            return
        self.show_thresholds(thresholds)
        self.setModified(False)
        self.thresholds_chosen.emit(thresholds)

    def event(self, event: QEvent) -> bool:
        """Leave Undo and Redo to the window while nothing is being typed."""
        is_of_history = isinstance(event, QKeyEvent) and any(event.matches(each) for each in _HISTORY_KEYS)
        if is_of_history and event.type() == QEvent.Type.ShortcutOverride and not self.isModified():
            event.ignore()
            return False
        return super().event(event)

    @Slot(str)
    def _on_edited(self, text: str) -> None:
        before = self.reason
        try:
            parse_thresholds(text)
        except PruningError as error:
            self.reason = str(error)
        else:
            self.reason = ""
        _show_note(self.note, self.reason, role="error")
        if self.reason != before:
            self.reason_changed.emit()


def _show_note(note: ScaledLabel, text: str, *, role: Role) -> None:
    note.setText(text)
    note.set_role(role)
    note.setVisible(bool(text))


def _note() -> ScaledLabel:
    note = ScaledLabel("", factor=theme.SMALL, role="muted")
    note.setWordWrap(True)
    note.setVisible(False)
    return note
