"""Passes numbers on: the first at once, later ones not too often, and always the last."""

from PySide6.QtCore import QObject, QTimer, Signal, Slot

PAUSE_MS = 60


class Throttle(QObject):
    """Keeps a dragged cursor or slider from asking for more networks than anybody can see."""

    passed = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._newest: int | None = None
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._on_pause_over)

    @property
    def is_waiting(self) -> bool:
        """Whether a number has not been passed on yet."""
        return self._newest is not None

    def take(self, number: int) -> None:
        """Pass a number on, now or after the pause."""
        if self._pause.isActive():
            self._newest = number
        else:
            self._pause.start()
            self.passed.emit(number)

    def forget(self) -> None:
        """Drop what has not been passed on."""
        self._newest = None

    @Slot()
    def _on_pause_over(self) -> None:
        if self._newest is not None:
            number, self._newest = self._newest, None
            self._pause.start()
            self.passed.emit(number)
