"""Compute the answers to the images of a set: under a channel mask, or of two networks."""

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.images.answers import CLEAN_SET_NAMES, Confidences, CountedImages, ImageAnswers, Labels
from core.metrics.evaluation import predict_labels, predict_with_confidence
from core.metrics.interpretation import counted_images
from core.metrics.network_scores import SetRole
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network, label_and_confidence
from core.scale import Scale
from core.sweep.evaluator_on_demand import EvaluatorOnDemand
from core.sweep.masked_evaluator import MaskedEvaluator
from core.thread_pool import run_aside

_STAGE = "Confidences of the answers"


def images_of(
    inputs: EvaluationInputs,
    role: SetRole,
    place: int = 0,
    *,
    opened: tuple[Dataset, ...],
    held_out: NDArray[np.int64] | None = None,
) -> CountedImages:
    """Return the images of a set as the figures count them.

    Args:
        inputs: the sets; the poisoned ones are interpreted.
        role: the role of the set.
        place: position of a poisoned set.
        opened: the poisoned sets as they were opened.
        held_out: indices of the held-out validation images.

    Raises:
        ValueError: there is no such set.
    """
    scale = inputs.known_scale
    if role is SetRole.POISONED:
        dataset, source = inputs.poisoned[place], opened[place]
        known = dataset.interpretation
        if known is None:
            raise ValueError(f"the poisoned set must be interpreted, got {dataset!r}")
        rows, _ = counted_images(source.labels, known)
        true_labels = source.labels[rows] if known.has_true_labels else None
        return CountedImages(dataset.name, dataset, rows, true_labels, is_poisoned=True, scale=scale)
    clean = inputs.test if role is SetRole.TEST else inputs.validation
    if clean is None:
        raise ValueError(f"there must be a set for {role}")
    rows = np.arange(clean.image_count)
    if role is SetRole.HELD_OUT:
        if held_out is None:
            raise ValueError("the held-out images must be known")
        clean, rows = clean.subset(held_out), held_out
    return CountedImages(CLEAN_SET_NAMES[role], clean, rows, clean.labels, is_poisoned=False, scale=scale)


def answers_under_mask(
    evaluator: MaskedEvaluator | EvaluatorOnDemand,
    images: CountedImages,
    channel_mask: NDArray[np.bool_],
    *,
    monitor: Monitor,
) -> ImageAnswers:
    """Return the answers of B and of B′ under a mask: those that the figures of the sweep count.

    Publishes the `ImageAnswers` without confidences first.

    Args:
        evaluator: the evaluator of a complete sweep.
        images: the images of one of its sets.
        channel_mask: (C,), True = kept.
        monitor: receives progress, and can cancel.

    Raises:
        Cancelled: the job was cancelled.
    """
    answers = labels_under_mask(evaluator, images, channel_mask, monitor=monitor)
    monitor.publish(answers)
    network = evaluator.inputs.network
    base = predict_with_confidence(network, images.dataset, scale=images.scale, monitor=monitor).confidences
    if channel_mask.all():
        return replace(answers, base_confidences=base, pruned_confidences=base)
    pruned = _masked_confidences(evaluator, images.dataset, channel_mask, images.scale, monitor)
    return replace(answers, base_confidences=base, pruned_confidences=pruned)


def labels_under_mask(
    evaluator: MaskedEvaluator | EvaluatorOnDemand,
    images: CountedImages,
    channel_mask: NDArray[np.bool_],
    *,
    monitor: Monitor,
) -> ImageAnswers:
    """Return the same answers without confidences, which takes much less time."""
    set_index = next(place for place, each in enumerate(evaluator.inputs.sets) if each is images.dataset)
    found = evaluator.labels(channel_mask, set_index, monitor=monitor)
    return ImageAnswers(images, found.base, found.pruned)


def answers_of_networks(
    base: Network, pruned: Network | None, images: CountedImages, *, level: float | None = None, monitor: Monitor
) -> ImageAnswers:
    """Return the answers of B and B′: those that the figures of a repair and of a comparison count.

    Args:
        base: B.
        pruned: B′; None if it is B itself.
        images: the images.
        level: the confidence level of G by confidence; None without one.
        monitor: receives progress, and can cancel.

    Raises:
        Cancelled: the job was cancelled.
    """
    dataset, scale = images.dataset, images.scale
    labels = predict_labels(base, dataset, scale=scale, monitor=monitor)
    confidences = predict_with_confidence(base, dataset, scale=scale, monitor=monitor).confidences
    if pruned is None:
        return ImageAnswers(images, labels, labels, confidences, confidences, level)
    found = predict_with_confidence(pruned, dataset, scale=scale, monitor=monitor)
    return ImageAnswers(images, labels, found.labels, confidences, found.confidences, level)


def _masked_confidences(
    evaluator: MaskedEvaluator | EvaluatorOnDemand,
    dataset: Dataset,
    channel_mask: NDArray[np.bool_],
    scale: Scale,
    monitor: Monitor,
) -> Confidences:
    """Return the confidences of B′ under a mask, (N,)."""
    network = evaluator.inputs.network
    is_probability = network.graph.gives_probabilities()
    layer, reader = evaluator.layer.layer_set, evaluator.reader
    found = np.empty(dataset.image_count, dtype=np.float32)
    size = network.batch_size

    def confidences(rows: Labels) -> Confidences:
        pixels = dataset.rows(rows, scale=scale)
        outputs = network.outputs(pixels, layer=layer, reader=reader, channel_mask=channel_mask)
        values: Confidences = label_and_confidence(outputs, is_probability=is_probability)[1].numpy()
        return values

    for start in range(0, len(found), size):
        monitor.checkpoint(_STAGE, done_count=start, total_count=len(found))
        rows = np.arange(start, min(start + size, len(found)))
        found[rows] = run_aside(partial(confidences, rows), while_waiting=monitor.stop_if_asked)
    return np.nan_to_num(found, nan=0.0)
