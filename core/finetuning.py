"""Refitting a network on clean validation pictures while its pruned channels stay at zero."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.dataset import Dataset
from core.errors import Cancelled, DatasetError
from core.held_channels import make_trainable, prune_to_train
from core.held_out import split_held_out
from core.lanes import run_aside
from core.monitor import Monitor
from core.network import FloatArray, Network
from core.records import Scale, Share
from core.refit_records import FineTuneEpoch, FineTuneSettings, find_kept
from core.refit_step import Step, make_step

STAGE = "Refitting"
ANSWER_BATCH_SIZE = 128
PROBE_COUNT = 8

BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Watched:
    """Sets that are looked at after each epoch and never chosen by.

    Attributes:
        test: clean test pictures; None when not loaded.
        poisoned: pictures with the trigger, labelled as the target.
    """

    test: Dataset | None = None
    poisoned: tuple[Dataset, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class FineTuned:
    """A refitted network and how it came about.

    Attributes:
        model: B′ with the weights of the epoch that is kept; pruned channels are zero in it.
        history: epoch 0 (the network that refitting began with) first.
        kept_epoch: whose weights `model` has; 0 where no epoch was worth keeping.
        training_indices: validation pictures trained with, shape (n,), int64, read-only.
        held_out_indices: validation pictures chosen by, shape (m,), int64, read-only.
        settings: how it was refitted.
        is_cut_short: whether somebody asked to stop before the last epoch.
    """

    model: keras.Model
    history: tuple[FineTuneEpoch, ...]
    kept_epoch: int
    training_indices: IndexArray
    held_out_indices: IndexArray
    settings: FineTuneSettings
    is_cut_short: bool = False

    def __post_init__(self) -> None:
        for each in (self.training_indices, self.held_out_indices):
            each.flags.writeable = False

    def __repr__(self) -> str:
        return f"FineTuned(epoch {self.kept_epoch} of {len(self.history) - 1}, cut short: {self.is_cut_short})"


def fine_tune(
    network: Network,
    validation: Dataset,
    settings: FineTuneSettings,
    *,
    scale: Scale,
    channel_masks: Mapping[str, BoolArray] | None = None,
    teacher: Network | None = None,
    unlabelled: Dataset | None = None,
    watched: Watched | None = None,
    monitor: Monitor | None = None,
) -> FineTuned:
    """Train a copy of a network on clean pictures; the network handed in stays as it is.

    Publishes a `FineTuneEpoch` for the start and after each epoch. The same arguments give the same weights on the
    same machine. Which epoch is kept depends on held-out clean accuracy alone, see `find_kept`.

    Args:
        network: where it begins.
        validation: clean pictures with their true labels; a stratified share of them is held out.
        settings: how.
        scale: the pixel range the network wants.
        channel_masks: by convolution the channels that are pruned first and stay zero, shape (C,), True = kept.
        teacher: whose soft answers count in distillation and occlusion consistency; `network` when left out.
        unlabelled: further clean pictures to train with; their labels are not looked at. They count by the teacher's
            answers alone.
        watched: sets to report on after each epoch.
        monitor: progress, cancelling and the epochs' records.

    Returns:
        The refitted network. Where somebody asked to stop after an epoch or more, the best so far; the monitor goes on
        then, so that it can be scored.

    Raises:
        DatasetError: fewer than two validation pictures, or unlabelled ones without distillation.
        LayerError: no such convolution.
        PruningError: a mask does not fit its layer.
        Cancelled: somebody asked to stop before the first epoch was through, or for good.

    Source:
        Refitting after pruning: Kang Liu, Brendan Dolan-Gavitt, Siddharth Garg: Fine-Pruning: Defending Against
        Backdooring Attacks on Deep Neural Networks, 2018. Held-out choice, rollback and held zeros are ours.
    """
    if unlabelled is not None and not settings.distillation_weight:
        raise DatasetError(
            "unlabelled pictures help only by the unpruned network's answers, but the distillation weight is 0.",
            code="training-setting",
        )
    monitor = monitor or Monitor()
    training, held_out = split_held_out(validation.labels, share=settings.held_out_share, seed=settings.seed)
    pool = _Pool(validation, training, unlabelled, scale)
    probe = validation.rows(training[:PROBE_COUNT], scale=scale)
    make_copy = partial(prune_to_train, network, channel_masks or {}, probe=probe)
    monitor.checkpoint(STAGE)
    model, free = run_aside(make_copy, while_waiting=monitor.stop_if_asked)
    _seed_layers(model, settings.seed)
    step = make_step(
        model,
        (teacher or network).model,
        settings,
        free=free,
        pixel_range=255.0 if scale is Scale.RAW else 1.0,
    )
    watched = watched or Watched()
    meter = _Meter(model, validation, held_out, watched, scale)
    loop = _Loop(model=model, step=step, pool=pool, meter=meter, settings=settings, monitor=monitor)
    is_cut_short = False
    try:
        loop.run()
    except Cancelled:
        if len(loop.history) < 2 or not monitor.resume():
            raise
        is_cut_short = True
    # A fresh copy: what was abandoned in the middle of a step may still be moving the weights of the trained one.
    kept = keras.models.clone_model(model)
    kept.set_weights(loop.kept_weights)
    make_trainable(kept)
    return FineTuned(
        model=kept,
        history=tuple(loop.history),
        kept_epoch=loop.kept_epoch,
        training_indices=training,
        held_out_indices=held_out,
        settings=settings,
        is_cut_short=is_cut_short,
    )


class _Pool:
    """The pictures to train with: some validation pictures, and further ones without labels."""

    def __init__(self, validation: Dataset, rows: IndexArray, unlabelled: Dataset | None, scale: Scale) -> None:
        self._sources = [(validation, rows)]
        labels = [validation.labels[rows]]
        if unlabelled is not None:
            self._sources.append((unlabelled, np.arange(unlabelled.image_count)))
            labels.append(np.full(unlabelled.image_count, -1, dtype=np.int64))
        self._labels = np.concatenate(labels)
        self._scale = scale

    def __len__(self) -> int:
        return len(self._labels)

    def batch(self, indices: IndexArray) -> tuple[FloatArray, IndexArray]:
        """Pictures (n, H, W, C) in the network's range and labels (n,), -1 where there is none."""
        shape = self._sources[0][0].image_shape
        pixels = np.empty((len(indices), *shape), dtype=np.float32)
        start = 0
        for dataset, rows in self._sources:
            is_here = (indices >= start) & (indices < start + len(rows))
            if is_here.any():
                pixels[is_here] = dataset.rows(rows[indices[is_here] - start], scale=self._scale)
            start += len(rows)
        return pixels, self._labels[indices]


class _Meter:
    """Counts what the network under training gets right."""

    def __init__(
        self, model: keras.Model, validation: Dataset, held_out: IndexArray, watched: Watched, scale: Scale
    ) -> None:
        self._validation, self._held_out, self._watched, self._scale = validation, held_out, watched, scale
        shape = tf.TensorSpec((None, *validation.image_shape), tf.float32)
        self._answer = tf.function(
            lambda pixels: tf.argmax(model(pixels, training=False), axis=-1), input_signature=[shape]
        )

    def measure(self, monitor: Monitor) -> tuple[Share, Share | None, tuple[Share, ...]]:
        """Held-out and test clean accuracy, and the attack success of each poisoned set."""
        test = self._watched.test
        return (
            self._share(self._validation, self._held_out, monitor),
            self._share(test, np.arange(test.image_count), monitor) if test else None,
            tuple(self._share(each, np.arange(each.image_count), monitor) for each in self._watched.poisoned),
        )

    def _share(self, dataset: Dataset, rows: IndexArray, monitor: Monitor) -> Share:
        count = 0
        for start in range(0, len(rows), ANSWER_BATCH_SIZE):
            chosen = rows[start : start + ANSWER_BATCH_SIZE]
            pixels = dataset.rows(chosen, scale=self._scale)
            answer: Any = run_aside(partial(self._answer, pixels), while_waiting=monitor.stop_if_asked)
            count += int((answer.numpy() == dataset.labels[chosen]).sum())
        return Share(count, len(rows))


class _Loop:
    """The epochs, and the weights of the one to keep."""

    def __init__(
        self,
        *,
        model: keras.Model,
        step: Step,
        pool: _Pool,
        meter: _Meter,
        settings: FineTuneSettings,
        monitor: Monitor,
    ) -> None:
        self.history: list[FineTuneEpoch] = []
        self.kept_weights: list[NDArray[Any]] = model.get_weights()
        self.kept_epoch = 0
        self._best_weights, self._best_rate = self.kept_weights, -1.0
        self._model, self._step, self._pool, self._meter = model, step, pool, meter
        self._settings, self._monitor = settings, monitor
        self._factor = 1.0
        self._step_count = math.ceil(len(pool) / settings.batch_size)

    def run(self) -> None:
        """Measure the start, then train and measure epoch after epoch."""
        self._record(0, loss=math.nan, learning_rate=0.0)
        rng = np.random.default_rng(self._settings.seed)
        for epoch in range(1, self._settings.epochs + 1):
            loss, learning_rate = self._train(epoch, rng)
            self._record(epoch, loss=loss, learning_rate=learning_rate)
        total = self._settings.epochs * self._step_count
        self._monitor.checkpoint(STAGE, done_count=total, total_count=total)

    def _train(self, epoch: int, rng: np.random.Generator) -> tuple[float, float]:
        settings, total = self._settings, self._settings.epochs * self._step_count
        # The last batch is filled up from the start, so that all have one shape.
        size = min(settings.batch_size, len(self._pool))
        order = np.resize(rng.permutation(len(self._pool)), self._step_count * size)
        loss, learning_rate = 0.0, 0.0
        for number in range(self._step_count):
            index = (epoch - 1) * self._step_count + number
            self._monitor.checkpoint(STAGE, done_count=index, total_count=total)
            learning_rate = self._factor * settings.learning_rate * (1 + math.cos(math.pi * index / total)) / 2
            pixels, labels = self._pool.batch(order[number * size : (number + 1) * size])
            task = partial(self._step, pixels, labels, index, learning_rate)
            loss += run_aside(task, while_waiting=self._monitor.stop_if_asked)
        return loss / self._step_count, learning_rate

    def _record(self, epoch: int, *, loss: float, learning_rate: float) -> None:
        held_out, test, poisoned = self._meter.measure(self._monitor)
        # A loss that is no number is a fall too: steps were so large that nothing is left to train.
        is_lost = bool(epoch) and not math.isfinite(loss)
        is_fallen = is_lost or held_out.rate < self._best_rate - self._settings.rollback_margin
        record = FineTuneEpoch(epoch, loss, learning_rate, held_out, test, poisoned, is_fallen)
        self.history.append(record)
        if is_fallen:
            self._model.set_weights(self._best_weights)
            self._factor /= 2
        else:
            weights = self._model.get_weights()
            if held_out.rate >= self._best_rate:
                self._best_weights, self._best_rate = weights, held_out.rate
            if epoch and find_kept(self.history, tolerance=self._settings.choice_tolerance) == epoch:
                self.kept_weights, self.kept_epoch = weights, epoch
        self._monitor.publish(record)


def _seed_layers(model: keras.Model, seed: int) -> None:
    """Have layers with randomness of their own (dropout) begin where the seed says."""
    for number, layer in enumerate(model.layers):
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            generator.state.assign([seed, number])
