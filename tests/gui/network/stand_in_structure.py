"""Stands for the engine where layers are described and channels measured; all figures are known."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.activity.comparison import RankedImage
from core.activity.records import ActivityBlock, ChannelWeights, ReaderWeight
from core.monitor import Monitor
from core.structure.records import LayerRecord, NetworkStructure, WeightRecord
from gui.channel.jobs import BestImage, FeatureMaps
from gui.job_runner import Job

BLOCK = 8  # images of a set that are measured at once


def make_structure(layers: Sequence[Any]) -> NetworkStructure:
    """The network of `make_summary`: conv_a, whose pooled output conv_b and dense read."""
    kernel = (WeightRecord("kernel", (3, 3, 3, 6)),)
    return NetworkStructure(
        (
            LayerRecord("pixels", "InputLayer", (8, 8, 3), 0, why_not="This is the input image."),
            LayerRecord("conv_a", "Conv2D", (6, 6, 6), 168, "relu", (), kernel, ("pixels",), owner="conv_a"),
            LayerRecord(
                "pool_a", "MaxPooling2D", (3, 3, 6), 0, inputs=("conv_a",), why_not="choose conv_a", owner="conv_a"
            ),
            LayerRecord("conv_b", "Conv2D", (3, 3, 4), 220, "relu", inputs=("pool_a",), owner="conv_b"),
            LayerRecord("flat_a", "Flatten", (54,), 0, inputs=("pool_a",), why_not="no channels"),
            LayerRecord("flat_b", "Flatten", (36,), 0, inputs=("conv_b",), why_not="no channels"),
            LayerRecord("joined", "Concatenate", (90,), 0, inputs=("flat_a", "flat_b"), why_not="joins"),
            LayerRecord("dense", "Dense", (10,), 910, "softmax", inputs=("joined",), why_not="units, not channels"),
        ),
        tuple(layers),
    )


class FakeStructure:
    """The jobs of the Network page."""

    def __init__(self) -> None:
        super().__init__()
        self.described: list[str] = []
        self.measured: list[tuple[str, str, int]] = []  # layer, set, number of images measured before
        self.weighed: list[tuple[str, int]] = []
        self.mapped: list[tuple[str, tuple[int, ...], bool]] = []

    def describe_structure(self, network: Any) -> Job:
        def job(monitor: Monitor) -> NetworkStructure:
            del monitor
            self.described.append(network.summary.path.name)
            return make_structure(network.summary.layers)

        return job

    def measure_activity(self, network: Any, dataset: Any, rows: Any, *, layer: str, scale: Any) -> Job:
        del scale
        channel_count = network.layer(layer).channel_count

        def job(monitor: Monitor) -> ActivityBlock:
            monitor.stop_if_asked()
            self.measured.append((layer, dataset.name, dataset.image_count - len(rows)))
            block = np.array(rows[:BLOCK])
            # Channel c is as active as c, on triggered images ten times; image 7 most of all.
            factor = 10.0 if dataset.name.startswith("p") else 1.0
            peaks = np.where(block == 7, 2.0, 1.0)
            return ActivityBlock(block, (peaks[:, np.newaxis] * np.arange(channel_count) * factor).astype(np.float32))

        return job

    def find_weights(self, network: Any, layer: str, channel: int) -> Job:
        def job(monitor: Monitor) -> ChannelWeights:
            del monitor
            self.weighed.append((layer, channel))
            readers = tuple(
                ReaderWeight(each.layer, each.class_name, 1.5, 2, 6) for each in network.layer(layer).readers
            )
            kernel = np.arange(27, dtype=np.float32).reshape(3, 3, 3) - 13
            return ChannelWeights(kernel, (0, 1, 2), 3, 4.2, 0.1, layer == "conv_a", readers)

        return job

    def find_maps(self, network: Any, shown: Any, *, layer: str, channels: Sequence[int], scale: Any) -> Job:
        del network, scale

        def job(monitor: Monitor) -> FeatureMaps:
            del monitor
            self.mapped.append((layer, tuple(channels), shown.has_trigger))
            maps = np.stack([np.full((2, 2), float(channel), np.float32) for channel in channels])
            return FeatureMaps(np.zeros((8, 8, 3), np.uint8), maps)

        return job

    def fetch_images(self, datasets: Sequence[Any], wanted: Sequence[RankedImage], *, scale: Any) -> Job:
        del scale

        def job(monitor: Monitor) -> tuple[BestImage, ...]:
            del monitor
            return tuple(
                BestImage(
                    each,
                    np.full((8, 8, 3), each.row, np.uint8),
                    int(datasets[each.set_index].labels[each.row]),
                    f"{datasets[each.set_index].name}, image {each.row}",
                )
                for each in wanted
            )

        return job
