"""How to prune: pixel range, layer, reader, order, thresholds, and the buttons that start and stop it."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from core.channels import ALL_LAYERS, NO_LAYERS, LayerSet, PrunableLayer, takes_several
from core.errors import PruningError
from core.order.orders.registry import ORDERS
from core.records import Scale, ScaleFinding, Side
from core.sweep.thresholds import parse_thresholds
from core.words import scale_name
from gui.prune.layer_choice import LayerChoice
from gui.state.pruning_run import Settings
from gui.theme import theme
from gui.theme.formatting import layer_text, layer_tip, readers_text, scale_text
from gui.widgets.combo import ElidedCombo
from gui.widgets.labels import ScaledLabel

_SIDES = ((Side.BEFORE, "step before crossing"), (Side.AFTER, "step after crossing"))
_LAYER_TIP = "The convolution whose channels are pruned, or several or all of them together"
SEVERAL = "Several …"
_SEVERAL_TIP = "Tick the convolutions that are pruned together, in one order"
_READER_TIP = "Who stops reading a pruned channel: everybody, or one layer only"
NO_READER = "Over several convolutions a channel is pruned for all that read it: one reader belongs to one layer."


class PruneForm(QWidget):
    """Shows settings and says which ones the person chose; it changes none by itself.

    Attributes:
        buttons: Run and Cancel; whoever shows the form puts them where they are always in sight.
    """

    settings_chosen = Signal(object)  # Settings
    thresholds_chosen = Signal(object)  # tuple[float, ...]
    side_chosen = Signal(object)  # Side
    run_requested = Signal()
    cancel_requested = Signal()
    reason_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = Settings()
        self._layers: tuple[PrunableLayer, ...] = ()
        self._is_running = False
        self._has_readers = True  # whether one of the layer's readers could be chosen
        self._missing = ""
        self._bad_thresholds = ""
        self.buttons = QWidget()
        self.scale_combo = ElidedCombo("Range of pixel values that the network is fed")
        self.layer_combo = ElidedCombo(_LAYER_TIP)
        self.layer_choice = LayerChoice(self)
        self.reader_combo = ElidedCombo(_READER_TIP)
        self.order_combo = ElidedCombo("Which channels are pruned first")
        self.side_combo = ElidedCombo(
            "Where the cursor goes when a run is done: the largest threshold's step on this side"
        )
        self.thresholds_edit = QLineEdit()
        self.thresholds_edit.setToolTip("Allowed drops of clean validation accuracy in points, separated by commas")
        self.scale_note = _note()
        self.reader_note = _note()
        self.thresholds_note = _note()
        self.thresholds_note.set_role("error")
        self.run_button = QPushButton("Run")
        self.run_button.setProperty("primary", True)
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setToolTip("Stop the running job (Esc)")
        for order in ORDERS:
            self.order_combo.addItem(order.title, order.name)
            self.order_combo.setItemData(self.order_combo.count() - 1, order.help, Qt.ItemDataRole.ToolTipRole)
        self.set_poisoned(is_open=False)
        for side, text in _SIDES:
            self.side_combo.addItem(text, side)
        self._lay_out()
        # `activated` comes from the person alone, never from showing a setting.
        for combo in (self.scale_combo, self.reader_combo, self.order_combo):
            combo.activated.connect(self._on_setting_chosen)
        self.layer_combo.activated.connect(self._on_layer_chosen)
        self.layer_choice.chosen.connect(self._on_several_chosen)
        self.side_combo.activated.connect(self._on_side_chosen)
        self.thresholds_edit.textChanged.connect(self._on_thresholds_edited)
        self.thresholds_edit.editingFinished.connect(self._on_thresholds_finished)
        self.run_button.clicked.connect(self._on_run_clicked)
        self.cancel_button.clicked.connect(self._on_cancel_clicked)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.show_scale(None, chosen=None, is_validation_open=False)
        self.show_layers((), self._settings)
        self._update_buttons()

    def set_poisoned(self, *, is_open: bool) -> None:
        """Whether poisoned images are open; an order that looks at them can be chosen only then."""
        model = self.order_combo.model()
        assert isinstance(model, QStandardItemModel)
        for row in range(self.order_combo.count()):
            order = ORDERS.get(self.order_combo.itemData(row))
            model.item(row).setEnabled(is_open or not order.is_oracle)

    def show_scale(self, finding: ScaleFinding | None, *, chosen: Scale | None, is_validation_open: bool) -> None:
        """Show the found range with its evidence, and the chosen one."""
        found = f"auto (found: {scale_name(finding.scale)})" if finding else "auto"
        self.scale_combo.clear()
        self.scale_combo.addItem(found, None)
        for scale in Scale:
            self.scale_combo.addItem(f"always {scale_name(scale)}", scale)
        self.scale_combo.setCurrentIndex(self.scale_combo.findData(chosen) if chosen else 0)
        if finding:
            is_overruled = chosen is not None and chosen is not finding.scale
            text = scale_text(finding) + (" — you chose the worse one" if is_overruled else "")
            self._say(self.scale_note, text, role="warning" if is_overruled else "muted")
        elif chosen is None:
            text = (
                "the next run finds it"
                if is_validation_open
                else "0–255 until clean validation data show which is right"
            )
            self._say(self.scale_note, text, role="muted")
        else:
            self._say(self.scale_note, "", role="muted")

    def show_layers(self, layers: tuple[PrunableLayer, ...], settings: Settings) -> None:
        """Offer a model's layers, and the chosen one's readers; show all that is chosen.

        Args:
            layers: single ones, input side first, then all as one, then a set that was chosen.
            settings: what is chosen.
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
        self.reader_combo.addItem("channel output (for all)", None)
        for reader in chosen.readers if chosen else ():
            if reader.is_cuttable and chosen is not None and len(chosen.readers) > 1:
                self.reader_combo.addItem(f"only what {reader.layer} reads", reader.layer)
        self.reader_combo.setCurrentIndex(max(0, self.reader_combo.findData(settings.reader)))
        self.order_combo.setCurrentIndex(self.order_combo.findData(settings.order.name))
        self._has_readers = chosen is None or not chosen.parts
        self.reader_combo.setToolTip(_READER_TIP if self._has_readers else NO_READER)
        note = f"{chosen.name} is {readers_text(chosen)}" if chosen and chosen.readers else ""
        self._say(self.reader_note, note if self._has_readers else NO_READER, role="muted")
        self._update_buttons()

    @property
    def reason(self) -> str:
        """Why nothing can be run; empty when it can."""
        return self._missing or self._bad_thresholds

    def show_thresholds(self, thresholds: tuple[float, ...]) -> None:
        """Show the thresholds in points."""
        text = ", ".join(f"{threshold * 100:.6g}" for threshold in thresholds)
        if text != self.thresholds_edit.text():
            self.thresholds_edit.setText(text)

    def finish_thresholds(self) -> None:
        """Take what stands in the field, as if it had been left; a bad list is not taken."""
        self._on_thresholds_finished()

    def show_side(self, side: Side) -> None:
        """Show where the cursor goes after a run."""
        self.side_combo.setCurrentIndex(self.side_combo.findData(side))

    def set_running(self, is_running: bool) -> None:
        """While a run goes on its settings stay as they are."""
        self._is_running = is_running
        if is_running:
            self.layer_choice.hide()
        self._update_buttons()

    def set_missing(self, reason: str) -> None:
        """Say why nothing can be run; empty when it can."""
        self._missing = reason
        self._update_buttons()

    def set_cancellable(self, is_cancellable: bool) -> None:
        """Whether there is a job to stop."""
        self.cancel_button.setEnabled(is_cancellable)

    @property
    def _chosen_layer(self) -> PrunableLayer | None:
        return next((layer for layer in self._layers if layer.layer_set == self._settings.layer), None)

    def _show_layer(self) -> None:
        """Show the chosen layer, and in full in the tooltip where it is several."""
        chosen = self._chosen_layer
        self.layer_combo.setCurrentIndex(self.layer_combo.findData(chosen.name) if chosen is not None else -1)
        self.layer_combo.setToolTip(layer_tip(chosen) if chosen is not None and chosen.parts else _LAYER_TIP)

    def _update_buttons(self) -> None:
        self.run_button.setEnabled(not self._is_running and not self.reason)
        self.run_button.setToolTip(self.reason or "Measure the channels and prune them one after the other (Ctrl+R)")
        for combo in (self.scale_combo, self.layer_combo, self.reader_combo, self.order_combo):
            is_offered = self._has_readers or combo is not self.reader_combo
            combo.setEnabled(is_offered and not self._is_running and self.layer_combo.count() > 0)

    def _say(self, note: ScaledLabel, text: str, *, role: str) -> None:
        note.setText(text)
        note.set_role("warning" if role == "warning" else "error" if role == "error" else "muted")
        note.setVisible(bool(text))

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
        """One alone is that layer, and all of them are all: there is one curve of each."""
        single_count = sum(not layer.parts for layer in self._layers)
        self._choose(ALL_LAYERS if len(names) == single_count else LayerSet(names))

    @Slot()
    def _on_setting_chosen(self) -> None:
        name = self.layer_combo.currentData()
        self._choose(next((each.layer_set for each in self._layers if each.name == name), NO_LAYERS))

    def _choose(self, layer: LayerSet) -> None:
        """Tell what stands in the fields, with this layer."""
        is_same_layer = layer == self._settings.layer
        scale = self.scale_combo.currentData()
        chosen = Settings(  # Qt keeps the enumerations' values as plain text
            layer=layer,
            reader=self.reader_combo.currentData() if is_same_layer else None,
            order=ORDERS.get(self.order_combo.currentData()),
            scale=Scale(scale) if scale else None,
        )
        if chosen != self._settings:
            self.settings_chosen.emit(chosen)

    @Slot()
    def _on_side_chosen(self) -> None:
        self.side_chosen.emit(Side(self.side_combo.currentData()))

    @Slot(str)
    def _on_thresholds_edited(self, text: str) -> None:
        before = self._bad_thresholds
        try:
            parse_thresholds(text)
        except PruningError as error:
            self._bad_thresholds = str(error)
        else:
            self._bad_thresholds = ""
        self._say(self.thresholds_note, self._bad_thresholds, role="error")
        if self._bad_thresholds != before:
            self._update_buttons()
            self.reason_changed.emit()

    @Slot()
    def _on_thresholds_finished(self) -> None:
        try:
            thresholds = tuple(sorted(parse_thresholds(self.thresholds_edit.text())))
        except PruningError:
            return  # the note below the field says why
        self.show_thresholds(thresholds)
        self.thresholds_chosen.emit(thresholds)

    @Slot()
    def _on_run_clicked(self) -> None:
        self.run_requested.emit()

    @Slot()
    def _on_cancel_clicked(self) -> None:
        self.cancel_requested.emit()

    @Slot()
    def _recolour(self) -> None:
        colours = theme.current()
        self.run_button.setIcon(theme.icon("run", colour=colours.on_accent))
        self.cancel_button.setIcon(theme.icon("cancel"))

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.GRID)
        grid.setVerticalSpacing(theme.GRID // 2)
        grid.setColumnStretch(1, 1)
        rows: tuple[tuple[str, QWidget, QWidget | None], ...] = (
            ("Pixels", self.scale_combo, self.scale_note),
            ("Layer", self.layer_combo, None),
            ("Prune", self.reader_combo, self.reader_note),
            ("Order", self.order_combo, None),
            ("Stop at", self.thresholds_edit, self.thresholds_note),
            ("Then show", self.side_combo, None),
        )
        line = 0
        for text, field, note in rows:
            label = ScaledLabel(text, role="muted")
            label.setBuddy(field)
            field.setAccessibleName(text)
            grid.addWidget(label, line, 0)
            grid.addWidget(field, line, 1)
            line += 1
            if note is not None:
                grid.addWidget(note, line, 0, 1, 2)
                line += 1
        buttons = QHBoxLayout(self.buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(theme.GRID)
        buttons.addWidget(self.run_button, 2)
        buttons.addWidget(self.cancel_button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.addLayout(grid)


def _note() -> ScaledLabel:
    note = ScaledLabel("", factor=theme.SMALL, role="muted")
    note.setWordWrap(True)
    note.setVisible(False)
    return note
