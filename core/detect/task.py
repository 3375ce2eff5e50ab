"""The task of the detectors: a network, clean images, and what was found before."""

import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.cut.batches import training_batch_size
from core.data.dataset import Dataset
from core.detect.records import ClassScores
from core.network.losses import make_logits
from core.network.network import Network
from core.records import Share
from core.scale import WHITE, Scale

FloatArray = NDArray[np.float32]
IndexArray = NDArray[np.int64]

MOST_IMAGES_AT_ONCE = 256
LEAST_EXAMINED = 16
"""Number of classes that are examined at least, if the network has as many."""

TRIED_COUNT = 64
"""Number of clean images whose answers must be finite numbers."""

_TIMED_IMAGES = 64
_TIMED_RUNS = 3


@dataclass(frozen=True, eq=False)
class DetectionTask:
    """One examination of one network.

    Attributes:
        network: the network; not changed.
        scale: the pixel range the network expects.
        dataset: clean images; None if there are none.
        has_labels: whether the labels of `dataset` are the true ones.
        seed: seed of all random numbers.
        found: what other detectors found before, in the order in which they ran.
        wanted: the classes to examine; None examines all. Further classes join them, see `classes`.
    """

    network: Network
    scale: Scale
    dataset: Dataset | None = None
    has_labels: bool = True
    seed: int = 0
    found: tuple[ClassScores, ...] = ()
    wanted: tuple[int, ...] | None = None

    @property
    def image_count(self) -> int:
        """The number of clean images."""
        return 0 if self.dataset is None else len(self.dataset.labels)

    @property
    def classes(self) -> IndexArray:
        """The classes to examine, ascending, int64.

        A class is compared with others of the same network: random ones join those that are wanted, until there are
        `LEAST_EXAMINED`.
        """
        every = np.arange(self.network.class_count)
        if self.wanted is None:
            return every
        wanted = np.unique(np.asarray(self.wanted, dtype=np.int64))
        rng = np.random.default_rng([self.seed, len(every)])
        others = rng.permutation(np.setdiff1d(every, wanted))
        return np.sort(np.concatenate([wanted, others[: max(0, LEAST_EXAMINED - len(wanted))]]))

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Shape (H, W, C) of an image."""
        return self.network.input_shape

    @cached_property
    def batch_size(self) -> int:
        """Number of images that go forward and back at once, by what an image takes in this network."""
        return training_batch_size(self.network.model.layers, wanted=MOST_IMAGES_AT_ONCE)

    @cached_property
    def logits(self) -> Any:
        """A function: images u (n, H, W, C) float32 in [0, 1], channels in the order of files -> logits (n, K)."""
        outputs = make_logits(self.network.model)
        return lambda unit_images: outputs(self.as_read(unit_images), False)

    def as_read(self, unit_images: Any) -> Any:
        """Return what the network reads for images (n, H, W, C) in [0, 1], channels in the order of files."""
        mean, deviation = (np.array(each, np.float32) for each in (self.scale.mean, self.scale.deviation))
        pixels = WHITE * (tf.reverse(unit_images, [-1]) if self.scale.is_bgr else unit_images)
        return (pixels - mean) / deviation

    def rows(self, count: int, *, fold: int = 0) -> IndexArray:
        """Draw rows of the clean images, as evenly over the labels as they allow; the same for the same seed.

        Args:
            count: the most to draw.
            fold: another number draws others.

        Returns:
            Shape (n,), int64, ascending.
        """
        assert self.dataset is not None
        rng = np.random.default_rng([self.seed, fold])
        labels = np.asarray(self.dataset.labels)
        order = rng.permutation(len(labels))
        if self.has_labels:
            # Every label's first image, then every label's second, and so on.
            turn = np.empty(len(labels), np.int64)
            seen: dict[int, int] = {}
            for row in order:
                label = int(labels[row])
                turn[row] = seen[label] = seen.get(label, -1) + 1
            order = order[np.argsort(turn[order], kind="stable")]
        return np.sort(order[:count])

    def images(self, count: int, *, fold: int = 0) -> tuple[FloatArray, IndexArray]:
        """Draw clean images, see `rows`.

        Returns:
            Images, shape (n, H, W, C), float32 in [0, 1], channels in the order of files, and their labels, shape (n,),
            int64, -1 where they are not known.
        """
        assert self.dataset is not None
        rows = self.rows(count, fold=fold)
        drawn = self.unit_images(rows)
        return drawn, np.asarray(self.dataset.labels)[rows] if self.has_labels else np.full(len(rows), -1)

    def unit_images(self, rows: IndexArray) -> FloatArray:
        """Return some of the clean images; values that a file holds as the network reads them become pixels again.

        Returns:
            Shape (n, H, W, C), float32 in [0, 1], channels in the order of files.
        """
        assert self.dataset is not None
        drawn = self.dataset.rows(rows, scale=Scale.UNIT)
        if self.dataset.is_converted:
            drawn = np.clip(self.scale.pixels(drawn) / WHITE, 0, 1).astype(np.float32)
        return drawn

    def check_answers(self) -> tuple[bool, Share | None]:
        """Ask the network for the classes of some of the clean images, up to `TRIED_COUNT`.

        Returns:
            Whether all its answers are finite numbers, and how many are right; None without labels.
        """
        images, labels = self.images(TRIED_COUNT)
        parts = [images[first : first + self.batch_size] for first in range(0, len(images), self.batch_size)]
        logits = np.concatenate([np.asarray(self.logits(part)) for part in parts])
        right = Share(int((logits.argmax(axis=-1) == labels).sum()), len(labels)) if self.has_labels else None
        return bool(np.isfinite(logits).all()), right

    @cached_property
    def seconds_taken(self) -> tuple[float, float]:
        """Seconds until a step forward and back is compiled, and seconds of one image in it, on random images."""
        images = tf.random.stateless_uniform((min(_TIMED_IMAGES, self.batch_size), *self.image_shape), (self.seed, 1))

        @tf.function(autograph=False)  # type: ignore[untyped-decorator]
        def step(unit_images: Any) -> Any:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(unit_images)
                total = tf.reduce_sum(self.logits(unit_images)[:, 0])
            return tape.gradient(total, unit_images)

        begin_s = time.perf_counter()
        step(images)
        compiled_s = time.perf_counter()
        for _ in range(_TIMED_RUNS):
            step(images)
        return compiled_s - begin_s, (time.perf_counter() - compiled_s) / (_TIMED_RUNS * len(images))

    def with_found(self, scores: ClassScores) -> "DetectionTask":
        """Return the same task with a further detector's scores; what was measured of the network is kept."""
        made = replace(self, found=(*self.found, scores))
        for name in ("logits", "seconds_taken", "batch_size"):
            if name in self.__dict__:
                made.__dict__[name] = self.__dict__[name]
        return made

    def shortlist(self, count: int, *, null_count: int) -> tuple[IndexArray, IndexArray]:
        """Choose the classes that a costly detector examines.

        The shortlist takes turns among the detectors that ran before: each one's most suspicious class, then each
        one's second, and so on. The null is drawn at random from the rest.

        Args:
            count: length of the shortlist.
            null_count: number of further classes.

        Returns:
            The shortlist, most suspicious first, and the classes of the null; all classes are in the shortlist if there
            are no more than `count + null_count`.
        """
        classes = self.classes
        if len(classes) <= count + null_count:
            return classes, np.empty(0, np.int64)
        rankings = [each.ranked for each in self.found if len(each.examined)]
        chosen: list[int] = []
        for place in range(len(classes)):
            for ranking in rankings:
                if place < len(ranking) and ranking[place] in classes and ranking[place] not in chosen:
                    chosen.append(int(ranking[place]))
            if len(chosen) >= count:
                break
        rng = np.random.default_rng([self.seed, len(classes)])
        rest = rng.permutation(np.setdiff1d(classes, chosen[:count]))
        chosen = [*chosen[:count], *rest[: max(0, count - len(chosen))].tolist()]
        return np.asarray(chosen, np.int64), np.sort(np.setdiff1d(rest, chosen)[:null_count])


def answers_of(logits: Any) -> Any:
    """Return the classes that logits (n, K) answer, shape (n,), int64; -1 where a logit is no finite number."""
    is_finite = tf.reduce_all(tf.math.is_finite(logits), axis=-1)
    return tf.where(is_finite, tf.argmax(logits, axis=-1), tf.constant(-1, tf.int64))
