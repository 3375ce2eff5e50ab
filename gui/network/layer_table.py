"""The layers of a network as a table: what the graph shows, for reading, copying and screen readers."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, QRect, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from core.report.structure.layer_csv import layers_tsv
from core.structure.records import LayerRecord, NetworkStructure
from core.words import printable
from gui.layout.table_height import TableHeight
from gui.network.graph.layer_text import grouped
from gui.theme import theme

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
MEASURED_ROWS = 24  # rows whose texts decide how wide a column is
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_COLUMNS: tuple[tuple[str, Callable[[LayerRecord], str], bool], ...] = (
    ("Layer", lambda layer: printable(layer.name), False),
    ("Kind", lambda layer: layer.class_name, False),
    ("Output", lambda layer: layer.shape_text, False),
    ("Parameters", lambda layer: grouped(layer.parameter_count), True),
    ("Activation", lambda layer: layer.activation, False),
    ("Reads", lambda layer: printable(", ".join(layer.inputs)), False),
    ("Pruning", lambda layer: "can be pruned" if layer.is_prunable else printable(layer.why_not), False),
)


class LayerModel(QAbstractTableModel):
    """One row for each layer, the input first."""

    def __init__(self) -> None:
        super().__init__()
        self.layers: tuple[LayerRecord, ...] = ()

    def set_layers(self, layers: Sequence[LayerRecord]) -> None:
        """Replace the layers."""
        self.beginResetModel()
        self.layers = tuple(layers)
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Return the number of layers."""
        return 0 if parent.isValid() else len(self.layers)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_COLUMNS)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell."""
        title, text_of, is_number = _COLUMNS[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{title}: {text_of(self.layers[index.row()]) or 'none'}"
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return text_of(self.layers[index.row()])
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole and is_number else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's title."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _COLUMNS[section][0]
        return None


class LayerTable(QTableView):
    """Lists the layers; the chosen row is the layer in the focus of the graph. Ctrl+C copies the chosen rows.

    Attributes:
        table_height: keeps it as high as its rows in a page that scrolls.
    """

    current_changed = Signal(str)  # a layer's name
    row_reached = Signal(QRect)  # where the current row is, in the table
    opened = Signal(str, bool)  # Return or a double click: name, whether with Ctrl

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layers = LayerModel()
        self._structure: NetworkStructure | None = None
        self._is_following = False
        self.setModel(self.layers)
        self.setAccessibleName("Layers of the network as a table")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().setVisible(False)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        self.selectionModel().currentRowChanged.connect(self._on_current_changed)
        self.doubleClicked.connect(lambda index: self.opened.emit(self.layers.layers[index.row()].name, False))
        theme.signals.theme_changed.connect(self.viewport().update)
        self.table_height = TableHeight(self, self._height_of)

    def show_structure(self, structure: NetworkStructure | None) -> None:
        """Show the layers of a network; None shows none."""
        self._structure = structure
        self.layers.set_layers(structure.layers if structure is not None else ())
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Rows and columns take the size of another font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        """Give rows and columns the size of their texts."""
        metrics = self.fontMetrics()
        self.verticalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setDefaultSectionSize(metrics.height() + 6)
        first = self.layers.layers[:MEASURED_ROWS]
        for column, (title, text_of, _) in enumerate(_COLUMNS[:-1]):
            widest = max(map(metrics.horizontalAdvance, (title, *map(text_of, first))))
            self.setColumnWidth(column, min(widest, metrics.averageCharWidth() * 24) + 16)
        self.table_height.update()

    def _height_of(self, rows: int) -> int:
        """Return the height of the header and some rows."""
        return self.horizontalHeader().sizeHint().height() + rows * self.verticalHeader().defaultSectionSize()

    def go_to(self, name: str) -> None:
        """Choose the row of a layer, and scroll to it."""
        if self._structure is None or name not in self._structure:
            return
        index = self.layers.index(self._structure.place(name), 0)
        if index.row() != self.currentIndex().row():
            self._is_following = True
            self.setCurrentIndex(index)
            self._is_following = False

    @Slot()
    def copy(self) -> None:
        """Copy the chosen rows as tab-separated text; all of them if none or one is chosen."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        chosen = [self.layers.layers[row] for row in rows] if len(rows) > 1 else self.layers.layers
        if chosen:
            QGuiApplication.clipboard().setText(layers_tsv(chosen))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy with Ctrl+C, choose the layer with Return."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            has_ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.opened.emit(self.layers.layers[self.currentIndex().row()].name, has_ctrl)
        else:
            super().keyPressEvent(event)

    def _on_current_changed(self, index: QModelIndex) -> None:
        if index.isValid():
            self.row_reached.emit(self.visualRect(index).translated(self.viewport().pos()))
        if index.isValid() and not self._is_following:
            self.current_changed.emit(self.layers.layers[index.row()].name)
