"""One compiled training step of refitting: change the images, compute the loss, update the weights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.network.losses import answer_loss, apply_gradients, label_loss, make_logits
from core.refit.images.corruption import corrupt
from core.refit.images.mixing import mix
from core.refit.images.occlusion import occlude
from core.refit.images.variation import vary
from core.refit.optimizers import adaptive_perturbation, make_optimizer
from core.refit.records import RefitSettings, TeacherImages
from core.refit.triggers import Triggers, stamp
from core.scale import Scale


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """A training step, and a way to reset the optimizer.

    Attributes:
        take: (pixels, labels, step index, progress, learning rate) -> loss; updates the model's weights once. Progress
            is the share of all steps that are done, [0, 1).
        forget: resets the optimizer's state (such as its momentum) to zero.
        use_triggers: stamps `RefitSettings.stamped_share` of the following batches with these triggers; None stamps
            nothing.
    """

    take: Callable[[Any, Any, int, float, float], float]
    forget: Callable[[], None]
    use_triggers: Callable[[Triggers | None], None]


def make_step(
    model: keras.Model,
    teacher: keras.Model,
    settings: RefitSettings,
    *,
    free: Mapping[str, NDArray[np.bool_]],
    scale: Scale,
    averaged: keras.Model | None = None,
) -> TrainingStep:
    """Return a step that updates the model's weights once each time it is taken.

    A weight that is held at zero gets no gradient, so it is exactly zero after the step.

    Args:
        model: the model to train.
        teacher: the network whose soft outputs are used in distillation and occlusion; not changed.
        settings: the refit settings.
        free: masks by path of the model's variables, True = free to change.
        scale: what the network reads for a pixel.
        averaged: a copy of the model that holds the running average of its weights, if `settings.averaging` is not 0.

    Source:
        The running average: Boris Polyak, Anatoli Juditsky: Acceleration of Stochastic Approximation by Averaging,
        1992; with an exponential decay instead of equal weights.
    """
    variables = model.trainable_variables
    others = model.non_trainable_variables
    free_masks = [tf.constant(free[each.path], tf.float32) if each.path in free else None for each in variables]
    logits_of, teacher_logits_of = make_logits(model), make_logits(teacher)
    optimizer = make_optimizer(settings.optimizer, learning_rate=settings.learning_rate)
    optimizer.build(variables)
    weight = settings.distillation_weight
    stamps: list[tuple[Any, ...] | None] = [None]

    def loss_and_gradients(seen: Any, labels: Any, answers: Any) -> tuple[Any, list[Any]]:
        with tf.GradientTape() as tape:
            logits = logits_of(seen, True)
            loss = tf.constant(0.0)
            if weight < 1:
                loss += (1 - weight) * label_loss(labels, logits, smoothing=settings.label_smoothing)
            if answers is not None:
                loss += weight * answer_loss(answers, logits, temperature=settings.temperature)
        gradients = tape.gradient(loss, [each.value for each in variables], unconnected_gradients="zero")
        held = zip(gradients, free_masks, strict=True)
        return loss, [gradient if mask is None else gradient * mask for gradient, mask in held]

    @tf.function(reduce_retracing=True, autograph=False)  # type: ignore[untyped-decorator]
    def step(pixels: Any, labels: Any, index: Any, share: Any, triggers: Any) -> Any:
        shown, seen, labels = _prepared(pixels, labels, settings, (index, share), scale=scale, triggers=triggers)
        answers = _answers(teacher_logits_of, shown) if weight > 0 else None
        loss, gradients = loss_and_gradients(seen, labels, answers)
        if settings.perturbation_radius:
            before = [tf.identity(each.value) for each in variables]
            running = [tf.identity(each.value) for each in others]
            moves = adaptive_perturbation(before, gradients, radius=settings.perturbation_radius)
            for variable, start, move in zip(variables, before, moves, strict=True):
                variable.assign(start + move)
            _, gradients = loss_and_gradients(seen, labels, answers)
            for variable, start in zip(variables, before, strict=True):
                variable.assign(start)
            # Each batch updates the running statistics of batch normalization only once.
            for variable, start in zip(others, running, strict=True):
                variable.assign(start)
        apply_gradients(optimizer, gradients, variables)
        if averaged is not None and settings.averaging:
            count = tf.cast(index, tf.float32)
            share = 1 - tf.minimum(settings.averaging, (1 + count) / (10 + count))
            for drawn, variable in zip(averaged.weights, model.weights, strict=True):
                # Weights that did not change stay the same, bit for bit. Counts, as of a `Normalization`, never do.
                if tf.as_dtype(variable.dtype).is_floating:
                    drawn.assign_add(share * (variable.value - drawn.value))
        return loss

    def run(pixels: Any, labels: Any, index: int, progress: float, learning_rate: float) -> float:
        optimizer.learning_rate.assign(learning_rate)
        share = settings.occlusion.share_at(progress) if settings.occlusion is not None else 0.0
        return float(step(pixels, labels, tf.constant(index, tf.int32), tf.constant(share, tf.float32), stamps[0]))

    def use_triggers(triggers: Triggers | None) -> None:
        stamps[0] = None if triggers is None else tuple(tf.constant(each) for each in triggers.arrays)

    return TrainingStep(run, partial(_forget, optimizer), use_triggers)


def _prepared(
    pixels: Any, labels: Any, settings: RefitSettings, place: tuple[Any, Any], *, scale: Scale, triggers: Any
) -> tuple[Any, Any, Any]:
    """Return the images that the teacher sees, those that the student sees, and the labels, -1 for a mixed image.

    Args:
        pixels: (N, H, W, C) float32.
        labels: (N,) int64.
        settings: the refit settings.
        place: the index of the step, int32, and the share of occluded images, float32.
        scale: what the network reads for a pixel.
        triggers: the arrays of `Triggers`; None stamps nothing.

    Returns:
        What the teacher sees is one or two tensors (N, H, W, C); of two, see `_answers`.
    """
    index, share = place
    seed = tf.stack([settings.seed, index])
    augmented = partial(vary, augmentation=settings.augmentation, scale=scale, seed=seed)
    is_varied_first = settings.teacher_images is TeacherImages.AUGMENTED
    plain = augmented(pixels) if is_varied_first else pixels
    if settings.mixing is not None:
        plain, is_mixed = mix(plain, mixing=settings.mixing, seed=seed)
        labels = tf.where(is_mixed, tf.constant(-1, labels.dtype), labels)
    varied = plain if is_varied_first else augmented(plain)
    shown = (plain, varied) if settings.teacher_images is TeacherImages.AGREEING else (plain,)
    stamped_count = 0 if triggers is None else round(settings.stamped_share * int(varied.shape[0]))
    seen = varied[stamped_count:]
    if settings.corruption is not None:
        seen = corrupt(seen, corruption=settings.corruption, scale=scale, seed=seed)
    elif settings.occlusion is not None:
        seen, _ = occlude(seen, occlusion=settings.occlusion, scale=scale, seed=seed, share=share)
    if stamped_count:
        stamped = stamp(varied[:stamped_count], triggers, scale=scale, seed=seed)
        seen = tf.concat([stamped, seen], axis=0)
    return shown, seen, labels


def _answers(logits_of: Callable[[Any, bool], Any], shown: tuple[Any, ...]) -> Any:
    """Return the teacher's logits, (N, K): of the second images where its answers are those for the first ones."""
    first = logits_of(shown[0], False)
    if len(shown) == 1:
        return first
    second = logits_of(shown[1], False)
    is_same = tf.argmax(second, axis=-1) == tf.argmax(first, axis=-1)
    return tf.where(is_same[:, None], second, first)


def _forget(optimizer: Any) -> None:
    for variable in optimizer.variables:
        if variable is not optimizer.iterations and variable is not optimizer.learning_rate:
            variable.assign(tf.zeros(variable.shape, variable.dtype))
