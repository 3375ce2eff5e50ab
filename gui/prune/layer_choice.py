"""A popup for choosing several convolutions to prune together."""

from PySide6.QtCore import QEvent, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from core.channels import PrunableLayer
from core.words import counted
from gui.theme import theme
from gui.widgets.labels import ScaledLabel
from gui.widgets.layer_list import LayerList

MAX_ROWS = 10  # visible at once
MAX_WIDTH = 480
NONE_SELECTED = "Select at least one convolution."
ALONE = "A single convolution is pruned on its own."


class LayerChoice(QFrame):
    """Opens below a field of the window. The last choice is kept as long as the layers stay the same.

    A click outside and Esc close it without a change.
    """

    chosen = Signal(object)  # tuple[str, ...], input side first, never empty

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("panel", True)
        self._layers: tuple[PrunableLayer, ...] = ()
        self._chosen: tuple[str, ...] = ()
        self.title = ScaledLabel("Prune together, in one order", is_bold=True)
        self.list = LayerList(most_rows=MAX_ROWS)
        self.list.setAccessibleName("Convolutions to prune together")
        self.list.setToolTip("Select with a click or the space bar")
        self.title.setBuddy(self.list)
        self.note = ScaledLabel("", factor=theme.SMALL, role="muted")
        self.note.setWordWrap(True)
        self.choose_button = QPushButton("Choose")
        self.choose_button.setProperty("primary", True)
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setToolTip("Keep the current layer (Esc)")
        for button in (self.choose_button, self.cancel_button):
            button.setAutoDefault(True)  # Enter presses the focused button
        self._lay_out()
        self.list.layers_changed.connect(self._update)
        self.choose_button.clicked.connect(self._choose)
        self.cancel_button.clicked.connect(self.hide)

    @property
    def selected(self) -> tuple[str, ...]:
        """The names of the selected layers, input side first."""
        return tuple(reversed(self.list.layers.names))

    def show_layers(self, layers: tuple[PrunableLayer, ...]) -> None:
        """List single layers, input side first; if they have changed, the last choice is forgotten."""
        if layers != self._layers:
            self.hide()
            self._layers, self._chosen = layers, ()

    def open_at(self, field: QWidget, usual: tuple[str, ...]) -> None:
        """Open below or above a field.

        Args:
            field: the field that was clicked.
            usual: the layers to select if nothing was chosen yet.
        """
        self.list.show_layers(self._layers, self._chosen or usual)
        wanted = self.list.sizeHintForColumn(0) + self.list.verticalScrollBar().sizeHint().width() + 2 * theme.GRID
        self.list.setFixedWidth(min(max(field.width(), wanted), MAX_WIDTH))
        self.note.setFixedWidth(self.list.width())
        self._update()
        place = field.mapToGlobal(QPoint(0, field.height() + 2))
        room = self.screen().availableGeometry()
        if place.y() + self.height() > room.bottom():
            place = field.mapToGlobal(QPoint(0, -self.height() - 2))
            place.setY(max(place.y(), room.top()))
        self.move(place)
        self.show()
        self.list.setFocus()

    def event(self, event: QEvent) -> bool:
        """Keep Esc from the window's shortcuts while the popup is open."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with Enter; Esc closes the popup, as Qt does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _choose(self) -> None:
        if self.selected:
            self._chosen = self.selected
            self.hide()
            self.chosen.emit(self._chosen)

    @Slot()
    def _update(self) -> None:
        """Show what is selected; without a selection nothing can be chosen."""
        layers = [layer for layer in self._layers if layer.name in self.selected]
        self.choose_button.setEnabled(bool(layers))
        self.choose_button.setToolTip("" if layers else NONE_SELECTED)
        channels = counted(sum(layer.channel_count for layer in layers), "channel")
        text = f"{counted(len(layers), 'layer')}, {channels}"
        self.note.setText(NONE_SELECTED if not layers else ALONE if len(layers) == 1 else text)
        self.note.set_role("muted" if layers else "error")
        self.adjustSize()  # so that a note of two lines does not shrink the list

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.GRID)
        buttons.addWidget(self.choose_button, 2)
        buttons.addWidget(self.cancel_button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        column.setSpacing(theme.GRID)
        for widget in (self.title, self.list, self.note):
            column.addWidget(widget)
        column.addLayout(buttons)
