"""Has the selected channels measured in short jobs, and shows what is known of them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from core.activity.comparison import find_histograms, most_active_images
from core.activity.records import ActivityBlock, ChannelWeights
from core.channels import PrunableLayer
from core.errors import InspectorError
from core.words import NOTHING, counted
from gui.channel import jobs
from gui.channel.activity_cache import Activity, ActivityCache, ActivityKey
from gui.channel.bar_order import ordered_channels
from gui.channel.inspector import ChannelInspector
from gui.channel.jobs import BestImage, FeatureMaps
from gui.classifier.jobs import ShownImage
from gui.job_runner import JobRunner, Question, Request
from gui.state.session import Session
from gui.theme import formatting

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.network.network import Network

SET_WORDS = ("clean", "triggered")
MOST_MAPS = 6
SETTLE_MS = 60  # a selection that moves on within this time is not measured


class ChannelControl(QObject):
    """Follows the selection of the window; while the inspector is seen, it has the rest measured, the newest first."""

    refused = Signal(str)
    warned = Signal(str)

    def __init__(self, *, session: Session, runner: JobRunner, panel: ChannelInspector, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._panel = panel
        self.cache = ActivityCache()
        self._network_seen: Network | None = None
        self._anchor = 0  # where a selection with Shift begins
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._measure)
        session.selection.changed.connect(self.update)
        for changed in (session.files_changed, session.scale_changed, session.run_changed, session.mask_changed):
            changed.connect(self.update)
        session.image_changed.connect(self._on_image_changed)
        panel.shown.connect(self.update)
        panel.layer_chosen.connect(self.follow_layer)
        panel.channel_chosen.connect(self._on_channel_chosen)
        panel.bar_chosen.connect(self._on_bar_chosen)
        panel.image_chosen.connect(self.send_to_classifier)
        panel.order_chosen.connect(self._show_activity)
        panel.set_chosen.connect(self.update)

    @property
    def network(self) -> "Network | None":
        """The open network, with the chosen tensor."""
        network = self._session.network
        return None if network is None else network.with_tensor(self._session.settings.tensor)

    @property
    def layer(self) -> PrunableLayer | None:
        """The convolution whose channels are shown."""
        network, name = self.network, self._session.selection.layer
        layers = network.summary.layers if network is not None else ()
        return next((each for each in layers if each.name == name), None)

    @property
    def datasets(self) -> "tuple[Dataset, ...]":
        """The clean set, then the poisoned one that is compared with it, as far as they are open."""
        clean = self._session.validation or self._session.test
        poisoned = self._session.poisoned
        place = max(self._panel.set_box.currentIndex(), 0)
        return (*((clean,) if clean is not None else ()), *poisoned[place : place + 1]) if clean is not None else ()

    @Slot(str)
    def follow_layer(self, name: str) -> None:
        """Select a channel of a convolution, the next one to be pruned if that is known; ignored for other layers."""
        session = self._session
        network = self.network
        if network is None or name == session.selection.layer:
            return
        if name in [each.name for each in network.summary.layers]:
            located = (
                session.run.ranking.layer.locate(session.next_channel)
                if session.run is not None and session.run.ranking is not None and session.next_channel is not None
                else ("", 0)
            )
            session.selection.select(name, (located[1] if located[0] == name else 0,))

    @Slot()
    def update(self) -> None:
        """Show the selected channels, and have measured what is not known yet."""
        session = self._session
        if session.network is not self._network_seen:
            self._network_seen = session.network
            self.cache.clear()
        network = self.network
        layers = network.summary.layers if network is not None else ()
        layer = self.layer
        if layer is None or session.selection.channel >= layer.channel_count:
            if not layers:
                self._panel.clear()
                session.selection.clear()
            else:
                self.follow_layer(self._first_layer(layers))
            return
        if not self._panel.isVisible():
            return
        self._panel.show_sets([each.name for each in session.poisoned])
        self._panel.show_subject(layers, layer, session.selection.channel)
        self._panel.set_has_image(session.image is not None)
        weights = self.cache.weights(network, layer.name, session.selection.channel) if network is not None else None
        self._panel.show_weights(weights, reader=self._reader(layer))
        self._show_activity()
        self._settle.start()

    @Slot(object)
    def send_to_classifier(self, image: BestImage) -> None:
        """Classify one of the images; one that is triggered already gets no second trigger."""
        session = self._session
        if image.ranked.set_index > 0 and session.is_trigger_on:
            session.set_trigger_on(False)
        session.set_image(image.as_input(), image.name)

    def _first_layer(self, layers: Sequence[PrunableLayer]) -> str:
        chosen = self._session.layer
        parts = () if chosen is None else chosen.parts or (chosen,)
        return (parts or layers)[0].name

    def _reader(self, layer: PrunableLayer) -> str | None:
        """Return the only layer that this one is pruned for."""
        is_pruned = layer.layer_set == self._session.settings.layer
        return self._session.settings.reader if is_pruned else None

    def _activities(self) -> tuple[tuple["Dataset", Activity], ...]:
        network, layer = self.network, self.layer
        if network is None or layer is None:
            return ()
        return tuple(
            (
                data,
                self.cache.activity(
                    ActivityKey(network, layer.name, data, self._session.scale), channel_count=layer.channel_count
                ),
            )
            for data in self.datasets
        )

    @Slot()
    def _show_activity(self) -> None:
        """Show what is measured so far."""
        layer, selection = self.layer, self._session.selection
        if layer is None:
            return
        activities = self._activities()
        blocks = [each.block for _, each in activities]
        means = [None if block is None else block.means() for block in blocks]
        clean = means[0] if means and means[0] is not None else np.full(layer.channel_count, np.nan)
        triggered = means[1] if len(means) > 1 else None
        order = ordered_channels(self._panel.order, clean, triggered, self._pruning_order(layer))
        self._panel.bars.set_bars(order, clean, triggered)
        self._panel.bars.set_selected(selection.channels)
        self._panel.show_figures([self._figures(layer, channel, clean, triggered) for channel in selection.channels])
        if not activities:
            self._panel.show_activity(None, measured="")
            self._panel.show_images((), SET_WORDS)
            return
        values = [
            block.values[:, selection.channel] if block is not None else np.zeros(0, np.float32) for block in blocks
        ]
        self._panel.show_activity(find_histograms(values), measured=_measured_text(activities))

    def _pruning_order(self, layer: PrunableLayer) -> NDArray[np.int64] | None:
        """Return the layer's channels in the order in which they are pruned; None if they are not ranked."""
        ranking = self._session.run.ranking if self._session.run is not None else None
        if ranking is None:
            return None
        located = [ranking.layer.locate(int(channel)) for channel in ranking.order]
        channels = [channel for name, channel in located if name == layer.name]
        return np.array(channels, np.int64) if channels else None

    def _figures(
        self, layer: PrunableLayer, channel: int, clean: NDArray[np.float64], triggered: NDArray[np.float64] | None
    ) -> tuple[str, ...]:
        """Return a channel's row: index, state, place in the order, activations."""
        ranking = self._session.run.ranking if self._session.run is not None else None
        state = place = NOTHING
        if ranking is not None:
            overall = ranking.layer.overall(layer.name, channel)
            if overall >= 0:
                channel_mask = self._session.channel_mask
                is_kept = channel_mask is None or bool(channel_mask[overall])
                state = ("next" if overall == self._session.next_channel else "kept") if is_kept else "pruned"
                state += ", dead" if bool(ranking.dead[overall]) and ranking.image_count else ""
                rank = int(np.flatnonzero(ranking.order == overall)[0]) + 1
                place = f"{formatting.ordinal(rank)} of {len(ranking.order)}"
        texts = [_number(clean[channel]), NOTHING, NOTHING]
        if triggered is not None:
            texts[1:] = [_number(triggered[channel]), _signed(float(triggered[channel] - clean[channel]))]
        return (str(channel), state, place, *texts)

    @Slot()
    def _measure(self) -> None:
        """Submit the next jobs; each is short, and a newer one takes the place of one that still waits."""
        if not self._panel.isVisible() or self.layer is None:
            return
        self._submit("Computing feature maps", "inspected maps", self._make_maps, self._on_maps)
        self._submit("Reading weights", "inspected weights", self._make_weights, self._on_weights)
        self._submit("Measuring activations", "inspected activity", self._make_block, self._on_block)
        self._fetch_images()

    def _submit(
        self, name: str, key: str, make: Callable[[], Question | None], on_succeeded: Callable[..., None]
    ) -> None:
        self._runner.submit(
            Request(name=name, make=make, on_succeeded=on_succeeded, on_failed=self._on_failed, key=key, is_light=True)
        )

    def _make_weights(self) -> Question | None:
        network, layer, channel = self.network, self.layer, self._session.selection.channel
        if network is None or layer is None or self.cache.weights(network, layer.name, channel) is not None:
            return None
        return Question(jobs.find_weights(network, layer.name, channel), (network, layer.name, channel))

    def _on_weights(self, weights: ChannelWeights, subject: "tuple[Network, str, int]") -> None:
        self.cache.put_weights(*subject, weights)
        layer = self.layer
        if layer is not None and subject == (self.network, layer.name, self._session.selection.channel):
            self._panel.show_weights(weights, reader=self._reader(layer))

    def _make_maps(self) -> Question | None:
        session, network, layer = self._session, self.network, self.layer
        if network is None or layer is None or session.image is None:
            return None
        channels = session.selection.channels[-MOST_MAPS:]
        shown = ShownImage(session.image, session.is_trigger_on, session.trigger)
        job = jobs.find_maps(network, shown, layer=layer.name, channels=channels, scale=session.scale)
        return Question(job, (layer.name, channels))

    def _on_maps(self, maps: FeatureMaps, subject: tuple[str, tuple[int, ...]]) -> None:
        selection = self._session.selection
        if subject == (selection.layer, selection.channels[-MOST_MAPS:]):
            self._panel.maps.show_maps(maps, subject[1])

    def _make_block(self) -> Question | None:
        """Measure the set of which the smaller share is measured; None once all are."""
        network, layer = self.network, self.layer
        if not self._panel.isVisible() or network is None or layer is None:
            return None
        waiting = [
            (each.done_count / len(each.order), data, each) for data, each in self._activities() if len(each.rest)
        ]
        if not waiting:
            return None
        _, data, activity = min(waiting, key=lambda each: each[0])
        job = jobs.measure_activity(network, data, activity.rest, layer=layer.name, scale=self._session.scale)
        return Question(job, (activity, activity.done_count))

    def _on_block(self, block: ActivityBlock, subject: tuple[Activity, int]) -> None:
        activity, done_count = subject
        if activity.done_count == done_count:  # not measured twice
            activity.take(block)
        if any(each is activity for _, each in self._activities()):
            self._show_activity()
            self._fetch_images()
        self._submit("Measuring activations", "inspected activity", self._make_block, self._on_block)

    def _fetch_images(self) -> None:
        self._submit("Reading images", "inspected images", self._make_images, self._on_images)

    def _make_images(self) -> Question | None:
        layer, activities = self.layer, self._activities()
        blocks = [each.block for _, each in activities if each.block is not None]
        if layer is None or not blocks or len(blocks) < len(activities):
            return None
        channel = self._session.selection.channel
        wanted = most_active_images(blocks, channel)
        datasets = [data for data, _ in activities]
        job = jobs.fetch_images(datasets, wanted, scale=self._session.scale)
        return Question(job, (layer.name, channel))

    def _on_images(self, images: Sequence[BestImage], subject: tuple[str, int]) -> None:
        if subject == (self._session.selection.layer, self._session.selection.channel):
            self._panel.show_images(images, SET_WORDS)

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, InspectorError):
            self.refused.emit(str(error))

    @Slot()
    def _on_image_changed(self) -> None:
        self._panel.set_has_image(self._session.image is not None)
        if self._session.image is None:
            self._panel.maps.clear()
        elif self._panel.isVisible():
            self._submit("Computing feature maps", "inspected maps", self._make_maps, self._on_maps)

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
        elif is_added:
            self._anchor = channel
            selection.toggle(selection.layer, channel)
        else:
            self._anchor = channel
            selection.select(selection.layer, (channel,))


def _number(value: Any) -> str:
    return formatting.number_text(float(value))


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{formatting.number_text(value)}".replace("-", "−")


def _measured_text(activities: "Sequence[tuple[Dataset, Activity]]") -> str:
    """Say how many images the figures are of: "440 clean images, 128 of 436 triggered images"."""
    parts = []
    for (data, activity), word in zip(activities, SET_WORDS, strict=False):
        is_all = activity.done_count == data.image_count
        count = counted(data.image_count, f"{word} image")
        parts.append(count if is_all else f"{activity.done_count} of {count}, at random")
    return ", ".join(parts)
