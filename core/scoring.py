"""What B′ and G are worth beside B: each network is asked once about each set."""

import numpy as np
from numpy.typing import NDArray

from core.dataset import Dataset
from core.evaluation import predict_labels
from core.monitor import Monitor
from core.network import Network
from core.records import CleanScore, PoisonedScore, Scale, Share, SweepPoint

Labels = NDArray[np.int64]


class Scorer:
    """Counts what networks answer on the same sets; what B says there is found once.

    Args:
        base: B.
        validation: clean validation images.
        test: clean test images; None when not loaded.
        poisoned: poisoned sets.
        scale: the pixel range the networks want.
    """

    def __init__(
        self,
        base: Network,
        *,
        validation: Dataset,
        test: Dataset | None,
        poisoned: tuple[Dataset, ...],
        scale: Scale,
    ) -> None:
        self._base = base
        self._has_test = test is not None
        self._sets = (validation, *([test] if test is not None else []), *poisoned)
        self._scale = scale
        self._base_labels: tuple[Labels, ...] | None = None

    def score_base(self, *, monitor: Monitor, stage: str | None = None) -> SweepPoint:
        """B beside itself: B′ and G are B, and nothing is flagged.

        Args:
            monitor: progress and cancel.
            stage: what the progress is called; None: each set has a stage of its own.

        Raises:
            Cancelled: asked to stop.
        """
        labels = self._labels_of_base(monitor, stage)
        return self._point(labels, labels, pruned_count=0)

    def score(
        self, pruned: Network, *, pruned_count: int = 0, monitor: Monitor, stage: str | None = None
    ) -> SweepPoint:
        """B′, and G that answers what B answers where both agree.

        Args:
            pruned: B′, with B's input shape and class count.
            pruned_count: channels that were pruned, for the record alone.
            monitor: progress and cancel.
            stage: as in `score_base`.

        Raises:
            Cancelled: asked to stop.
        """
        base = self._labels_of_base(monitor, None)
        return self._point(base, self._labels_of(pruned, monitor, stage), pruned_count=pruned_count)

    def _labels_of_base(self, monitor: Monitor, stage: str | None) -> tuple[Labels, ...]:
        if self._base_labels is None:
            self._base_labels = self._labels_of(self._base, monitor, stage)
        return self._base_labels

    def _labels_of(self, network: Network, monitor: Monitor, stage: str | None) -> tuple[Labels, ...]:
        """Of each set the predicted labels, shape (N,)."""
        if stage is None:
            return tuple(predict_labels(network, each, scale=self._scale, monitor=monitor) for each in self._sets)
        counts = [each.image_count for each in self._sets]
        return tuple(
            predict_labels(
                network,
                each,
                scale=self._scale,
                monitor=monitor,
                stage=stage,
                done_count=sum(counts[:index]),
                total_count=sum(counts),
            )
            for index, each in enumerate(self._sets)
        )

    def _point(self, base: tuple[Labels, ...], pruned: tuple[Labels, ...], *, pruned_count: int) -> SweepPoint:
        shares = [_shares(*each) for each in zip(self._sets, base, pruned, strict=True)]
        clean_count = 1 + self._has_test
        return SweepPoint(
            pruned_count=pruned_count,
            channel_index=-1,
            validation=CleanScore(*shares[0]),
            test=CleanScore(*shares[1]) if self._has_test else None,
            poisoned=tuple(PoisonedScore(*each) for each in shares[clean_count:]),
        )


def _shares(dataset: Dataset, base: Labels, pruned: Labels) -> tuple[Share, Share, Share]:
    """Of B′ the images predicted as their label, of G the same, and those that G flags."""
    is_hit, is_agreed = pruned == dataset.labels, base == pruned
    counts = (is_hit.sum(), (is_hit & is_agreed).sum(), (~is_agreed).sum())
    one, two, three = (Share(int(count), dataset.image_count) for count in counts)
    return one, two, three
