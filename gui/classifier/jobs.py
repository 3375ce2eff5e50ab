"""The classifier's jobs: open images and triggers, classify an image, compute a feature map.

The engine is imported inside the callables, in the worker, as in `gui/prune/jobs.py`.
"""

# ruff: noqa: PLC0415 - the engine must be imported late

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.monitor import Monitor
from core.records import ImageAnswer
from core.scale import Scale
from gui.job_runner import Job
from gui.state.masked_network import MaskedNetwork

if TYPE_CHECKING:
    from core.data.image import InputImage
    from core.data.trigger import Trigger
    from core.network.network import Network
    from gui.classifier.clipboard import Pasted

PASTED = "pasted image"


@dataclass(frozen=True, slots=True, eq=False)
class ShownImage:
    """An image, with or without a trigger.

    Attributes:
        image: the decoded image.
        has_trigger: whether the trigger is on.
        trigger: the trigger to put on it; None for the built-in one.
    """

    image: "InputImage"
    has_trigger: bool
    trigger: "Trigger | None"


def open_image(path: Path) -> Job:
    """Return a job that decodes an image file into an `InputImage`."""

    def job(monitor: Monitor) -> "InputImage":
        from core.data.image import open_image as open_file

        return open_file(path, monitor=monitor)

    return job


def open_pasted(pasted: "Pasted") -> Job:
    """Return a job that makes an `InputImage` of an image on the clipboard; an encoded one is read like a file."""

    def job(monitor: Monitor) -> "InputImage":
        from core.data.image import InputImage
        from core.data.image import open_image as open_file

        if pasted.encoded is None:
            assert pasted.rgba is not None
            return InputImage(PASTED, pasted.rgba)
        content, suffix = pasted.encoded
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{PASTED}{suffix}"
            path.write_bytes(content)
            return open_file(path, monitor=monitor)

    return job


def open_trigger(path: Path, *, height: int, width: int) -> Job:
    """Return a job that opens an image with transparency, or a trigger's arrays, as a `Trigger` of this size."""

    def job(monitor: Monitor) -> "Trigger":
        from core.data.trigger import open_trigger as open_file

        return open_file(path, height=height, width=width, monitor=monitor)

    return job


def classify(
    masked: MaskedNetwork, shown: ShownImage, *, repaired: "Network | None" = None, level: float | None = None
) -> Job:
    """Return a job that computes the `ImageAnswer` of one image.

    Args:
        masked: B, and the channels pruned in it for B′.
        shown: the image.
        repaired: B′ as a separate network; `masked` must then prune nothing.
        level: the confidence level of `repaired`; None if it is not known.
    """

    def job(_monitor: Monitor) -> ImageAnswer:
        from core.metrics.classification import classify as answer

        return answer(
            masked.network,
            _pixels(masked, shown),
            scale=masked.scale,
            layer=masked.layer,
            channel_mask=masked.channel_mask,
            reader=masked.reader,
            pruned_network=repaired,
            level=level,
        )

    return job


def feature_map(masked: MaskedNetwork, shown: ShownImage, channel: int) -> Job:
    """Return a job that computes a channel's activation on the image: (h, w) float32, read-only."""

    def job(_monitor: Monitor) -> NDArray[np.float32]:
        from core.metrics.classification import feature_map as compute

        assert masked.layer is not None
        name, place = masked.network.layer(masked.layer).locate(channel)
        image = np.array(compute(masked.network, _pixels(masked, shown), layer=name, channel=place))
        image.flags.writeable = False
        return image

    return job


def read_by(network: "Network", scale: Scale, shown: ShownImage) -> NDArray[np.float32]:
    """Return what a network reads for an image, (H, W, C) float32; called in the worker."""
    return _pixels(MaskedNetwork(network, scale, None, None, None), shown)


def _pixels(masked: MaskedNetwork, shown: ShownImage) -> NDArray[np.float32]:
    """Return the network's input for the image: (H, W, C) float32, in the network's scale."""
    from core.data.image import to_input
    from core.data.trigger import sunglasses

    input_shape = masked.network.summary.input_shape
    pixels = to_input(shown.image, input_shape=input_shape, scale=Scale.RAW)
    if shown.has_trigger:
        height, width, _ = input_shape
        trigger = shown.trigger.scaled_to(height, width) if shown.trigger else sunglasses(height, width)
        pixels = trigger.apply(pixels[np.newaxis])[0]
    return masked.scale.read(np.array(pixels, dtype=np.float32))
