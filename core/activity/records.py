"""What single channels do on images, and what their weights are; plain records."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class ActivityBlock:
    """The activation of each channel of a layer on some images of a set.

    Attributes:
        rows: indices of the images in their set, shape (n,), int64, read-only.
        values: mean of each channel over the map of an image, shape (n, C), float32, read-only.
    """

    rows: NDArray[np.int64]
    values: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.rows.shape != self.values.shape[:1]:
            raise ValueError(f"rows and values must belong together, got {self.rows.shape} and {self.values.shape}")
        for array in (self.rows, self.values):
            array.flags.writeable = False

    @property
    def image_count(self) -> int:
        """Number of images."""
        return len(self.rows)

    def joined(self, other: "ActivityBlock") -> "ActivityBlock":
        """Return the images of both."""
        return ActivityBlock(
            np.concatenate([self.rows, other.rows]), np.concatenate([self.values, other.values], dtype=np.float32)
        )

    def means(self) -> NDArray[np.float64]:
        """Return the mean of each channel over the images, shape (C,); NaN without images."""
        if not len(self.rows):
            return np.full(self.values.shape[1], np.nan)
        return self.values.mean(axis=0, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class ReaderWeight:
    """How strongly a layer reads a channel.

    Attributes:
        layer: the layer that reads it.
        class_name: its Keras class.
        norm: Euclidean norm of the weights by which it reads the channel; None if it has none of its own.
        place: 1 for the channel that it reads most strongly of all; 0 without a norm.
        channel_count: number of channels that it reads from there.
    """

    layer: str
    class_name: str
    norm: float | None
    place: int
    channel_count: int


@dataclass(frozen=True, slots=True, eq=False)
class ChannelWeights:
    """The weights that make a channel, and those that read it.

    Attributes:
        kernel: the largest slices of its kernel, one for each input channel, shape (S, kh, kw), float32, read-only.
        sources: the input channel of each slice.
        source_count: number of its slices.
        norm: Euclidean norm of its kernel.
        bias: its bias; None without one.
        is_colour: whether the slices are red, green and blue of the input image.
        readers: the layers that read it.
    """

    kernel: NDArray[np.float32]
    sources: tuple[int, ...]
    source_count: int
    norm: float
    bias: float | None
    is_colour: bool
    readers: tuple[ReaderWeight, ...]

    def __post_init__(self) -> None:
        if self.kernel.ndim != 3 or len(self.sources) != len(self.kernel):
            raise ValueError(f"a kernel must have a source for each slice, got {self.kernel.shape}, {self.sources}")
        self.kernel.flags.writeable = False
