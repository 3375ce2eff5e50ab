"""Bars that are chosen together, by dragging across them or by Shift and the arrow keys."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from core import words
from gui.charts.bar_chart import BarChart


class SpanControl(QObject):
    """Says what choosing several bars does: prune or restore them, whatever the first one is not."""

    channels_chosen = Signal(object, bool)  # tuple[int, ...], whether they are to be kept

    def __init__(self, chart: BarChart, parent: QObject) -> None:
        super().__init__(parent)
        self._chart = chart
        self._places: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._channel_mask: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        chart.span_changed.connect(self._on_changed)
        chart.span_chosen.connect(self._on_chosen)

    def set_channels(self, places: NDArray[np.int64], channel_mask: NDArray[np.bool_]) -> None:
        """Set the channel of each bar, and the mask, (C,), True = kept."""
        self._places, self._channel_mask = places, channel_mask

    @property
    def _is_ready(self) -> bool:
        return len(self._channel_mask) == len(self._places)

    @Slot(object)
    def _on_changed(self, places: tuple[int, ...]) -> None:
        """Say what choosing these bars does."""
        if not places or not self._is_ready:
            self._chart.set_span_text("")
            return
        is_kept, channels = self._meant(places)
        verb = "Restore" if is_kept else "Prune"
        self._chart.set_span_text(f"{verb} {words.counted(len(channels), 'channel')}", is_emphatic=not is_kept)

    @Slot(object)
    def _on_chosen(self, places: tuple[int, ...]) -> None:
        if self._is_ready:
            is_kept, channels = self._meant(places)
            self.channels_chosen.emit(channels, is_kept)

    def _meant(self, places: tuple[int, ...]) -> tuple[bool, tuple[int, ...]]:
        """Return whether bars are to be kept, and the channels that this changes; the first bar tells."""
        chosen = self._places[list(places)]
        is_kept = not self._channel_mask[chosen[0]]
        return is_kept, tuple(int(each) for each in chosen if self._channel_mask[each] != is_kept)
