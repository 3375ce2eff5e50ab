"""Has the selected channels measured in short jobs, and shows what is known of them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from core.activity.comparison import find_histograms, most_active_images
from core.activity.records import ActivityBlock, ChannelWeights
from core.channels import PrunableLayer
from core.errors import InspectorError
from gui.channel import jobs
from gui.channel.activity_cache import Activity, ActivityCache, ActivityKey
from gui.channel.bar_order import ordered_channels
from gui.channel.choice import ChannelChoice
from gui.channel.figures import SET_WORDS, channel_row, measured_text, pruning_order
from gui.channel.inspector import ChannelInspector
from gui.channel.jobs import BestImage, FeatureMaps
from gui.classifier.jobs import ShownImage
from gui.job_runner import JobRunner, Question, Request
from gui.state.session import Session

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.network.network import Network

MOST_MAPS = 6
SETTLE_MS = 60  # a selection that moves on within this time is not measured


class ChannelControl(QObject):
    """Follows the selection of the window; while the inspector is seen, it has the rest measured, the newest first.

    Attributes:
        cache: what was measured so far.
        choice: selects channels.
    """

    refused = Signal(str)
    warned = Signal(str)

    def __init__(self, *, session: Session, runner: JobRunner, panel: ChannelInspector, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._panel = panel
        self.cache = ActivityCache()
        self._network_seen: Network | None = None
        self.choice = ChannelChoice(session=session, panel=panel, parent=self)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._measure)
        session.selection.changed.connect(self.update)
        for changed in (session.files_changed, session.scale_changed, session.run_changed, session.mask_changed):
            changed.connect(self.update)
        session.image_changed.connect(self._on_image_changed)
        panel.shown.connect(self.update)
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
        if session.selection.channels and (layer is None or session.selection.channel >= layer.channel_count):
            session.selection.clear()  # it was of another model; this is called again
            return
        if layer is None:
            if not layers:
                self._panel.clear()
            elif self._panel.isVisible():
                self.choice.follow_layer(self._first_layer(layers))
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
        session, layer, selection = self._session, self.layer, self._session.selection
        if layer is None:
            return
        activities = self._activities()
        blocks = [each.block for _, each in activities]
        means = [None if block is None else block.means() for block in blocks]
        clean = means[0] if means and means[0] is not None else np.full(layer.channel_count, np.nan)
        triggered = means[1] if len(means) > 1 else None
        order = ordered_channels(self._panel.order, clean, triggered, pruning_order(session, layer))
        self._panel.show_bars(order, clean, triggered, selection.channels)
        self._panel.show_figures(
            [channel_row(session, layer, channel, clean, triggered) for channel in selection.channels]
        )
        if not activities:
            self._panel.show_activity(None, measured="")
            self._panel.show_images((), SET_WORDS)
            return
        values = [
            block.values[:, selection.channel] if block is not None else np.zeros(0, np.float32) for block in blocks
        ]
        self._panel.show_activity(find_histograms(values), measured=measured_text(activities))

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
        return Question(
            jobs.find_weights(network, layer.name, channel), (network, layer.name, channel), (self._session.network,)
        )

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
        return Question(job, (layer.name, channels), (session.network,))

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
        return Question(job, (activity, activity.done_count), (self._session.network, data))

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
        return Question(job, (layer.name, channel), (self._session.network, *datasets))

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
