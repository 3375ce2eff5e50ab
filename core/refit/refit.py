"""Refitting a network on clean validation images while its pruned channels stay at zero."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from core.cut.batches import training_batch_size
from core.data.dataset import Dataset
from core.data.held_out import split_held_out
from core.errors import Cancelled, DatasetError
from core.monitor import Monitor
from core.network.network import FloatArray, Network
from core.network.rebuild import copy_weights
from core.refit.drawn_answers import drawn_class
from core.refit.held_channels import make_trainable, prune_to_train
from core.refit.meter import Meter, Watched
from core.refit.records import RefitEpoch, RefitSettings, TeacherImages, find_kept
from core.refit.step import TrainingStep, make_step
from core.refit.triggers import FoundTriggers, MakeTriggerFinder, TriggerFinder
from core.refit.watched_images import WatchedImages
from core.scale import Scale
from core.thread_pool import run_aside

STAGE = "Refitting"
PROBE_COUNT = 8
DRAWN_COUNT = 256  # training images on which the teacher's answers under augmentation are looked at

BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Refitted:
    """A refitted network and its training history.

    Attributes:
        model: B′ with the weights of the kept epoch; its pruned channels are zero.
        history: one record per epoch, epoch 0 (the initial network) first.
        kept_epoch: the epoch whose weights `model` has; 0 if every epoch was rolled back.
        training_indices: indices of the validation images trained with, shape (n,), int64, read-only.
        held_out_indices: indices of the held-out validation images, shape (m,), int64, read-only.
        settings: the refit settings; the batches are smaller than requested if those would not fit in memory, and the
            teacher sees images as they are if augmentation draws its answers to one class.
        is_cut_short: whether the job was stopped before the last epoch.
        images: the images whose answers the epochs hold; None for none.
    """

    model: keras.Model
    history: tuple[RefitEpoch, ...]
    kept_epoch: int
    training_indices: IndexArray
    held_out_indices: IndexArray
    settings: RefitSettings
    is_cut_short: bool = False
    images: WatchedImages | None = None

    def __post_init__(self) -> None:
        for each in (self.training_indices, self.held_out_indices):
            each.flags.writeable = False

    def __repr__(self) -> str:
        return f"Refitted(epoch {self.kept_epoch} of {len(self.history) - 1}, cut short: {self.is_cut_short})"


def refit_network(
    network: Network,
    validation: Dataset,
    settings: RefitSettings,
    *,
    scale: Scale,
    channel_masks: Mapping[str, BoolArray] | None = None,
    teacher: Network | None = None,
    unlabelled: Dataset | None = None,
    watched: Watched | None = None,
    make_finder: MakeTriggerFinder | None = None,
    monitor: Monitor | None = None,
) -> Refitted:
    """Train a copy of a network on clean images; the given network is not changed.

    Publishes a `RefitEpoch` for the initial network and after each epoch, and `WatchedImages` where the first search
    for triggers made some. The same arguments give the same weights on
    the same machine. The choice of the kept epoch depends only on held-out clean images, see `find_kept`.

    Args:
        network: the initial network.
        validation: clean images with their true labels; a stratified share of them is held out.
        settings: the refit settings.
        scale: the pixel range the network expects.
        channel_masks: masks by convolution, shape (C,), True = kept; pruned channels are pruned first and stay zero.
        teacher: the network whose soft outputs are used in distillation and occlusion consistency; default `network`.
        unlabelled: further clean images to train with; their labels are ignored in favour of the teacher's outputs.
        watched: sets to evaluate after each epoch, for reporting only.
        make_finder: makes what searches the triggers to unlearn: before the first and after each epoch; None unlearns
            none.
        monitor: receives progress and the epochs' records, and can cancel.

    Returns:
        The refitted network. If the job was stopped after at least one epoch, the best network so far; the monitor is
        resumed then, so that the network can be scored.

    Raises:
        DatasetError: fewer than two validation images, or unlabelled ones without distillation.
        LayerError: no such convolution.
        PruningError: a mask does not fit its layer.
        Cancelled: the job was stopped before the first epoch was finished, or the cancel was final.

    Source:
        Refitting after pruning: Kang Liu, Brendan Dolan-Gavitt, Siddharth Garg: Fine-Pruning: Defending Against
        Backdooring Attacks on Deep Neural Networks, 2018. Held-out choice, rollback and held zeros are ours.
    """
    if unlabelled is not None and not settings.distillation_weight:
        raise DatasetError(
            "unlabelled images help only by the unpruned network's answers, but the distillation weight is 0.",
            code="training-setting",
        )
    monitor = monitor or Monitor()
    training, held_out = split_held_out(validation.labels, share=settings.held_out_share, seed=settings.seed)
    pool = _Pool(validation, training, unlabelled, scale)
    probe = validation.rows(training[:PROBE_COUNT], scale=scale)
    make_copy = partial(prune_to_train, network, channel_masks or {}, probe=probe)
    monitor.checkpoint(STAGE)
    model, free = run_aside(make_copy, while_waiting=monitor.stop_if_asked)
    settings = replace(settings, batch_size=training_batch_size(model.layers, wanted=settings.batch_size))
    settings = _for_teacher(settings, (teacher or network).model, pool, scale=scale, monitor=monitor)
    _seed_layers(model, settings.seed)
    averaged = _copy(model) if settings.averaging else model
    step = make_step(
        model,
        (teacher or network).model,
        settings,
        free=free,
        scale=scale,
        averaged=averaged,
    )
    meter = Meter(averaged, validation, held_out, watched or Watched(), scale=scale, settings=settings)
    loop = _Loop(
        model=model,
        averaged=averaged,
        step=step,
        pool=pool,
        meter=meter,
        finder=None if make_finder is None else make_finder(averaged),
        settings=settings,
        monitor=monitor,
    )
    is_cut_short = False
    try:
        loop.run()
    except Cancelled:
        if len(loop.history) < 2 or not monitor.resume("keeping the best epoch"):
            raise
        is_cut_short = True
    # A fresh copy: an abandoned step may still be changing the weights of the trained model.
    kept = _copy(model)
    kept.set_weights(loop.kept_weights)
    make_trainable(kept)
    return Refitted(
        model=kept,
        history=tuple(loop.history),
        kept_epoch=loop.kept_epoch,
        training_indices=training,
        held_out_indices=held_out,
        settings=settings,
        is_cut_short=is_cut_short,
        images=meter.images,
    )


class _Pool:
    """The training images: some validation images, and further images without labels."""

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
        """Return images (n, H, W, C) in the network's pixel range and labels (n,), -1 for an image without a label."""
        shape = self._sources[0][0].image_shape
        pixels = np.empty((len(indices), *shape), dtype=np.float32)
        start = 0
        for dataset, rows in self._sources:
            is_here = (indices >= start) & (indices < start + len(rows))
            if is_here.any():
                pixels[is_here] = dataset.rows(rows[indices[is_here] - start], scale=self._scale)
            start += len(rows)
        return pixels, self._labels[indices]


class _Loop:
    """The training loop, which keeps the weights of the best epoch."""

    def __init__(
        self,
        *,
        model: keras.Model,
        averaged: keras.Model,
        step: TrainingStep,
        pool: _Pool,
        meter: Meter,
        finder: TriggerFinder | None,
        settings: RefitSettings,
        monitor: Monitor,
    ) -> None:
        self.history: list[RefitEpoch] = []
        self.kept_weights: list[NDArray[Any]] = averaged.get_weights()
        self.kept_epoch = 0
        self._best_weights, self._best_rate = self.kept_weights, -1.0
        self._model, self._averaged = model, averaged
        self._step, self._pool, self._meter, self._finder = step, pool, meter, finder
        self._settings, self._monitor = settings, monitor
        self._factor = 1.0
        self._pass_step_count = math.ceil(len(pool) / settings.batch_size)
        self._pass_count = settings.passes(len(pool))
        self._step_count = self._pass_count * self._pass_step_count

    def run(self) -> None:
        """Measure the initial network, then train and measure each epoch."""
        self._record(0, loss=math.nan, learning_rate=0.0)
        rng = np.random.default_rng(self._settings.seed)
        for epoch in range(1, self._settings.epochs + 1):
            loss, learning_rate = self._train(epoch, rng)
            self._record(epoch, loss=loss, learning_rate=learning_rate)
        total = self._settings.epochs * self._step_count
        self._monitor.checkpoint(STAGE, done_count=total, total_count=total)

    def _train(self, epoch: int, rng: np.random.Generator) -> tuple[float, float]:
        settings, total = self._settings, self._settings.epochs * self._step_count
        size = min(settings.batch_size, len(self._pool))
        # The last batch of a pass is filled up from the start of the pass, so that all batches have the same shape.
        passes = [
            np.resize(rng.permutation(len(self._pool)), self._pass_step_count * size) for _ in range(self._pass_count)
        ]
        order = np.concatenate(passes)
        loss, learning_rate = 0.0, 0.0
        for number in range(self._step_count):
            index = (epoch - 1) * self._step_count + number
            self._monitor.checkpoint(STAGE, done_count=index, total_count=total)
            learning_rate = self._factor * settings.learning_rate_at(index, total)
            pixels, labels = self._pool.batch(order[number * size : (number + 1) * size])
            task = partial(self._step.take, pixels, labels, index, index / total, learning_rate)
            loss += run_aside(task, while_waiting=self._monitor.stop_if_asked)
        return loss / self._step_count, learning_rate

    def _record(self, epoch: int, *, loss: float, learning_rate: float) -> None:
        held_out, occluded, test, poisoned = self._meter.measure(self._monitor)
        # A loss that is not finite counts as a fall too: the steps were too large.
        is_lost = bool(epoch) and not math.isfinite(loss)
        is_fallen = is_lost or held_out.rate < self._best_rate - self._settings.rollback_margin
        # After a fall the triggers found last are kept: training returns to their network, or to one near it.
        found, stopped = None, None
        try:
            found = None if is_fallen else self._find_triggers(epoch)
        except Cancelled as cancelled:
            stopped = cancelled  # the epoch itself is finished
        if found is not None and self._meter.images is None and found.images is not None:
            self._meter.images = found.images
            self._monitor.publish(found.images)
        record = RefitEpoch(
            epoch,
            loss,
            learning_rate,
            held_out,
            test,
            poisoned,
            is_rolled_back=is_fallen,
            occluded=occluded,
            relative_sizes=found.relative_sizes if found else (),
            suspects=found.suspects if found else (),
            image_labels=self._meter.image_labels(),
        )
        self.history.append(record)
        if is_fallen:
            self._model.set_weights(self._best_weights)
            self._averaged.set_weights(self._best_weights)
            # Otherwise NaNs in the optimizer's state would spoil every following step.
            self._step.forget()
            self._factor /= 2
        else:
            weights = self._averaged.get_weights()
            if held_out.rate >= self._best_rate:
                self._best_weights, self._best_rate = weights, held_out.rate
            if epoch and find_kept(self.history, tolerance=self._settings.choice_tolerance) == epoch:
                self.kept_weights, self.kept_epoch = weights, epoch
        self._monitor.publish(record)
        if stopped is not None:
            raise stopped

    def _find_triggers(self, epoch: int) -> FoundTriggers | None:
        if self._finder is None:
            return None
        found = self._finder.find(epoch, self._monitor)
        self._step.use_triggers(found.triggers)
        return found


def _for_teacher(
    settings: RefitSettings, teacher: keras.Model, pool: _Pool, *, scale: Scale, monitor: Monitor
) -> RefitSettings:
    """Return the settings with plain images for the teacher if augmentation draws its answers to one class."""
    if settings.teacher_images is not TeacherImages.AGREEING or not settings.distillation_weight:
        return settings
    count = min(DRAWN_COUNT, len(pool))
    rows = np.sort(np.random.default_rng([settings.seed, 0xD2]).choice(len(pool), count, replace=False))
    pixels, _ = pool.batch(rows)
    target = drawn_class(
        teacher,
        pixels,
        augmentation=settings.augmentation,
        scale=scale,
        seed=settings.seed,
        while_waiting=monitor.stop_if_asked,
    )
    return settings if target is None else replace(settings, teacher_images=TeacherImages.PLAIN)


def _copy(model: keras.Model) -> keras.Model:
    copy = keras.models.clone_model(model)
    copy_weights(model, copy)
    return copy


def _seed_layers(model: keras.Model, seed: int) -> None:
    """Seed the layers that draw random numbers (dropout)."""
    for number, layer in enumerate(model.layers):
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            generator.state.assign([seed, number])
