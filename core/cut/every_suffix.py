"""Predictions for images while channels of any layer are pruned.

The tensors that the cuts need are stored, masked, for the current images. Pruning a channel recomputes only the layers
after its own cut, and only for the images on which the channel is not zero. In the deepest layers the channel's
contribution is subtracted instead.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.cut.every_cut import EveryCut
from core.cut.suffix import PLAIN_TOLERANCE, Held, Working, start_working
from core.cut.tensor_store import TensorStore

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

NEVER = np.float32(-np.inf)  # before a ReLU: unchanged by any addition, and becomes zero


@dataclass(slots=True, eq=False)
class _Standing(Working):
    """The state of some images while channels are pruned.

    Attributes:
        tensors: the masked tensors that the cuts need, by layer name.
        based: what the base's suffix needs in addition to its sums.
        silence: for each sum, what is added when it is recomputed, (D,): `NEVER` for a pruned channel, else 0.
        active: for each part, the images on which its channels are not zero, (n, C), if known.
        part: the part of the channel pruned last.
    """

    tensors: dict[str, FloatArray] = field(default_factory=dict)
    based: Held = field(default_factory=lambda: Held((), (), 0))
    silence: tuple[FloatArray, ...] = ()
    active: dict[int, BoolArray] = field(default_factory=dict)
    part: int = -1


class EverySuffix:
    """A `Suffix` for all convolutions at once; nothing is stored after the images are done."""

    is_kept = False

    def __init__(self, cut: EveryCut) -> None:
        self._cut = cut
        self._base = cut.base

    def prefix(self, pixels: FloatArray) -> tuple[FloatArray, ...]:
        """See `Suffix`."""
        return self._cut.prefix(pixels)

    def measure(self, tensors: Sequence[FloatArray]) -> list[FloatArray]:
        """See `Suffix`."""
        cut, base = self._cut, self._base
        values = dict(zip(cut.kept, tensors, strict=False))
        folded = base.folded if base else ()
        sums = tensors[len(cut.kept) :]
        fronts = [
            np.maximum(sums[place], 0).reshape(-1, *cut.shape(name))
            for name, place in zip(cut.measured, folded, strict=False)
        ]
        return [*fronts, *(values[name] for name in cut.measured[len(fronts) :])]

    def hold(self, tensors: Sequence[FloatArray], store: TensorStore) -> Held:
        """See `Suffix`."""
        return Held((), tuple(tensors), len(tensors[0]))

    def begin(self, held: Held) -> Working:
        """See `Suffix`."""
        cut, base, count = self._cut, self._base, held.image_count
        own = [np.require(array, requirements="W") for array in held.arrays]  # they have no other user
        kept = dict(zip(cut.kept, own, strict=False))
        working = start_working(cut.layer.channel_count, count)
        standing = _Standing(working.channel_mask, working.labels, radius=working.radius, sizes=working.sizes)
        standing.tensors = kept
        ends = own[len(kept) :]
        if base:
            standing.sums = tuple(ends)
            standing.silence = tuple(np.zeros(each.shape[1], np.float32) for each in ends)
            crossing = (kept[name] for name in base.program.crossing)
            tolerances = base.suffix.find_tolerances(kept[base.plan.measured_at], standing.sums)
            standing.based = Held((), (tolerances[:0], *standing.sums, *crossing), count, tolerances)
        else:
            standing.labels = ends[0].astype(np.int64)
        return standing

    def touched(self, held: Held, working: Working, channel: int) -> IntArray:
        """See `Suffix`."""
        assert isinstance(working, _Standing)
        part, place = self._cut.place(channel)
        if self._base and part < self._base.part:
            values = ~(self._front(working.sums, part)[..., place] <= 0)
            return np.flatnonzero(values.reshape(len(values), -1).any(axis=1))
        if part not in working.active:
            values = working.tensors[self._cut.measured[part]] != 0
            working.active[part] = values.any(axis=tuple(range(1, values.ndim - 1)))
        return np.flatnonzero(working.active[part][:, place])

    def toggle(self, held: Held, working: Working, channel: int) -> None:
        """Prune a channel; this cannot be undone."""
        assert isinstance(working, _Standing)
        part, place = self._cut.place(channel)
        rows = self.touched(held, working, channel)
        if self._base and part < self._base.part:
            self._front(working.sums, part)[..., place] = NEVER
            self._front([each[np.newaxis] for each in working.silence], part)[..., place] = NEVER
        else:
            values = working.tensors[self._cut.measured[part]][..., place]
            if self._base and part == self._base.part:
                contributed = values.reshape(len(values), -1)[rows]
                self._base.suffix.contribute(place, contributed, rows, working.sums, is_added=False)
            values[...] = 0
            working.active[part][:, place] = False
        working.part = part
        working.channel_mask[channel] = False

    def has_drifted(self, held: Held, working: Working) -> bool:
        """See `Suffix`."""
        assert isinstance(working, _Standing)
        return self._base is not None and self._base.suffix.has_drifted(working.based, working)

    def answer(self, held: Held, working: Working, rows: IntArray, check: Callable[[], None]) -> IntArray:
        """See `Suffix`."""
        assert isinstance(working, _Standing)
        base, part = self._base, working.part
        if base:
            if part > base.part:
                for chosen in self._batches(rows):
                    check()
                    self._renew_sums(working, chosen, self._renew(working, chosen))
            return base.suffix.answer(working.based, working, rows, check)
        if part < 0:  # unpruned: the prefix already computed the answers
            return rows[~(held.arrays[-1][rows] > PLAIN_TOLERANCE)]
        close = [rows[:0]]
        for chosen in self._batches(rows):
            check()
            working.labels[chosen], margins = self._renew(working, chosen)
            close.append(chosen[~(margins > PLAIN_TOLERANCE)])
        return np.concatenate(close)

    def _batches(self, rows: IntArray) -> list[IntArray]:
        size = self._cut.batch_size
        return [rows[start : start + size] for start in range(0, len(rows), size)]

    def _renew(self, working: _Standing, rows: IntArray) -> Sequence[FloatArray]:
        """Recompute the layers after the channel pruned last; return the final tensors of `EveryCut.behind`."""
        cut, part = self._cut, working.part
        values = {name: working.tensors[name][rows] for name in cut.inputs(part)}
        renewed = cut.behind(part, working.channel_mask, values)
        names = cut.outputs[part]
        for place in [place for place in working.active if cut.measured[place] in names]:
            del working.active[place]
        for name, tensor in zip(names, renewed, strict=False):
            working.tensors[name][rows] = tensor
        return renewed[len(names) :]

    def _renew_sums(self, working: _Standing, rows: IntArray, ends: Sequence[FloatArray]) -> None:
        base = self._base
        assert base
        measured = working.tensors[base.plan.measured_at][rows]
        working.based.tolerances[rows] = base.suffix.find_tolerances(measured, ends)
        working.sizes[rows] = 0
        working.radius[rows] = -1  # it was computed with other tolerances
        for sums, renewed, silence in zip(working.sums, ends, working.silence, strict=True):
            sums[rows] = renewed + silence

    def _front(self, sums: Sequence[FloatArray], part: int) -> FloatArray:
        """Return a view of the stored channels (n, ..., C) of a folded part, before their ReLU."""
        assert self._base
        own = sums[self._base.folded[part]]
        return own.reshape(len(own), *self._cut.shape(self._cut.measured[part]))
