"""Predictions from the layers after a cut: by subtracting a channel's contribution, or by recomputing them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.cut import sparse
from core.cut.cut import Cut
from core.cut.program import constant_sums, contributions, is_small
from core.cut.tail import Tail, find_tail
from core.cut.tensor_store import TensorStore

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

# If the two best outputs (without a softmax) are closer than this share of the largest absolute output, another
# summation order could swap them. On trained networks subtracting changes outputs by less than a tenth of the second
# value (tests/core/cut/test_suffix.py); for a worse network `Held.tolerances` is larger.
PLAIN_TOLERANCE = 1e-4
SUMS_TOLERANCE = 2e-5
SOFTMAX_TOLERANCE = 1e-6  # a softmax can make outputs closer than this equal
ROUNDING = 2.0**-24  # relative rounding error of a float32
ROWS_AT_ONCE = 256  # rows whose outputs fit in a core's cache


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What is stored for some images.

    Attributes:
        touched: for each channel, the rows of the images on which it is not zero everywhere: pruning it can change no
            other image. Empty if these rows change while channels are pruned.
        arrays: the suffix's inputs.
        image_count: n.
        tolerances: upper bound of the change of an output by rounding, for each image, (n,); empty if nothing is
            subtracted.
    """

    touched: tuple[IntArray, ...]
    arrays: tuple[FloatArray, ...]
    image_count: int
    tolerances: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))


@dataclass(slots=True, eq=False)
class Working:
    """The state of some images while the mask changes.

    Attributes:
        channel_mask: shape (C,), True = kept.
        sums: pre-activations under that mask.
        features: inputs of the last layer when it was last computed for an image, (n, F).
        radius: how far the features may move before the label can change, (n,).
        sizes: the largest absolute output so far, (n,): subtracting does not reduce the absolute rounding error.
        labels: the latest predicted labels, (n,).
        toggle_count: how many contributions were subtracted or added.
        short_count: how many labels were known without computing the last layer.
    """

    channel_mask: BoolArray
    labels: IntArray
    sums: tuple[FloatArray, ...] = ()
    features: FloatArray = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    radius: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))
    sizes: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))
    toggle_count: int = 0
    short_count: int = 0


class Suffix(Protocol):
    """Predicts labels under changing masks.

    Attributes:
        is_kept: whether the result of `hold` is small enough to stay stored after the images are done.
    """

    is_kept: bool

    def prefix(self, pixels: FloatArray) -> tuple[FloatArray, ...]:
        """Run images (n, H, W, C) up to the cut; return the measured tensor (n, ..., C), then other tensors."""

    def measure(self, tensors: Sequence[FloatArray]) -> list[FloatArray]:
        """Return those of the tensors of `prefix` whose channels are ranked, (n, ..., C), one per layer."""

    def hold(self, tensors: Sequence[FloatArray], store: TensorStore) -> Held:
        """Store the tensors of `prefix`."""

    def begin(self, held: Held) -> Working:
        """Return the state of the unpruned network; no labels are predicted yet."""

    def touched(self, held: Held, working: Working, channel: int) -> IntArray:
        """Return the rows of the images that pruning or restoring a channel can change."""

    def toggle(self, held: Held, working: Working, channel: int) -> None:
        """Prune a channel that is kept, or restore one that is pruned."""

    def answer(self, held: Held, working: Working, rows: IntArray, check: Callable[[], None]) -> IntArray:
        """Update `working.labels` for some images; return the rows whose label is too close to call.

        Calls `check` regularly and passes on what it raises.
        """

    def has_drifted(self, held: Held, working: Working) -> bool:
        """Whether rounding errors exceeded the tolerances; call it when every channel is pruned.

        If so, the tolerances are larger from now on, and all labels must be predicted again.
        """


class _OneLayer:
    is_kept = True

    def measure(self, tensors: Sequence[FloatArray]) -> list[FloatArray]:
        """See `Suffix`."""
        return [tensors[0]]

    def touched(self, held: Held, working: Working, channel: int) -> IntArray:
        """See `Suffix`."""
        return held.touched[channel]


class PlainSuffix(_OneLayer):
    """A suffix that is recomputed as a whole for each update."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut

    def prefix(self, pixels: FloatArray) -> tuple[FloatArray, ...]:
        """See `Suffix`."""
        return self._cut.prefix(pixels)

    def hold(self, tensors: Sequence[FloatArray], store: TensorStore) -> Held:
        """See `Suffix`."""
        kept = tuple(store.keep(tensor) for tensor in tensors)
        return Held(_keep_rows(find_touched(tensors[0]), store), kept, len(tensors[0]))

    def begin(self, held: Held) -> Working:
        """See `Suffix`."""
        return start_working(self._cut.layer.channel_count, held.image_count)

    def toggle(self, held: Held, working: Working, channel: int) -> None:
        """See `Suffix`."""
        working.channel_mask[channel] = not working.channel_mask[channel]

    def has_drifted(self, held: Held, working: Working) -> bool:
        """See `Suffix`; nothing is subtracted."""
        return False

    def answer(self, held: Held, working: Working, rows: IntArray, check: Callable[[], None]) -> IntArray:
        """See `Suffix`."""
        close = []
        for part in _parts(rows, self._cut.batch_size):
            check()
            tensors = [tensor[part] for tensor in held.arrays]
            working.labels[part], margins = self._cut.answer(working.channel_mask, tensors)
            close.append(part[~(margins > PLAIN_TOLERANCE)])
        return np.concatenate(close) if close else rows[:0]


class SubtractingSuffix(_OneLayer):
    """A suffix that stores the pre-activations and subtracts a pruned channel's contribution from them.

    Only the layers after the next non-linearity are recomputed, and the last layer only for images whose features have
    moved so far that another class may have overtaken.
    """

    def __init__(self, cut: Cut, tail: Tail, matrices: Sequence[FloatArray]) -> None:
        assert cut.program is not None
        self._cut = cut
        self.program = cut.program
        self._tail = tail
        self._smallest = np.float32(SOFTMAX_TOLERANCE if cut.program.has_softmax else 0)
        self._slack = np.float32(1)
        self._constants = constant_sums(cut.program, cut.measured_shape) if cut.is_closed else ()
        self._norms = sum(_longest(matrix) for matrix in matrices)
        self._weights = tuple(tuple(sparse.Weights(each) for each in matrix) for matrix in matrices)

    def prefix(self, pixels: FloatArray) -> tuple[FloatArray, ...]:
        """See `Suffix`."""
        return self._cut.prefix_and_sums(pixels)

    def hold(self, tensors: Sequence[FloatArray], store: TensorStore) -> Held:
        """See `Suffix`."""
        measured, *carried = tensors
        touched = find_touched(measured)
        by_channel = measured.reshape(len(measured), -1, measured.shape[-1]).transpose(2, 0, 1)
        values = [by_channel[channel][rows] for channel, rows in enumerate(touched)]
        arrays = (np.concatenate(values), *carried)
        kept = tuple(store.keep(array) for array in arrays)
        return Held(
            _keep_rows(touched, store),
            kept,
            len(measured),
            self.find_tolerances(measured, carried[: len(self._weights)]),
        )

    def find_tolerances(self, measured: FloatArray, sums: Sequence[FloatArray]) -> FloatArray:
        """Return an upper bound of the change of an output by rounding, for each image, (n,); see `Held.tolerances`.

        It is a bound of the sums (n, D) under any mask of the measured tensor (n, ..., C), times the relative rounding
        error, times the tail's gain.
        """
        lengths = np.sqrt(np.einsum("nsc,nsc->nc", *[measured.reshape(len(measured), -1, measured.shape[-1])] * 2))
        sizes = lengths @ self._norms
        for each in sums:
            sizes += np.sqrt(np.einsum("nd,nd->n", each, each))
        # Most rounding errors of the terms of a contribution cancel: the sum grows as the square root of their number.
        # `has_drifted` detects when they did not.
        tolerances: FloatArray = (ROUNDING * np.sqrt(self._term_count) * self._tail.gain * sizes).astype(np.float32)
        return tolerances

    @property
    def _term_count(self) -> int:
        """Number of terms of a channel's contribution: one per position."""
        return int(np.prod(self._cut.measured_shape[:-1]))

    def has_drifted(self, held: Held, working: Working) -> bool:
        """See `Suffix`; with all channels pruned, the sums' distance from the constant sums is the rounding error."""
        # The worst case: every term of a contribution, and every contribution, has a rounding error of the same sign.
        # As float32, like the slack: else it might never reach this, and the walk would be repeated for ever.
        most = np.float32((self._term_count + self._cut.layer.channel_count) / np.sqrt(self._term_count))
        if not self._constants or self._slack >= most:
            return False
        errors = np.zeros(held.image_count)
        for sums, constant in zip(working.sums, self._constants, strict=True):
            apart = np.where(np.isfinite(sums), sums - constant, 0)
            errors += np.einsum("nd,nd->n", apart, apart, dtype=np.float64)
        has_drifted = bool((np.sqrt(errors) * self._tail.gain > held.tolerances).any())
        if has_drifted:
            self._slack = most
        return has_drifted

    def begin(self, held: Held) -> Working:
        """See `Suffix`."""
        sums = tuple(array.copy() for array in held.arrays[1 : 1 + len(self.program.sums)])
        return start_working(self._cut.layer.channel_count, held.image_count, sums)

    def toggle(self, held: Held, working: Working, channel: int) -> None:
        """See `Suffix`."""
        rows = held.touched[channel]
        start = sum(len(each) for each in held.touched[:channel])
        values = held.arrays[0][start : start + len(rows)]
        self.contribute(channel, values, rows, working.sums, is_added=not working.channel_mask[channel])
        working.channel_mask[channel] = not working.channel_mask[channel]
        working.toggle_count += 1

    def contribute(
        self, channel: int, values: FloatArray, rows: IntArray, sums: Sequence[FloatArray], *, is_added: bool
    ) -> None:
        """Subtract or add, in place, the contribution of a channel's values (k, S) to k rows of the sums (n, D)."""
        change = sparse.add if is_added else sparse.subtract
        for weights, each in zip(self._weights, sums, strict=True):
            change(values, weights[channel], each, rows)

    def answer(self, held: Held, working: Working, rows: IntArray, check: Callable[[], None]) -> IntArray:
        """See `Suffix`."""
        check()
        close = [self._answer_part(held, working, part) for part in _parts(rows, ROWS_AT_ONCE)]
        return np.concatenate(close) if close else rows[:0]

    def _answer_part(self, held: Held, working: Working, rows: IntArray) -> IntArray:
        program = self.program
        crossing = held.arrays[1 + len(program.sums) :]
        names, tensors = (*program.sums, *program.crossing), (*working.sums, *crossing)
        features = self._tail.features(dict(zip(names, tensors, strict=True)), rows)
        if working.features.shape[1] != features.shape[1]:
            working.features = np.zeros((held.image_count, features.shape[1]), dtype=np.float32)
        open_ = self._skip(working, rows, features)
        working.short_count += len(rows) - len(open_)
        features, rows = features[open_], rows[open_]
        outputs = self._tail.outputs(features)
        labels, best, second = best_two(outputs)
        sizes = np.maximum(working.sizes[rows], np.maximum(best, -outputs.min(axis=1)))
        margins = best - second
        tolerances = np.maximum(np.maximum(SUMS_TOLERANCE * sizes, self._slack * held.tolerances[rows]), self._smallest)
        is_clear = margins > tolerances
        working.labels[rows] = labels
        working.features[rows] = features
        working.sizes[rows] = sizes
        if self._tail.weights is not None:
            working.radius[rows] = np.where(is_clear, (margins - 2 * tolerances) / self._tail.reach[labels], -1)
        return rows[~is_clear]

    def _skip(self, working: Working, rows: IntArray, features: FloatArray) -> IntArray:
        """Return the indices into `rows` of the images that need the last layer."""
        moved = features - working.features[rows]
        distances = np.sqrt(np.einsum("nf,nf->n", moved, moved))
        return np.flatnonzero(~(distances * np.float32(1.0001) < working.radius[rows]))


def start_working(channel_count: int, image_count: int, sums: tuple[FloatArray, ...] = ()) -> Working:
    """Return a state with no channel pruned and no label predicted."""
    return Working(
        channel_mask=np.ones(channel_count, dtype=bool),
        labels=np.zeros(image_count, dtype=np.int64),
        sums=sums,
        radius=np.full(image_count, -1, dtype=np.float32),
        sizes=np.zeros(image_count, dtype=np.float32),
    )


def find_suffix(cut: Cut) -> Suffix:
    """Return a `SubtractingSuffix` if the layers allow it, else a `PlainSuffix`."""
    program = cut.program
    if program is None or not is_small(program, cut.measured_shape, cut.crossing_shapes):
        return PlainSuffix(cut)
    tail = find_tail(program)
    if tail is None:
        return PlainSuffix(cut)
    matrices = contributions(program, cut.measured_shape, cut.crossing_shapes)
    if not all(np.isfinite(matrix).all() for matrix in matrices):
        return PlainSuffix(cut)
    return SubtractingSuffix(cut, tail, matrices)


def find_touched(measured: FloatArray) -> tuple[IntArray, ...]:
    """Return, for each channel of a tensor (n, ..., C), the rows where it is not all zero (NaN is not zero)."""
    is_touched = (measured != 0).any(axis=tuple(range(1, measured.ndim - 1)))
    return tuple(np.flatnonzero(is_touched[:, channel]) for channel in range(measured.shape[-1]))


def _keep_rows(touched: Sequence[IntArray], store: TensorStore) -> tuple[IntArray, ...]:
    kept = store.keep(np.concatenate(touched))
    return tuple(np.split(kept, np.cumsum([len(each) for each in touched])[:-1]))


def best_two(outputs: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the labels, the best and the second best output (-inf for a single class) of outputs (n, K)."""
    labels = outputs.argmax(axis=1)
    every = np.arange(len(outputs))
    best = outputs[every, labels]
    outputs[every, labels] = -np.inf
    second = outputs.max(axis=1) if outputs.shape[1] > 1 else np.full(len(outputs), -np.inf, np.float32)
    outputs[every, labels] = best
    return labels, best, second


def _longest(matrices: FloatArray) -> NDArray[np.float64]:
    """Return the spectral norm of each matrix of an array (C, S, D), shape (C,)."""
    exact = matrices.astype(np.float64)
    squares = np.linalg.eigvalsh(exact @ exact.transpose(0, 2, 1))[:, -1]
    return np.sqrt(np.maximum(squares, 0))


def _parts(rows: IntArray, size: int) -> list[IntArray]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]
