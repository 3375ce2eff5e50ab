"""Trigger inversion in feature space, by decoupling benign features (BTI-DBF).

Source:
    Xiong Xu et al.: Towards Reliable and Efficient Backdoor Trigger Inversion via Decoupling Benign Features,
    ICLR 2024, section 4. With F the features that the last layer reads, C that layer, L the cross-entropy, ⊙ feature by
    feature:

        mask:       min over m in [0, 1]ⁿ of  L(y, C(m ⊙ F(x))) − L(y, C((1 − m) ⊙ F(x)))               (equation 4)
        generator:  min over G of             |m ⊙ (F(x) − F(G(x)))|² − |(1 − m) ⊙ (F(x) − F(G(x)))|²   (equation 5)
                    with                      |x − G(x)| at most a bound

    Differences: the differences of the features are divided by the features' own deviation, so that the layers' scale
    does not matter; the bound is kept by construction, as a root mean square; the generator gets a learned map beside
    the image, so that it can draw at a place as well as change what is there; the second term's logarithm is taken, so
    that it neither vanishes nor outgrows the first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.detect.detectors.feature_inversion import (
    GENERATOR_STEPS,
    IMAGES_PER_STEP,
    LARGEST_CHANGE,
    MASK_STEPS,
    MEASURED_COUNT,
    POOL_COUNT,
)
from core.detect.records import FloatArray
from core.detect.task import DetectionTask
from core.errors import DetectorError
from core.network.losses import apply_gradients
from core.thread_pool import run_aside

MASK_RATE = 0.2
GENERATOR_RATE = 0.005

_WIDTH = 16
_MAP_CHANNELS = 4
BENIGN_WEIGHT = 0.1

IndexArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Decoupled:
    """What the generator does.

    Attributes:
        answers: the network's answers on the images with the generated trigger, shape (n,), int64.
        before: its answers on the images as they are, shape (n,), int64.
        labels: the images' labels, -1 where they are not known, shape (n,), int64.
        images: the first images with the trigger, shape (up to 8, H, W, C), float32 in [0, 1].
        change: the mean root mean square of the change.
        benign_share: the share of the features that the mask calls benign.
    """

    answers: IndexArray
    before: IndexArray
    labels: IndexArray
    images: FloatArray
    change: float
    benign_share: float


class Decoupling:
    """Finds the benign features and trains the generator.

    Args:
        task: the network and clean images.

    Raises:
        DetectorError: the network does not end in a dense layer that reads features.
    """

    def __init__(self, task: DetectionTask) -> None:
        self._task = task
        self._features, self._kernel, self._bias = _last_layer(task)
        self._generator = _Generator(task.image_shape, task.seed)

    def run(self, *, on_step: Callable[[int, int], None], while_waiting: Callable[[], None]) -> Decoupled:
        """Find the mask, train the generator, and measure it on other images.

        Args:
            on_step: called with the number of finished and of all steps; may raise `Cancelled`.
            while_waiting: called about every 20 ms; may raise `Cancelled`.
        """
        images, labels = self._task.images(POOL_COUNT)
        features, before = self._in_batches(images, while_waiting)
        wanted = np.where(labels >= 0, labels, before)
        mask = self._benign_mask(features, wanted, on_step, while_waiting)
        deviation = np.maximum(features.std(axis=0), 0.1 * features.std() + 1e-6).astype(np.float32)
        self._train(images, features, (mask, deviation), on_step, while_waiting)
        others, other_labels = self._task.images(MEASURED_COUNT, fold=1)
        changed = self._apply(others, while_waiting)
        _, answers = self._in_batches(changed, while_waiting)
        _, others_before = self._in_batches(others, while_waiting)
        change = np.sqrt(np.square(changed - others).mean(axis=(1, 2, 3))).mean()
        return Decoupled(answers, others_before, other_labels, changed[:8], float(change), float(mask.mean()))

    def _in_batches(self, images: FloatArray, while_waiting: Callable[[], None]) -> tuple[FloatArray, IndexArray]:
        """Return the features (n, F) and the answers (n,) of images."""
        parts = []
        for first in range(0, len(images), self._task.batch_size):
            part = images[first : first + self._task.batch_size]
            parts.append(run_aside(partial(self._read, part), while_waiting=while_waiting).numpy())
        features = np.concatenate(parts)
        return features, (features @ self._kernel + self._bias).argmax(axis=-1)

    def _read(self, images: Any) -> Any:
        return self._features(self._task.as_read(images))

    def _benign_mask(
        self,
        features: FloatArray,
        labels: IndexArray,
        on_step: Callable[[int, int], None],
        while_waiting: Callable[[], None],
    ) -> FloatArray:
        """Return the mask m, shape (F,), float32 in [0, 1]: equation 4 by gradient descent.

        The steps are as long for every network: the largest element of each is `MASK_RATE`. Features that make no
        difference stay near 1/2, which counts as 0 at the end: they are as free to change as those that do harm.
        """

        @tf.function(autograph=False)  # type: ignore[untyped-decorator]
        def step(raw: Any) -> Any:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(raw)
                mask = tf.sigmoid(raw)
                kept, rest = (self._loss(features * each, labels) for each in (mask, 1 - mask))
                # The second loss has no upper bound: past that of a guess nothing more is to be gained.
                loss = kept - tf.minimum(rest, float(np.log(self._task.network.class_count)))
            gradient = tape.gradient(loss, raw)
            gradient = tf.where(tf.math.is_finite(gradient), gradient, tf.zeros_like(gradient))
            return raw - MASK_RATE * gradient / tf.maximum(tf.reduce_max(tf.abs(gradient)), 1e-30)

        raw = tf.zeros(features.shape[1])
        for number in range(MASK_STEPS):
            on_step(number, MASK_STEPS + GENERATOR_STEPS)
            raw = run_aside(partial(step, raw), while_waiting=while_waiting)
        return np.maximum(2 / (1 + np.exp(-raw.numpy().clip(-30, 30))) - 1, 0).astype(np.float32)

    def _loss(self, features: Any, labels: IndexArray) -> Any:
        logits = tf.matmul(features, self._kernel) + self._bias
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))

    def _train(
        self,
        images: FloatArray,
        features: FloatArray,
        scaled_masks: tuple[FloatArray, FloatArray],
        on_step: Callable[[int, int], None],
        while_waiting: Callable[[], None],
    ) -> None:
        """Train the generator: equation 5."""
        mask, deviation = scaled_masks
        adam = keras.optimizers.Adam(GENERATOR_RATE)
        adam.build(self._generator.variables)
        count = max(1, min(IMAGES_PER_STEP, len(images), self._task.batch_size))

        @tf.function(reduce_retracing=True, autograph=False)  # type: ignore[untyped-decorator]
        def step(some: Any, before: Any) -> None:
            with tf.GradientTape() as tape:
                change = tf.square((self._read(self._generator.apply(some)) - before) / deviation)
                benign = tf.reduce_sum(mask * change, axis=1) / max(float(mask.sum()), 1e-3)
                other = tf.reduce_sum((1 - mask) * change, axis=1) / max(float((1 - mask).sum()), 1e-3)
                loss = tf.reduce_mean(BENIGN_WEIGHT * benign - tf.math.log(other + 1e-6))
            values = [each.value for each in self._generator.variables]
            gradients = [
                tf.where(tf.math.is_finite(each), each, tf.zeros_like(each)) for each in tape.gradient(loss, values)
            ]
            apply_gradients(adam, gradients, self._generator.variables)

        rng = np.random.default_rng(self._task.seed)
        for number in range(GENERATOR_STEPS):
            on_step(MASK_STEPS + number, MASK_STEPS + GENERATOR_STEPS)
            rows = rng.choice(len(images), count, replace=False)
            run_aside(partial(step, images[rows], features[rows]), while_waiting=while_waiting)

    def _apply(self, images: FloatArray, while_waiting: Callable[[], None]) -> FloatArray:
        parts = []
        for first in range(0, len(images), self._task.batch_size):
            part = images[first : first + self._task.batch_size]
            parts.append(run_aside(partial(self._generator.apply, part), while_waiting=while_waiting).numpy())
        return np.concatenate(parts)


class _Generator:
    """Changes images: two convolutions at full size and two at half, over the image and a learned map.

    The change is scaled so that its root mean square is at most `LARGEST_CHANGE`.
    """

    def __init__(self, image_shape: tuple[int, int, int], seed: int) -> None:
        height, width, channel_count = image_shape
        inside = channel_count + _MAP_CHANNELS
        rng = np.random.default_rng([seed, 2])

        def kernel(size: int, read: int, made: int) -> keras.Variable:
            deviation = np.sqrt(2 / (size * size * read))
            return keras.Variable(rng.normal(0, deviation, (size, size, read, made)).astype(np.float32))

        self._map = keras.Variable(rng.normal(0, 0.3, (1, height, width, _MAP_CHANNELS)).astype(np.float32))
        self._kernels = [
            kernel(3, inside, _WIDTH),
            kernel(3, _WIDTH, _WIDTH),
            kernel(3, _WIDTH, _WIDTH),
            kernel(3, 2 * _WIDTH, channel_count),
        ]
        self.variables = [self._map, *self._kernels]
        self._size = (height, width)

    def apply(self, images: Any) -> Any:
        """Return the changed images, (n, H, W, C) float32 in [0, 1]."""
        where = tf.repeat(self._map.value, tf.shape(images)[0], axis=0)
        fine = tf.nn.relu(_convolved(tf.concat([images - 0.5, where], axis=-1), self._kernels[0], 1))
        coarse = tf.nn.relu(_convolved(fine, self._kernels[1], 2))
        coarse = tf.nn.relu(_convolved(coarse, self._kernels[2], 1))
        wide = tf.image.resize(coarse, self._size)
        change = tf.tanh(_convolved(tf.concat([fine, wide], axis=-1), self._kernels[3], 1))
        size = tf.sqrt(tf.reduce_mean(tf.square(change), axis=[1, 2, 3], keepdims=True) + 1e-8)
        return tf.clip_by_value(images + change * tf.minimum(1.0, LARGEST_CHANGE / size), 0.0, 1.0)


def _convolved(values: Any, kernel: keras.Variable, stride: int) -> Any:
    return tf.nn.conv2d(values, kernel.value, strides=stride, padding="SAME")


def _last_layer(task: DetectionTask) -> tuple[Any, FloatArray, FloatArray]:
    """Return the network up to the last dense layer, and that layer's kernel and bias."""
    model = task.network.model
    last = model.outputs[0]._keras_history.operation
    while isinstance(last, keras.layers.Activation | keras.layers.Softmax | keras.layers.Dropout):
        last = last.input._keras_history.operation
    if not isinstance(last, keras.layers.Dense) or len(last.input.shape) != 2:
        raise DetectorError(
            f"no dense layer that reads features computes the outputs, but '{last.name}'", code="no-features"
        )
    kernel = np.asarray(last.kernel, dtype=np.float32)
    bias = np.asarray(last.bias, np.float32) if last.use_bias else np.zeros(kernel.shape[1], np.float32)
    before = keras.Model(model.inputs[0], last.input)
    return lambda pixels: before(pixels, training=False), kernel, bias
