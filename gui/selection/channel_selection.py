"""The channels that are selected in the whole window, without widgets."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal


class ChannelSelection(QObject):
    """The selected channels of one convolution; the last of them is the one that is shown in detail.

    Attributes:
        layer: the convolution; empty while nothing is selected.
        channels: indices of its channels, without repetition.
    """

    changed = Signal()
    inspect_requested = Signal()  # show the selected channel in detail

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.layer = ""
        self.channels: tuple[int, ...] = ()

    @property
    def channel(self) -> int:
        """The channel that is shown in detail; -1 for none."""
        return self.channels[-1] if self.channels else -1

    def select(self, layer: str, channels: Sequence[int]) -> None:
        """Select channels of a convolution; the last one is shown in detail."""
        wanted = tuple(dict.fromkeys(reversed(channels)))[::-1]
        if (layer, wanted) != (self.layer, self.channels):
            self.layer, self.channels = layer, wanted
            self.changed.emit()

    def toggle(self, layer: str, channel: int) -> None:
        """Add a channel to those selected of the same convolution, or take it out; the last one stays."""
        kept = tuple(each for each in self.channels if each != channel) if layer == self.layer else ()
        is_taken_out = layer == self.layer and channel in self.channels and bool(kept)
        self.select(layer, kept if is_taken_out else (*kept, channel))

    def clear(self) -> None:
        """Select nothing."""
        self.select("", ())

    def inspect(self) -> None:
        """Ask to show the selected channel in detail."""
        self.inspect_requested.emit()
