"""All loaded sets cut at one layer, in blocks: measured once, then evaluated quickly under any mask."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from core.channels import LayerSet
from core.cut.cut import Cut
from core.cut.every_cut import EveryCut
from core.cut.every_suffix import EverySuffix
from core.cut.suffix import SubtractingSuffix, find_suffix
from core.cut.tensor_store import MEMORY_BUDGET_BYTES, TensorStore
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.order.ranking import ActivationSums, Ranking
from core.records import CleanScore, PoisonedScore, Share, SweepPoint
from core.sweep.image_block import CloseCalls, Counts, ImageBlock, settle
from core.thread_pool import ThreadPool

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

FIRST_IMAGES = 128  # images of each set that are evaluated first
MOST_IMAGES = 512
MOST_VALUES = 1 << 24  # values stored per block
SAMPLE_BLOCKS = 2  # blocks of each set that are evaluated first for a mask set by hand
AT_ONCE = 6  # blocks per task for a mask set by hand: each takes a few milliseconds
SEED = 0
STAGE = "Scoring"


@dataclass(frozen=True, slots=True, eq=False)
class MaskedLabels:
    """The labels that B and B′ predict for the images of one set.

    Attributes:
        base: of B, (N,) int64.
        pruned: of B′, (N,) int64.
    """

    base: IntArray
    pruned: IntArray


class MaskedEvaluator:
    """All loaded sets cut at one layer, ready to be scored under any mask.

    Every set is split into blocks of random images, so that the finished blocks are a random sample of it.

    Args:
        inputs: the network, the sets and the pixel range.
        layer: the convolution whose channels are masked, or several as one.
        reader: mask only what this layer reads; None masks the output for all readers.
        memory_bytes: how much of the prefix outputs is kept in memory; the rest goes to a temporary file.

    Attributes:
        inputs: the network, the sets and the pixel range.
        is_sample_cheap: whether walking a few images is cheap compared with their prefix.
        is_quick: whether a mask set by hand is scored quickly, without recomputing layers.

    Raises:
        LayerError: no such layer or reader.
    """

    def __init__(
        self,
        inputs: EvaluationInputs,
        *,
        layer: str | LayerSet,
        reader: str | None,
        memory_bytes: int = MEMORY_BUDGET_BYTES,
    ) -> None:
        self.inputs = inputs
        self.layer = inputs.network.layer(layer)
        self.reader = reader
        self.store = TensorStore(memory_bytes)
        self.memory_bytes = memory_bytes
        self._has_test = inputs.test is not None
        self._known: dict[bytes, SweepPoint] = {}
        self._cut = inputs.network.cut(layer, reader=reader)
        suffix = EverySuffix(self._cut) if isinstance(self._cut, EveryCut) else find_suffix(self._cut)
        self.image_counts = tuple(each.image_count for each in inputs.sets)
        self._is_kept = self.is_sample_cheap = suffix.is_kept
        self.is_quick = isinstance(suffix, SubtractingSuffix)
        self._blocks = tuple(
            tuple(
                ImageBlock(self._cut, suffix, each, rows, scale=inputs.known_scale)
                for rows in _deal(each.image_count, self._cut)
            )
            for each in inputs.sets
        )

    @property
    def image_total(self) -> int:
        """Number of images in all sets together."""
        return sum(self.image_counts)

    def measure(
        self, threads: ThreadPool, *, has_poisoned: bool, while_waiting: Callable[[], None]
    ) -> Iterator[tuple[bool, ActivationSums]]:
        """Compute the prefix of the validation set, block by block, in the same order each time.

        The first blocks of all other sets are computed together with the first one.

        Args:
            threads: runs the tasks.
            has_poisoned: whether to measure the poisoned sets too.
            while_waiting: called repeatedly.

        Yields:
            Whether the block is poisoned, and its activation sums.

        Raises:
            Cancelled: raised by `while_waiting`.
        """

        def cache(blocks: Sequence[ImageBlock]) -> Iterator[ActivationSums]:
            tasks = (partial(block.cache, self.store, threads.check) for block in blocks)
            return threads.run(tasks, while_waiting=while_waiting)

        first_poisoned = len(self._blocks) - len(self.inputs.poisoned)
        for place, measured in enumerate(list(cache([blocks[0] for blocks in self._blocks]))):
            if place == 0 or (has_poisoned and place >= first_poisoned):
                yield place > 0, measured
        yield from ((False, measured) for measured in cache(self._blocks[0][1:]))
        for blocks in self._blocks[first_poisoned:] if has_poisoned else ():
            yield from ((True, measured) for measured in cache(blocks[1:]))

    def sample(self, order: IntArray, threads: ThreadPool, *, while_waiting: Callable[[], None]) -> list[Counts]:
        """Walk the first block of every set; return the sample's counts for each set, without close calls."""
        tasks = [partial(blocks[0].walk, order, self.store, threads.check) for blocks in self._blocks]
        return [counts for counts, _ in threads.run(tasks, while_waiting=while_waiting)]

    def walk(
        self, order: IntArray, threads: ThreadPool, *, while_waiting: Callable[[], None]
    ) -> Iterator[tuple[int, Counts]]:
        """Walk every block, all sets in parallel; yield the index of a set and the counts of some of its images.

        Close calls are yielded last, after the plain network has settled them.

        Raises:
            Cancelled: raised by `while_waiting`.
        """
        shares = sorted(
            ((place + 1) / len(blocks), set_index, block)
            for set_index, blocks in enumerate(self._blocks)
            for place, block in enumerate(blocks)
        )
        tasks = (partial(block.walk, order, self.store, threads.check) for *_, block in shares)
        found = threads.run(tasks, while_waiting=while_waiting)
        close: list[tuple[int, CloseCalls]] = []
        for (_, set_index, _), (counts, calls) in zip(shares, found, strict=True):
            close += [(set_index, calls)] if len(calls.rows) else []
            yield set_index, counts
        settled = settle([calls for _, calls in close], threads, while_waiting=while_waiting)
        yield from zip((set_index for set_index, _ in close), settled, strict=True)

    def score(
        self, channel_mask: BoolArray, *, pruned_count: int, channel_index: int = -1, monitor: Monitor
    ) -> SweepPoint:
        """Score B′ and G under a mask, shape (C,), True = kept; call it after a complete walk.

        Publishes the `SweepPoint` of a random sample first; the returned one is exact.

        Raises:
            Cancelled: the job was cancelled.
        """
        key = channel_mask.tobytes()
        if key in self._known:
            return replace(self._known[key], channel_index=channel_index, pruned_count=pruned_count)
        totals = self._count(channel_mask, pruned_count, monitor)
        point = self.points(totals, [channel_index], [pruned_count])[0]
        self._known[key] = point
        return point

    def labels(self, channel_mask: BoolArray, set_index: int, *, monitor: Monitor) -> MaskedLabels:
        """Return the labels that the figures of a mask count in one of the sets; call it after a complete walk.

        Raises:
            Cancelled: the job was cancelled.
        """
        blocks = self._blocks[set_index]
        done_count, total_count = 0, self.image_counts[set_index]

        def report() -> None:
            monitor.checkpoint("Answering", done_count=done_count, total_count=total_count)

        size = AT_ONCE if self._is_kept else 1
        groups = [[(set_index, each) for each in blocks[start : start + size]] for start in range(0, len(blocks), size)]
        found: list[CloseCalls] = []
        try:
            with ThreadPool(is_waiting=self._is_kept) as threads:
                tasks = (partial(self._answer, group, channel_mask, threads.check) for group in groups)
                for answered in threads.run(tasks, while_waiting=report):
                    found += [calls for *_, calls in answered]
                    done_count += sum(calls.block.image_count for *_, calls in answered)
                settle(found, threads, while_waiting=report)
        except BaseException:
            for block in blocks:
                block.forget_answers()  # partial updates must not be used as labels
            raise
        base, pruned = np.empty(total_count, dtype=np.int64), np.empty(total_count, dtype=np.int64)
        for block in blocks:
            base[block.rows], pruned[block.rows] = block.base_labels, block.labels
        return MaskedLabels(base, pruned)

    def _count(self, channel_mask: BoolArray, pruned_count: int, monitor: Monitor) -> list[Counts]:
        """Return the counts of every set under a mask; publish those of a sample as a `SweepPoint` first."""
        totals: dict[int, Counts] = {}
        groups = self._group()
        found: list[tuple[int, Counts, CloseCalls]] = []
        done_count = 0

        def report() -> None:
            monitor.checkpoint(STAGE, done_count=done_count, total_count=self.image_total)

        try:
            with ThreadPool(is_waiting=self._is_kept) as threads:
                tasks = (partial(self._answer, group, channel_mask, threads.check) for group in groups)
                for place, answered in enumerate(threads.run(tasks, while_waiting=report), start=1):
                    found += answered
                    for set_index, counts, _ in answered:
                        totals[set_index] = totals[set_index] + counts if set_index in totals else counts
                        done_count += counts.image_count
                    if place == len(self._blocks) < len(groups):
                        sample = [totals[set_index] for set_index in sorted(totals)]
                        if all(each.image_count for each in sample):
                            monitor.publish(self.points(sample, [-1], [pruned_count])[0])
                settled = settle([calls for *_, calls in found], threads, while_waiting=report)
        except BaseException:
            for block in (block for blocks in self._blocks for block in blocks):
                block.forget_answers()  # partial updates must not be used as labels
            raise
        for (set_index, *_), counts in zip(found, settled, strict=True):
            totals[set_index] += counts
        return [totals[set_index] for set_index in sorted(totals)]

    def _group(self) -> list[list[tuple[int, ImageBlock]]]:
        """Return all blocks in groups, one per task: a sample of each set, then the rest."""
        first = SAMPLE_BLOCKS if self._is_kept else 1
        samples = [[(set_index, block) for block in blocks[:first]] for set_index, blocks in enumerate(self._blocks)]
        others = [(set_index, block) for set_index, blocks in enumerate(self._blocks) for block in blocks[first:]]
        size = AT_ONCE if self._is_kept else 1
        return samples + [others[start : start + size] for start in range(0, len(others), size)]

    def release(self) -> None:
        """Free the memory: from now on, masks not scored before are scored with the whole network."""
        for block in (block for blocks in self._blocks for block in blocks):
            block.release()
        self.store = TensorStore(self.memory_bytes)
        self._is_kept = self.is_quick = False

    def _answer(
        self, places: Sequence[tuple[int, ImageBlock]], channel_mask: BoolArray, check: Callable[[], None]
    ) -> list[tuple[int, Counts, CloseCalls]]:
        return [(set_index, *block.answer(channel_mask, self.store, check)) for set_index, block in places]

    def remember(self, points: Sequence[SweepPoint], ranking: Ranking) -> None:
        """Cache a walk's points, so that going back to one of its steps costs nothing."""
        self._known = {ranking.channel_mask(each.pruned_count).tobytes(): each for each in points}

    def points(
        self, totals: Sequence[Counts], channels: Sequence[int], pruned_counts: Sequence[int]
    ) -> tuple[SweepPoint, ...]:
        """Convert the counts of all sets to points of a curve."""
        watched = totals[1:]
        poisoned = watched[1:] if self._has_test else watched
        return tuple(
            SweepPoint(
                pruned_count=pruned_count,
                channel_index=channel,
                validation=CleanScore(*_shares(totals[0], step)),
                test=CleanScore(*_shares(watched[0], step)) if self._has_test else None,
                poisoned=tuple(PoisonedScore(*_shares(each, step)) for each in poisoned),
            )
            for step, (channel, pruned_count) in enumerate(zip(channels, pruned_counts, strict=True))
        )


def _shares(counts: Counts, step: int) -> tuple[Share, Share, Share]:
    return (
        Share(int(counts.hits[step]), counts.image_count),
        Share(int(counts.agreed_hits[step]), counts.image_count),
        Share(int(counts.flagged[step]), counts.image_count),
    )


def _deal(image_count: int, cut: Cut | EveryCut) -> list[IntArray]:
    """Split a set into blocks of random rows, a small block first; rows ascend within a block."""
    shuffled = np.random.default_rng(SEED).permutation(image_count)
    size = int(np.clip(MOST_VALUES // cut.value_count, 1, MOST_IMAGES))
    first = min(FIRST_IMAGES, size)
    starts = [0, *range(first, image_count, size)]
    return [np.sort(part) for part in np.split(shuffled, starts[1:]) if len(part)]
