"""What can be pruned: the channels of a layer, and the layers that read them."""

from collections.abc import Sequence
from dataclasses import dataclass

ALL_LAYERS = "all"  # used instead of a layer's name


@dataclass(frozen=True, slots=True)
class Reader:
    """A layer that reads the channels of another layer.

    Attributes:
        layer: its name.
        class_name: its Keras class ("Conv2D", "Dense", "Add").
        is_cuttable: whether it can stop reading single channels (a convolution or dense layer);
            an addition cannot.
    """

    layer: str
    class_name: str
    is_cuttable: bool


@dataclass(frozen=True, slots=True)
class PrunableLayer:
    """A convolution whose channels can be pruned.

    Attributes:
        name: the convolution.
        measured_at: the layer after activation and pooling whose output is ranked and masked (`pool_3` for `conv_3`).
        channel_count: channels of that output.
        readers: the layers that read that output (layers that only flatten it are skipped).
        parts: the convolutions that this one combines; empty for a single convolution.
    """

    name: str
    measured_at: str
    channel_count: int
    readers: tuple[Reader, ...]
    parts: tuple["PrunableLayer", ...] = ()

    def locate(self, channel: int) -> tuple[str, int]:
        """Return the convolution that a channel belongs to, and its index there; -1 means no channel."""
        for part in self.parts if channel >= 0 else ():
            if channel < part.channel_count:
                return part.name, channel
            channel -= part.channel_count
        return self.name, channel


def takes_several(layers: Sequence[PrunableLayer]) -> bool:
    """Whether a set of several of these layers, but not all, can be pruned together.

    Args:
        layers: the prunable layers, including the one that combines all.
    """
    names = [layer.name for layer in layers if not layer.parts]
    # A set is named by its layers' names, separated by commas.
    are_told_apart = all(name and name == name.strip() and "," not in name for name in names)
    return len(names) > 2 and len(names) < len(layers) and are_told_apart
