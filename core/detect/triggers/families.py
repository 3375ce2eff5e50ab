"""Families of triggers: their free parameters, how they are laid over images, and their sizes."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from core.detect.records import FloatArray, ReconstructedTrigger
from core.records import Share
from core.refit.images.warping import move_pixels
from core.scale import WHITE

WARP_SIDE = 5  # control points
WARP_LIMIT = 0.15  # largest move of a control point, as a share of the image's shorter side

Tensors = tuple[Any, ...]


class TriggerFamily(ABC):
    """A form of triggers: its free parameters, how it is laid over images, and its size.

    Attributes:
        title: the form, in a word or two, for progress and captions.
    """

    title: str

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

    title = "patch"

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

    title = "whole picture"

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


class WarpFamily(TriggerFamily):
    """Moves of a grid of control points, enlarged to the image: x becomes the image with its pixels moved.

    The size is the root mean square of the moves, as a share of `WARP_LIMIT`. One field for all images: the trigger of
    WaNet (Nguyen and Tran, 2021, section 3.2) is near a member of this family.

    Args:
        image_shape: (H, W, C) of the images.
    """

    title = "moved pixels"

    def __init__(self, image_shape: tuple[int, int, int]) -> None:
        self._shape = image_shape

    def start(self, count: int, image_shape: tuple[int, int, int], seed: Sequence[int]) -> Tensors:
        """Start with small moves."""
        del image_shape
        shape = (count, WARP_SIDE, WARP_SIDE, 2)
        return (tf.random.stateless_uniform(shape, (seed[0], 2 * seed[1]), -0.1, 0.1),)

    def apply(self, parameters: Tensors, images: Any) -> Any:
        """Move the pixels."""
        group_size, count = tf.shape(parameters[0])[0], tf.shape(images)[0]
        fields = tf.repeat(self._moves(parameters[0]), count, axis=0)
        moved = move_pixels(tf.tile(images, (group_size, 1, 1, 1)), fields)
        return tf.reshape(moved, (group_size, count, *self._shape))

    def size(self, parameters: Tensors) -> Any:
        """The root mean square of the moves as a share of the largest ones."""
        return tf.sqrt(tf.reduce_mean(tf.square(tf.tanh(parameters[0])), axis=[1, 2, 3]) + 1e-12)

    def reconstructed(self, parameters: Sequence[FloatArray], label: int, success: Share) -> ReconstructedTrigger:
        """Return the moves in pixels."""
        moves = self._moves(tf.constant(parameters[0][None]))[0].numpy()
        nothing = np.zeros(self._shape, np.float32)
        return ReconstructedTrigger(label, nothing[..., :1].copy(), nothing, success, moves=moves)

    def _moves(self, raw: Any) -> Any:
        """Return the moves of all pixels in pixels, (g, H, W, 2)."""
        side = self._shape[:2]
        return WARP_LIMIT * min(side) * tf.image.resize(tf.tanh(raw), side, method="bicubic")


def _unit(raw: Any) -> Any:
    """Map any number to [0, 1], as the paper does."""
    return (tf.tanh(raw) + 1) / 2
