"""The jobs of the channel inspector: all short, so that a running job can answer them at its checkpoints.

The engine is imported inside the callables, in the worker, as in `gui/prune/jobs.py`.
"""

# ruff: noqa: PLC0415 - the engine must be imported late

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.activity.comparison import RankedImage
from core.activity.records import ActivityBlock, ChannelWeights
from core.monitor import Monitor
from core.scale import Scale
from gui.classifier.jobs import ShownImage, read_by
from gui.job_runner import Job

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.data.image import InputImage
    from core.network.network import Network

OPAQUE = 255


@dataclass(frozen=True, slots=True, eq=False)
class FeatureMaps:
    """Channels' activations on the classifier's image.

    Attributes:
        seen: the image as the network sees it, (H, W, C) uint8, read-only.
        maps: of each channel, (k, h, w) float32, read-only.
    """

    seen: NDArray[np.uint8]
    maps: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class BestImage:
    """An image on which a channel is very active.

    Attributes:
        ranked: which image, and how active.
        pixels: as the network sees it, (H, W, C) uint8, read-only.
        label: its label in its set.
        name: names it in the classifier: "clean_validation.h5, image 12".
    """

    ranked: RankedImage
    pixels: NDArray[np.uint8]
    label: int
    name: str

    def as_input(self) -> "InputImage":
        """Return the image for the classifier, pixel by pixel the same."""
        from core.data.image import InputImage

        height, width, channels = self.pixels.shape
        rgba = np.full((height, width, 4), OPAQUE, np.uint8)
        rgba[..., : max(3, channels)] = self.pixels if channels in (3, 4) else self.pixels[..., :1]
        return InputImage(self.name, rgba)


def measure_activity(
    network: "Network", dataset: "Dataset", rows: NDArray[np.int64], *, layer: str, scale: Scale
) -> Job:
    """Return a job that measures the next images of a set, as many as a moment allows, as an `ActivityBlock`."""

    def job(monitor: Monitor) -> ActivityBlock:
        from core.activity.measuring import measure_block

        return measure_block(network, dataset, rows, layer=layer, scale=scale, monitor=monitor)

    return job


def find_weights(network: "Network", layer: str, channel: int) -> Job:
    """Return a job that finds a channel's weights and those of its readers, as `ChannelWeights`."""

    def job(_monitor: Monitor) -> ChannelWeights:
        from core.activity.weights import channel_weights

        return channel_weights(network, layer, channel)

    return job


def find_maps(network: "Network", shown: ShownImage, *, layer: str, channels: Sequence[int], scale: Scale) -> Job:
    """Return a job that computes channels' activations on the classifier's image, as `FeatureMaps`."""

    def job(_monitor: Monitor) -> FeatureMaps:
        from core.data.image import as_seen

        pixels = read_by(network, scale, shown)
        maps = network.feature_maps(pixels[np.newaxis], layer)[0][..., list(channels)]
        stacked = np.ascontiguousarray(np.moveaxis(maps, -1, 0))
        stacked.flags.writeable = False
        return FeatureMaps(as_seen(pixels, scale), stacked)

    return job


def fetch_images(datasets: "Sequence[Dataset]", wanted: Sequence[RankedImage], *, scale: Scale) -> Job:
    """Return a job that reads images of sets, as a tuple of `BestImage` in the same order."""

    def job(monitor: Monitor) -> tuple[BestImage, ...]:
        from core.data.image import as_seen

        found = []
        for each in wanted:
            monitor.stop_if_asked()
            data = datasets[each.set_index]
            pixels = as_seen(data.rows([each.row], scale=scale), scale)[0]
            name = f"{data.name}, image {each.row}"
            found.append(BestImage(each, pixels, int(data.labels[each.row]), name))
        return tuple(found)

    return job
