"""The header of the curves, what stands in their place while there are none, and the notice of a bypass."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from core.sweep.records import Bypass, SweepEstimate
from gui.guide.explain import ExplainButton
from gui.state.pruning_run import Curve
from gui.theme import formatting, theme
from gui.widgets.labels import Notice, PanelHeader, centred_label


class CurveHeader(PanelHeader):
    """Says what the curves show, and switches between B′ and G."""

    network_switched = Signal()

    def __init__(self, tools: Sequence[QWidget], parent: QWidget | None = None) -> None:
        super().__init__("Curves", parent=parent)
        self._tools = tuple(tools)
        self.pruned_button = _segment("B′", "Curves of B′, the pruned network")
        self.repaired_button = _segment(
            "G",
            "Curves of G, the repaired network: it answers where B and B′ agree, and “backdoored” where they do not",
        )
        self._group = QButtonGroup(self)
        self._switch = QWidget()
        row = QHBoxLayout(self._switch)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID // 2)
        for button in (self.pruned_button, self.repaired_button):
            self._group.addButton(button)
            row.addWidget(button)
        self.pruned_button.setChecked(True)
        for tool in self._tools:
            self.add(tool)
        self.add(ExplainButton("networks"))
        self.add(self._switch)
        self._group.buttonToggled.connect(self._on_toggled)

    def set_usable(self, is_usable: bool) -> None:
        """Set whether there are curves."""
        self._switch.setEnabled(is_usable)
        for tool in self._tools:
            tool.setVisible(is_usable)

    def show_state(self, curve: Curve | None, *, is_by_hand: bool) -> None:
        """Mark an estimate as one, or else say how to use the cursor."""
        text = ""
        if isinstance(curve, SweepEstimate):
            text = formatting.estimate_note(curve)
        elif curve is not None:
            network = "the repaired network G" if self.repaired_button.isChecked() else "the pruned network B′"
            way = "back to the order: move the cursor" if is_by_hand else "drag the cursor, or use the arrow keys"
            text = f"of {network} · {way}"
        self.detail.setText(text)
        self.detail.set_role("warning" if isinstance(curve, SweepEstimate) else "muted")

    def _on_toggled(self, _button: object, is_checked: bool) -> None:
        if is_checked:
            self.network_switched.emit()


class EmptyCurves(QWidget):
    """Says what to do while there is nothing to draw, and offers the demo."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = centred_label(text)
        self.demo_button = QPushButton("Open the demo")
        self.demo_button.setToolTip("A small backdoored network that comes with the program, and its images")
        column = QVBoxLayout(self)
        column.addStretch(1)
        column.addWidget(self.label)
        column.addWidget(self.demo_button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)


class BypassNotice(Notice):
    """Warns that a trigger can get around the pruned channels."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("warning", parent=parent)
        self._bypass: Bypass | None = None
        self._is_pruned = False

    def show_bypass(self, bypass: Bypass | None) -> None:
        """Set the bypass; None hides the notice."""
        self._bypass = bypass
        self.show_pruned(is_pruned=self._is_pruned)

    def show_pruned(self, *, is_pruned: bool) -> None:
        """Set whether any channel is pruned."""
        self._is_pruned = is_pruned
        text = formatting.bypass_text(self._bypass, is_pruned=is_pruned) if self._bypass else ""
        if text != self.text():
            self.show_text(text)


def _segment(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setCheckable(True)
    button.setProperty("boxed", True)
    return button
