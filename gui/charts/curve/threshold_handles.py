"""Thresholds that can be taken hold of: by the mouse, or one after the other by the keyboard."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from gui.charts.chart import Chart
from gui.charts.threshold_lines import Threshold

REACH = 5.0  # how near the mouse must be to a line, in logical pixels
SLIP = 3.0  # a press that moves less than this, in logical pixels, is a click and no drag
STEP, LARGE_STEP = 0.1, 1.0  # percentage points that a key moves a threshold by


class ThresholdHandles:
    """Which threshold is held, and where to.

    Attributes:
        items: the thresholds, in the order they were given.
        chosen: the index of the one that keys move; -1 for none.
    """

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self.items: tuple[Threshold, ...] = ()
        self.chosen = -1
        self._held = -1
        self._pressed = QPointF()
        self._is_moving = False

    @property
    def is_moving(self) -> bool:
        """Whether the mouse moves a threshold."""
        return self._held >= 0 and self._is_moving

    @property
    def is_held(self) -> bool:
        """Whether the mouse has a threshold, moved or not yet."""
        return self._held >= 0

    @property
    def held(self) -> int:
        """The index of the threshold that the mouse has; -1 for none."""
        return self._held

    def set_items(self, items: Sequence[Threshold]) -> None:
        """Replace the thresholds; the held and the chosen one keep their places."""
        self.items = tuple(items)
        self.chosen = self.chosen if self.chosen < len(self.items) else -1
        if self._held >= len(self.items):
            self._held = -1

    def at(self, position: QPointF) -> int:
        """Return the index of the movable threshold nearest to a position in the widget; -1 if none is near."""
        box = self._chart.plot_rect()
        if not box.left() <= position.x():
            return -1
        distances = [
            abs(self._chart.widget_position(0, item.level).y() - position.y()) if item.is_movable else REACH + 1
            for item in self.items
        ]
        nearest = min(range(len(distances)), key=distances.__getitem__, default=-1)
        return nearest if nearest >= 0 and distances[nearest] <= REACH else -1

    def press(self, position: QPointF) -> bool:
        """Take hold of the threshold under the mouse; return whether there is one."""
        self._held = self.at(position)
        self._pressed, self._is_moving = position, False
        return self.is_held

    def drag(self, position: QPointF) -> bool | None:
        """Return whether the held threshold follows the mouse; None if the drag goes sideways instead."""
        moved = position - self._pressed
        if not self._is_moving and max(abs(moved.x()), abs(moved.y())) > SLIP:
            if abs(moved.x()) > abs(moved.y()):
                self._held = -1
                return None
            self._is_moving, self.chosen = True, self._held
        return self._is_moving

    def release(self) -> bool:
        """Let go; return whether the threshold was moved."""
        was_moving = self.is_moving
        self._held, self._is_moving = -1, False
        return was_moving

    def key(self, event: QKeyEvent) -> float | None:
        """Choose a threshold with T, and return by how many points Up or Down move the chosen one; None for other keys.

        A choice returns 0.
        """
        count = sum(item.is_movable for item in self.items)
        if event.key() == Qt.Key.Key_T and count and not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
            step = -1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            start = self.chosen if self.chosen >= 0 else (-1 if step > 0 else 0)
            self.chosen = (start + step) % len(self.items)
            return 0.0
        moves: dict[int, int] = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
        move = moves.get(event.key())
        if move is None or self.chosen < 0:
            return None
        is_large = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        return move * (LARGE_STEP if is_large else STEP)
