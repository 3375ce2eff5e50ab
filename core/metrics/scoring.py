"""The metrics of B′ and G compared with B; each network classifies each set once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.metrics.evaluation import Predictions, Stage, predict_labels, predict_with_confidence
from core.monitor import Monitor
from core.network.confidence import ConfidenceLevel, calibrate_level, flagged_by_confidence, rounded_level
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.records import CleanScore, PoisonedScore, Share, SweepPoint

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of B′, and of G by either rule.

    Attributes:
        by_agreement: B′, and G by agreement.
        by_confidence: B′, and G by confidence.
        level: the confidence level of G by confidence.
    """

    by_agreement: SweepPoint
    by_confidence: SweepPoint
    level: ConfidenceLevel


@dataclass(frozen=True, slots=True, eq=False)
class _Answered:
    """A set with the predictions of B and B′."""

    dataset: Dataset
    base: Labels
    pruned: Predictions


class Scorer:
    """Scores networks on the same sets; the predictions of B are computed once.

    Args:
        inputs: B, the sets and the pixel range.
        false_alarm_rate: the share of clean images that G by confidence may flag, (0, 1).
    """

    def __init__(
        self,
        inputs: EvaluationInputs,
        *,
        false_alarm_rate: float,
    ) -> None:
        self._base = inputs.network
        self._has_test = inputs.test is not None
        self._sets = inputs.sets
        self._scale = inputs.known_scale
        self._false_alarm_rate = false_alarm_rate
        self._base_labels: tuple[Labels, ...] | None = None

    def score_base(self, *, monitor: Monitor, stage: str | None = None) -> SweepPoint:
        """Score B itself: B′ and G are B, and nothing is flagged.

        Args:
            monitor: receives progress, and can cancel.
            stage: name of the progress stage; None uses one stage per set.

        Raises:
            Cancelled: the job was cancelled.
        """
        labels = self._labels_of_base(monitor, stage)
        shares = [
            _triple(dataset, each, np.zeros(len(each), dtype=np.bool_))
            for dataset, each in zip(self._sets, labels, strict=True)
        ]
        return self._point(shares, pruned_count=0)

    def share_of_base(self, rows: NDArray[np.int64], *, monitor: Monitor) -> Share:
        """Return B's accuracy on some of the validation images.

        Args:
            rows: indices of these images, shape (n,), int64.
            monitor: receives progress, and can cancel.

        Raises:
            Cancelled: the job was cancelled.
        """
        is_hit = self._labels_of_base(monitor, None)[0] == self._sets[0].labels
        return Share(int(is_hit[rows].sum()), len(rows))

    def score(
        self,
        pruned: Network,
        *,
        pruned_count: int = 0,
        calibration_rows: NDArray[np.int64] | None = None,
        confidence_level: float | None = None,
        monitor: Monitor,
        stage: str | None = None,
    ) -> Score:
        """Score B′, and G by either rule.

        Args:
            pruned: B′, with B's input shape and class count.
            pruned_count: number of pruned channels, only copied to the result.
            calibration_rows: the validation images that the confidence level is found on, those that B′ was not made
                with; None uses all.
            confidence_level: a given level, in [0, 1]; then these images only measure what it flags.
            monitor: receives progress, and can cancel.
            stage: as in `score_base`.

        Raises:
            Cancelled: the job was cancelled.
        """
        base = self._labels_of_base(monitor, None)
        predicted = [
            predict_with_confidence(pruned, each, scale=self._scale, monitor=monitor, stage=part)
            for each, part in zip(self._sets, self._parts(stage), strict=True)
        ]
        answered = [_Answered(*each) for each in zip(self._sets, base, predicted, strict=True)]
        level = self._level(answered[0], calibration_rows, confidence_level)

        def point(is_flagged: Callable[[_Answered], NDArray[np.bool_]]) -> SweepPoint:
            shares = [_triple(each.dataset, each.pruned.labels, is_flagged(each)) for each in answered]
            return self._point(shares, pruned_count=pruned_count)

        return Score(
            by_agreement=point(lambda each: each.base != each.pruned.labels),
            by_confidence=point(
                lambda each: flagged_by_confidence(
                    each.base, each.pruned.labels, each.pruned.confidences, level=level.level
                )
            ),
            level=level,
        )

    def _level(self, validation: _Answered, rows: NDArray[np.int64] | None, given: float | None) -> ConfidenceLevel:
        chosen = slice(None) if rows is None else rows
        base, pruned = validation.base[chosen], validation.pruned.labels[chosen]
        confidences, rate = validation.pruned.confidences[chosen], self._false_alarm_rate
        if given is None:
            return calibrate_level(base, pruned, confidences, false_alarm_rate=rate)
        flagged = flagged_by_confidence(base, pruned, confidences, level=given)
        return ConfidenceLevel(float(rounded_level(given)), rate, Share(int(flagged.sum()), len(flagged)))

    def _labels_of_base(self, monitor: Monitor, stage: str | None) -> tuple[Labels, ...]:
        if self._base_labels is None:
            self._base_labels = tuple(
                predict_labels(self._base, each, scale=self._scale, monitor=monitor, stage=part)
                for each, part in zip(self._sets, self._parts(stage), strict=True)
            )
        return self._base_labels

    def _parts(self, stage: str | None) -> list[Stage | None]:
        """Return the part of the stage that each set is."""
        counts = [each.image_count for each in self._sets]
        if stage is None:
            return [None] * len(counts)
        return [Stage(stage, sum(counts[:index]), sum(counts)) for index in range(len(counts))]

    def _point(self, shares: list[tuple[Share, Share, Share]], *, pruned_count: int) -> SweepPoint:
        return SweepPoint(
            pruned_count=pruned_count,
            channel_index=-1,
            validation=CleanScore(*shares[0]),
            test=CleanScore(*shares[1]) if self._has_test else None,
            poisoned=tuple(PoisonedScore(*each) for each in shares[1 + self._has_test :]),
        )


def _triple(dataset: Dataset, labels: Labels, is_flagged: NDArray[np.bool_]) -> tuple[Share, Share, Share]:
    """Return the images that B′ and G predict as their label, and those that G flags."""
    is_hit = labels == dataset.labels
    counts = (is_hit.sum(), (is_hit & ~is_flagged).sum(), is_flagged.sum())
    one, two, three = (Share(int(count), dataset.image_count) for count in counts)
    return one, two, three
