"""Gradient ascent of a class's margin on pictures, in batches of (class, start)."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.detect.task import DetectionTask
from core.thread_pool import run_aside

STEP_SIZE = 0.05
"""Root mean square of a pixel's change in the first step, for pixels in [0, 1]; it falls to a tenth of that."""

LAST_STEP_SIZE = 0.1 * STEP_SIZE
MOMENTUM = 0.9


class MarginAscent:
    """Finds pictures in [0, 1] with a large margin z_c − max over k ≠ c of z_k of the logits z.

    A step moves along the gradient, divided by its root mean square, so that it does not depend on the scale of the
    network's weights or of its input.

    Args:
        task: the network.
        step_count: number of steps.
    """

    def __init__(self, task: DetectionTask, *, step_count: int) -> None:
        self._task = task
        self._step_count = step_count
        self._step = _compiled_step(task)

    def run(
        self,
        labels: NDArray[np.int64],
        *,
        fold: int,
        on_step: Callable[[int], None],
        while_waiting: Callable[[], None],
    ) -> NDArray[np.float64]:
        """Return the largest margin on the way for each label, shape (n,), float64.

        Args:
            labels: the classes, shape (n,), int64; a class may be repeated, its starts differ.
            fold: another number draws other starts.
            on_step: called with the number of finished steps; may raise `Cancelled`.
            while_waiting: called about every 20 ms; may raise `Cancelled`.
        """
        shape = (len(labels), *self._task.image_shape)
        pictures = tf.random.stateless_uniform(shape, (self._task.seed, fold))
        velocity = tf.zeros(shape)
        best = np.full(len(labels), -np.inf)
        classes = tf.constant(labels)
        for step in range(self._step_count + 1):
            on_step(step)
            size = tf.constant(STEP_SIZE + (LAST_STEP_SIZE - STEP_SIZE) * step / self._step_count)
            pictures, velocity, margins = run_aside(
                partial(self._step, pictures, velocity, classes, size), while_waiting=while_waiting
            )
            best = np.fmax(best, margins.numpy())
        return best


def margins_of(logits: Any, labels: Any) -> Any:
    """Return z_c − max over k ≠ c of z_k, shape (n,), float32.

    Args:
        logits: z, shape (n, K), float32.
        labels: c, shape (n,), int64.
    """
    wanted = tf.one_hot(labels, logits.shape[-1], dtype=logits.dtype)
    others = logits - wanted * (tf.reduce_max(logits) - tf.reduce_min(logits) + 1.0)
    return tf.reduce_sum(wanted * logits, axis=-1) - tf.reduce_max(others, axis=-1)


def _compiled_step(task: DetectionTask) -> Any:
    images = tf.TensorSpec((None, *task.image_shape), tf.float32)
    signature = [images, images, tf.TensorSpec((None,), tf.int64), tf.TensorSpec((), tf.float32)]

    @tf.function(input_signature=signature, autograph=False)  # type: ignore[untyped-decorator]
    def step(pictures: Any, velocity: Any, labels: Any, size: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(pictures)
            margins = margins_of(task.logits(pictures), labels)
            total = tf.reduce_sum(margins)
        gradient = tape.gradient(total, pictures)
        gradient = tf.where(tf.math.is_finite(gradient), gradient, tf.zeros_like(gradient))
        velocity = MOMENTUM * velocity + (1 - MOMENTUM) * _normalized(gradient)
        moved = tf.clip_by_value(pictures + size * _normalized(velocity), 0.0, 1.0)
        return moved, velocity, margins

    return step


def _normalized(values: Any) -> Any:
    """Divide each image's values by their root mean square; zeros stay."""
    square = tf.reduce_mean(tf.square(values), axis=[1, 2, 3], keepdims=True)
    return values * tf.math.rsqrt(tf.maximum(square, 1e-30))
