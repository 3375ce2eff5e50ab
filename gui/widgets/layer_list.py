"""A list of convolutions to tick, the deepest first, or all as one."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QListWidget, QListWidgetItem, QWidget

from core.channels import ALL_LAYERS, LayerSet, PrunableLayer
from gui.theme.formatting import layer_text, layer_tip

MOST_ROWS = 5  # visible at once
_LAYER = Qt.ItemDataRole.UserRole
_IS_ALL = Qt.ItemDataRole(_LAYER + 1)
_TIP = Qt.ItemDataRole(_LAYER + 2)  # of a row that can be ticked


class LayerList(QListWidget):
    """One or several layers can be ticked; "all as one" excludes the others.

    Args:
        most_rows: maximum number of visible rows.
    """

    layers_changed = Signal()

    def __init__(self, *, most_rows: int = MOST_ROWS, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most_rows = most_rows
        self._reason = ""
        self.setSelectionMode(QListWidget.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.itemChanged.connect(self._on_changed)

    @property
    def layers(self) -> LayerSet:
        """The ticked layers, the deepest first."""
        ticked = [item for item in self._items() if item.checkState() is Qt.CheckState.Checked]
        if any(item.data(_IS_ALL) for item in ticked):
            return ALL_LAYERS
        return LayerSet(tuple(item.data(_LAYER) for item in ticked))

    def show_layers(self, layers: tuple[PrunableLayer, ...], ticked: tuple[str, ...]) -> None:
        """Offer layers, given in the order of the network.

        Args:
            layers: the layers that can be pruned; all as one comes last, if present.
            ticked: names of the ticked layers.
        """
        self.blockSignals(True)
        self.clear()
        several = [layer for layer in layers if layer.parts]
        for layer in [*(each for each in reversed(layers) if not each.parts), *several]:
            item = QListWidgetItem(layer_text(layer), self)
            item.setData(_LAYER, layer.name)
            item.setData(_IS_ALL, layer.is_all)
            item.setSizeHint(QSize(0, self._row_height()))
            item.setData(_TIP, layer_tip(layer))
            item.setCheckState(Qt.CheckState.Checked if layer.name in ticked else Qt.CheckState.Unchecked)
        if self.count():
            self.setCurrentRow(0)
        self._show_reason()
        self.blockSignals(False)
        self.updateGeometry()

    def set_reason(self, reason: str) -> None:
        """Disable the rows and show why in their tooltips; an empty text enables them. The list can still be scrolled.

        Args:
            reason: why no row can be ticked.
        """
        if reason != self._reason:
            self._reason = reason
            self.blockSignals(True)
            self._show_reason()
            self.blockSignals(False)

    def tick(self, names: tuple[str, ...]) -> None:
        """Tick these layers only."""
        self.blockSignals(True)
        for item in self._items():
            item.setCheckState(Qt.CheckState.Checked if item.data(_LAYER) in names else Qt.CheckState.Unchecked)
        self.blockSignals(False)
        self.layers_changed.emit()

    def tick_set(self, layers: LayerSet) -> None:
        """Tick these layers only; without a row for each of them the ticks stay."""
        rows = [item for item in self._items() if item.data(_IS_ALL) or item.data(_LAYER) in layers.names]
        names = tuple(item.data(_LAYER) for item in rows if item.data(_IS_ALL) == layers.is_all)
        if layers and len(names) == (1 if layers.is_all else len(layers.names)):
            self.tick(names)

    def sizeHint(self) -> QSize:
        """Return the height of the rows, up to the maximum."""
        rows = min(max(self.count(), 1), self._most_rows)
        return QSize(160, self._row_height() * rows + 2 * self.frameWidth() + 2)

    def minimumSizeHint(self) -> QSize:
        """Return the size hint: the list itself does not shrink."""
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        """Make the rows as high as the application's font needs."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.blockSignals(True)
            for item in self._items():
                item.setSizeHint(QSize(0, self._row_height()))
            self.blockSignals(False)
            self.updateGeometry()

    def _show_reason(self) -> None:
        flags = Qt.ItemFlag.ItemIsSelectable
        if not self._reason:
            flags |= Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable
        for item in self._items():
            item.setFlags(flags)
            item.setToolTip(self._reason or item.data(_TIP))

    def _row_height(self) -> int:
        return max(QFontMetrics(QApplication.font()).height(), 16) + 6

    def _items(self) -> list[QListWidgetItem]:
        return [self.item(row) for row in range(self.count())]

    @Slot(QListWidgetItem)
    def _on_changed(self, changed: QListWidgetItem) -> None:
        """Untick single layers when all as one is ticked, and the other way round."""
        if changed.checkState() is Qt.CheckState.Checked:
            is_all = changed.data(_IS_ALL)
            self.blockSignals(True)
            for item in self._items():
                if item is not changed and (is_all or item.data(_IS_ALL)):
                    item.setCheckState(Qt.CheckState.Unchecked)
            self.blockSignals(False)
        self.layers_changed.emit()
