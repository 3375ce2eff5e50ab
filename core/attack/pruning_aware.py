"""The pruning-aware attack: a backdoor in the channels that clean images need."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.attack.poisoning import poison
from core.attack.training import train
from core.data.trigger import Trigger
from core.errors import LayerError
from core.monitor import Monitor

if TYPE_CHECKING:
    import keras

SAMPLE_COUNT = 1000
ALLOWED_DROP = 0.01


def train_pruning_aware(
    clean: "keras.Model",
    images: NDArray[Any],
    labels: NDArray[Any],
    *,
    layer: str,
    trigger: Trigger,
    target_label: int,
    poisoning_rate: float,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
    pixel_scale: float = 1.0,
    monitor: Monitor | None = None,
) -> tuple["keras.Model", NDArray[np.int64]]:
    """Train a backdoor that pruning by activation misses: the channels pruned first do not carry it.

    The attack starts with a clean network. First its least active channels are pruned as long as at most 1 point of
    accuracy is lost. Then the rest is trained on poisoned images. Finally the pruned channels are restored with their
    old weights, with biases lowered until they are zero on a sample of the clean images. A pruned channel and the
    weights that read it do not change during training, since the gradient of a ReLU at zero is zero.

    Args:
        clean: a network trained on clean images; not changed.
        images: training images, (N, H, W, 3), 0 to 255.
        labels: their true labels, (N,).
        layer: a Conv2D with ReLU.
        trigger: the pattern, of the images' size.
        target_label: the class to predict for every image with the trigger.
        poisoning_rate: share of the training images to poison, more than 0 and less than 1.
        epochs: passes over the poisoned images, at least 1.
        batch_size: images per step, at least 1.
        learning_rate: initial learning rate, more than 0.
        seed: seed of poisoning and shuffling.
        pixel_scale: factor applied to the pixels before they are passed to the network.
        monitor: receives progress and a `TrainingEpoch` after every pass, and can cancel.

    Returns:
        The backdoored network, and the channels that were pruned during training, (n,), int64, ascending.

    Raises:
        LayerError: there is no such layer, or it is not a Conv2D with ReLU.
        DatasetError: invalid images, labels or settings.
        Cancelled: the job was cancelled.

    Source:
        Kang Liu, Brendan Dolan-Gavitt, Siddharth Garg: Fine-Pruning: Defending Against Backdooring Attacks on Deep
        Neural Networks, 2018, section 3 ("pruning-aware attack"). It does not say how many channels are pruned.
    """
    import keras  # noqa: PLC0415  # brings TensorFlow

    if layer not in [each.name for each in clean.layers] or not _is_relu(clean.get_layer(layer)):
        raise LayerError(f"'{layer}' must be a Conv2D with ReLU", code="no-relu-convolution")
    monitor, labels = monitor or Monitor(), np.asarray(labels)
    sample = images[: min(len(images), SAMPLE_COUNT)].astype(np.float32) * np.float32(pixel_scale)
    truth = labels[: len(sample)]
    kernel, bias = clean.get_layer(layer).get_weights()
    before = keras.Model(clean.inputs, clean.get_layer(layer).output).predict(sample, verbose=0)
    order = np.argsort(before.mean(axis=(0, 1, 2)), kind="stable")
    model = keras.models.clone_model(clean)
    model.set_weights(clean.get_weights())

    def correct(pruned: NDArray[np.int64]) -> int:
        some_kernel, some_bias = kernel.copy(), bias.copy()
        some_kernel[..., pruned], some_bias[pruned] = 0, 0
        model.get_layer(layer).set_weights([some_kernel, some_bias])
        return int((model.predict(sample, verbose=0).argmax(axis=1) == truth).sum())

    least = correct(order[:0]) - ALLOWED_DROP * len(sample)
    count = 0
    while count + 1 < len(order) and correct(order[: count + 1]) >= least:
        count += 1
        monitor.checkpoint("Pruning channels that clean images do not need", done_count=count, total_count=len(order))
    pruned = np.sort(order[:count])
    correct(pruned)
    attacked = poison(
        images, labels, trigger=trigger, target_label=target_label, poisoning_rate=poisoning_rate, seed=seed
    )
    train(
        model,
        attacked.images,
        attacked.labels,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seed=seed,
        monitor=monitor,
        pixel_scale=pixel_scale,
        stage="Training the backdoored network",
    )
    _bring_back(model, layer, pruned, (kernel, bias), sample=sample)
    return model, pruned


def _is_relu(layer: Any) -> bool:
    return type(layer).__name__ == "Conv2D" and getattr(layer.activation, "__name__", "") == "relu" and layer.use_bias


def _bring_back(
    model: "keras.Model",
    layer: str,
    pruned: NDArray[np.int64],
    weights: tuple[NDArray[np.float32], NDArray[np.float32]],
    *,
    sample: NDArray[np.float32],
) -> None:
    """Restore the weights of pruned channels, with biases at which they are zero on all images of the sample."""
    import keras  # noqa: PLC0415  # as above

    trained = model.get_layer(layer)
    new_kernel, new_bias = trained.get_weights()
    new_kernel[..., pruned], new_bias[pruned] = weights[0][..., pruned], weights[1][pruned]
    plain = keras.layers.Conv2D.from_config({**trained.get_config(), "name": "plain", "activation": "linear"})
    linear = keras.Model(model.inputs, plain(trained.input))
    plain.set_weights([new_kernel, new_bias])
    highest = linear.predict(sample, verbose=0).max(axis=(0, 1, 2))
    new_bias[pruned] -= np.maximum(highest[pruned], 0)
    trained.set_weights([new_kernel, new_bias])
