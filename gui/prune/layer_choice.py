"""A box to choose several convolutions in that are pruned as one."""

from PySide6.QtCore import QEvent, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from core.channels import PrunableLayer
from core.words import counted
from gui.theme import theme
from gui.widgets.labels import ScaledLabel
from gui.widgets.layer_list import LayerList

MOST_ROWS = 10  # seen at once
WIDEST = 480
NONE_TICKED = "Tick at least one convolution."
ALONE = "One alone is pruned as that layer."


class LayerChoice(QFrame):
    """Opens at a field of the window; what was ticked when it was last taken is kept while the layers are the same.

    A click beside it and Esc leave all as it was.
    """

    chosen = Signal(object)  # tuple[str, ...], input side first, never empty

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("panel", True)
        self._layers: tuple[PrunableLayer, ...] = ()
        self._taken: tuple[str, ...] = ()
        self.title = ScaledLabel("Prune together, in one order", is_bold=True)
        self.list = LayerList(most_rows=MOST_ROWS)
        self.list.setAccessibleName("Convolutions to prune together")
        self.list.setToolTip("Tick with a click or with the space bar")
        self.title.setBuddy(self.list)
        self.note = ScaledLabel("", factor=theme.SMALL, role="muted")
        self.note.setWordWrap(True)
        self.take_button = QPushButton("Choose")
        self.take_button.setProperty("primary", True)
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setToolTip("Leave the layer as it was (Esc)")
        for button in (self.take_button, self.cancel_button):
            button.setAutoDefault(True)  # Enter presses the one that has the focus
        self._lay_out()
        self.list.layers_changed.connect(self._update)
        self.take_button.clicked.connect(self._take)
        self.cancel_button.clicked.connect(self.hide)

    @property
    def ticked(self) -> tuple[str, ...]:
        """Names of the layers that are ticked, input side first."""
        return tuple(reversed(self.list.layers.names))

    def show_layers(self, layers: tuple[PrunableLayer, ...]) -> None:
        """Offer single layers, as they stand in the network; others than before forget what was ticked."""
        if layers != self._layers:
            self.hide()
            self._layers, self._taken = layers, ()

    def open_at(self, field: QWidget, usual: tuple[str, ...]) -> None:
        """Open below or above a field.

        Args:
            field: what was clicked.
            usual: what is ticked where nothing was taken yet.
        """
        self.list.show_layers(self._layers, self._taken or usual)
        wanted = self.list.sizeHintForColumn(0) + self.list.verticalScrollBar().sizeHint().width() + 2 * theme.GRID
        self.list.setFixedWidth(min(max(field.width(), wanted), WIDEST))
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
        """Keep Esc from the window's own shortcuts while this is open."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes what is ticked; Esc closes, as of every box."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _take(self) -> None:
        if self.ticked:
            self._taken = self.ticked
            self.hide()
            self.chosen.emit(self._taken)

    @Slot()
    def _update(self) -> None:
        """Say what is ticked; nothing can be taken where nothing is."""
        layers = [layer for layer in self._layers if layer.name in self.ticked]
        self.take_button.setEnabled(bool(layers))
        self.take_button.setToolTip("" if layers else NONE_TICKED)
        channels = counted(sum(layer.channel_count for layer in layers), "channel")
        text = f"{counted(len(layers), 'layer')}, {channels}"
        self.note.setText(NONE_TICKED if not layers else ALONE if len(layers) == 1 else text)
        self.note.set_role("muted" if layers else "error")
        self.adjustSize()  # a note of two lines takes nothing from the list

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.GRID)
        buttons.addWidget(self.take_button, 2)
        buttons.addWidget(self.cancel_button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        column.setSpacing(theme.GRID)
        for widget in (self.title, self.list, self.note):
            column.addWidget(widget)
        column.addLayout(buttons)
