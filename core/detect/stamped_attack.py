"""How often networks answer stamped images as the attacker wants."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.channels import LayerSet
from core.data.dataset import Dataset
from core.monitor import Monitor
from core.network.network import Network
from core.records import Share
from core.scale import Scale


@dataclass(frozen=True, slots=True)
class StampedAttack:
    """The attack success rate of a trigger.

    Attributes:
        base: images that B answers as the target.
        pruned: images that B′ answers so.
    """

    base: Share
    pruned: Share


def measure_attack(
    network: Network,
    stamped: Dataset,
    label: int,
    *,
    scale: Scale,
    layer: LayerSet | None = None,
    channel_mask: NDArray[np.bool_] | None = None,
    reader: str | None = None,
    pruned_network: Network | None = None,
    monitor: Monitor | None = None,
) -> StampedAttack:
    """Count the stamped images that B and B′ answer as the target.

    Args:
        network: B.
        stamped: images of other classes than the target, with the trigger.
        label: the target.
        scale: what the networks read for a pixel.
        layer: the convolution that `channel_mask` belongs to, or several as one.
        channel_mask: the channels of B that B′ keeps, shape (C,), True = kept.
        reader: mask only what this layer reads.
        pruned_network: B′ as a separate network; else B′ is B with channels pruned, or B itself.
        monitor: receives progress, and can cancel.

    Raises:
        Cancelled: the job was cancelled.
    """
    monitor = monitor or Monitor()
    base_count = pruned_count = 0
    total, size = stamped.image_count, network.batch_size
    for start in range(0, total, size):
        monitor.checkpoint("Measuring the attack", done_count=start, total_count=total)
        pixels = stamped.batch(start, start + size, scale=scale)
        base = network.answer(pixels)[0] == label
        if pruned_network is not None:
            pruned = pruned_network.answer(pixels)[0] == label
        elif layer is not None and channel_mask is not None:
            outputs = network.outputs(pixels, layer=layer, reader=reader, channel_mask=channel_mask)
            pruned = outputs.argmax(axis=1) == label
        else:
            pruned = base
        base_count += int(base.sum())
        pruned_count += int(pruned.sum())
    monitor.checkpoint("Measuring the attack", done_count=total, total_count=total)
    return StampedAttack(Share(base_count, total), Share(pruned_count, total))
