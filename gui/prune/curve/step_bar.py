"""The number of pruned channels as a slider and a field, and a button that plays the pruning step by step."""

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QSlider, QSpinBox, QToolButton, QWidget

from gui.theme import theme
from gui.widgets.labels import ElidedLabel

TICK_MS = 250  # between two steps while playing
PLAY_TIP = "Play the pruning step by step (Space in the chart)"
PAUSE_TIP = "Pause (Space in the chart)"


class StepBar(QWidget):
    """Shows and chooses a step.

    Attributes:
        axis_label: what the steps count.
    """

    step_chosen = Signal(int)  # by the person or by playing, never by `show_step`

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._step = 0
        self._folded = 0
        self.play_button = QToolButton()
        self.play_button.setProperty("boxed", True)
        self.slider = StepSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Number of pruned channels")
        self.slider.setToolTip("Number of pruned channels")
        self.field = QSpinBox()
        self.field.setAccessibleName("Number of pruned channels")
        self.field.setToolTip("Number of pruned channels: type it, or use the arrow keys")
        self.field.setKeyboardTracking(False)  # a number counts when it is typed in full
        self.field.setMinimumWidth(52)
        self.slider.setMinimumWidth(80)
        self.axis_label = ElidedLabel(role="muted", factor=theme.SMALL)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 0)
        row.setSpacing(theme.GRID)
        row.addWidget(self.play_button)
        row.addWidget(self.slider, 1)
        row.addWidget(self.field)
        row.addWidget(self.axis_label)
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._on_tick)
        self.play_button.clicked.connect(self.toggle)
        self.slider.valueChanged.connect(self._on_value_changed)
        self.field.valueChanged.connect(self._on_value_changed)
        theme.signals.theme_changed.connect(self._recolour)
        self.set_last(0)
        self._recolour()

    @property
    def is_playing(self) -> bool:
        """Whether it plays."""
        return self._timer.isActive()

    def set_last(self, last: int) -> None:
        """Set the last step; 0 disables the bar."""
        if last <= 0:
            self.pause()
        for each in (self.slider, self.field):
            with QSignalBlocker(each):
                each.setRange(0, max(last, 0))
        self.setEnabled(last > 0)

    def set_folded(self, count: int) -> None:
        """Set how many steps at the beginning are folded; playing passes over them at once."""
        self._folded = count

    def show_step(self, step: int) -> None:
        """Show a step without emitting `step_chosen`."""
        self._step = max(step, 0)
        for each in (self.slider, self.field):
            with QSignalBlocker(each):
                each.setValue(self._step)

    @Slot()
    def toggle(self) -> None:
        """Play, from the beginning if the end is reached, or pause."""
        if self.is_playing:
            self.pause()
        elif self.isEnabled():
            if self._step >= self.slider.maximum():
                self._go_to(0)
            self._timer.start()
            self._recolour()

    @Slot()
    def pause(self) -> None:
        """Stop playing, at the step that is shown."""
        if self.is_playing:
            self._timer.stop()
            self._recolour()

    def _go_to(self, step: int) -> None:
        self.show_step(step)
        self.step_chosen.emit(step)

    @Slot(int)
    def _on_value_changed(self, step: int) -> None:
        self.pause()
        self._go_to(step)

    @Slot()
    def _on_tick(self) -> None:
        step = self._folded if self._step < self._folded else self._step + 1
        last = self.slider.maximum()
        self._go_to(min(step, last))
        if step >= last:
            self.pause()

    @Slot()
    def _recolour(self) -> None:
        theme.dress(self.play_button, "pause" if self.is_playing else "run")
        self.play_button.setToolTip(PAUSE_TIP if self.is_playing else PLAY_TIP)
        self.play_button.setAccessibleName("Pause" if self.is_playing else "Play the pruning")


class StepSlider(QSlider):
    """A slider whose PageUp and PageDown keys move by ten, as in the chart."""

    def __init__(self, orientation: Qt.Orientation, parent: QWidget | None = None) -> None:
        super().__init__(orientation, parent)
        self.setPageStep(10)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle the keys as the chart does: PageUp goes back."""
        if event.key() == Qt.Key.Key_PageUp:
            self.setValue(self.value() - self.pageStep())
        elif event.key() == Qt.Key.Key_PageDown:
            self.setValue(self.value() + self.pageStep())
        else:
            super().keyPressEvent(event)
