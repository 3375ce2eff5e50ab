"""One layer in words: what it is, whether it can be pruned, and who reads its channels."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from core.channels import PrunableLayer
from core.structure.records import LayerRecord
from core.words import counted, printable
from gui.layout.flow_layout import FlowLayout
from gui.network.graph.layer_text import facts_of
from gui.theme import theme
from gui.widgets.labels import ElidedLabel, Notice, ScaledLabel, centred_label

HINT = "Click a layer of the graph, or walk there with the arrow keys."


class LayerView(QWidget):
    """The Layer tab.

    Attributes:
        title: the layer's name.
        reason: why its channels cannot be pruned; hidden if they can.
        prune_button: prunes it alone.
        inspect_button: shows its channels.
    """

    prune_requested = Signal(str)
    inspect_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self.title = ElidedLabel(is_bold=True, elide=Qt.TextElideMode.ElideMiddle)
        self.reason = Notice("quiet", is_wrapped=True)
        self.readers = ScaledLabel(factor=theme.SMALL)
        self.readers.setWordWrap(True)
        self.prune_button = QPushButton("Prune this layer")
        self.prune_button.clicked.connect(lambda: self.prune_requested.emit(self._name))
        self.inspect_button = QPushButton("Show its channels")
        self.inspect_button.clicked.connect(lambda: self.inspect_requested.emit(self._name))
        self.hint = centred_label(HINT)
        self._facts = QWidget()
        self._grid = QGridLayout(self._facts)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * theme.GRID)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self._lay_out()
        self.clear()

    def clear(self) -> None:
        """Show no layer."""
        self._name = ""
        self._body.setVisible(False)
        self.hint.setVisible(True)

    def show_layer(self, layer: LayerRecord, prunable: PrunableLayer | None, *, note: str, is_chosen: bool) -> None:
        """Show a layer.

        Args:
            layer: the layer.
            prunable: its channels; None if they cannot be pruned.
            note: what is said of it as a reader of the pruned channels; empty for none.
            is_chosen: whether it is pruned already.
        """
        self._name = layer.name
        self.hint.setVisible(False)
        self._body.setVisible(True)
        self.title.setText(printable(layer.name))
        self._fill(facts_of(layer))
        self.reason.show_text(printable(layer.why_not))
        self.readers.setText("\n".join(filter(None, (_readers_text(prunable), note and f"Red in the graph: {note}."))))
        self.readers.setVisible(bool(self.readers.text()))
        for button in (self.prune_button, self.inspect_button):
            button.setVisible(prunable is not None)
        self.prune_button.setEnabled(not is_chosen)
        self.prune_button.setText("Chosen for pruning" if is_chosen else "Prune this layer")

    def _fill(self, facts: Sequence[tuple[str, str]]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for row, (name, text) in enumerate(facts):
            title = ScaledLabel(name, role="muted", factor=theme.SMALL)
            value = ScaledLabel(text, factor=theme.SMALL)
            value.setWordWrap(True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(title, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, row, 1)

    def _lay_out(self) -> None:
        self._body = QWidget()
        column = QVBoxLayout(self._body)
        column.setContentsMargins(0, theme.GRID, theme.GRID // 2, 0)
        column.setSpacing(theme.GRID)
        column.addWidget(self.title)
        column.addWidget(self.reason)
        buttons = FlowLayout(theme.GRID // 2)
        for button in (self.prune_button, self.inspect_button):
            buttons.add(button, gap=theme.GRID)
        column.addLayout(buttons)
        column.addWidget(self._facts)
        column.addWidget(self.readers)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setAccessibleName("The layer in words")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        inner = QWidget()
        inner_column = QVBoxLayout(inner)
        inner_column.setContentsMargins(0, 0, 0, 0)
        inner_column.addWidget(self.hint, 1)
        inner_column.addWidget(self._body, 1)
        scroll.setWidget(inner)
        scroll.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)


def _readers_text(prunable: PrunableLayer | None) -> str:
    if prunable is None:
        return ""
    lines = [f"{counted(prunable.channel_count, 'channel')}, measured at {printable(prunable.measured_at)}"]
    for each in prunable.readers:
        ending = "" if each.is_cuttable else ", cannot stop reading single channels"
        lines.append(f"read by {printable(each.layer)} ({each.class_name}{ending})")
    return "\n".join(lines)
