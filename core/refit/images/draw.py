"""Stateless random numbers for a batch: the same seed gives the same numbers, on every device."""

from typing import Any

import tensorflow as tf


class Draw:
    """A source of uniform random numbers for a batch; each call returns different ones.

    Args:
        count: N, images in the batch.
        seed: (2,) int32.
    """

    def __init__(self, count: Any, seed: Any) -> None:
        self._count = count
        self._seed = seed
        self._call = 0

    def uniform(self, shape: tuple[int, ...], low: float = 0.0, high: float = 1.0) -> Any:
        """Return float32 numbers of shape (N, *shape) in [low, high)."""
        self._call += 1
        seed = tf.random.experimental.stateless_fold_in(self._seed, self._call)
        return tf.random.stateless_uniform((self._count, *shape), seed, low, high)

    def choice(self, count: int) -> Any:
        """Return int32 numbers of shape (N,) in [0, count)."""
        return tf.cast(self.uniform((), 0, count), tf.int32)
