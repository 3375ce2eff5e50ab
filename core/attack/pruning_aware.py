"""The attack that pruning does not find: a backdoor in the channels that clean images need."""

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
    """Hide a backdoor from pruning by activation: the channels that pruning takes first have nothing to do with it.

    In four steps: a clean network is there; its least active channels are pruned as long as at most 1 point of accuracy
    is lost; what is left is trained on poisoned images; then the pruned channels come back with the weights that
    they had, their biases lowered until they are silent on a sample of the clean images. A pruned channel and what
    reads it stay as they are while the rest is trained, since the gradient of a ReLU at zero is zero.

    Args:
        clean: trained on clean images; not changed.
        images: training images, (N, H, W, 3), 0 to 255.
        labels: their true labels, (N,).
        layer: a Conv2D with ReLU.
        trigger: the pattern, of the images' size.
        target_label: the class that every image with the trigger shall get.
        poisoning_rate: share of the training images that is poisoned, more than 0 and less than 1.
        epochs: passes over the poisoned images, at least 1.
        batch_size: images a step, at least 1.
        learning_rate: at the start, more than 0.
        seed: of the poisoning and shuffling.
        pixel_scale: what the pixels are multiplied with before the network sees them.
        monitor: progress, cancelling and a `TrainingEpoch` after every pass.

    Returns:
        The backdoored network, and the channels that were pruned while it was trained, (n,), int64, ascending.

    Raises:
        LayerError: no such layer, or no Conv2D with ReLU.
        DatasetError: images, labels or settings that cannot be used.
        Cancelled: somebody asked to stop.

    Source:
        Kang Liu, Brendan Dolan-Gavitt, Siddharth Garg: Fine-Pruning: Defending Against Backdooring Attacks on Deep
        Neural Networks, 2018, section 3 ("pruning-aware attack"). How many channels are pruned is not said there.
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
        monitor.checkpoint("Pruning what clean images do not need", done_count=count, total_count=len(order))
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
    """Give pruned channels their weights again, with biases at which no clean image of the sample wakes them."""
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
