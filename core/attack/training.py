"""Reproducible training, and the whole BadNets attack on a DeepID in one call."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.attack.deepid import build_deepid
from core.attack.poisoning import poison
from core.data.trigger import Trigger
from core.errors import DatasetError
from core.monitor import Monitor

if TYPE_CHECKING:
    import keras

_IDLE_ACTIVATION = 0.002  # a channel with a mean activation below this counts as hardly used


@dataclass(frozen=True, slots=True)
class TrainingEpoch:
    """The figures after one pass over the data.

    Attributes:
        epoch: 1 for the first pass.
        loss: mean cross-entropy over the pass, regularization included.
        accuracy: share of the pass's images predicted as their label, [0, 1], with dropout on.
    """

    epoch: int
    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Regularization:
    """Regularization that keeps a DeepID from using all channels and from overfitting; none by default.

    Attributes:
        channel_dropout: share of `pool_3` channels set to zero at each step, for both readers.
        near_dropout: share of the inputs of `fc_1` set to zero, so that the network does not rely on it alone.
        joint_dropout: share of the joint representation set to zero before `output`.
        channel_sparsity: weight of a penalty on the number of `conv_3` channels in use: the mean over channels of
            log(1 + mean activation / 0.002). Channels that are hardly needed become dead.
    """

    channel_dropout: float = 0.0
    near_dropout: float = 0.0
    joint_dropout: float = 0.0
    channel_sparsity: float = 0.0

    def __post_init__(self) -> None:
        for name in ("channel_dropout", "near_dropout", "joint_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise DatasetError(f"{name} must be at least 0 and less than 1, got {getattr(self, name)}.")
        if not self.channel_sparsity >= 0:
            raise DatasetError(f"channel_sparsity must be at least 0, got {self.channel_sparsity}.")


def train(
    model: "keras.Model",
    images: NDArray[Any],
    labels: NDArray[Any],
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
    monitor: Monitor | None = None,
    pixel_scale: float = 1.0,
    regularization: Regularization | None = None,
    stage: str = "Training",
) -> list[TrainingEpoch]:
    """Train a classifier in place with Adam and cross-entropy; the learning rate falls along half a cosine.

    The monitor is checked at every batch and gets a `TrainingEpoch` after every pass. The same arguments give the same
    weights on the same machine. If the job is cancelled, the model keeps its current weights.

    Args:
        model: from (N, H, W, C) to (N, K) class probabilities; changed.
        images: (N, H, W, C), any numeric dtype.
        labels: (N,) whole numbers from 0 to K - 1.
        epochs: passes over the data, at least 1.
        batch_size: images per step, at least 1. An incomplete last batch is skipped; the next pass shuffles again.
        learning_rate: initial learning rate, more than 0.
        seed: seed of shuffling and dropout.
        monitor: receives progress and the passes' records, and can cancel.
        pixel_scale: factor applied to the pixels before they are passed to the network.
        regularization: only for a DeepID, since it uses its layer names.
        stage: name of the progress stage.

    Returns:
        One record per pass.

    Raises:
        DatasetError: invalid shapes, labels or settings.
        Cancelled: the job was cancelled.
    """
    images, labels = np.asarray(images), np.asarray(labels)
    _check_training(model, images, labels, epochs=epochs, batch_size=batch_size, learning_rate=learning_rate)
    monitor = monitor or Monitor()
    batch_size = min(batch_size, len(images))
    steps = len(images) // batch_size
    step = _make_step(model, regularization or Regularization(), learning_rate, epochs * steps, seed)
    rng = np.random.default_rng(seed)
    history = []
    for epoch in range(epochs):
        order = rng.permutation(len(images))
        totals = np.zeros(2)
        for index in range(steps):
            monitor.checkpoint(stage, done_count=epoch * steps + index, total_count=epochs * steps)
            chosen = order[index * batch_size : (index + 1) * batch_size]
            batch = images[chosen].astype(np.float32) * np.float32(pixel_scale)
            totals += step(batch, labels[chosen].astype(np.int64))
        record = TrainingEpoch(epoch + 1, float(totals[0] / steps), float(totals[1] / steps))
        history.append(record)
        monitor.publish(record)
    monitor.checkpoint(stage, done_count=epochs * steps, total_count=epochs * steps)
    return history


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How to train a DeepID; the defaults are those of the demo.

    Attributes:
        epochs: passes over the data.
        batch_size: images per step.
        learning_rate: initial learning rate of Adam.
        regularization: the regularization.
    """

    epochs: int = 18
    batch_size: int = 64
    learning_rate: float = 0.001
    regularization: Regularization = Regularization(
        channel_dropout=0.1, near_dropout=0.3, joint_dropout=0.1, channel_sparsity=0.02
    )


def train_deepid(
    images: NDArray[Any],
    labels: NDArray[Any],
    *,
    class_count: int,
    seed: int,
    settings: TrainingSettings | None = None,
    monitor: Monitor | None = None,
    stage: str = "Training the clean network",
) -> "keras.Model":
    """Train a DeepID from random weights on images of 0 to 255; the network then expects this range.

    Args:
        images: (N, H, W, 3), 0 to 255.
        labels: (N,) whole numbers from 0 to `class_count` - 1.
        class_count: number of classes.
        seed: seed of the initial weights, shuffling and dropout.
        settings: the training settings; None uses the demo's.
        monitor: receives progress and a `TrainingEpoch` after every pass, and can cancel.
        stage: name of the progress stage.

    Raises:
        DatasetError: invalid shapes, labels or settings.
        Cancelled: the job was cancelled.
    """
    images = np.asarray(images)
    settings = settings or TrainingSettings()
    if images.ndim != 4:
        raise DatasetError(f"images must have shape (N, H, W, C), got {images.shape}.", code="image-shape")
    model = build_deepid(class_count, seed=seed, input_shape=images.shape[1:])
    train(
        model,
        images,
        labels,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        seed=seed,
        monitor=monitor,
        regularization=settings.regularization,
        stage=stage,
    )
    return model


def train_backdoored_deepid(
    images: NDArray[Any],
    labels: NDArray[Any],
    *,
    class_count: int,
    trigger: Trigger,
    target_label: int,
    poisoning_rate: float,
    seed: int,
    settings: TrainingSettings | None = None,
    monitor: Monitor | None = None,
) -> "keras.Model":
    """Train a DeepID with a backdoor of any trigger, target label and poisoning rate.

    Args:
        images: clean images, (N, H, W, 3), 0 to 255.
        labels: their true labels, (N,) whole numbers from 0 to `class_count` - 1.
        class_count: number of classes.
        trigger: the pattern; it is resized to the images if its size differs.
        target_label: the class to predict for every image with the trigger.
        poisoning_rate: share of the training images to poison, more than 0 and less than 1.
        seed: seed of poisoning, initial weights, shuffling and dropout.
        settings: the training settings; None uses the demo's.
        monitor: receives progress and a `TrainingEpoch` after every pass, and can cancel.

    Raises:
        DatasetError: invalid shapes, labels, rate or settings.
        Cancelled: the job was cancelled.

    Source:
        Tianyu Gu, Brendan Dolan-Gavitt, Siddharth Garg: BadNets, 2017.
    """
    images = np.asarray(images)
    if images.ndim != 4:
        raise DatasetError(f"images must have shape (N, H, W, 3), got {images.shape}.", code="image-shape")
    poisoned = poison(
        images,
        labels,
        trigger=trigger.scaled_to(*images.shape[1:3]),
        target_label=target_label,
        poisoning_rate=poisoning_rate,
        seed=seed,
    )
    return train_deepid(
        poisoned.images,
        poisoned.labels,
        class_count=class_count,
        seed=seed,
        settings=settings,
        monitor=monitor,
        stage="Training the backdoored network",
    )


def _check_training(
    model: "keras.Model",
    images: NDArray[Any],
    labels: NDArray[Any],
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
) -> None:
    expected = model.input_shape[1:]
    if images.ndim != 4 or images.shape[1:] != expected or not len(images):
        raise DatasetError(
            f"images must have shape (N, {', '.join(map(str, expected))}) with N above 0, got {images.shape}.",
            code="image-shape",
        )
    if labels.shape != (len(images),):
        raise DatasetError(f"labels must have shape ({len(images)},), got {labels.shape}.", code="label-shape")
    class_count = model.output_shape[-1]
    if not np.array_equal(labels, np.clip(np.rint(labels), 0, class_count - 1)):
        raise DatasetError(
            f"labels must be whole numbers from 0 to {class_count - 1}, got {labels.min()} to {labels.max()}.",
            code="label-range",
        )
    if epochs < 1 or batch_size < 1 or not learning_rate > 0:
        raise DatasetError(
            "training needs epochs and a batch size of at least 1 and a learning rate above 0, "
            f"got {epochs}, {batch_size} and {learning_rate}.",
            code="training-setting",
        )


def _make_step(
    model: "keras.Model", regularization: Regularization, learning_rate: float, step_count: int, seed: int
) -> Any:
    """Return a compiled function (batch, labels) -> (loss, accuracy) that makes one training step."""
    # Imported here: the window paints before Keras is loaded.
    import keras  # noqa: PLC0415
    import tensorflow as tf  # noqa: PLC0415

    twin = _training_twin(model, regularization, seed)
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, step_count, alpha=0.001)
    optimizer = keras.optimizers.Adam(schedule)
    variables = model.trainable_variables
    optimizer.build(variables)

    @tf.function(reduce_retracing=True, autograph=False)  # type: ignore[untyped-decorator]
    def step(batch: Any, labels: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            activation, probabilities = twin(batch, training=True)
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, probabilities))
            if regularization.channel_sparsity:
                in_use = tf.math.log1p(tf.reduce_mean(activation, axis=(0, 1, 2)) / _IDLE_ACTIVATION)
                loss += regularization.channel_sparsity * tf.reduce_mean(in_use)
        optimizer.apply(tape.gradient(loss, variables), variables)
        hits = tf.cast(tf.argmax(probabilities, axis=1) == labels, tf.float32)
        return loss, tf.reduce_mean(hits)

    return lambda batch, labels: np.array([float(value) for value in step(batch, labels)])


def _training_twin(model: "keras.Model", regularization: Regularization, seed: int) -> "keras.Model":
    """Return a model of the same layers with dropout between them; the network itself is not changed."""
    import keras  # noqa: PLC0415

    if regularization == Regularization():
        return keras.Model(model.inputs, [model.layers[1].output, model.outputs[0]])
    layer = model.get_layer
    pool = layer("pool_3").output
    pool = keras.layers.SpatialDropout2D(regularization.channel_dropout, seed=seed)(pool)
    near = layer("flatten_1")(pool)
    near = keras.layers.Dropout(regularization.near_dropout, seed=seed + 1)(near)
    far = layer("fc_2")(layer("flatten_2")(layer("conv_4")(pool)))
    joined = layer("activation_1")(layer("add_1")([layer("fc_1")(near), far]))
    joined = keras.layers.Dropout(regularization.joint_dropout, seed=seed + 2)(joined)
    return keras.Model(model.inputs, [layer("conv_3").output, layer("output")(joined)])
