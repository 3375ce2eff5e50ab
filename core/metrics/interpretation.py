"""Poisoned sets as they are counted: B's answers tell what their labels are and which answers the attacker wants."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.data.nearest_images import nearest_labels
from core.metrics.attack_rule import Answered, Decision, decide, has_many_labels, of_target
from core.metrics.evaluation import Stage, predict_labels
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.records import AttackKind, Interpretation, Share, SourceShare
from core.scale import Scale

SAMPLE_COUNT = 1000
CLASS_SAMPLE_COUNT = 100
SEED = 0
STAGE = "Finding the target"

Labels = NDArray[np.int64]


def with_interpretations(inputs: EvaluationInputs, *, monitor: Monitor) -> EvaluationInputs:
    """Return the inputs with their poisoned sets as they are counted.

    Args:
        inputs: B, the sets and the known pixel range.
        monitor: receives progress, and can cancel.

    Raises:
        Cancelled: the job was cancelled.
    """
    clean = [inputs.validation, *([inputs.test] if inputs.test is not None else [])]
    return replace(
        inputs,
        poisoned=interpret_sets(
            inputs.network, inputs.poisoned, clean=clean, scale=inputs.known_scale, monitor=monitor
        ),
    )


def interpret_sets(
    network: Network, poisoned: Sequence[Dataset], *, clean: Sequence[Dataset], scale: Scale, monitor: Monitor
) -> tuple[Dataset, ...]:
    """Return poisoned sets as they are counted: the labels are the classes that the attacker wants.

    The result depends only on B, the files, the pixel range and what a person said about the target. At most 1,000
    images of a set are answered, drawn with a fixed seed. Sets that were interpreted before are returned unchanged.

    Args:
        network: B, unpruned.
        poisoned: the poisoned sets as they were opened.
        clean: clean sets to compare with; the first one's images are answered if needed. May be empty.
        scale: the pixel range B expects.
        monitor: receives progress, and can cancel.

    Raises:
        Cancelled: the job was cancelled.
    """
    answers = _CleanAnswers(network, clean[0] if clean else None, scale=scale, monitor=monitor)
    return tuple(
        each
        if each.interpretation is not None
        else _interpret(network, each, clean=clean, answers=answers, scale=scale, monitor=monitor)
        for each in poisoned
    )


def _interpret(
    network: Network,
    dataset: Dataset,
    *,
    clean: Sequence[Dataset],
    answers: "_CleanAnswers",
    scale: Scale,
    monitor: Monitor,
) -> Dataset:
    labels = dataset.labels
    class_count = network.class_count - network.summary.is_repaired  # "backdoored" is no class that an attacker wants
    rows = _drawn(np.arange(dataset.image_count), SAMPLE_COUNT)
    stage = Stage(STAGE, 0, len(rows))
    predicted = predict_labels(network, dataset, scale=scale, monitor=monitor, rows=rows, stage=stage)
    is_class = predicted < class_count
    seen = Answered(labels[rows][is_class], predicted[is_class])
    if dataset.target is not None:
        decision = of_target(seen, dataset.target, is_of_one_class=bool((labels == dataset.target).all()))
    else:
        decision = decide(
            seen,
            class_count=class_count,
            has_many=has_many_labels(labels, class_count=class_count),
            clean=answers.of,
            nearest_labels=lambda: nearest_labels(dataset, clean, scale=scale, monitor=monitor),
        )
    if decision.kind is AttackKind.EACH and not np.isin(labels, [label for label, _ in decision.wanted]).any():
        decision = Decision(AttackKind.LABELS)  # given, but B answers every image as labelled
    if decision.target is not None and not (labels != decision.target).any():
        decision = Decision(AttackKind.LABELS)
    counted, wanted = _wanted(labels, decision, class_count)
    wanted_seen = seen.labels
    if decision.kind is AttackKind.ONE:
        wanted_seen = np.full_like(seen.labels, decision.target)
    elif decision.kind is AttackKind.NEXT:
        wanted_seen = (seen.labels + 1) % class_count
    elif decision.kind is AttackKind.EACH:
        wanted_seen = _by_class(decision, class_count)[seen.labels]
    is_source = (seen.labels != wanted_seen) & (wanted_seen >= 0)
    answer_counts = np.bincount(seen.answers, minlength=class_count)
    interpretation = Interpretation(
        kind=decision.kind,
        targets=tuple(int(each) for each in np.unique(wanted)),
        is_given=dataset.target is not None,
        answered=Share(int((seen.answers == wanted_seen).sum()), len(rows)),
        image_count=dataset.image_count,
        left_out_count=dataset.image_count - len(counted),
        is_sampled=len(rows) < dataset.image_count,
        by_source=()
        if decision.kind is AttackKind.LABELS
        else _by_source(seen.labels[is_source], (seen.answers == wanted_seen)[is_source]),
        sources=decision.sources,
        doubt=decision.doubt,
        is_compared=decision.is_compared,
        as_labelled=Share(int((seen.answers == seen.labels).sum()), len(rows)),
        favourite=int(answer_counts.argmax()),
        favourite_count=int(answer_counts.max()),
        class_count=class_count,
        wanted=decision.wanted,
        is_estimated=dataset.is_estimated,
    )
    return dataset.interpreted(interpretation, rows=counted, wanted=wanted)


def counted_images(labels: Labels, interpretation: Interpretation) -> tuple[Labels, Labels]:
    """Return which images of a poisoned set are counted, as `interpret_sets` returns them.

    Args:
        labels: the labels of the set as it was opened, shape (N,).
        interpretation: how they were understood.

    Returns:
        The indices of the images that count, ascending, and the class that the attacker wants for each.
    """
    target = interpretation.targets[0] if interpretation.kind is AttackKind.ONE else None
    decision = Decision(interpretation.kind, target, wanted=interpretation.wanted)
    return _wanted(labels, decision, interpretation.class_count)


def _wanted(labels: Labels, decision: Decision, class_count: int) -> tuple[Labels, Labels]:
    """Return the indices of the images that count, ascending, and the class that the attacker wants for each."""
    if decision.kind is AttackKind.LABELS:
        return np.arange(len(labels)), labels
    if decision.kind is AttackKind.NEXT:
        return np.arange(len(labels)), (labels + 1) % class_count
    if decision.kind is AttackKind.EACH:
        wanted = _by_class(decision, class_count)[labels]
        return np.flatnonzero(wanted >= 0), wanted[wanted >= 0]
    rows = np.flatnonzero(labels != decision.target)
    return rows, np.full(len(rows), decision.target, dtype=np.int64)


def _by_class(decision: Decision, class_count: int) -> Labels:
    """Return the class that the attacker wants of each true class, shape (K,); -1 where none is known."""
    by_class = np.full(class_count, -1, dtype=np.int64)
    for label, wanted in decision.wanted:
        by_class[label] = wanted
    return by_class


def _by_source(labels: Labels, is_hit: NDArray[np.bool_]) -> tuple[SourceShare, ...]:
    return tuple(
        SourceShare(int(label), Share(int(is_hit[labels == label].sum()), int((labels == label).sum())))
        for label in np.unique(labels)
    )


class _CleanAnswers:
    """B's answers to a sample of clean images, computed on demand and once for all poisoned sets."""

    def __init__(self, network: Network, clean: Dataset | None, *, scale: Scale, monitor: Monitor) -> None:
        self._network, self._clean, self._scale, self._monitor = network, clean, scale, monitor
        self._known: dict[tuple[int, ...], Answered] = {}

    def of(self, only: Sequence[int]) -> Answered:
        """Return clean images, only of some labels if any are named; see `CleanAnswers`."""
        key = tuple(only)
        if key not in self._known:
            self._known[key] = self._answered(key)
        return self._known[key]

    def _answered(self, only: tuple[int, ...]) -> Answered:
        nothing = np.zeros(0, dtype=np.int64)
        if self._clean is None:
            return Answered(nothing, nothing)
        labels = self._clean.labels
        if only:
            rows = _drawn(np.flatnonzero(np.isin(labels, only)), CLASS_SAMPLE_COUNT)
        else:
            rows = _drawn(np.arange(len(labels)), SAMPLE_COUNT)
        stage = Stage(STAGE, 0, len(rows))
        answers = predict_labels(
            self._network, self._clean, scale=self._scale, monitor=self._monitor, rows=rows, stage=stage
        )
        return Answered(labels[rows], answers)


def _drawn(rows: Labels, count: int) -> Labels:
    """Return at most so many rows, drawn with a fixed seed, ascending."""
    if len(rows) <= count:
        return rows
    return np.sort(np.random.default_rng(SEED).choice(rows, count, replace=False))
