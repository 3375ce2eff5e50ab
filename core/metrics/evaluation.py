"""Metrics of one network: clean accuracy and attack success, and detection of its pixel range."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.display import Row, TableRecord
from core.metrics.figures import by_set, figures_of
from core.metrics.network_scores import NetworkKind, NetworkScores
from core.monitor import Monitor
from core.network.network import Answering, FloatArray, Network
from core.records import Interpretation, Share
from core.scale import Scale
from core.thread_pool import run_aside
from core.words import ESTIMATED


@dataclass(frozen=True, slots=True)
class Evaluation(TableRecord):
    """The metrics of one unpruned network.

    Attributes:
        scale: the pixel range used.
        validation: clean validation images predicted as their true label; None if not loaded.
        test: clean test images predicted as their true label; None if not loaded.
        poisoned: for each poisoned set, the images predicted as the attacker wants (attack success).
        interpretations: how each poisoned set was understood.
    """

    scale: Scale
    validation: Share | None
    test: Share | None
    poisoned: tuple[Share, ...]
    interpretations: tuple[Interpretation | None, ...] = ()

    def as_rows(self) -> tuple[Row, ...]:
        """One row for each figure of each loaded set."""
        scores = NetworkScores.of_predictions(validation=self.validation, test=self.test, poisoned=self.poisoned)
        rows: list[Row] = []
        for figure in by_set(figures_of(NetworkKind.PRUNED)):
            for number, share in enumerate(figure.shares(scores), start=1):
                ending = "" if figure.is_of_many else f", {figure.role}"
                if figure.is_of_many and len(self.poisoned) > 1:
                    ending = f", set {number}"
                if figure.is_of_many and self._is_estimated(number - 1):
                    ending += f", {ESTIMATED}"
                if share is not None:
                    rows.append({"figure": figure.measure.name + ending, "rate": share})
        return tuple(rows)

    def _is_estimated(self, place: int) -> bool:
        known = self.interpretations[place] if place < len(self.interpretations) else None
        return known is not None and known.is_estimated


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """The predictions of one network for the images of a set.

    Attributes:
        labels: shape (N,), int64 in [0, K), read-only.
        confidences: largest probability of each image, shape (N,), float32 in [0, 1], read-only.
    """

    labels: NDArray[np.int64]
    confidences: FloatArray

    def __post_init__(self) -> None:
        for each in (self.labels, self.confidences):
            each.flags.writeable = False

    def __repr__(self) -> str:
        return f"Predictions({len(self.labels)} images)"


@dataclass(frozen=True, slots=True)
class Stage:
    """The progress stage that classifying one set is a part of.

    Attributes:
        name: name of the stage, shown to the user.
        done_count: number of images classified before.
        total_count: number of images of the whole stage.
    """

    name: str
    done_count: int
    total_count: int


def predict_labels(
    network: Network,
    dataset: Dataset,
    *,
    scale: Scale,
    monitor: Monitor,
    rows: NDArray[np.int64] | None = None,
    stage: Stage | None = None,
) -> NDArray[np.int64]:
    """Predict the label of each image, shape (N,), int64 in [0, K).

    Args:
        network: the network.
        dataset: the images.
        scale: the pixel range the network expects.
        monitor: receives progress, and can cancel.
        rows: predict only these images, in this order.
        stage: the progress stage that this is a part of; None uses a stage named after the set.

    Raises:
        Cancelled: the job was cancelled.
    """
    return _answers(network, network.answer, dataset, scale=scale, monitor=monitor, rows=rows, stage=stage)[0]


def predict_with_confidence(
    network: Network, dataset: Dataset, *, scale: Scale, monitor: Monitor, stage: Stage | None = None
) -> Predictions:
    """Predict the label and the confidence of each image; NaN outputs have confidence 0.

    Args:
        network: the network.
        dataset: the images.
        scale: the pixel range the network expects.
        monitor: receives progress, and can cancel.
        stage: the progress stage that this is a part of; None uses a stage named after the set.

    Raises:
        Cancelled: the job was cancelled.
    """
    labels, confidences = _answers(
        network, network.answer_with_confidence, dataset, scale=scale, monitor=monitor, stage=stage
    )
    return Predictions(labels, np.nan_to_num(confidences, nan=0.0))


def _answers(
    network: Network,
    answer: Answering,
    dataset: Dataset,
    *,
    scale: Scale,
    monitor: Monitor,
    rows: NDArray[np.int64] | None = None,
    stage: Stage | None = None,
) -> tuple[NDArray[np.int64], FloatArray]:
    """Return the label and the value that `answer` computes for each image, batch by batch."""
    chosen = np.arange(dataset.image_count) if rows is None else rows
    labels, values = np.empty(len(chosen), dtype=np.int64), np.empty(len(chosen), dtype=np.float32)
    stage = stage or Stage(f"Classifying {dataset.name}", 0, len(chosen))
    size = network.batch_size
    for start in range(0, len(chosen), size):
        monitor.checkpoint(stage.name, done_count=stage.done_count + start, total_count=stage.total_count)
        part = slice(start, start + size)
        task = partial(answer, dataset.rows(chosen[part], scale=scale))
        labels[part], values[part] = run_aside(task, while_waiting=monitor.stop_if_asked)
    monitor.checkpoint(stage.name, done_count=stage.done_count + len(chosen), total_count=stage.total_count)
    return labels, values


def share_predicted(network: Network, dataset: Dataset, *, scale: Scale, monitor: Monitor) -> Share:
    """Return the share of images predicted as their label in the file: clean accuracy, or ASR of a poisoned file."""
    labels = predict_labels(network, dataset, scale=scale, monitor=monitor)
    return Share(int((labels == dataset.labels).sum()), dataset.image_count)


def evaluate(
    network: Network,
    *,
    validation: Dataset | None,
    test: Dataset | None,
    poisoned: Sequence[Dataset],
    scale: Scale,
    monitor: Monitor,
) -> Evaluation:
    """Compute the clean accuracy and attack success of a network on all loaded sets; poisoned ones interpreted before.

    Raises:
        Cancelled: the job was cancelled.
    """

    def share(dataset: Dataset | None) -> Share | None:
        return None if dataset is None else share_predicted(network, dataset, scale=scale, monitor=monitor)

    return Evaluation(
        scale=scale,
        validation=share(validation),
        test=share(test),
        poisoned=tuple(share_predicted(network, each, scale=scale, monitor=monitor) for each in poisoned),
        interpretations=tuple(each.interpretation for each in poisoned),
    )
