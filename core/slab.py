"""Some images of a set that go through the sweep together, small enough to stay near the processor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.cut import Cut
from core.dataset import Dataset
from core.every_cut import EveryCut
from core.records import Scale
from core.shelf import Shelf
from core.suffix import Held, Suffix, Working

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

MOST_TOGGLES = 256  # then the sums are taken anew, so that rounding does not add up


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What some images add to the ranking.

    Attributes:
        sums: of each channel's values, (C,), float64.
        peaks: each channel's largest value, (C,), float64.
        image_count: images.
        value_counts: how many values of each channel, (C,).
    """

    sums: NDArray[np.float64]
    peaks: NDArray[np.float64]
    image_count: int
    value_counts: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """What some images' answers count to, after each step of an order.

    Attributes:
        hits: answers that are the image's label, (steps + 1,).
        agreed_hits: those of them that B gives too.
        flagged: answers other than B's.
        image_count: images.
        update_count: answers that were computed after the unpruned one.
        settled_count: answers that the plain network had to settle.
        short_count: answers that were known without the last layer.
    """

    hits: IntArray
    agreed_hits: IntArray
    flagged: IntArray
    image_count: int
    update_count: int = 0
    settled_count: int = 0
    short_count: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.hits + other.hits,
            self.agreed_hits + other.agreed_hits,
            self.flagged + other.flagged,
            self.image_count + other.image_count,
            self.update_count + other.update_count,
            self.settled_count + other.settled_count,
            self.short_count + other.short_count,
        )


class Slab:
    """Some images of a set, cut: what the prefix made of them, and their answers under any mask.

    Args:
        cut: where the network is cut.
        suffix: how they are answered.
        dataset: the set.
        rows: which of its images, ascending, (n,).
        scale: the pixel range the network wants.
    """

    def __init__(self, cut: Cut | EveryCut, suffix: Suffix, dataset: Dataset, rows: IntArray, *, scale: Scale) -> None:
        self.image_count = len(rows)
        self.settled_count = 0
        self._cut = cut
        self._suffix = suffix
        self._dataset = dataset
        self._rows = rows
        self._scale = scale
        self._held: Held | None = None
        self._working: Working | None = None
        self._base_labels: IntArray = np.zeros(0, dtype=np.int64)

    @property
    def labels(self) -> IntArray:
        """The last answers, (n,): under the mask asked last, or unpruned right after a walk."""
        return self._base_labels if self._working is None else self._working.labels.copy()

    @property
    def is_cached(self) -> bool:
        """Whether what the prefix made is kept."""
        return self._held is not None

    def cache(self, shelf: Shelf, check: Callable[[], None]) -> Measured:
        """Compute the prefix of the images, and keep what the suffix starts from.

        Raises:
            Cancelled: `check` says so.
        """
        tensors = self._prefix(check)
        if self._suffix.is_kept:
            self._held = self._suffix.hold(tensors, shelf)
        layers = [tensor.reshape(-1, tensor.shape[-1]) for tensor in self._suffix.measure(tensors)]
        return Measured(
            sums=np.concatenate([values.sum(axis=0, dtype=np.float64) for values in layers]),
            peaks=np.concatenate([values.max(axis=0) for values in layers]).astype(np.float64),
            image_count=self.image_count,
            value_counts=np.concatenate([np.full(values.shape[1], len(values)) for values in layers]),
        )

    def _prefix(self, check: Callable[[], None]) -> Sequence[FloatArray]:
        batches = []
        size = self._cut.batch_size
        for start in range(0, self.image_count, size):
            check()
            batches.append(self._suffix.prefix(self._pixels(np.arange(start, min(start + size, self.image_count)))))
        return batches[0] if len(batches) == 1 else [np.concatenate(parts) for parts in zip(*batches, strict=True)]

    def walk(self, order: IntArray, shelf: Shelf, check: Callable[[], None], *, is_settled: bool = True) -> Counts:
        """Prune every channel in an order, and count the answers after each step.

        Only the images that a channel touches are answered anew. Once nothing of an image is left, its answer is that
        of every other such image.

        Args:
            order: channel indices, (C,).
            shelf: keeps what the prefix made, where that is not there yet.
            check: called at each step.
            is_settled: whether the plain network settles close calls; an estimate can do without.

        Raises:
            Cancelled: `check` says so.
        """
        suffix = self._suffix
        held = self._held or suffix.hold(self._prefix(check), shelf)
        if suffix.is_kept:
            self._held = held
        working = suffix.begin(held)
        every = np.arange(self.image_count)
        labels = np.full((len(order) + 1, self.image_count), -1, dtype=np.int64)
        close = [(0, suffix.answer(held, working, every))]
        labels[0] = working.labels
        left = np.bincount(np.concatenate([every[:0], *held.touched]), minlength=self.image_count)
        update_count = 0
        for step, channel in enumerate(order, start=1):
            check()
            rows = suffix.touched(held, working, int(channel))
            suffix.toggle(held, working, int(channel))
            if not len(rows):
                continue
            left[rows] -= 1
            spent = rows[left[rows] == 0] if self._cut.is_closed else rows[:0]
            asked = np.setdiff1d(rows, spent[1:], assume_unique=True) if len(spent) > 1 else rows
            uncertain = suffix.answer(held, working, asked)
            if len(spent) and spent[0] in uncertain:
                uncertain = np.union1d(uncertain, spent)
            close.append((step, uncertain))
            working.labels[spent] = working.labels[spent[:1]]
            labels[step, rows] = working.labels[rows]
            update_count += len(asked)
        settled_count = self._settle(labels, close, order) if is_settled else 0
        for step in range(1, len(labels)):
            np.copyto(labels[step], labels[step - 1], where=labels[step] < 0)
        self._base_labels, self._working = labels[0].copy(), None
        return self._count(
            labels, update_count=update_count, settled_count=settled_count, short_count=working.short_count
        )

    def answer(self, channel_mask: BoolArray, shelf: Shelf, check: Callable[[], None]) -> Counts:
        """Count the answers under a mask (C,), True = kept, after a walk; starts from the mask asked last.

        Raises:
            Cancelled: `check` says so; the last finished answers are kept.
        """
        check()
        if self._held is None:
            every = np.arange(self.image_count)
            return self._count(self._plain_labels(every, channel_mask[np.newaxis]))
        held, suffix, working = self._held, self._suffix, self._working
        if working is None or working.toggle_count > MOST_TOGGLES:
            fresh = suffix.begin(held)
            places = working.sums if working else tuple(shelf.keep(array) for array in fresh.sums)
            for place, array in zip(places, fresh.sums, strict=True):
                np.copyto(place, array)
            fresh.sums, working = places, fresh
            suffix.answer(held, working, np.arange(self.image_count))
            working.labels[:] = self._base_labels
        self._working = None  # half moved it is worth nothing
        changed = np.flatnonzero(channel_mask != working.channel_mask)
        for channel in changed:
            suffix.toggle(held, working, int(channel))
        if len(changed):
            rows = np.unique(np.concatenate([held.touched[channel] for channel in changed]))
            close = suffix.answer(held, working, rows)
            if len(close):
                self.settled_count += len(close)
                working.labels[close] = self._plain_labels(close, channel_mask[np.newaxis])
        self._working = working
        return self._count(working.labels)

    def _count(self, labels: IntArray, **more: int) -> Counts:
        """What labels (n,) or (steps + 1, n) count to."""
        is_hit, is_agreed = labels == self._true_labels, labels == self._base_labels
        return Counts(
            hits=np.atleast_1d(is_hit.sum(axis=-1)),
            agreed_hits=np.atleast_1d((is_hit & is_agreed).sum(axis=-1)),
            flagged=np.atleast_1d((~is_agreed).sum(axis=-1)),
            image_count=self.image_count,
            **more,
        )

    def _settle(self, labels: IntArray, close: Sequence[tuple[int, IntArray]], order: IntArray) -> int:
        """Let the plain network decide the answers that are too close to call; gives how many."""
        steps = np.concatenate([np.full(len(rows), step) for step, rows in close])
        rows = np.concatenate([rows for _, rows in close])
        if len(rows):
            pruned_at = np.empty(len(order), dtype=np.int64)
            pruned_at[order] = np.arange(1, len(order) + 1)
            labels[steps, rows] = self._plain_labels(rows, pruned_at > steps[:, np.newaxis])
        return len(rows)

    def _plain_labels(self, rows: IntArray, channel_masks: BoolArray) -> IntArray:
        found = []
        for start in range(0, len(rows), self._cut.batch_size):
            part = slice(start, start + self._cut.batch_size)
            masks = channel_masks if len(channel_masks) == 1 else channel_masks[part]
            found.append(self._cut.plain_labels(self._pixels(rows[part]), masks))
        return np.concatenate(found)

    def _pixels(self, rows: IntArray) -> FloatArray:
        return self._dataset.rows(self._rows[rows], scale=self._scale)

    @property
    def _true_labels(self) -> IntArray:
        return self._dataset.labels[self._rows]
