"""Turns clicks in the inspector into the selection of the window, and sends images to the classifier."""

from PySide6.QtCore import QObject, Slot

from gui.channel.inspector import ChannelInspector
from gui.channel.jobs import BestImage
from gui.state.session import Session


class ChannelChoice(QObject):
    """Selects channels: one by a click, several with Ctrl, all between with Shift."""

    def __init__(self, *, session: Session, panel: ChannelInspector, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._panel = panel
        self._anchor = 0  # where a selection with Shift begins
        panel.layer_chosen.connect(self.follow_layer)
        panel.channel_chosen.connect(self._on_channel_chosen)
        panel.bar_chosen.connect(self._on_bar_chosen)
        panel.image_chosen.connect(self.send_to_classifier)

    @Slot(str)
    def follow_layer(self, name: str) -> None:
        """Select a channel of a convolution, the next one to be pruned if that is known; ignored for other layers."""
        session = self._session
        known = [each.name for each in session.summary.layers] if session.summary is not None else []
        if name == session.selection.layer or name not in known:
            return
        run, channel = session.run, session.next_channel
        located = run.ranking.layer.locate(channel) if run and run.ranking and channel is not None else ("", 0)
        session.selection.select(name, (located[1] if located[0] == name else 0,))

    @Slot(object)
    def send_to_classifier(self, image: BestImage) -> None:
        """Classify one of the images; one that is triggered already gets no second trigger."""
        session = self._session
        if image.ranked.set_index > 0 and session.is_trigger_on:
            session.set_trigger_on(False)
        session.set_image(image.as_input(), image.name)

    @Slot(int)
    def _on_channel_chosen(self, channel: int) -> None:
        """Show another channel: one of several that are selected stays among them."""
        selection = self._session.selection
        self._anchor = channel
        if channel in selection.channels:
            selection.select(selection.layer, (*(each for each in selection.channels if each != channel), channel))
        else:
            selection.select(selection.layer, (channel,))

    @Slot(int, bool, bool)
    def _on_bar_chosen(self, place: int, is_added: bool, is_range: bool) -> None:
        selection, channels = self._session.selection, self._panel.bars.channels
        channel = channels[place]
        if is_range and self._anchor in channels:
            start = channels.index(self._anchor)
            between = channels[min(start, place) : max(start, place) + 1]
            selection.select(selection.layer, (*(each for each in between if each != channel), channel))
            return
        self._anchor = channel
        if is_added:
            selection.toggle(selection.layer, channel)
        else:
            selection.select(selection.layer, (channel,))
