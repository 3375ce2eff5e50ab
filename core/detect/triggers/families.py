"""Families of triggers: their free parameters, how they are laid over images, and their sizes."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from core.detect.records import FloatArray, ReconstructedTrigger
from core.records import Share
from core.scale import WHITE

Tensors = tuple[Any, ...]


class TriggerFamily(ABC):
    """A form of triggers: its free parameters, how it is laid over images, and its size."""

    @abstractmethod
    def start(self, count: int, image_shape: tuple[int, int, int], seed: Sequence[int]) -> Tensors:
        """Return the initial parameters of `count` triggers, float32 tensors (count, …)."""

    @abstractmethod
    def apply(self, parameters: Tensors, images: Any) -> Any:
        """Lay g triggers over n images in [0, 1], (n, H, W, C): (g, n, H, W, C)."""

    @abstractmethod
    def size(self, parameters: Tensors) -> Any:
        """Return the sizes of the triggers, shape (g,), in [0, 1]: what is minimized."""

    @abstractmethod
    def reconstructed(self, parameters: Sequence[FloatArray], label: int, success: Share) -> ReconstructedTrigger:
        """Return one trigger, from its parameters without the axis of triggers."""


class PatchFamily(TriggerFamily):
    """A mask m and a pattern p: x becomes (1 − m) x + m p; the size is the mean of m."""

    def start(self, count: int, image_shape: tuple[int, int, int], seed: Sequence[int]) -> Tensors:
        """Start with a mask of about one half and a random pattern."""
        height, width, channel_count = image_shape
        mask = tf.random.stateless_uniform((count, height, width, 1), (seed[0], 2 * seed[1]), -0.3, 0.3)
        pattern = tf.random.stateless_uniform(
            (count, height, width, channel_count), (seed[0], 2 * seed[1] + 1), -0.5, 0.5
        )
        return mask, pattern

    def apply(self, parameters: Tensors, images: Any) -> Any:
        """Lay the pattern over the images where the mask is."""
        mask, pattern = (_unit(each)[:, None] for each in parameters)
        return images[None] * (1 - mask) + pattern * mask

    def size(self, parameters: Tensors) -> Any:
        """The mean of the mask: the L1 norm as a share of the picture."""
        return tf.reduce_mean(_unit(parameters[0]), axis=[1, 2, 3])

    def reconstructed(self, parameters: Sequence[FloatArray], label: int, success: Share) -> ReconstructedTrigger:
        """Return the mask as opacity, and the pattern in pixels."""
        mask, pattern = ((np.tanh(each) + 1) / 2 for each in parameters)
        return ReconstructedTrigger(label, mask.astype(np.float32), (WHITE * pattern).astype(np.float32), success)


class AdditiveFamily(TriggerFamily):
    """A change d of the whole picture: x becomes clip(x + d, 0, 1); the size is the root mean square of d.

    A blend, a wave and any other fixed change of all pixels is near a member of this family.
    """

    def start(self, count: int, image_shape: tuple[int, int, int], seed: Sequence[int]) -> Tensors:
        """Start with faint noise."""
        return (tf.random.stateless_uniform((count, *image_shape), (seed[0], 2 * seed[1]), -0.05, 0.05),)

    def apply(self, parameters: Tensors, images: Any) -> Any:
        """Add the change to the images."""
        return tf.clip_by_value(images[None] + tf.tanh(parameters[0])[:, None], 0.0, 1.0)

    def size(self, parameters: Tensors) -> Any:
        """The root mean square of the change."""
        return tf.sqrt(tf.reduce_mean(tf.square(tf.tanh(parameters[0])), axis=[1, 2, 3]) + 1e-12)

    def reconstructed(self, parameters: Sequence[FloatArray], label: int, success: Share) -> ReconstructedTrigger:
        """Return the change in pixels."""
        change = (WHITE * np.tanh(parameters[0])).astype(np.float32)
        return ReconstructedTrigger(
            label, np.zeros((*change.shape[:2], 1), np.float32), np.zeros_like(change), success, change=change
        )


def _unit(raw: Any) -> Any:
    """Map any number to [0, 1], as the paper does."""
    return (tf.tanh(raw) + 1) / 2
