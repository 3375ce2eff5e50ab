"""Some images of a set that go through the sweep together, small enough to stay near the processor."""

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
from core.records import Scale
from core.thread_pool import ThreadPool

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

SETTLED_AT_ONCE = 64
MOST_TOGGLES = 256  # then the sums are taken anew, so that rounding does not add up


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


# The answers (steps + 1, n); at each step those that are open, and those that are the same; updates, and short ones.
_Walked = tuple[NDArray[np.int32], list[tuple[int, IntArray]], list[tuple[int, IntArray]], int, int]


class ImageBlock:
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

    @property
    def labels(self) -> IntArray:
        """The last answers, (n,): under the mask asked last, or unpruned right after a walk."""
        return self._base_labels if self._working is None else self._working.labels.copy()

    def cache(self, store: TensorStore, check: Callable[[], None]) -> ActivationSums:
        """Compute the prefix of the images, and keep what the suffix starts from.

        Raises:
            Cancelled: `check` says so.
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
        """Prune every channel in an order, and count the answers after each step.

        Only the images that a channel touches are answered anew. Once nothing of an image is left, its answer is that
        of every other such image.

        Args:
            order: channel indices, (C,).
            store: keeps what the prefix made, where that is not there yet.
            check: called at each step.

        Returns:
            The counts of the images whose answers are clear at every step, and the others.

        Raises:
            Cancelled: `check` says so.
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
        """The answers at each step; None where rounding went further than allowed for: then do it again."""
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
        self._base_labels, self._working = labels[0].astype(np.int64), None
        spilled: tuple[NDArray[Any], ...] = (*held.touched[:1], *held.arrays)
        for array in spilled:  # they need not stay in memory until somebody asks again
            forget_pages(array)
        return labels, close, equal, update_count, working.short_count

    def answer(
        self, channel_mask: BoolArray, store: TensorStore, check: Callable[[], None]
    ) -> tuple[Counts, "CloseCalls"]:
        """Count the answers under a mask (C,), True = kept, after a walk; starts from the mask asked last.

        Returns:
            The counts of the images whose answers are clear, and the others.

        Raises:
            Cancelled: `check` says so; the last finished answers are kept.
        """
        check()
        every = np.arange(self.image_count)
        held, suffix, working = self._held, self._suffix, self._working  # read once: somebody may release them
        if held is None:
            found = []
            for rows in self._batches():
                check()
                found.append(self.plain_labels(self.pixels(rows), channel_mask[np.newaxis]))
            labels = np.concatenate(found)
            return self._count(labels[np.newaxis], every), CloseCalls(self, labels[np.newaxis], [], [])
        self._working = None  # half moved it is worth nothing
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
        """Stand at the unpruned network, with its answers as the walk left them, in memory that is used again."""
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
        """Forget what the prefix made: from now on a mask by hand is answered by the whole network."""
        self._held = self._working = self._features = None
        self._places = ()

    def forget_answers(self) -> None:
        """Start from the unpruned network next time."""
        self._working = None

    def take(self, calls: "CloseCalls", answers: IntArray) -> Counts:
        """Take the plain network's answers to `calls`, and count the images that they were about."""
        calls.labels[calls.steps, calls.places] = answers
        for step, places in calls.equal:
            calls.labels[step, places] = calls.labels[step, places[0]]
        if self._working is None:
            self._base_labels[calls.rows] = calls.labels[0]
        else:
            self._working.labels[calls.rows] = calls.labels[0]
        return replace(self._count(_carried_on(calls.labels), calls.rows), settled_count=len(answers))

    def plain_labels(self, pixels: FloatArray, channel_masks: BoolArray) -> IntArray:
        """What the whole network, layer after layer, answers to pixels (n, H, W, C) under masks (n, C) or (1, C)."""
        return self._cut.plain_outputs(pixels, channel_masks).argmax(axis=-1)

    def _batches(self) -> list[IntArray]:
        size = self._cut.batch_size
        return [np.arange(start, min(start + size, self.image_count)) for start in range(0, self.image_count, size)]

    def _without(self, rows: IntArray) -> IntArray:
        is_other = np.ones(self.image_count, dtype=bool)
        is_other[rows] = False
        return np.flatnonzero(is_other)

    def _count(self, labels: NDArray[np.integer[Any]], rows: IntArray) -> Counts:
        """What labels (steps, n) of some of the images count to."""
        is_hit, is_agreed = labels == self._dataset.labels[self._rows[rows]], labels == self._base_labels[rows]
        return Counts(
            hits=is_hit.sum(axis=1),
            agreed_hits=(is_hit & is_agreed).sum(axis=1),
            flagged=(~is_agreed).sum(axis=1),
            image_count=len(rows),
        )

    def pixels(self, rows: IntArray) -> FloatArray:
        """Some of the images as the network wants them, (n, H, W, C)."""
        pixels = self._dataset.rows(self._rows[rows], scale=self._scale)
        forget_pages(self._dataset.images)
        return pixels


class CloseCalls:
    """Images with answers that rounding could decide, for the plain network to settle.

    Args:
        block: whose images they are.
        labels: all its images' answers so far, (steps, n); -1 where a step does not touch an image.
        close: at each step, which answers are open.
        equal: images that have the same answer as the first of them, at a step.
        order: in which order channels went, for a walk.
        channel_mask: the mask, for a single answer.

    Attributes:
        rows: the images, (k,).
        labels: their answers, (steps, k).
        steps: of each open answer, (m,).
        places: whose it is, in `rows`, (m,).
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
        nobody = np.zeros(0, dtype=np.int64)
        asked = np.concatenate([nobody, *(rows for _, rows in close)])
        self.block = block
        self.rows = np.unique(np.concatenate([asked, *(rows for _, rows in equal)]))
        self.labels = labels[:, self.rows]
        self.steps = np.concatenate([nobody, *(np.full(len(rows), step) for step, rows in close)])
        self.places = np.searchsorted(self.rows, asked)
        self.equal = [(step, np.searchsorted(self.rows, rows)) for step, rows in equal]
        self._order = order
        self._channel_mask = channel_mask

    def channel_masks(self, where: slice) -> BoolArray:
        """Under which masks some of the open answers are asked, (m, C)."""
        steps = self.steps[where]
        if self._order is None:
            assert self._channel_mask is not None
            return np.broadcast_to(self._channel_mask, (len(steps), len(self._channel_mask)))
        pruned_at = np.empty(len(self._order), dtype=np.int64)
        pruned_at[self._order] = np.arange(1, len(self._order) + 1)
        return pruned_at > steps[:, np.newaxis]

    def parts(self) -> list["tuple[CloseCalls, slice]"]:
        """The open answers in parts small enough to be put through together with those of other blocks."""
        starts = range(0, len(self.steps), SETTLED_AT_ONCE)
        return [(self, slice(start, start + SETTLED_AT_ONCE)) for start in starts]


def settle(calls: Sequence[CloseCalls], threads: ThreadPool, *, while_waiting: Callable[[], None]) -> list[Counts]:
    """Let the plain network decide what is too close to call, and count the images that it was about.

    Raises:
        Cancelled: `while_waiting` says so.
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
    """Each answer (steps, n) holds until the next one; -1 where there is none."""
    steps = np.where(labels >= 0, np.arange(len(labels))[:, np.newaxis], 0)
    return np.take_along_axis(labels, np.maximum.accumulate(steps, axis=0), axis=0)
