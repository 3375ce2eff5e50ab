"""Search of upper bounds on activations: as low as the answers to clean images permit.

Source:
    Hang Wang, Zhen Xiang, David J. Miller, George Kesidis: MM-BD: Post-Training Detection of Backdoor Attacks with
    Arbitrary Backdoor Pattern Types Using a Maximum Margin Statistic, IEEE S&P 2024, section on mitigation (MM-BM), and
    the authors' published code. With f the logits, z the bounds of all layers and X clean images that B answers right:

        min over z of  mean over x in X of ‖f(x; z) − f(x)‖²  +  λ Σ over layers of ‖z‖₂

    λ rises while enough images keep their answers, and falls while too few do.

    It differs from theirs: all rectified layers are bounded, from each channel's largest activation on clean images
    down; both terms are divided by their size at the start, so that neither the pixel range nor the size of the logits
    matters; λ changes after each epoch; and the lowest bounds that keep enough answers are taken, not the last ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.cut.batches import batch_size, training_batch_size
from core.data.dataset import Dataset
from core.errors import DatasetError, LayerError
from core.monitor import Monitor
from core.network.losses import apply_gradients, make_logits
from core.network.network import FloatArray, Network
from core.network.rebuild import name_maker
from core.repair.bounds.bounded_network import insert_behind, rectified_layers
from core.scale import Scale
from core.thread_pool import run_aside

STAGE = "Bounding activations"
IMAGE_COUNT = 2000  # the most images that bounds are searched on
EPOCH_COUNT = 40
BATCH_SIZE = 128
LEARNING_RATE = 0.02
FIRST_WEIGHT, FACTOR = 0.02, 1.3  # λ at the start, and by how much it changes after an epoch

IndexArray = NDArray[np.int64]


def find_bounds(
    network: Network,
    validation: Dataset,
    rows: IndexArray,
    *,
    drop: float,
    seed: int,
    scale: Scale,
    monitor: Monitor,
) -> dict[str, FloatArray]:
    """Search the lowest bounds of activations that keep the answers to clean images.

    The same arguments give the same bounds on the same machine. No weight is changed.

    Args:
        network: B; not changed.
        validation: clean images with their true labels.
        rows: indices of the images to look at, shape (n,), int64; of more than `IMAGE_COUNT` that many.
        drop: the drop of accuracy that is allowed on the images that are looked at, in (0, 1).
        seed: seed of the choice of images and of their order.
        scale: the pixel range the network expects.
        monitor: receives progress, and can cancel.

    Returns:
        By rectified layer, the upper bounds of its channels, shape (C,), float32, at least 0.

    Raises:
        LayerError: no layer of the network is rectified.
        DatasetError: the drop is not in (0, 1), or B predicts none of the images as its label.
        Cancelled: the job was cancelled.
    """
    if not 0 < drop < 1:
        raise DatasetError(
            f"the allowed loss of bounds must lie in (0, 1), such as 0.02 for 2 points, got {drop:g}",
            code="repair-setting",
        )
    names = rectified_layers(network.graph)
    if not names:
        raise LayerError(
            f"'{network.summary.path.name}' has no layer with a ReLU whose activations can be bounded: choose another "
            f"method.",
            code="nothing-to-bound",
        )
    rng = np.random.default_rng([seed, 0xB0])
    chosen = np.sort(rng.permutation(rows)[:IMAGE_COUNT])
    clean = _look(network, names, _Images(validation, chosen, scale), monitor)
    bounded = run_aside(partial(_Bounded, network, names, clean), while_waiting=monitor.stop_if_asked)
    count = clean.images.count
    size = min(training_batch_size(network.model.layers, wanted=BATCH_SIZE), count)
    best, smallest, weight = bounded.bounds, 1.0, FIRST_WEIGHT
    for epoch in range(EPOCH_COUNT):
        is_at = partial(monitor.checkpoint, STAGE, done_count=epoch, total_count=EPOCH_COUNT)
        order = rng.permutation(count)
        for start in range(0, count - size + 1, size):
            is_at()
            places = order[start : start + size]
            task = partial(bounded.step, clean.images.at(places), clean.logits[places], weight)
            run_aside(task, while_waiting=monitor.stop_if_asked)
        kept = 0
        for start in range(0, count, bounded.batch_size):
            is_at()
            places = np.arange(start, min(start + bounded.batch_size, count))
            answering = partial(bounded.answers, clean.images.at(places))
            answers = run_aside(answering, while_waiting=monitor.stop_if_asked)
            kept += int((answers == clean.logits[places].argmax(axis=1)).sum())
        is_enough = kept / count >= 1 - drop / clean.accuracy
        if is_enough and bounded.size < smallest:
            best, smallest = bounded.bounds, bounded.size
        weight = weight * FACTOR if is_enough else weight / FACTOR
    monitor.checkpoint(STAGE, done_count=EPOCH_COUNT, total_count=EPOCH_COUNT)
    return best


@dataclass(frozen=True, slots=True, eq=False)
class _Images:
    """Some images of a set, as the network reads them."""

    dataset: Dataset
    rows: IndexArray
    scale: Scale

    @property
    def count(self) -> int:
        return len(self.rows)

    def at(self, places: IndexArray) -> FloatArray:
        """Return images by their places in `rows`, shape (n, H, W, C), float32."""
        return self.dataset.rows(self.rows[places], scale=self.scale)


@dataclass(frozen=True, slots=True, eq=False)
class _Clean:
    """What B makes of the images that it answers right.

    Attributes:
        images: these images.
        logits: shape (n, K), float32.
        largest: by layer, the largest activation of each channel, shape (C,), float32.
        accuracy: the share of all images that was answered right, (0, 1].
    """

    images: _Images
    logits: FloatArray
    largest: tuple[FloatArray, ...]
    accuracy: float


def _look(network: Network, names: Sequence[str], images: _Images, monitor: Monitor) -> _Clean:
    """Compute B's logits and largest activations."""
    outputs = keras.Model(network.model.inputs[0], [network.graph.layers[name].output for name in names])
    logits_of = make_logits(network.model)

    @tf.function(autograph=False, reduce_retracing=True)  # type: ignore[untyped-decorator]
    def look(pixels: Any) -> tuple[Any, list[Any]]:
        found = tf.nest.flatten(outputs(pixels, training=False))
        return logits_of(pixels, False), [tf.reduce_max(each, axis=range(1, len(each.shape) - 1)) for each in found]

    step = batch_size(network.model.layers)
    logits, largest = [], []
    for start in range(0, images.count, step):
        monitor.checkpoint(STAGE)
        pixels = images.at(np.arange(start, min(start + step, images.count)))
        some, tops = run_aside(partial(look, pixels), while_waiting=monitor.stop_if_asked)
        logits.append(some.numpy())
        largest.append([each.numpy() for each in tops])
    every = np.concatenate(logits)
    is_right = every.argmax(axis=1) == images.dataset.labels[images.rows]
    if not is_right.any():
        raise DatasetError(
            "the network predicts none of the clean validation images as its label, so no bound can be found.",
            code="nothing-right",
        )
    tops = tuple(np.concatenate([part[place] for part in largest])[is_right].max(axis=0) for place in range(len(names)))
    return _Clean(
        _Images(images.dataset, images.rows[is_right], images.scale), every[is_right], tops, float(is_right.mean())
    )


class _Bound(keras.layers.Layer):
    """The smaller of an input and a bound for each channel, which is trained as a share of the layer's largest one."""

    def __init__(self, largest: FloatArray, **words: Any) -> None:
        super().__init__(**words)
        self._unit = float(largest.max()) or 1.0
        self._start = largest / self._unit

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the bounds."""
        self.share = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="share")
        self.share.assign(self._start)

    def call(self, inputs: Any) -> Any:
        """Return the smaller."""
        return tf.minimum(inputs, self._unit * self.share.value)

    @property
    def bound(self) -> FloatArray:
        """The bounds, shape (C,), float32."""
        value: FloatArray = self._unit * self.share.numpy()
        return value


class _Bounded:
    """A copy of B with bounds that are trained."""

    def __init__(self, network: Network, names: Sequence[str], clean: _Clean) -> None:
        free = name_maker(set(network.graph.layers))
        self._layers = {
            name: _Bound(largest, name=free(f"{name}_bound"))
            for name, largest in zip(names, clean.largest, strict=True)
        }
        self._model = insert_behind(network, dict(self._layers))
        self.batch_size = batch_size(network.model.layers)
        logits_of = make_logits(self._model)
        shares = [each.share for each in self._layers.values()]
        norms = sum(float(tf.norm(each.value)) for each in shares) or 1.0
        centred = clean.logits - clean.logits.mean(axis=1, keepdims=True)
        spread = float(np.square(centred).mean()) or 1.0
        optimizer = keras.optimizers.Adam(LEARNING_RATE)
        optimizer.build(shares)
        self._size = tf.Variable(1.0)

        @tf.function(autograph=False, reduce_retracing=True)  # type: ignore[untyped-decorator]
        def step(pixels: Any, wanted: Any, weight: Any) -> None:
            values = [each.value for each in shares]
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                for value in values:
                    tape.watch(value)
                error = tf.reduce_mean(tf.square(logits_of(pixels, False) - wanted)) / spread
                size = tf.add_n([tf.norm(value) for value in values]) / norms
                loss = error + weight * size
            gradients = tape.gradient(loss, values)
            # A norm of 0 has no gradient: the bounds stay there.
            finite = [tf.where(tf.math.is_finite(each), each, tf.zeros_like(each)) for each in gradients]
            apply_gradients(optimizer, finite, shares)
            for each in shares:
                each.assign(tf.maximum(each.value, 0.0))
            self._size.assign(tf.add_n([tf.norm(each.value) for each in shares]) / norms)

        @tf.function(autograph=False, reduce_retracing=True)  # type: ignore[untyped-decorator]
        def answers(pixels: Any) -> Any:
            return tf.argmax(logits_of(pixels, False), axis=-1)

        self._step, self._answers = step, answers

    def step(self, pixels: FloatArray, wanted: FloatArray, weight: float) -> None:
        """Change the bounds once."""
        self._step(tf.constant(pixels), tf.constant(wanted), tf.constant(weight, tf.float32))

    def answers(self, pixels: FloatArray) -> IndexArray:
        """Return the predicted labels of images, shape (n,), int64."""
        labels: IndexArray = self._answers(tf.constant(pixels)).numpy()
        return labels

    @property
    def size(self) -> float:
        """The norms of all bounds together, as a share of those at the start."""
        return float(self._size.numpy())

    @property
    def bounds(self) -> dict[str, FloatArray]:
        """The bounds by layer."""
        return {name: layer.bound for name, layer in self._layers.items()}
