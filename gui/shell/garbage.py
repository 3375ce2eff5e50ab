"""Runs Python's cyclic garbage collection on the GUI thread.

By default Python collects on any thread that allocates, also on the worker. It may then free a widget there, and Qt
objects that are destroyed on another thread than their own crash the process.
"""

import gc
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

from core.intake.room.freed import trim_memory

INTERVAL_MS = 100  # an import makes 100,000 objects in half a second, and a search for the young ones visits them all
MOST_SEARCHED = 50_000  # objects of the two younger generations: 20 ms
FULL_INTERVAL_S = 60.0


class GarbageCollector(QObject):
    """Collects on its own thread: young objects often, all objects only while no job runs (50 ms with a network).

    What a job has freed is given back to the system once none runs, in a turn of its own.

    Args:
        is_busy: returns whether a job runs.
        parent: the owner.
        clock: returns the time in seconds.
        trim: gives freed memory back to the system; called after a job, and after all objects were searched.
    """

    def __init__(
        self,
        *,
        is_busy: Callable[[], bool],
        parent: QObject,
        clock: Callable[[], float] = time.monotonic,
        trim: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(parent)
        self._is_busy = is_busy
        self._clock = clock
        self._trim = trim or trim_memory
        self._last_full_s = clock()
        self._middle_count = 0  # objects that at most are in the middle generation
        self._can_trim = False  # a job ran, or all objects were searched, since memory was given back
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.collect)

    def start(self) -> None:
        """Disable Python's automatic collection, and start the timer."""
        gc.disable()
        self._timer.start()

    def stop(self) -> None:
        """Stop the timer, and enable automatic collection."""
        self._timer.stop()
        gc.enable()

    @Slot()
    def collect(self) -> None:
        """Collect the generations that are due."""
        young, middle, _ = gc.get_count()
        limits = gc.get_threshold()
        is_busy = self._is_busy()
        if not is_busy and self._clock() - self._last_full_s >= FULL_INTERVAL_S:
            self._last_full_s = self._clock()
            self._can_trim, self._middle_count = True, 0
            gc.collect()
        elif middle > limits[1] or self._middle_count + young > MOST_SEARCHED:
            self._middle_count = 0
            gc.collect(1)
        elif young > limits[0]:
            self._middle_count += young
            gc.collect(0)
        elif self._can_trim and not is_busy:
            self._can_trim = False
            self._trim()
        self._can_trim |= is_busy
