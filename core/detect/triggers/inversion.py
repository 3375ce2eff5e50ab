"""Trigger inversion: the smallest trigger that draws clean images to a class, for many classes in one batch.

Source:
    Bolun Wang et al.: Neural Cleanse: Identifying and Mitigating Backdoor Attacks in Neural Networks, IEEE S&P 2019,
    section V.A, equations 2 and 3, and the schedule of the authors' published code. With L the cross-entropy and A the
    function that lays the trigger t over the image x:

        min over t of  mean over x of L(c, f(A(x, t))) + λ size(t)

    λ of each class rises while the trigger draws enough images, and falls while it does not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.detect.records import NEXT_CLASS, FloatArray, ReconstructedTrigger, Statistics
from core.detect.task import DetectionTask, answers_of
from core.detect.triggers.families import TriggerFamily
from core.detect.triggers.tried import TRIED_COUNT, known_labels, tried_trigger
from core.records import Share
from core.thread_pool import run_aside

LEARNING_RATE = 0.1
BETAS = (0.5, 0.9)
WANTED_SUCCESS = 0.95
PATIENCE = 4  # steps in a row before the weight of the size changes
RAISE, LOWER = 1.5, 1.5**1.5
FIRST_WEIGHT, LEAST_WEIGHT, MOST_WEIGHT = 0.5, 1e-3, 1e3
SHOWN_EVERY = 10  # steps between the triggers that are shown on the way

IndexArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Inverted:
    """The result of one inversion.

    Attributes:
        sizes: shape (K,), float64: the smallest size on the way that drew enough images; 1 where none did, NaN for
            classes that were not examined.
        losses: shape (K,), float64: the mean cross-entropy over the last third of the steps; NaN likewise.
        triggers: by class, with their success on images that they were not all optimized on.
    """

    sizes: Statistics
    losses: Statistics
    triggers: dict[int, ReconstructedTrigger]


class Inversion:
    """Inverts triggers of one family, for several classes at once.

    Args:
        task: the network and the clean images.
        family: the form of the triggers.
        step_count: number of steps.
        images_per_step: number of images per step and class.
    """

    def __init__(self, task: DetectionTask, family: TriggerFamily, *, step_count: int, images_per_step: int) -> None:
        self._task, self.family = task, family
        self._step_count = step_count
        self._image_count = max(1, min(images_per_step, task.image_count, task.batch_size))
        self._group_size = max(1, task.batch_size // self._image_count)
        self._step = _compiled_step(task, family)

    def run(
        self,
        classes: IndexArray,
        *,
        on_step: Callable[[int, int], None],
        on_group: Callable[[Inverted], None],
        while_waiting: Callable[[], None],
    ) -> Inverted:
        """Invert the triggers of classes.

        Args:
            classes: the classes, shape (n,), int64.
            on_step: called with the number of finished and of all steps; may raise `Cancelled`.
            on_group: called with all results so far after each group of classes, and every `SHOWN_EVERY` steps with
                the triggers of the group on their way; the success of these is that on the images of their step. Their
                sizes are left out unless the group is the first: finished ones are smaller, and no measure for them.
            while_waiting: called about every 20 ms; may raise `Cancelled`.
        """
        class_count = self._task.network.class_count
        sizes, losses = np.full(class_count, np.nan), np.full(class_count, np.nan)
        triggers: dict[int, ReconstructedTrigger] = {}
        groups = [classes[first : first + self._group_size] for first in range(0, len(classes), self._group_size)]
        pool = self._pool(while_waiting)
        for number, group in enumerate(groups):

            def tell(step: int, number: int = number) -> None:
                on_step(number * self._step_count + step, len(groups) * self._step_count)

            def show(
                made: Sequence[FloatArray], smallest: Statistics, shares: Sequence[Share], group: IndexArray = group
            ) -> None:
                shown = {
                    label: self.family.reconstructed([each[place] for each in made], label, shares[place])
                    for place, label in enumerate(group.tolist())
                }
                shown_sizes = sizes.copy()
                if not triggers:
                    shown_sizes[group] = smallest
                on_group(Inverted(shown_sizes, losses.copy(), {**triggers, **shown}))

            best, smallest, loss = self._run_group(
                group, number=number, pool=pool, on_step=tell, on_best=show, while_waiting=while_waiting
            )
            sizes[group], losses[group] = smallest, loss
            for place, label in enumerate(group.tolist()):
                parameters = [each[place] for each in best]
                triggers[label] = self._tried(parameters, label, while_waiting)
            on_group(Inverted(sizes.copy(), losses.copy(), dict(triggers)))
        return Inverted(sizes, losses, triggers)

    def search(
        self,
        classes: IndexArray,
        *,
        number: int,
        on_step: Callable[[int, int], None],
        on_shown: Callable[[Sequence[tuple[float, ReconstructedTrigger]]], None],
        while_waiting: Callable[[], None],
    ) -> tuple[Statistics, Statistics, tuple[ReconstructedTrigger, ...]]:
        """Invert one trigger for each entry, on the weights that the network has now; a class may be named repeatedly.

        Args:
            classes: the classes, shape (n,), int64; `NEXT_CLASS` is one of them for an all-to-all attack.
            number: another number starts elsewhere and draws other images.
            on_step: called with the number of finished and of all steps; may raise `Cancelled`.
            on_shown: called after each group of classes, and every `SHOWN_EVERY` steps with the triggers of the group
                on their way: all triggers so far with their sizes, 1 for those that did not draw enough images.
            while_waiting: called about every 20 ms; may raise `Cancelled`.

        Returns:
            The smallest size of each that drew enough images, shape (n,), 1 where none did; the mean loss of the last
            third of the steps, shape (n,); and the triggers, whose success is not counted.
        """
        pool = self._pool(while_waiting)
        sizes, losses = np.ones(len(classes)), np.full(len(classes), np.nan)
        triggers: list[ReconstructedTrigger] = []
        firsts = range(0, len(classes), self._group_size)
        for index, first in enumerate(firsts):
            group = classes[first : first + self._group_size]

            def tell(step: int, index: int = index) -> None:
                on_step(index * self._step_count + step, len(firsts) * self._step_count)

            def show(
                made: Sequence[FloatArray], smallest: Statistics, _: Sequence[Share], group: IndexArray = group
            ) -> None:
                known = sizes[: len(triggers)].tolist() + smallest.tolist()
                on_shown(tuple(zip(known, [*triggers, *self._uncounted(made, group)], strict=True)))

            best, small, loss = self._run_group(
                group,
                number=number + first,
                pool=pool,
                on_step=tell,
                on_best=show,
                while_waiting=while_waiting,
            )
            sizes[first : first + len(group)], losses[first : first + len(group)] = small, loss
            triggers.extend(self._uncounted(best, group))
            on_shown(tuple(zip(sizes[: len(triggers)].tolist(), triggers, strict=True)))
        return sizes, losses, tuple(triggers)

    def _uncounted(self, parameters: Sequence[FloatArray], classes: IndexArray) -> list[ReconstructedTrigger]:
        """Return the triggers of classes, without their success."""
        return [
            self.family.reconstructed([each[place] for each in parameters], label, Share(0, 0))
            for place, label in enumerate(classes.tolist())
        ]

    def run_all_to_all(
        self, *, on_step: Callable[[int, int], None], while_waiting: Callable[[], None]
    ) -> tuple[float, ReconstructedTrigger]:
        """Invert one trigger that draws every image to the class after its own, the first class after the last.

        Args:
            on_step: called with the number of finished and of all steps; may raise `Cancelled`.
            while_waiting: called about every 20 ms; may raise `Cancelled`.

        Returns:
            The smallest size that drew enough images, 1 if none did, and the trigger, whose class is `NEXT_CLASS`.

        Source:
            Tianyu Gu et al.: BadNets: Identifying Vulnerabilities in the Machine Learning Model Supply Chain, 2017,
            section 4.1.2: the all-to-all attack.
        """
        best, smallest, _ = self._run_group(
            np.array([NEXT_CLASS]),
            number=0,
            pool=self._pool(while_waiting),
            on_step=lambda step: on_step(step, self._step_count),
            on_best=lambda *_: None,
            while_waiting=while_waiting,
        )
        return float(smallest[0]), self._tried([each[0] for each in best], NEXT_CLASS, while_waiting)

    def _pool(self, while_waiting: Callable[[], None]) -> tuple[FloatArray, IndexArray]:
        """Return the images that the steps draw from, and their labels."""
        rows = self._task.rows(max(TRIED_COUNT, 4 * self._image_count))
        return self._task.unit_images(rows), known_labels(self._task, rows, while_waiting=while_waiting)

    def _run_group(
        self,
        group: IndexArray,
        *,
        number: int,
        pool: tuple[FloatArray, IndexArray],
        on_step: Callable[[int], None],
        on_best: Callable[[Sequence[FloatArray], Statistics, Sequence[Share]], None],
        while_waiting: Callable[[], None],
    ) -> tuple[list[FloatArray], Statistics, Statistics]:
        """Return each class's best parameters, their sizes, and the mean loss of the last third of the steps.

        `on_best` gets the best parameters so far, or the current ones of classes that none drew enough images to, their
        sizes, and their success on the images of their step.
        """
        rng = np.random.default_rng([self._task.seed, number])
        parameters = self.family.start(len(group), self._task.image_shape, (self._task.seed, number))
        moments = tuple((tf.zeros_like(each), tf.zeros_like(each)) for each in parameters)
        weights = np.full(len(group), FIRST_WEIGHT, np.float32)
        schedule = _Schedule(len(group))
        best = [each.numpy() for each in parameters]
        smallest = np.ones(len(group))
        shares = [Share(0, 0)] * len(group)
        last_losses = []
        images, labels = pool
        for step in range(self._step_count):
            on_step(step)
            rows = rng.choice(len(images), self._image_count, replace=False)
            made = run_aside(
                partial(
                    self._step,
                    (parameters, moments),
                    images[rows],
                    targets=(labels[rows], group),
                    weights=weights,
                    number=np.float32(step + 1),
                ),
                while_waiting=while_waiting,
            )
            before = parameters
            parameters, moments = made[:2]
            loss, size, success = (each.numpy() for each in made[2:])
            is_better = (success >= WANTED_SUCCESS) & (size < smallest)
            smallest = np.where(is_better, size, smallest)
            for kept, each in zip(best, before, strict=True):
                kept[is_better] = each.numpy()[is_better]
            weights = schedule.next_weights(weights, success)
            never = smallest >= 1
            for place in np.flatnonzero(is_better | never):
                total = int((labels[rows] != group[place]).sum())
                shares[place] = Share(round(float(success[place]) * total), total)
            if (step + 1) % SHOWN_EVERY == 0 and step + 1 < self._step_count:
                shown = [kept.copy() for kept in best]
                for each, current in zip(shown, before, strict=True):
                    each[never] = current.numpy()[never]
                on_best(shown, smallest.copy(), tuple(shares))
            if 3 * step >= 2 * self._step_count:
                last_losses.append(loss)
        never = smallest >= 1
        for kept, each in zip(best, parameters, strict=True):
            kept[never] = each.numpy()[never]
        return best, smallest, np.mean(last_losses, axis=0)

    def _tried(
        self, parameters: Sequence[FloatArray], label: int, while_waiting: Callable[[], None]
    ) -> ReconstructedTrigger:
        """Return a finished trigger, tried on images."""
        trigger = self.family.reconstructed(parameters, label, Share(0, 0))
        return tried_trigger(self._task, trigger, while_waiting=while_waiting)


class _Schedule:
    """The weight of the size of each class: raised after enough steps in a row that drew enough images, or lowered."""

    def __init__(self, count: int) -> None:
        self._above, self._below = np.zeros(count, np.int64), np.zeros(count, np.int64)

    def next_weights(self, weights: FloatArray, success: FloatArray) -> FloatArray:
        """Return the weights of the next step, shape (g,), float32."""
        is_enough = success >= WANTED_SUCCESS
        self._above = np.where(is_enough, self._above + 1, 0)
        self._below = np.where(is_enough, 0, self._below + 1)
        raised, lowered = self._above >= PATIENCE, self._below >= PATIENCE
        self._above[raised], self._below[lowered] = 0, 0
        factors = np.where(raised, RAISE, np.where(lowered, 1 / LOWER, 1.0))
        return np.clip(weights * factors, LEAST_WEIGHT, MOST_WEIGHT).astype(np.float32)


def _compiled_step(task: DetectionTask, family: TriggerFamily) -> Any:
    """Return a function that makes one step for all triggers of a group."""
    logits_of, shape = task.logits, task.image_shape
    class_count = task.network.class_count

    @tf.function(autograph=False, reduce_retracing=True)  # type: ignore[untyped-decorator]
    def step(state: Any, images: Any, *, targets: Any, weights: Any, number: Any) -> Any:
        (parameters, moments), (labels, wanted) = state, targets
        group_size, image_count = tf.shape(wanted)[0], tf.shape(images)[0]
        repeated = tf.repeat(wanted, image_count)
        next_classes = tf.tile((labels + 1) % class_count, [group_size])
        repeated = tf.where(repeated == NEXT_CLASS, next_classes, repeated)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            for each in parameters:
                tape.watch(each)
            seen = tf.reshape(family.apply(parameters, images), (-1, *shape))
            logits = logits_of(seen)
            each_loss = tf.nn.sparse_softmax_cross_entropy_with_logits(repeated, logits)
            loss = tf.reduce_mean(tf.reshape(each_loss, (group_size, image_count)), axis=1)
            size = family.size(parameters)
            total = tf.reduce_sum(loss + weights * size)
        gradients = tape.gradient(total, parameters)
        is_hit = tf.reshape(answers_of(logits) == repeated, (group_size, image_count))
        counts = tf.cast(labels[None] != wanted[:, None], tf.float32)
        hits = tf.reduce_sum(tf.cast(is_hit, tf.float32) * counts, axis=1)
        success = hits / tf.maximum(tf.reduce_sum(counts, axis=1), 1.0)
        moved = [
            _adam(each, gradient, moment, number)
            for each, gradient, moment in zip(parameters, gradients, moments, strict=True)
        ]
        return tuple(each[0] for each in moved), tuple(each[1] for each in moved), loss, size, success

    return step


def _adam(value: Any, gradient: Any, moment: tuple[Any, Any], number: Any) -> tuple[Any, tuple[Any, Any]]:
    """Return the value and its moments after one step of Adam; a gradient that is not finite counts as 0."""
    gradient = tf.where(tf.math.is_finite(gradient), gradient, tf.zeros_like(gradient))
    first = BETAS[0] * moment[0] + (1 - BETAS[0]) * gradient
    second = BETAS[1] * moment[1] + (1 - BETAS[1]) * tf.square(gradient)
    corrected = first / (1 - BETAS[0] ** number)
    size = tf.sqrt(second / (1 - BETAS[1] ** number)) + 1e-8
    return value - LEARNING_RATE * corrected / size, (first, second)
