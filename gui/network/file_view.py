"""The open model file: name, hash, format, versions, size, and its layers as a table."""

from PySide6.QtCore import QRect, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from core.records import ModelSummary
from core.structure.records import NetworkStructure
from core.words import counted, printable, scale_name
from gui.layout.scrolling_rows import RowPanel, ScrollingRows
from gui.network.graph.layer_text import grouped
from gui.network.layer_table import LayerTable
from gui.theme import formatting, theme
from gui.widgets.labels import ElidedLabel, ScaledLabel
from gui.widgets.splitter import Splitter

COPY_TIP = "Copy what is said of the file, and the table of its layers, to the clipboard"


class FileView(QWidget):
    """The File tab.

    Attributes:
        table: the layers.
        area: scrolls everything where there is little height.
        copy_button: copies everything.
        csv_button: exports the table.
    """

    export_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: tuple[tuple[str, str], ...] = ()
        self._form = QFormLayout()
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(2 * theme.GRID)
        self._form.setVerticalSpacing(3)
        self.table = LayerTable()
        self.copy_button = QPushButton("Copy")
        self.copy_button.setToolTip(COPY_TIP)
        self.copy_button.clicked.connect(self.copy)
        self.csv_button = QPushButton("Layers as CSV…")
        self.csv_button.clicked.connect(self.export_requested)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.GRID)
        buttons.addWidget(self.copy_button)
        buttons.addWidget(self.csv_button)
        buttons.addStretch(1)
        above = RowPanel()
        rows = QVBoxLayout(above)
        rows.setContentsMargins(0, theme.GRID, 0, 0)
        rows.setSpacing(theme.GRID)
        rows.addLayout(self._form)
        rows.addLayout(buttons)
        self._rows = Splitter(Qt.Orientation.Vertical, (above, self.table))
        self._rows.setStretchFactor(1, 1)
        self.area = ScrollingRows(self._rows, (self.table.table_height,))
        self.area.setAccessibleName("The file and its layers")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.area)
        self.table.row_reached.connect(self._on_row_reached)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.show_file(None, None)

    @property
    def text(self) -> str:
        """What is said of the file, one fact a line."""
        return "".join(f"{name}\t{text}\n" for name, text in self._facts)

    def show_file(self, summary: ModelSummary | None, structure: NetworkStructure | None) -> None:
        """Show a model file; None shows none."""
        self._facts = () if summary is None else file_facts(summary, structure)
        while self._form.rowCount():
            self._form.removeRow(0)
        for name, text in self._facts:
            label = ElidedLabel(text, factor=theme.SMALL, elide=Qt.TextElideMode.ElideMiddle)
            label.setAccessibleName(f"{name}: {text}")
            self._form.addRow(ScaledLabel(name, role="muted", factor=theme.SMALL), label)
        self.table.show_structure(structure)
        for button in (self.copy_button, self.csv_button):
            button.setEnabled(structure is not None)

    @Slot()
    def copy(self) -> None:
        """Copy the facts and the table."""
        self.table.clearSelection()
        self.table.copy()
        clipboard = QGuiApplication.clipboard()
        clipboard.setText(f"{self.text}\n{clipboard.text()}")

    @Slot(QRect)
    def _on_row_reached(self, row: QRect) -> None:
        """Scroll to a row of the table, where the area scrolls in place of the table."""
        if self.table.isVisible():
            top = self.table.mapTo(self._rows, row.topLeft()).y()
            self.area.ensureVisible(0, top + row.height() // 2, 0, row.height())

    @Slot()
    def _recolour(self) -> None:
        theme.dress(self.copy_button, "copy")
        theme.dress(self.csv_button, "export")


def file_facts(summary: ModelSummary, structure: NetworkStructure | None) -> tuple[tuple[str, str], ...]:
    """Return what is known of a model file, as names and texts."""
    facts = [
        ("File", printable(str(summary.path))),
        ("SHA-256", summary.sha256 or "–"),
        ("Format", formatting.format_text(summary.source_format)),
        ("Written by", f"Keras {summary.keras_version}" if summary.keras_version else "not said in the file"),
        ("Input", " × ".join(map(str, summary.input_shape))),
        ("Classes", str(summary.class_count)),
        ("Parameters", grouped(summary.parameter_count)),
    ]
    if structure is not None:
        facts.append(("Layers", f"{len(structure.layers)}, of which {len(structure.prunable)} can be pruned"))
    if summary.scale is not None:
        facts.append(("Pixels", f"{scale_name(summary.scale)}, as stored in the file"))
    if summary.architecture is not None:
        facts.append(("Described in", printable(str(summary.architecture))))
    if summary.is_repaired:
        facts.append(
            ("Kind", f"repaired network G: the last of its {counted(summary.class_count, 'class', 'classes')}")
        )
    facts += [("Note", printable(note)) for note in summary.notes]
    return tuple(facts)
