"""Blends pictures with clean ones, asks the network, and measures how sure and how stable its answers are."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.cut.cut import compiled
from core.data.dataset import Dataset
from core.detect.strip.records import BlendedAnswers, joined_answers, lack_of_pictures
from core.errors import DetectorError
from core.monitor import Monitor
from core.network.network import Network
from core.scale import Scale

FloatArray = NDArray[np.float32]

BLEND_COUNT = 64
CLEAN_COUNT = 100
STAGE = "Blending with clean pictures"


@dataclass(frozen=True, eq=False)
class Blender:
    """Asks a network about pictures that are blended with clean ones: STRIP.

    A picture x is blended with each of N clean pictures b, whose mean is m: clip(x + b - m, 0, 255) in pixels, so that
    the blends are on average the picture itself. With the answers p (K probabilities) for the N blends, the figures of
    the picture are

    - the mean over the blends of the entropy -Σ p log2 p, in bits, and
    - the number of blends that are answered as the picture alone.

    A trigger that works in every picture also works in most of the blends: the entropy is then low, and most blends
    keep the answer. The same figures of clean pictures, held out from the N, say what is usual.

    Attributes:
        network: the network; not changed.
        scale: the pixel range the network expects.
        dataset: clean pictures.
        seed: seed of the draw of the clean pictures.
        most_blends: the largest N; of fewer than twice as many clean pictures, half.
        most_clean: the most clean pictures that the figures are compared with.

    Raises:
        DetectorError: `few-images`, or `repaired-already` for a network G, which gives no probabilities.

    Source:
        Gao, Xu, Wang, Chen, Ranasinghe, Nepal, "STRIP: A Defence Against Trojan Attacks on Deep Neural Networks", ACSAC
        2019, section 4, equations 2 to 4: the entropy of a blend's answer, their sum, and the sum divided by N, the
        "normalized entropy". The published code adds the two pictures as the network reads them (`cv2.addWeighted` with
        weights 1 and 1). For standardized pixels, whose mean is 0, that is x + b - m, but m is one number there, the
        mean pixel, and nothing is clipped. Bytes are added without m, which leaves bright pictures white: see ADR 26.
        The number of kept answers is not in the paper.
    """

    network: Network
    scale: Scale
    dataset: Dataset
    seed: int = 0
    most_blends: int = BLEND_COUNT
    most_clean: int = CLEAN_COUNT
    _order: NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.network.summary.is_repaired:
            raise DetectorError(
                "STRIP measures how sure a network's answers are, and a repaired network G gives no probabilities: use "
                "the network it was made from",
                code="repaired-already",
            )
        count = self.dataset.image_count
        lack = lack_of_pictures(self.dataset.name, count)
        if lack:
            raise DetectorError(lack, code="few-images")
        object.__setattr__(self, "_order", np.random.default_rng([self.seed, 26]).permutation(count))

    @property
    def blend_count(self) -> int:
        """N, the number of clean pictures that each picture is blended with."""
        return min(self.most_blends, self.dataset.image_count // 2)

    @property
    def clean_count(self) -> int:
        """The number of clean pictures, held out from the N, that the figures are compared with."""
        return min(self.most_clean, self.dataset.image_count - self.blend_count)

    @property
    def pictures_at_once(self) -> int:
        """The number of pictures whose blends fit in one batch; 1 if those of one need several."""
        return max(1, self.network.batch_size // self.blend_count)

    @cached_property
    def blends(self) -> FloatArray:
        """The N clean pictures as the network reads them, shape (N, H, W, C), float32."""
        return self._read(self.dataset, self._order[: self.blend_count])

    @cached_property
    def differences(self) -> FloatArray:
        """The N clean pictures less their mean, b - m, as the network reads them, shape (N, H, W, C), float32."""
        return self.blends - self.blends.mean(axis=0, dtype=np.float64).astype(np.float32)

    def clean(self, start: int = 0, stop: int | None = None) -> FloatArray:
        """Return clean pictures held out from the N, as the network reads them: (n, H, W, C), float32.

        Args:
            start: the first one of `clean_count`.
            stop: one after the last; None for all.
        """
        held_out = self._order[self.blend_count :][: self.clean_count]
        return self._read(self.dataset, held_out[start:stop])

    def triggered(self, poisoned: Dataset, start: int = 0, stop: int = CLEAN_COUNT) -> FloatArray:
        """Return pictures of a poisoned set, drawn by seed, as the network reads them: (n, H, W, C), float32.

        Args:
            poisoned: the set.
            start: the first one in the order of the draw.
            stop: one after the last.
        """
        rng = np.random.default_rng([self.seed, 27])
        return self._read(poisoned, rng.permutation(poisoned.image_count)[start:stop])

    def answers(self, pictures: FloatArray, monitor: Monitor) -> BlendedAnswers:
        """Blend pictures and return the figures of each.

        Args:
            pictures: as the network reads them, shape (n, H, W, C), float32.
            monitor: is asked after each batch, and can cancel.

        Raises:
            DetectorError: `no-answer`, if an output is no number.
            Cancelled: the job was cancelled.
        """
        count = self.blend_count
        at_once = self.pictures_at_once
        parts = []
        for start in range(0, len(pictures), at_once):
            monitor.checkpoint(STAGE, done_count=start, total_count=len(pictures))
            parts.append(self._part(pictures[start : start + at_once], monitor))
        monitor.checkpoint(STAGE, done_count=len(pictures), total_count=len(pictures))
        return joined_answers(parts, count)

    def _part(self, pictures: FloatArray, monitor: Monitor) -> BlendedAnswers:
        labels, _ = self.network.answer(pictures)
        row, blend = (each.ravel() for each in np.indices((len(pictures), self.blend_count)))
        blended_labels, entropies = np.empty(len(row), np.int64), np.empty(len(row))
        size = self.network.batch_size
        for start in range(0, len(row), size):
            monitor.stop_if_asked()
            part = slice(start, start + size)
            blended_labels[part], entropies[part] = self._judge(pictures[row[part]], self.differences[blend[part]])
        if not np.isfinite(entropies).all():
            name = self.network.summary.path.name
            raise DetectorError(f"'{name}' answers blended pictures with outputs that are no numbers", code="no-answer")
        shape = (len(pictures), self.blend_count)
        return BlendedAnswers(
            labels,
            entropies.reshape(shape).mean(axis=1),
            (blended_labels.reshape(shape) == labels[:, np.newaxis]).sum(axis=1),
            self.blend_count,
        )

    @cached_property
    def _judge(self) -> Any:
        """A compiled function: pictures and differences (n, H, W, C) -> labels (n,), entropies (n,)."""
        model, gives_probabilities = self.network.model, self.network.graph.gives_probabilities()
        black, white = self.scale.black, self.scale.white
        if self.dataset.is_converted:  # what the network reads, in a range of its own
            black, white = (
                np.minimum(black, np.float32(self.dataset.pixel_minimum)),
                np.maximum(white, np.float32(self.dataset.pixel_maximum)),
            )

        def judge(pictures: Any, differences: Any) -> tuple[Any, Any]:
            outputs = model(tf.clip_by_value(pictures + differences, black, white), training=False)
            return tf.argmax(outputs, axis=-1), entropy(outputs, is_probability=gives_probabilities)

        images = tf.TensorSpec((None, *self.network.input_shape), tf.float32)
        return compiled(judge, images, images)

    def _read(self, dataset: Dataset, rows: NDArray[np.int64]) -> FloatArray:
        # Large files are read from the disk, and in ascending order.
        order = np.argsort(rows)
        images = np.empty((len(rows), *self.network.input_shape), np.float32)
        images[order] = dataset.rows(rows[order], scale=self.scale)
        return images


def entropy(outputs: Any, *, is_probability: bool) -> Any:
    """Return the entropy -Σ p log2 p of outputs (n, K), shape (n,), in bits, from 0 to log2 K.

    Args:
        outputs: probabilities, which are divided by their sum, or logits, of which the softmax is taken.
        is_probability: whether they are probabilities.
    """
    if is_probability:
        shares = tf.math.divide_no_nan(outputs, tf.reduce_sum(outputs, axis=-1, keepdims=True))
    else:
        shares = tf.nn.softmax(outputs)
    return -tf.reduce_sum(tf.math.xlogy(shares, shares), axis=-1) / np.log(2)
