"""Accuracy of a network during training, on held-out images and on sets for reporting only."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.cut.batches import batch_size
from core.data.dataset import Dataset
from core.monitor import Monitor
from core.records import Share
from core.refit.images.occlusion import occlude
from core.refit.records import RefitSettings
from core.refit.watched_images import WatchedImages
from core.scale import Scale
from core.thread_pool import run_aside

ANSWER_BATCH_SIZE = 128
COVERED_COUNT = 4  # patch patterns evaluated per held-out image

IndexArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Watched:
    """Sets that are evaluated after each epoch and not used to choose an epoch.

    Attributes:
        test: clean test images; None if not loaded.
        poisoned: images with the trigger, labelled as the target.
        images: a few images whose answers are told; None if there are none, or none yet.
    """

    test: Dataset | None = None
    poisoned: tuple[Dataset, ...] = ()
    images: WatchedImages | None = None


class Meter:
    """Measures the accuracy of a network while its weights change.

    Args:
        model: the network; each measurement uses its current weights.
        validation: clean images.
        held_out: rows of the held-out images, shape (m,), int64.
        watched: further sets.
        scale: the pixel range the network expects.
        settings: the refit settings; used for occlusion and the seed.

    Attributes:
        images: the images whose answers are told; None for none.
    """

    def __init__(
        self,
        model: keras.Model,
        validation: Dataset,
        held_out: IndexArray,
        watched: Watched,
        *,
        scale: Scale,
        settings: RefitSettings,
    ) -> None:
        self._validation, self._held_out, self._watched, self._scale = validation, held_out, watched, scale
        self.images = watched.images
        self._batch_size = batch_size(model.layers, most=ANSWER_BATCH_SIZE)
        self._seed = settings.seed
        occlusion = settings.occlusion if settings.corruption is None else settings.corruption.occlusion
        self._is_occluding = occlusion is not None
        shape = tf.TensorSpec((None, *validation.image_shape), tf.float32)
        self._answer = tf.function(
            lambda pixels: tf.argmax(model(pixels, training=False), axis=-1), input_signature=[shape], autograph=False
        )
        if occlusion is not None:

            def answer_occluded(pixels: Any, seed: Any) -> Any:
                seen, _ = occlude(pixels, occlusion=occlusion, scale=scale, seed=seed, share=1.0)
                return tf.argmax(model(seen, training=False), axis=-1)

            signature = [shape, tf.TensorSpec((2,), tf.int32)]
            self._answer_occluded = tf.function(answer_occluded, input_signature=signature, autograph=False)

    def measure(self, monitor: Monitor) -> tuple[Share, Share | None, Share | None, tuple[Share, ...]]:
        """Return clean accuracy (held-out, held-out under patches, test) and each poisoned set's attack success."""
        test = self._watched.test
        return (
            self._share(self._validation, self._held_out, monitor),
            self._share_occluded(monitor) if self._is_occluding else None,
            self._share(test, np.arange(test.image_count), monitor) if test else None,
            tuple(self._share(each, np.arange(each.image_count), monitor) for each in self._watched.poisoned),
        )

    def image_labels(self) -> tuple[int, ...]:
        """Return the answers to `images`; empty if there are none. They are few: this does not stop."""
        if self.images is None:
            return ()
        return tuple(int(each) for each in self._answer(self.images.pixels).numpy())

    def _share(self, dataset: Dataset, rows: IndexArray, monitor: Monitor) -> Share:
        count = 0
        for chosen, pixels in self._batches(dataset, rows):
            answer: Any = run_aside(partial(self._answer, pixels), while_waiting=monitor.stop_if_asked)
            count += int((answer.numpy() == dataset.labels[chosen]).sum())
        return Share(count, len(rows))

    def _share_occluded(self, monitor: Monitor) -> Share:
        """Measure under the same patches each time, so that epochs can be compared."""
        count = 0
        for number, (chosen, pixels) in enumerate(self._batches(self._validation, self._held_out)):
            for pattern in range(COVERED_COUNT):
                seed = tf.constant([self._seed, -1 - number * COVERED_COUNT - pattern], tf.int32)
                answer: Any = run_aside(
                    partial(self._answer_occluded, pixels, seed), while_waiting=monitor.stop_if_asked
                )
                count += int((answer.numpy() == self._validation.labels[chosen]).sum())
        return Share(count, COVERED_COUNT * len(self._held_out))

    def _batches(self, dataset: Dataset, rows: IndexArray) -> Any:
        for start in range(0, len(rows), self._batch_size):
            chosen = rows[start : start + self._batch_size]
            yield chosen, dataset.rows(chosen, scale=self._scale)
