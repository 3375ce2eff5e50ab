"""A block of images that goes through the sweep together, small enough to stay in the processor's caches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.cut.cut import Cut
from core.cut.every_cut import EveryCut
from core.cut.suffix import Held, Suffix, Working
from core.cut.tensor_store import TensorStore, forget_pages
from core.data.dataset import Dataset
from core.order.ranking import ActivationSums, sum_up
from core.scale import Scale
from core.thread_pool import ThreadPool

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

SETTLED_AT_ONCE = 64
MOST_TOGGLES = 256  # then the sums are reset, so that rounding errors do not accumulate


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Counts of the predictions for some images, after each step of an order.

    Attributes:
        hits: predictions equal to the image's label, (steps + 1,).
        agreed_hits: those of them that B predicts too, (steps + 1,).
        flagged: predictions other than B's, (steps + 1,).
        image_count: number of images.
        update_count: number of predictions computed after the unpruned one.
        settled_count: number of predictions that the plain network had to settle.
        short_count: number of predictions known without computing the last layer.
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


# Labels (steps + 1, n); per step the rows too close to call, and the rows with equal labels; update and short counts.
_Walked = tuple[NDArray[np.int32], list[tuple[int, IntArray]], list[tuple[int, IntArray]], int, int]


class ImageBlock:
    """Some images of a set with their prefix outputs, and their predictions under any mask.

    Args:
        cut: where the network is cut.
        suffix: predicts the labels.
        dataset: the set.
        rows: indices of its images in this block, ascending, (n,).
        scale: the pixel range the network expects.
    """

    def __init__(self, cut: Cut | EveryCut, suffix: Suffix, dataset: Dataset, rows: IntArray, *, scale: Scale) -> None:
        self.image_count = len(rows)
        self._cut = cut
        self._suffix = suffix
        self._dataset = dataset
        self._rows = rows
        self._scale = scale
        self._held: Held | None = None
        self._working: Working | None = None
        self._places: tuple[FloatArray, ...] = ()
        self._features: FloatArray | None = None
        self._base_labels: IntArray = np.zeros(0, dtype=np.int64)
        self._base_sizes: FloatArray = np.zeros(0, dtype=np.float32)
        self._plain_labels: IntArray | None = None  # under the mask used last, if the whole network predicted them

    @property
    def rows(self) -> IntArray:
        """The indices of the images in their set, ascending, (n,)."""
        return self._rows

    @property
    def base_labels(self) -> IntArray:
        """The predicted labels of the unpruned network, (n,); known after a walk."""
        return self._base_labels

    @property
    def labels(self) -> IntArray:
        """The latest predicted labels, (n,): under the mask used last, or unpruned right after a walk."""
        if self._plain_labels is not None:
            return self._plain_labels
        return self._base_labels if self._working is None else self._working.labels.copy()

    def cache(self, store: TensorStore, check: Callable[[], None]) -> ActivationSums:
        """Compute the prefix outputs of the images, and store the suffix's inputs.

        Raises:
            Cancelled: raised by `check`.
        """
        tensors = self._prefix(check)
        if self._suffix.is_kept:
            self._held = self._suffix.hold(tensors, store)
        return sum_up(self._suffix.measure(tensors))

    def _prefix(self, check: Callable[[], None]) -> Sequence[FloatArray]:
        batches = []
        for rows in self._batches():
            check()
            batches.append(self._suffix.prefix(self.pixels(rows)))
        return batches[0] if len(batches) == 1 else [np.concatenate(parts) for parts in zip(*batches, strict=True)]

    def walk(self, order: IntArray, store: TensorStore, check: Callable[[], None]) -> tuple[Counts, "CloseCalls"]:
        """Prune every channel in the given order, and count the predictions after each step.

        Only the images on which a channel is active are predicted again. Once all channels that are active on an image
        are pruned, its label equals that of every other such image.

        Args:
            order: channel indices, (C,).
            store: stores the prefix outputs, if they are not stored yet.
            check: called at each step.

        Returns:
            The counts of the images whose labels are clear at every step, and the other images as close calls.

        Raises:
            Cancelled: raised by `check`.
        """
        walked = None
        while walked is None:
            walked = self._walk_once(order, store, check)
        labels, close, equal, update_count, short_count = walked
        calls = CloseCalls(self, labels, close, equal, order=order)
        clear = self._without(calls.rows)
        counts = self._count(_carried_on(labels[:, clear]), clear)
        return replace(counts, update_count=update_count, short_count=short_count), calls

    def _walk_once(self, order: IntArray, store: TensorStore, check: Callable[[], None]) -> "_Walked | None":
        """Return the labels at each step; None if rounding errors exceeded the tolerances: then repeat the walk."""
        suffix = self._suffix
        held = self._held or suffix.hold(self._prefix(check), store)
        if suffix.is_kept:
            self._held = held
        working = suffix.begin(held)
        every = np.arange(self.image_count)
        labels = np.full((len(order) + 1, self.image_count), -1, dtype=np.int32)
        close = [(0, suffix.answer(held, working, every, check))]
        labels[0] = working.labels
        self._base_sizes = working.sizes.copy()
        left = np.bincount(np.concatenate([every[:0], *held.touched]), minlength=self.image_count)
        equal: list[tuple[int, IntArray]] = []
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
            close.append((step, suffix.answer(held, working, asked, check)))
            working.labels[spent] = working.labels[spent[:1]]
            if len(spent) and spent[0] in close[-1][1]:
                equal.append((step, spent))
            labels[step, rows] = working.labels[rows]
            update_count += len(asked)
        if suffix.has_drifted(held, working):
            return None
        self._base_labels, self._working, self._plain_labels = labels[0].astype(np.int64), None, None
        spilled: tuple[NDArray[Any], ...] = (*held.touched[:1], *held.arrays)
        for array in spilled:  # they need not stay in memory until they are used again
            forget_pages(array)
        return labels, close, equal, update_count, working.short_count

    def answer(
        self, channel_mask: BoolArray, store: TensorStore, check: Callable[[], None]
    ) -> tuple[Counts, "CloseCalls"]:
        """Count the predictions under a mask (C,), True = kept, after a walk; starts from the mask used last.

        Returns:
            The counts of the images whose labels are clear, and the other images as close calls.

        Raises:
            Cancelled: raised by `check`; the latest finished predictions are kept.
        """
        check()
        every = np.arange(self.image_count)
        held, suffix, working = self._held, self._suffix, self._working  # read once: another thread may release them
        if held is None:
            found = []
            for rows in self._batches():
                check()
                found.append(self.plain_labels(self.pixels(rows), channel_mask[np.newaxis]))
            labels = self._plain_labels = np.concatenate(found)
            return self._count(labels[np.newaxis], every), CloseCalls(self, labels[np.newaxis], [], [])
        self._working = self._plain_labels = None  # a partly updated state must not be used
        if working is None or working.toggle_count > MOST_TOGGLES:
            working = self._begin(held, store)
        changed = np.flatnonzero(channel_mask != working.channel_mask)
        for channel in changed:
            suffix.toggle(held, working, int(channel))
        touched = [held.touched[channel] for channel in changed]
        rows = touched[0] if len(touched) == 1 else np.unique(np.concatenate([every[:0], *touched]))
        close = suffix.answer(held, working, rows, check)
        if self._features is None and working.features.size:
            self._features = working.features = store.keep(working.features)
        self._working = working
        labels = working.labels[np.newaxis]
        clear = self._without(close)
        calls = CloseCalls(self, labels, [(0, close)], [], channel_mask=channel_mask)
        return self._count(labels[:, clear], clear), calls

    def _begin(self, held: Held, store: TensorStore) -> Working:
        """Return the state of the unpruned network with the walk's labels, in reused memory."""
        working = self._suffix.begin(held)
        if not self._places:
            self._places = tuple(store.keep(array) for array in working.sums)
        for place, array in zip(self._places, working.sums, strict=True):
            if place is not array:
                np.copyto(place, array)
        working.sums = self._places
        if self._features is not None:
            working.features = self._features
        working.labels[:] = self._base_labels
        working.sizes[:] = self._base_sizes
        return working

    def release(self) -> None:
        """Drop the prefix outputs: from now on a mask set by hand is evaluated with the whole network."""
        self._held = self._working = self._features = None
        self._places = ()

    def forget_answers(self) -> None:
        """Drop the current state: the next prediction starts from the unpruned network."""
        self._working = self._plain_labels = None

    def take(self, calls: "CloseCalls", answers: IntArray) -> Counts:
        """Store the plain network's labels for `calls`, and return the counts of these images."""
        calls.labels[calls.steps, calls.places] = answers
        for step, places in calls.equal:
            calls.labels[step, places] = calls.labels[step, places[0]]
        if self._working is None:
            self._base_labels[calls.rows] = calls.labels[0]
        else:
            self._working.labels[calls.rows] = calls.labels[0]
        return replace(self._count(_carried_on(calls.labels), calls.rows), settled_count=len(answers))

    def plain_labels(self, pixels: FloatArray, channel_masks: BoolArray) -> IntArray:
        """Return the labels of the whole network for pixels (n, H, W, C) under masks (n, C) or (1, C)."""
        return self._cut.plain_outputs(pixels, channel_masks).argmax(axis=-1)

    def _batches(self) -> list[IntArray]:
        size = self._cut.batch_size
        return [np.arange(start, min(start + size, self.image_count)) for start in range(0, self.image_count, size)]

    def _without(self, rows: IntArray) -> IntArray:
        is_other = np.ones(self.image_count, dtype=bool)
        is_other[rows] = False
        return np.flatnonzero(is_other)

    def _count(self, labels: NDArray[np.integer[Any]], rows: IntArray) -> Counts:
        """Return the counts of labels (steps, n) of some of the images."""
        is_hit, is_agreed = labels == self._dataset.labels[self._rows[rows]], labels == self._base_labels[rows]
        return Counts(
            hits=is_hit.sum(axis=1),
            agreed_hits=(is_hit & is_agreed).sum(axis=1),
            flagged=(~is_agreed).sum(axis=1),
            image_count=len(rows),
        )

    def pixels(self, rows: IntArray) -> FloatArray:
        """Return some of the images in the network's pixel range, (n, H, W, C)."""
        return self._dataset.rows(self._rows[rows], scale=self._scale)


class CloseCalls:
    """Images whose label could depend on rounding, to be settled by the plain network.

    Args:
        block: the block of these images.
        labels: the labels of all images of the block so far, (steps, n); -1 where a step does not change an image.
        close: (step, rows) of the labels that are too close to call.
        equal: (step, rows) of images that have the same label as the first of them.
        order: the order of the channels, for a walk.
        channel_mask: the mask, for a single prediction.

    Attributes:
        rows: rows of the images in the block, (k,).
        labels: their labels, (steps, k).
        steps: the step of each label to settle, (m,).
        places: its image, as an index into `rows`, (m,).
    """

    def __init__(
        self,
        block: ImageBlock,
        labels: NDArray[np.integer[Any]],
        close: Sequence[tuple[int, IntArray]],
        equal: Sequence[tuple[int, IntArray]],
        *,
        order: IntArray | None = None,
        channel_mask: BoolArray | None = None,
    ) -> None:
        no_rows = np.zeros(0, dtype=np.int64)
        open_rows = np.concatenate([no_rows, *(rows for _, rows in close)])
        self.block = block
        self.rows = np.unique(np.concatenate([open_rows, *(rows for _, rows in equal)]))
        self.labels = labels[:, self.rows]
        self.steps = np.concatenate([no_rows, *(np.full(len(rows), step) for step, rows in close)])
        self.places = np.searchsorted(self.rows, open_rows)
        self.equal = [(step, np.searchsorted(self.rows, rows)) for step, rows in equal]
        self._order = order
        self._channel_mask = channel_mask

    def channel_masks(self, where: slice) -> BoolArray:
        """Return the masks under which some of the labels are settled, (m, C)."""
        steps = self.steps[where]
        if self._order is None:
            assert self._channel_mask is not None
            return np.broadcast_to(self._channel_mask, (len(steps), len(self._channel_mask)))
        pruned_at = np.empty(len(self._order), dtype=np.int64)
        pruned_at[self._order] = np.arange(1, len(self._order) + 1)
        return pruned_at > steps[:, np.newaxis]

    def parts(self) -> list["tuple[CloseCalls, slice]"]:
        """Split the labels to settle into parts small enough to share a batch with those of other blocks."""
        starts = range(0, len(self.steps), SETTLED_AT_ONCE)
        return [(self, slice(start, start + SETTLED_AT_ONCE)) for start in starts]


def settle(calls: Sequence[CloseCalls], threads: ThreadPool, *, while_waiting: Callable[[], None]) -> list[Counts]:
    """Settle close calls with the plain network, and return the counts of their images.

    Raises:
        Cancelled: raised by `while_waiting`.
    """
    groups: list[list[tuple[CloseCalls, slice]]] = [[]]
    size = 0
    for part in (part for each in calls for part in each.parts()):
        if size >= SETTLED_AT_ONCE:
            groups.append([])
            size = 0
        groups[-1].append(part)
        size += len(part[0].steps[part[1]])
    answers = {id(each): np.empty(len(each.steps), dtype=np.int64) for each in calls}
    tasks = [partial(_settle_group, group, threads.check) for group in groups if group]
    for group, labels in zip(groups, threads.run(tasks, while_waiting=while_waiting), strict=False):
        ends = np.cumsum([len(each.steps[where]) for each, where in group])
        for (each, where), own in zip(group, np.split(labels, ends), strict=False):
            answers[id(each)][where] = own
    return [each.block.take(each, answers[id(each)]) for each in calls]


def _settle_group(group: Sequence[tuple[CloseCalls, slice]], check: Callable[[], None]) -> IntArray:
    check()
    pixels = np.concatenate([each.block.pixels(each.rows[each.places[where]]) for each, where in group])
    masks = np.concatenate([each.channel_masks(where) for each, where in group])
    return group[0][0].block.plain_labels(pixels, masks)


def _carried_on(labels: NDArray[np.integer[Any]]) -> NDArray[np.integer[Any]]:
    """Fill -1 in labels (steps, n) with the label of the step before."""
    steps = np.where(labels >= 0, np.arange(len(labels))[:, np.newaxis], 0)
    return np.take_along_axis(labels, np.maximum.accumulate(steps, axis=0), axis=0)
