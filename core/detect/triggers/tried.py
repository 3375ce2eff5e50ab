"""A reconstructed trigger tried on clean images: which become its class; repeated, the answers are the same."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from core.detect.records import NEXT_CLASS, FloatArray, ReconstructedTrigger, TriedImages
from core.detect.task import DetectionTask, IndexArray, answers_of
from core.records import Share
from core.scale import WHITE
from core.thread_pool import run_aside

TRIED_COUNT = 64  # images
_FOLD = 1  # others than those that the trigger was optimized on, where there are enough


def tried_trigger(
    task: DetectionTask, trigger: ReconstructedTrigger, *, while_waiting: Callable[[], None]
) -> ReconstructedTrigger:
    """Return a trigger with the images of other classes that it was tried on, and its success on them.

    A trigger to the next class is tried on images of all classes.

    Args:
        task: the network and the clean images.
        trigger: the trigger; what it was tried on before does not matter.
        while_waiting: called about every 20 ms; may raise `Cancelled`.
    """
    rows = task.rows(TRIED_COUNT, fold=_FOLD)
    labels = known_labels(task, rows, while_waiting=while_waiting)
    if trigger.label != NEXT_CLASS:
        rows, labels = rows[labels != trigger.label], labels[labels != trigger.label]
    answers = answers_with(task, trigger, rows, while_waiting=while_waiting)
    is_drawn = answers == wanted_classes(task, trigger, labels)
    return replace(trigger, success=Share(int(is_drawn.sum()), len(rows)), tried=TriedImages(rows, is_drawn))


def answers_with(
    task: DetectionTask, trigger: ReconstructedTrigger, rows: IndexArray, *, while_waiting: Callable[[], None]
) -> IndexArray:
    """Return the network's answers to clean images with a trigger over them.

    Args:
        task: the network and the clean images.
        trigger: the trigger.
        rows: indices of the images, shape (n,).
        while_waiting: called about every 20 ms; may raise `Cancelled`.

    Returns:
        Shape (n,), int64; -1 where the network puts out what is no finite number.
    """
    return _in_parts(task, rows, lambda part: stamped_images(task, trigger, part) / WHITE, while_waiting)


def stamped_images(task: DetectionTask, trigger: ReconstructedTrigger, rows: IndexArray) -> FloatArray:
    """Return clean images with a trigger over them, as the network is asked: shape (n, H, W, C), float32 in 0–255."""
    return trigger.apply(WHITE * task.unit_images(rows))


def known_labels(task: DetectionTask, rows: IndexArray, *, while_waiting: Callable[[], None]) -> IndexArray:
    """Return the labels of clean images, (n,) int64; where they are not known, the network's answers in their place."""
    assert task.dataset is not None
    if task.has_labels:
        return np.asarray(task.dataset.labels)[rows]
    return _in_parts(task, rows, task.unit_images, while_waiting, answers=_largest)


def wanted_classes(task: DetectionTask, trigger: ReconstructedTrigger, labels: IndexArray) -> IndexArray:
    """Return the classes that a trigger leads images with these labels to, shape (n,), int64."""
    if trigger.label == NEXT_CLASS:
        return (labels + 1) % task.network.class_count
    return np.full_like(labels, trigger.label)


def _in_parts(
    task: DetectionTask,
    rows: IndexArray,
    images_of: Callable[[IndexArray], FloatArray],
    while_waiting: Callable[[], None],
    *,
    answers: Callable[[Any], Any] = answers_of,
) -> IndexArray:
    """Return answers to the images of some rows, asked for in parts that are always the same."""
    found = np.empty(len(rows), np.int64)
    for first in range(0, len(rows), task.batch_size):
        part = slice(first, first + task.batch_size)
        unit_images = images_of(rows[part])
        found[part] = run_aside(
            partial(lambda images: answers(task.logits(images)), unit_images), while_waiting=while_waiting
        ).numpy()
    return found


def _largest(logits: Any) -> Any:
    return tf.argmax(logits, axis=-1)
