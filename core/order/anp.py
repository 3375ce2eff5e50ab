"""Adversarial neuron pruning: one mask per channel, optimized to withstand the worst noise on the channels.

Source:
    Dongxian Wu, Yisen Wang: Adversarial Neuron Pruning Purifies Backdoored Deep Models, NeurIPS 2021, section 4, and
    the authors' published code. With L the cross-entropy on clean images, ⊙ channel by channel:

        min over m in [0, 1]ⁿ of  α L(m ⊙ w, b) + (1 − α) max over δ, ξ in [−ε, ε]ⁿ of L((m + δ) ⊙ w, (1 + ξ) ⊙ b)

    Channels with small masks are pruned. docs/adr/0011-anp.md lists the differences from the paper.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.channels import PrunableLayer
from core.cut.batches import training_batch_size
from core.cut.cut import as_array
from core.cut.tensor_store import MEMORY_BUDGET_BYTES
from core.data.dataset import Dataset
from core.data.held_out import split_held_out
from core.monitor import Monitor
from core.network.losses import label_loss
from core.network.network import Network
from core.order.anp_settings import AnpSettings
from core.order.noisy_network import NoisyNetwork
from core.scale import Scale
from core.thread_pool import run_aside

STAGE = "Optimizing masks"

FloatArray = NDArray[np.float32]
IndexArray = NDArray[np.int64]
Loss = Callable[[Any, Any], Any]
"""(factors of the weights, factors of the biases), float32, shape (C,) each -> a scalar loss."""
AnpStep = Callable[[Any, Any, Sequence[Any], Any, Any], tuple[Any, Any]]


def optimize_masks(
    network: Network,
    layer: PrunableLayer,
    validation: Dataset,
    settings: AnpSettings,
    *,
    scale: Scale,
    monitor: Monitor,
    memory_bytes: int = MEMORY_BUDGET_BYTES,
) -> dict[str, FloatArray]:
    """Optimize the masks of a convolution's channels, or of several convolutions together, on clean images.

    The same arguments give the same masks on the same machine.

    Args:
        network: B; not changed.
        layer: the convolution, or several treated as one.
        validation: clean images with their true labels; a stratified share of them is held out.
        settings: how masks are optimized.
        scale: the pixel range the network expects.
        monitor: receives progress, and can cancel.
        memory_bytes: limit for the kept tensors in front of the masks; if they are larger, each step recomputes them.

    Returns:
        By convolution, the masks of its channels, shape (C,), float32, in [0, 1]; small ones are pruned first.

    Raises:
        DatasetError: fewer than two images.
        Cancelled: the job was cancelled.
    """
    rows, _ = split_held_out(validation.labels, share=settings.held_out_share, seed=settings.seed)
    monitor.checkpoint(STAGE, done_count=0, total_count=settings.iterations)
    size = training_batch_size(network.model.layers, wanted=settings.batch_size)
    settings = replace(settings, batch_size=size)
    noisy = run_aside(partial(NoisyNetwork, network, layer), while_waiting=monitor.stop_if_asked)
    front = _Front(noisy, validation, rows, scale, memory_bytes)
    step = make_step(noisy, settings)
    masks, velocity = tf.ones(noisy.channel_count), tf.zeros(noisy.channel_count)
    for index, chosen in enumerate(_batches(len(rows), settings)):
        monitor.checkpoint(STAGE, done_count=index, total_count=settings.iterations)
        tensors = front.tensors(chosen, monitor)
        labels = tf.constant(validation.labels[rows[chosen]])
        task = partial(step, masks, velocity, tensors, labels, tf.constant(index))
        masks, velocity = run_aside(task, while_waiting=monitor.stop_if_asked)
    monitor.checkpoint(STAGE, done_count=settings.iterations, total_count=settings.iterations)
    parts = layer.parts or (layer,)
    ends = np.cumsum([part.channel_count for part in parts])[:-1]
    return dict(zip([part.name for part in parts], np.split(masks.numpy(), ends), strict=True))


def make_step(noisy: NoisyNetwork, settings: AnpSettings) -> AnpStep:
    """Return a compiled function (masks, velocity, tensors, labels, step index) -> masks and velocity after one step.

    Args:
        noisy: the network with factors; `tensors` are the outputs of its `front`.
        settings: how masks are optimized.
    """
    limit = settings.noise_limit

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def step(masks: Any, velocity: Any, tensors: Sequence[Any], labels: Any, index: Any) -> tuple[Any, Any]:
        def loss(weight_factors: Any, bias_factors: Any) -> Any:
            return label_loss(labels, noisy.logits(tensors, weight_factors, bias_factors))

        seed = tf.stack([settings.seed, index])
        start = tf.random.stateless_uniform((2, noisy.channel_count), seed, -limit, limit)
        noise = worst_noise(loss, masks, start, limit=limit, step_count=settings.noise_steps)
        gradient = mask_gradient(loss, masks, noise, clean_weight=settings.clean_weight)
        # A loss that is not finite gives no direction.
        gradient = tf.where(tf.math.is_finite(gradient), gradient, tf.zeros_like(gradient))
        velocity = settings.momentum * velocity + gradient
        return tf.clip_by_value(masks - settings.learning_rate * velocity, 0.0, 1.0), velocity

    return step


def worst_noise(loss: Loss, masks: Any, start: Any, *, limit: float, step_count: int) -> Any:
    """Return noise that makes the loss large: sign gradient steps of limit / steps, clipped to [-limit, limit].

    Args:
        loss: a function of the factors m + δ and 1 + ξ.
        masks: m, float32, shape (C,).
        start: initial δ and ξ, float32, shape (2, C).
        limit: ε.
        step_count: number of steps.

    Returns:
        δ and ξ, float32, shape (2, C).
    """
    noise = start
    for _ in range(step_count):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(noise)
            value = loss(masks + noise[0], 1.0 + noise[1])
        moved = noise + limit / step_count * tf.sign(tape.gradient(value, noise, unconnected_gradients="zero"))
        noise = tf.clip_by_value(moved, -limit, limit)
    return noise


def mask_gradient(loss: Loss, masks: Any, noise: Any, *, clean_weight: float) -> Any:
    """Return the gradient of α L(m, 1) + (1 − α) L(m + δ, 1 + ξ) with respect to the masks, float32, shape (C,).

    Args:
        loss: L, a function of the factors of weights and biases.
        masks: m, float32, shape (C,).
        noise: δ and ξ, float32, shape (2, C).
        clean_weight: α.
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(masks)
        clean = loss(masks, tf.ones_like(masks))
        noisy = loss(masks + noise[0], 1.0 + noise[1])
        value = clean_weight * clean + (1 - clean_weight) * noisy
    return tape.gradient(value, masks, unconnected_gradients="zero")


class _Front:
    """The tensors in front of the masks for the images they are optimized on; kept in memory if they are small."""

    def __init__(
        self, noisy: NoisyNetwork, dataset: Dataset, rows: IndexArray, scale: Scale, memory_bytes: int
    ) -> None:
        self._dataset, self._rows, self._scale = dataset, rows, scale
        pixels = tf.TensorSpec((None, *dataset.image_shape), tf.float32)
        self._compute = tf.function(noisy.front, input_signature=[pixels], autograph=False)
        shapes = [(len(rows), *shape) for shape in noisy.front_shapes]
        is_small = 4 * sum(int(np.prod(shape)) for shape in shapes) <= memory_bytes
        self._kept = [np.empty(shape, np.float32) for shape in shapes] if is_small else []
        self._is_known = np.zeros(len(rows), dtype=bool)

    def tensors(self, chosen: IndexArray, monitor: Monitor) -> tuple[Any, ...]:
        """Return the tensors of some of the images, given by their positions in `rows`."""
        if not self._kept:
            return self._computed(chosen, monitor)
        new = chosen[~self._is_known[chosen]]
        if len(new):
            for kept, tensor in zip(self._kept, self._computed(new, monitor), strict=True):
                kept[new] = as_array(tensor)
            self._is_known[new] = True
        return tuple(tf.constant(kept[chosen]) for kept in self._kept)

    def _computed(self, chosen: IndexArray, monitor: Monitor) -> tuple[Any, ...]:
        pixels = self._dataset.rows(self._rows[chosen], scale=self._scale)
        found: tuple[Any, ...] = run_aside(partial(self._compute, pixels), while_waiting=monitor.stop_if_asked)
        return found


def _batches(count: int, settings: AnpSettings) -> list[IndexArray]:
    """Return the positions of the images of each step: all in random order, then all again."""
    rng = np.random.default_rng(settings.seed)
    size = min(settings.batch_size, count)
    pass_count = -(-settings.iterations * size // count)
    places = np.concatenate([rng.permutation(count) for _ in range(pass_count)])[: settings.iterations * size]
    return np.split(places, settings.iterations)
