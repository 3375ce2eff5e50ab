"""Unlearning of triggers: a copy of the network learns to answer under triggers as the network does without them.

Source:
    Bolun Wang et al.: Neural Cleanse: Identifying and Mitigating Backdoor Attacks in Neural Networks, IEEE S&P 2019,
    section VI.C: patching a network by unlearning a reversed trigger. There it repairs the target; here it is done to
    several classes' triggers at once, to see which of them does not come back.

The network's own answers take the place of labels. The step of a weight is a share of its tensor's root mean square, so
that the same function stored with another pixel range is changed alike.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.detect.records import FloatArray, ReconstructedTrigger
from core.detect.task import DetectionTask
from core.network.network import Network
from core.network.rebuild import copy_model
from core.scale import WHITE
from core.thread_pool import run_aside

BETAS = (0.9, 0.99)
_LEAST_SIZE = 1e-4  # of a tensor, so that one of zeros can change


@dataclass(frozen=True, slots=True)
class Course:
    """How triggers are unlearned.

    Attributes:
        step_count: number of steps.
        clean_count: number of images as they are, in each step.
        stamped_count: number of images with a trigger, in each step.
        rate: the first step of a weight, as a share of its tensor's root mean square; it falls to 0.
        pool_count: number of images that they are drawn from.
    """

    step_count: int
    clean_count: int
    stamped_count: int
    rate: float
    pool_count: int

    @property
    def passes(self) -> int:
        """Images that go forward and back."""
        return self.step_count * (self.clean_count + self.stamped_count)


def unlearned(
    task: DetectionTask,
    triggers: Sequence[ReconstructedTrigger],
    course: Course,
    *,
    on_step: Callable[[int], None],
    while_waiting: Callable[[], None],
) -> DetectionTask:
    """Return the same task with a copy of the network that has unlearned triggers.

    Args:
        task: the network, which is not changed, and clean images.
        triggers: the triggers, at least one.
        course: how they are unlearned.
        on_step: called with the number of finished steps; may raise `Cancelled`.
        while_waiting: called about every 20 ms; may raise `Cancelled`.
    """
    copy = run_aside(partial(copy_model, task.network), while_waiting=while_waiting)
    _make_trainable(copy)
    summary = task.network.summary
    network = Network(copy, path=summary.path, sha256=summary.sha256, source_format=summary.source_format)
    made = DetectionTask(
        network, task.scale, dataset=task.dataset, has_labels=task.has_labels, seed=task.seed, wanted=task.wanted
    )
    images, _ = task.images(course.pool_count)
    step = _compiled_step(task, made, triggers)
    rng = np.random.default_rng([task.seed, len(triggers)])
    for number in range(course.step_count):
        on_step(number)
        clean = rng.choice(len(images), min(course.clean_count, len(images)), replace=False)
        stamped = rng.integers(0, len(images), course.stamped_count)
        chosen = rng.integers(0, len(triggers), course.stamped_count)
        rate = np.float32(course.rate * (1 - number / course.step_count))
        run_aside(
            partial(step, images[clean], images[stamped], chosen, rate=rate, number=np.float32(number + 1)),
            while_waiting=while_waiting,
        )
    return made


def _make_trainable(model: keras.Model) -> None:
    """Make every layer trainable, also those of models inside, whatever the model file says."""
    for layer in model.layers:
        layer.trainable = True
        if isinstance(layer, keras.Model):
            _make_trainable(layer)


def _compiled_step(task: DetectionTask, made: DetectionTask, triggers: Sequence[ReconstructedTrigger]) -> Any:
    """Return a step that changes the weights of the copy."""
    opacity = np.stack([each.opacity for each in triggers])
    added = np.stack([_added(each) for each in triggers])
    variables = made.network.model.trainable_variables
    sizes = [float(np.sqrt(np.square(each.numpy()).mean()) + _LEAST_SIZE) for each in variables]
    moments = [tuple(tf.Variable(tf.zeros(each.shape)) for _ in BETAS) for each in variables]

    @tf.function(autograph=False, reduce_retracing=True)  # type: ignore[untyped-decorator]
    def step(clean: Any, bare: Any, chosen: Any, *, rate: Any, number: Any) -> None:
        stamped = bare * (1 - tf.gather(opacity, chosen)) + tf.gather(added, chosen)
        seen = tf.concat([clean, tf.clip_by_value(stamped, 0.0, 1.0)], axis=0)
        wanted = tf.nn.softmax(task.logits(tf.concat([clean, bare], axis=0)))
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(wanted, made.logits(seen)))
        gradients = tape.gradient(loss, [each.value for each in variables], unconnected_gradients="zero")
        for variable, gradient, size, (first, second) in zip(variables, gradients, sizes, moments, strict=True):
            finite = tf.where(tf.math.is_finite(gradient), gradient, tf.zeros_like(gradient))
            first.assign(BETAS[0] * first + (1 - BETAS[0]) * finite)
            second.assign(BETAS[1] * second + (1 - BETAS[1]) * tf.square(finite))
            corrected = first / (1 - BETAS[0] ** number)
            spread = tf.sqrt(second / (1 - BETAS[1] ** number)) + 1e-8
            variable.assign(variable.value - rate * size * corrected / spread)

    return step


def _added(trigger: ReconstructedTrigger) -> NDArray[np.float32]:
    """Return what a trigger adds to the share of an image that it leaves, (H, W, C), for pixels in [0, 1]."""
    added: FloatArray = trigger.pixels * trigger.opacity
    if trigger.change is not None:
        added = added + trigger.change
    return np.asarray(added / WHITE, np.float32)
