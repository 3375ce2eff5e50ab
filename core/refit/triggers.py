"""Triggers that a network unlearns: images stamped with them get the answers of the plain ones."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.monitor import Monitor
from core.refit.images.draw import Draw
from core.refit.images.warping import move_pixels
from core.refit.watched_images import WatchedImages
from core.scale import Scale

FOLD = 0x57A3  # separates these random numbers from others drawn with the same seed
STRENGTHS = (0.6, 1.4)  # of a change of the whole picture, as a share of what was found

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Triggers:
    """Triggers to unlearn: x becomes (1 − opacity) w(x) + opacity pixels + strength change, between black and white.

    w moves the pixels of an image.

    Attributes:
        opacity: shape (M, H, W, 1), float32, [0, 1].
        pixels: shape (M, H, W, C), float32, as the network reads them.
        change: shape (M, H, W, C), float32, in the network's pixel range.
        moves: shape (M, H, W, 2), float32: how far down and to the right of each pixel its value comes from, in pixels.
        weights: shape (M,), float32: how often each is drawn, sum 1.
    """

    opacity: FloatArray
    pixels: FloatArray
    change: FloatArray
    moves: FloatArray
    weights: FloatArray

    @property
    def arrays(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
        """Opacity, pixels, change, moves and weights."""
        return self.opacity, self.pixels, self.change, self.moves, self.weights


@dataclass(frozen=True, slots=True, eq=False)
class FoundTriggers:
    """What one search found.

    Attributes:
        triggers: the triggers to unlearn; None if there are none.
        relative_sizes: as in `RefitEpoch`.
        suspects: as in `RefitEpoch`.
        images: clean images with the smallest of these triggers that the network answers as the trigger's class; None
            if there are none, and from the second search on.
    """

    triggers: Triggers | None
    relative_sizes: tuple[float, ...]
    suspects: tuple[int, ...]
    images: WatchedImages | None = None


class TriggerFinder(Protocol):
    """Searches triggers on a network while its weights change."""

    def find(self, epoch: int, monitor: Monitor) -> FoundTriggers:
        """Return the triggers to unlearn in the next epoch.

        Args:
            epoch: number of the last epoch, 0 for the initial network.
            monitor: can cancel.
        """


MakeTriggerFinder = Callable[[keras.Model], TriggerFinder]
"""Returns the finder for a model: each search uses the weights that the model has then."""


def stamp(images: Any, triggers: tuple[Any, Any, Any, Any, Any], *, scale: Scale, seed: Any) -> Any:
    """Stamp each image with one trigger.

    Args:
        images: (N, H, W, C) float32, as the network reads them.
        triggers: the arrays of `Triggers`: opacity, pixels, change and weights.
        scale: what the network reads for a pixel.
        seed: (2,) int32; the same seed draws the same triggers.

    Returns:
        (N, H, W, C) float32.
    """
    opacity, pixels, change, moves, weights = triggers
    draw = Draw(tf.shape(images)[0], tf.random.experimental.stateless_fold_in(seed, FOLD))
    ends = tf.cumsum(weights)
    chosen = tf.minimum(tf.searchsorted(ends, draw.uniform(()) * ends[-1], side="right"), tf.shape(weights)[0] - 1)
    strength = draw.uniform((1, 1, 1), *STRENGTHS)
    covered = tf.gather(opacity, chosen)
    seen = move_pixels(images, strength * tf.gather(moves, chosen))
    seen = seen * (1 - covered) + tf.gather(pixels, chosen) * covered
    seen += strength * tf.gather(change, chosen)
    return tf.clip_by_value(seen, scale.black, scale.white)
