"""What can be pruned: the channels of a layer, and the layers that read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_ALL = "all"  # what text says of all convolutions


class ChannelTensor(StrEnum):
    """Where a convolution's channels are ranked and zeroed if a batch normalization is behind its activation.

    A channel that is zero behind the activation is the constant beta − gamma · mean / deviation behind the
    normalization.
    """

    ACTIVATION = "activation"
    NORMALIZATION = "normalization"

    @property
    def text(self) -> str:
        """The place in words: "behind the activation"."""
        return f"behind the {self.value}"


@dataclass(frozen=True, slots=True)
class LayerSet:
    """Convolutions by name, or all convolutions of a network; false where none is named.

    Attributes:
        names: in the given order; empty where all are meant.
        is_all: whether all convolutions are meant, whatever their names are.

    Raises:
        ValueError: names are given beside `is_all`.
    """

    names: tuple[str, ...] = ()
    is_all: bool = False

    def __post_init__(self) -> None:
        if self.is_all and self.names:
            raise ValueError(f"all layers need no names, got {self.names}")

    def __bool__(self) -> bool:
        return self.is_all or bool(self.names)

    @classmethod
    def of(cls, *names: str) -> "LayerSet":
        """Return the set of these convolutions."""
        return cls(names)

    @classmethod
    def parse(cls, text: str, known: Sequence[str]) -> "LayerSet":
        """Read "conv_3", "conv_1, conv_3" or "all".

        A name that the network has is taken first, even if it is "all" or contains commas.

        Args:
            text: what was typed.
            known: names of the network's convolutions; the network refuses others later.
        """
        if text in known:
            return cls.of(text)
        if text.strip() == _ALL and _ALL not in known:
            return ALL_LAYERS
        words, names = text.split(","), []
        while words:
            count = next((n for n in range(len(words), 0, -1) if ",".join(words[:n]).strip() in known), 1)
            names.append(",".join(words[:count]).strip())
            words = words[count:]
        return cls(tuple(names))

    @property
    def words(self) -> tuple[str, ...]:
        """The names, or "all" alone."""
        return (_ALL,) if self.is_all else self.names

    @property
    def text(self) -> str:
        """What `parse` reads: "conv_3", "conv_1,conv_3" or "all"; empty where none is named."""
        return ",".join(self.words)

    @property
    def has_all_beside_names(self) -> bool:
        """Whether "all" was typed together with names."""
        return len(self.names) > 1 and _ALL in self.names


ALL_LAYERS = LayerSet(is_all=True)
NO_LAYERS = LayerSet()


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
        readers: the layers that read that output (layers that only normalize, pool or flatten it are skipped).
        parts: the convolutions that this one combines, the deepest first; empty for a single convolution.
        is_all: whether the parts are all convolutions of the network.
        tensor: the chosen tensor; None if there is no choice, because no batch normalization is behind the activation.
    """

    name: str
    measured_at: str
    channel_count: int
    readers: tuple[Reader, ...]
    parts: tuple["PrunableLayer", ...] = ()
    is_all: bool = False
    tensor: ChannelTensor | None = None

    @classmethod
    def together(cls, layers: Sequence["PrunableLayer"], *, is_all: bool) -> "PrunableLayer":
        """Combine several convolutions into one layer, deepest first, so that ties are pruned where it costs least.

        Args:
            layers: single convolutions, input side first.
            is_all: whether the network has no others.
        """
        names = [each.name for each in layers]
        # That text means a convolution of that name if there is one.
        name = _ALL if is_all and _ALL not in names else ",".join(names)
        tensor = next((each.tensor for each in layers if each.tensor is not None), None)
        channel_count = sum(each.channel_count for each in layers)
        return cls(name, "", channel_count, (), tuple(reversed(layers)), is_all, tensor)

    @property
    def layer_set(self) -> LayerSet:
        """The convolutions that it stands for, input side first."""
        if self.is_all:
            return ALL_LAYERS
        return LayerSet(tuple(part.name for part in reversed(self.parts)) or (self.name,))

    def locate(self, channel: int) -> tuple[str, int]:
        """Return the convolution that a channel belongs to, and its index there; -1 means no channel."""
        for part in self.parts if channel >= 0 else ():
            if channel < part.channel_count:
                return part.name, channel
            channel -= part.channel_count
        return self.name, channel

    def overall(self, name: str, channel: int) -> int:
        """Return the index here of a convolution's channel, the inverse of `locate`; -1 if it is not among these."""
        start = 0
        for part in self.parts or (self,):
            if part.name == name:
                return start + channel if 0 <= channel < part.channel_count else -1
            start += part.channel_count
        return -1


def takes_several(layers: Sequence[PrunableLayer]) -> bool:
    """Whether a set of several of these layers, but not all, can be pruned together.

    Args:
        layers: the prunable layers, including the one that combines all.
    """
    names = [layer.name for layer in layers if not layer.parts]
    # A set is named by its layers' names, separated by commas.
    have_plain_names = all(name and name == name.strip() and "," not in name for name in names)
    return len(names) > 2 and len(names) < len(layers) and have_plain_names
