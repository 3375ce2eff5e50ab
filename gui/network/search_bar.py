"""Searches the layers by name and kind."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from core.structure.records import LayerRecord
from gui.keys.tips import set_tip
from gui.theme import theme
from gui.widgets.labels import ScaledLabel


class SearchBar(QWidget):
    """A field for a part of a layer's name, kind or activation; Return goes to the next one that is found.

    Attributes:
        field: the field.
        count_label: how many layers are found, and which of them is shown.
        found: the names of the layers that are found, in the order of the network.
    """

    found_changed = Signal(object)  # tuple[str, ...]
    shown = Signal(str)  # the layer to go to
    left = Signal()  # Escape was pressed in an empty field, or Down

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers: Sequence[LayerRecord] = ()
        self.found: tuple[str, ...] = ()
        self._place = -1
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find a layer")
        self.field.setAccessibleName("Find a layer")
        tip = "Return goes to the next one, Shift+Return back; find a layer by name, kind or activation"
        set_tip(self.field, tip, "network.find")
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(self._on_text_changed)
        self.field.installEventFilter(self)
        self.count_label = ScaledLabel(role="muted", factor=theme.SMALL)
        self.previous_button = _arrow("Previous layer that is found", Qt.ArrowType.UpArrow)
        self.next_button = _arrow("Next layer that is found", Qt.ArrowType.DownArrow)
        self.previous_button.clicked.connect(self.show_previous)
        self.next_button.clicked.connect(self.show_next)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID // 2)
        row.addWidget(self.field, 1)
        for widget in (self.count_label, self.previous_button, self.next_button):
            row.addWidget(widget)
        self._update()

    def set_layers(self, layers: Sequence[LayerRecord]) -> None:
        """Search these layers from now on."""
        self._layers = layers
        self._on_text_changed(self.field.text())

    @Slot()
    def begin(self) -> None:
        """Put the cursor into the field, with the text selected."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    @Slot()
    def show_next(self) -> None:
        """Go to the next layer that is found, after the last one to the first."""
        self._step(1)

    @Slot()
    def show_previous(self) -> None:
        """Go to the previous layer that is found."""
        self._step(-1)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Step with Return and F3; leave with Escape, which is not to cancel a job meanwhile."""
        if watched is self.field and event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            assert isinstance(event, QKeyEvent)
            return self._take_key(event)
        return False

    def _take_key(self, event: QKeyEvent) -> bool:
        is_back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        takes = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F3, Qt.Key.Key_Down)
        if event.key() not in takes:
            return False
        event.accept()
        if event.type() == QEvent.Type.ShortcutOverride:
            return True
        if event.key() == Qt.Key.Key_Escape and self.field.text():
            self.field.clear()
        elif event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Down):
            self.left.emit()
        else:
            self._step(-1 if is_back else 1)
        return True

    @Slot(str)
    def _on_text_changed(self, text: str) -> None:
        words = text.casefold().split()
        self.found = tuple(
            layer.name
            for layer in self._layers
            if words and all(word in f"{layer.name} {layer.class_name} {layer.activation}".casefold() for word in words)
        )
        self._place = -1
        self.found_changed.emit(self.found)
        if self.found:
            self._step(1)
        self._update()

    def _step(self, step: int) -> None:
        if self.found:
            self._place = (self._place + step) % len(self.found)
            self.shown.emit(self.found[self._place])
        self._update()

    def _update(self) -> None:
        for button in (self.previous_button, self.next_button):
            button.setVisible(len(self.found) > 1)
        is_asked = bool(self.field.text().strip())
        text = f"{self._place + 1} of {len(self.found)}" if self.found else "none" if is_asked else ""
        self.count_label.setText(text)
        self.count_label.setVisible(bool(text))


def _arrow(name: str, arrow: Qt.ArrowType) -> QToolButton:
    button = QToolButton()
    button.setArrowType(arrow)
    button.setAccessibleName(name)
    button.setToolTip(name)
    button.setProperty("boxed", True)
    return button
