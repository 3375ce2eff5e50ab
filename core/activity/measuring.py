"""Measures the activation of each channel on single images, in blocks of random images that take a moment each."""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.activity.records import ActivityBlock
from core.data.dataset import Dataset
from core.monitor import Monitor
from core.network.network import Network
from core.scale import Scale

BLOCK_S = 0.15
"""How long a block is measured; then the worker is free for something newer."""


def measure_block(
    network: Network,
    dataset: Dataset,
    rows: NDArray[np.int64],
    *,
    layer: str,
    scale: Scale,
    monitor: Monitor | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> ActivityBlock:
    """Measure as many of the images as a moment allows, at least one batch.

    Args:
        network: the network.
        dataset: the images.
        rows: indices of the images, in the order in which they are measured.
        layer: the convolution.
        scale: what the network reads for a pixel.
        monitor: can cancel.
        clock: seconds.

    Raises:
        LayerError: no such layer.
        Cancelled: the caller asked to stop.
    """
    monitor = monitor or Monitor()
    size, began_s = network.batch_size, clock()
    parts: list[ActivityBlock] = []
    done = 0
    while done < len(rows) and (not parts or clock() - began_s < BLOCK_S):
        monitor.stop_if_asked()
        batch = np.sort(rows[done : done + size])
        maps = network.feature_maps(dataset.rows(batch, scale=scale), layer)
        parts.append(ActivityBlock(batch, maps.reshape(len(batch), -1, maps.shape[-1]).mean(axis=1)))
        done += len(batch)
    if not parts:
        return ActivityBlock(np.zeros(0, np.int64), np.zeros((0, network.layer(layer).channel_count), np.float32))
    rows_done = np.concatenate([part.rows for part in parts])
    return ActivityBlock(rows_done, np.concatenate([part.values for part in parts]))
