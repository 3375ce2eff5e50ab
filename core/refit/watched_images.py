"""Images with a trigger whose answers are told after each epoch of training, and pictures of what was found."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class WatchedImages:
    """A few images with a trigger that B answers as the attacker wants; for looking at, no choice uses them.

    Published before the first epoch. `RefitEpoch.image_labels` are the answers after each epoch.

    Attributes:
        shown: shape (n, H, W, C), uint8, 0–255, read-only.
        pixels: the same images as the network reads them, shape (n, H, W, C), float32, read-only.
        base: what B answers to each.
        source: the name of the poisoned set, or "reconstructed trigger of class 0" and the like.
        is_estimated: whether the trigger was reconstructed.
    """

    shown: NDArray[np.uint8]
    pixels: NDArray[np.float32]
    base: tuple[int, ...]
    source: str
    is_estimated: bool

    def __post_init__(self) -> None:
        for each in (self.shown, self.pixels):
            each.flags.writeable = False

    def __repr__(self) -> str:
        return f"WatchedImages({len(self.base)} of {self.source})"


@dataclass(frozen=True, slots=True, eq=False)
class FoundImages:
    """Pictures of what a search found, for looking at; published while it searches, and when it ends.

    Attributes:
        title: what they are, such as "Patches that draw B's answers to a class".
        pictures: shape (n, H, W, C), uint8, 0–255, read-only.
        labels: the class that each draws the answers to; `NEXT_CLASS` (-1) for each image's next class.
    """

    title: str
    pictures: NDArray[np.uint8]
    labels: tuple[int, ...]

    def __post_init__(self) -> None:
        self.pictures.flags.writeable = False

    def __repr__(self) -> str:
        return f"FoundImages({len(self.labels)}, {self.title})"
