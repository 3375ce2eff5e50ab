"""The images cut at the pruned layer: the prefix of each is computed once, then any mask is scored quickly.

An image's answer can only change where a channel whose mask changed is not zero for it, so only those images are
computed anew. Images whose two best outputs lie so close that the order of floating-point sums could decide are
settled by the plain network, layer by layer, and counted.
"""

import os
import tempfile
from collections.abc import Sequence
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from core.dataset import Dataset
from core.errors import ExportError
from core.intake.cache import intake_folder
from core.intake.refusal import Refusal
from core.monitor import Monitor
from core.network import BATCH_SIZE, Cut, FloatArray, Network
from core.ranking import STAGE as RANKING_STAGE
from core.ranking import ActivationMeter
from core.records import CleanScore, Order, PoisonedScore, Ranking, Scale, Share, SweepPoint

MARGIN_TOLERANCE = 1e-4
MEMORY_BUDGET_BYTES = 1 << 30

BoolArray = NDArray[np.bool_]
LabelArray = NDArray[np.int64]


class CutSet:
    """One set of images, cut: what the prefix made of them, and the answers under the last mask.

    Args:
        cut: where the network is cut.
        dataset: the images.
        scale: the pixel range the network wants.
        memory_bytes: how much of the cut tensors is kept in memory; larger ones go to a temporary file.
    """

    def __init__(self, cut: Cut, dataset: Dataset, *, scale: Scale, memory_bytes: int) -> None:
        self.dataset = dataset
        self._cut = cut
        self._scale = scale
        count = dataset.image_count
        shapes = [(count, *shape) for shape in cut.tensor_shapes]
        is_spilled = sum(4 * int(np.prod(shape)) for shape in shapes) > memory_bytes
        self._tensors = [_allocate(shape, is_spilled=is_spilled) for shape in shapes]
        self._alive = np.zeros((count, cut.layer.channel_count), dtype=bool)
        self._mask = np.ones(cut.layer.channel_count, dtype=bool)
        self._labels = np.zeros(count, dtype=np.int64)
        self.base_labels = self._labels
        self.settled_count = 0

    def fill(self, monitor: Monitor, *, meter: ActivationMeter | None = None) -> None:
        """Compute the prefix of every image and the unpruned answers; a `meter` measures on the way."""
        total = self.dataset.image_count
        stage = RANKING_STAGE if meter else f"Preparing {self.dataset.name}"
        for start in range(0, total, BATCH_SIZE):
            monitor.checkpoint(stage, done_count=start, total_count=total)
            part = slice(start, min(start + BATCH_SIZE, total))
            tensors = self._cut.measure(self.dataset.batch(part.start, part.stop, scale=self._scale))
            for kept, tensor in zip(self._tensors, tensors, strict=True):
                kept[part] = tensor
            measured = tensors[0]
            self._alive[part] = (measured != 0).any(axis=tuple(range(1, measured.ndim - 1)))
            if meter:
                meter.add(measured)
                monitor.publish(meter.ranking())
        monitor.checkpoint(stage, done_count=total, total_count=total)
        labels = self._labels.copy()
        self._answer(np.arange(total), self._mask, labels, monitor, stage=f"Classifying {self.dataset.name}")
        self._labels = self.base_labels = labels

    def alive_counts(self) -> LabelArray:
        """On how many images each channel is not zero, shape (C,): how many answers pruning it alone can change."""
        return self._alive.sum(axis=0)

    def answer(self, channel_mask: BoolArray, *, monitor: Monitor) -> LabelArray:
        """Predicted labels under a mask (C,), shape (N,); only images that the change touches are computed.

        Raises:
            Cancelled: asked to stop; the last finished answer is kept.
        """
        changed = channel_mask != self._mask
        rows = np.flatnonzero(self._alive[:, changed].any(axis=1))
        labels = self._labels.copy()
        self._answer(rows, channel_mask, labels, monitor)
        self._mask, self._labels = channel_mask.copy(), labels
        return labels

    def _answer(
        self, rows: LabelArray, channel_mask: BoolArray, labels: LabelArray, monitor: Monitor, *, stage: str = ""
    ) -> None:
        """Put the answers of `rows` into `labels`; without a stage of its own it only looks whether to stop."""
        for start in range(0, len(rows), BATCH_SIZE):
            if stage or monitor.is_cancelled:
                monitor.checkpoint(stage, done_count=start, total_count=len(rows))
            part = rows[start : start + BATCH_SIZE]
            answers, margins = self._cut.answer(channel_mask, [tensor[part] for tensor in self._tensors])
            close = np.flatnonzero(~(margins > MARGIN_TOLERANCE))
            if len(close):
                pixels = self.dataset.rows(part[close], scale=self._scale)
                answers[close] = self._cut.plain_outputs(pixels, channel_mask).argmax(axis=-1)
                self.settled_count += len(close)
            labels[part] = answers


class Workbench:
    """All loaded sets cut at one layer, ready to be scored under any mask.

    Args:
        network: the network.
        layer: the convolution whose channels are masked.
        reader: mask only what this layer reads; None masks the output for everybody.
        scale: the pixel range the network wants.
        validation: clean validation images.
        test: clean test images, only watched.
        poisoned: poisoned sets, only watched.
        memory_bytes: how much of the cut tensors is kept in memory; the rest goes to temporary files.

    Raises:
        LayerError: no such layer or reader.
    """

    def __init__(
        self,
        network: Network,
        *,
        layer: str,
        reader: str | None,
        scale: Scale,
        validation: Dataset,
        test: Dataset | None,
        poisoned: Sequence[Dataset],
        memory_bytes: int = MEMORY_BUDGET_BYTES,
    ) -> None:
        self.network = network
        self.layer = network.layer(layer)
        self.reader = reader
        self.scale = scale
        cut = network.cut(layer, reader=reader)
        sets = [each for each in (validation, test, *poisoned) if each is not None]
        images = max(sum(each.image_count for each in sets), 1)

        def cut_set(dataset: Dataset) -> CutSet:
            share = memory_bytes * dataset.image_count // images
            return CutSet(cut, dataset, scale=scale, memory_bytes=share)

        self._validation = cut_set(validation)
        self._test = None if test is None else cut_set(test)
        self.poisoned = tuple(cut_set(each) for each in poisoned)

    @property
    def settled_count(self) -> int:
        """How many answers the plain network had to settle so far."""
        sets = (self._validation, self._test, *self.poisoned)
        return sum(each.settled_count for each in sets if each is not None)

    def prepare(self, *, order: Order, monitor: Monitor) -> Ranking:
        """Compute every prefix once and rank the channels on the way; publishes growing `Ranking`s.

        Raises:
            Cancelled: asked to stop.
        """
        meter = ActivationMeter(self.layer, kind=order, image_total=self._validation.dataset.image_count)
        self._validation.fill(monitor, meter=meter)
        for each in (self._test, *self.poisoned):
            if each is not None:
                each.fill(monitor)
        return meter.ranking()

    def work_per_channel(self) -> LabelArray:
        """How many answers pruning each channel can change, over all sets, shape (C,)."""
        sets = (self._validation, self._test, *self.poisoned)
        return np.sum([each.alive_counts() for each in sets if each is not None], axis=0)

    def score(
        self, channel_mask: BoolArray, *, pruned_count: int, channel_index: int = -1, monitor: Monitor
    ) -> SweepPoint:
        """What B′ and G are worth under a mask, shape (C,), True = kept.

        Raises:
            Cancelled: asked to stop.
        """

        def clean(each: CutSet) -> CleanScore:
            return CleanScore(*_shares(each, each.answer(channel_mask, monitor=monitor)))

        return SweepPoint(
            pruned_count=pruned_count,
            channel_index=channel_index,
            validation=clean(self._validation),
            test=None if self._test is None else clean(self._test),
            poisoned=tuple(
                PoisonedScore(*_shares(each, each.answer(channel_mask, monitor=monitor))) for each in self.poisoned
            ),
        )


def _shares(each: CutSet, labels: LabelArray) -> tuple[Share, Share, Share]:
    total = len(labels)
    is_hit = labels == each.dataset.labels
    is_agreed = labels == each.base_labels
    return (
        Share(int(is_hit.sum()), total),
        Share(int((is_hit & is_agreed).sum()), total),
        Share(total - int(is_agreed.sum()), total),
    )


def _allocate(shape: tuple[int, ...], *, is_spilled: bool) -> FloatArray:
    if not is_spilled:
        return np.empty(shape, dtype=np.float32)
    size_bytes = 4 * int(np.prod(shape))
    folder = _spill_folder()
    try:
        with tempfile.TemporaryFile(prefix="backdoor-inspector-", dir=folder) as file:
            _reserve(file, size_bytes)
            return np.memmap(file, dtype=np.float32, mode="w+", shape=shape)
    except OSError as error:
        raise ExportError(
            f"{size_bytes / 1e9:.2f} GB of temporary space are needed for the outputs of this layer, but '{folder}' "
            f"does not have them ({error.strerror or error}): free some, or prune a later layer",
            code="no-space",
        ) from error


def _spill_folder() -> str:
    """Beside the cache, since the system's temporary folder may lie in memory."""
    try:
        return str(intake_folder())
    except Refusal:
        return tempfile.gettempdir()


def _reserve(file: IO[Any], size_bytes: int) -> None:
    """Take the space now: writing to a mapped file on a full disk would kill the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size_bytes)
        return
    zeros = bytes(1 << 20)
    for start in range(0, size_bytes, len(zeros)):
        file.write(zeros[: size_bytes - start])
    file.flush()
