"""A list of convolutions to tick, the deepest first, or all as one."""

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QApplication, QListWidget, QListWidgetItem, QScrollArea, QWidget

from core.channels import ALL_LAYERS, LayerSet, PrunableLayer
from gui.theme.formatting import layer_text, layer_tip

MOST_ROWS = 5  # visible at once
FEWEST_FOLDED = 3
FOLD = "Show fewer"
_Index = QModelIndex | QPersistentModelIndex
_LAYER = Qt.ItemDataRole.UserRole
_IS_ALL = Qt.ItemDataRole(_LAYER + 1)
_TIP = Qt.ItemDataRole(_LAYER + 2)  # of a row that can be ticked
_IS_FOLD = Qt.ItemDataRole(_LAYER + 3)


class LayerList(QListWidget):
    """One or several layers can be ticked; "all as one" excludes the others.

    Args:
        most_rows: maximum number of visible rows.
        is_folding: whether a last row shows the layers that are more than that, in place of a scroll bar: for a list
            in a form that scrolls itself. Ticked rows are always shown.
        parent: the widget's parent.
    """

    layers_changed = Signal()

    def __init__(self, *, most_rows: int = MOST_ROWS, is_folding: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most_rows = most_rows
        self._is_folding = is_folding
        self._is_unfolded = False
        self._reason = ""
        self.setSelectionMode(QListWidget.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.itemChanged.connect(self._on_changed)
        if is_folding:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.itemClicked.connect(self._on_clicked)

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
        self._is_unfolded = False
        self._fold()
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
        self._fold()
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
        if self._is_folding:
            rows = max(1, sum(not self.isRowHidden(row) for row in range(self.count())))
        return QSize(160, self._row_height() * rows + 2 * self.frameWidth() + 2)

    def minimumSizeHint(self) -> QSize:
        """Return the size hint: the list itself does not shrink."""
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show more rows or fewer with Space or Enter on the last one."""
        is_pressed = event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        current = self.currentItem()
        if is_pressed and current is not None and current.data(_IS_FOLD):
            self._on_clicked(current)
        else:
            super().keyPressEvent(event)

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        """Scroll the form around a folding list to the row that keys have moved to."""
        super().currentChanged(current, previous)
        around = self.parentWidget()
        while self._is_folding and self.hasFocus() and around is not None:
            content = around.widget() if isinstance(around, QScrollArea) else None
            if isinstance(around, QScrollArea) and content is not None:
                row = self.visualRect(current)
                middle = self.viewport().mapTo(content, row.center())
                around.ensureVisible(middle.x(), middle.y(), 0, row.height())
                return
            around = around.parentWidget()

    def changeEvent(self, event: QEvent) -> None:
        """Make the rows as high as the application's font needs."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.blockSignals(True)
            for row in range(self.count()):
                self.item(row).setSizeHint(QSize(0, self._row_height()))
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
        """Return the rows of layers."""
        items = (self.item(row) for row in range(self.count()))
        return [item for item in items if not item.data(_IS_FOLD)]

    def _fold(self) -> None:
        """Hide the rows beyond the maximum, except ticked ones and all as one, behind a last row that shows them."""
        if not self._is_folding:
            return
        items = self._items()
        more = [
            item
            for item in items[self._most_rows :]
            if item.checkState() is not Qt.CheckState.Checked and not item.data(_IS_ALL)
        ]
        has_fold = len(more) >= FEWEST_FOLDED
        for item in items:
            item.setHidden(has_fold and not self._is_unfolded and item in more)
        fold = self.item(self.count() - 1) if self.count() > len(items) else None
        if has_fold and fold is None:
            fold = QListWidgetItem(self)
            fold.setData(_IS_FOLD, True)
            fold.setFlags(Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled)
            fold.setSizeHint(QSize(0, self._row_height()))
        if fold is not None:
            fold.setHidden(not has_fold)
            fold.setText(FOLD if self._is_unfolded else f"Show {len(more)} more")
        self.updateGeometry()

    @Slot(QListWidgetItem)
    def _on_clicked(self, item: QListWidgetItem) -> None:
        if item.data(_IS_FOLD):
            self._is_unfolded = not self._is_unfolded
            self.blockSignals(True)
            self._fold()
            self.blockSignals(False)
            self.scrollToTop()

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
