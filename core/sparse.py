"""Matrix products that skip the zeros: behind a ReLU most values are exactly zero.

Source: measured here (docs/adr/0008): where less than a quarter of the values are not zero, adding up only their rows
of the weights beats the dense product of a tuned BLAS.
"""

from collections.abc import Callable
from typing import cast

import numba
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

DENSE_FROM = 0.25  # share of values that are not zero from which the dense product is faster
SAMPLE = 16  # rows that are counted to tell


def product(values: FloatArray, weights: FloatArray, start: FloatArray) -> FloatArray:
    """`start + values @ weights`, (n, m) float32, for values (n, d), weights (d, m) and start (n, m) or (m,)."""
    if _is_dense(values[:SAMPLE]):
        dense: FloatArray = values @ weights
        dense += start
        return dense
    result = _started(start, len(values), weights)
    every = np.arange(len(values))
    _add_rows(values, every, weights, result, every, np.float32(1), np.float32(-np.inf))
    return result


def relu_product(values: FloatArray, rows: IntArray, weights: FloatArray, start: FloatArray) -> FloatArray:
    """`start + relu(values[rows]) @ weights`, (k, m) float32, otherwise like `product`."""
    if _is_dense(np.maximum(values[rows[:SAMPLE]], 0)):
        return product(np.maximum(values[rows], np.float32(0)), weights, start)
    result = _started(start, len(rows), weights)
    _add_rows(values, rows, weights, result, np.arange(len(rows)), np.float32(1), np.float32(0))
    return result


def subtract(values: FloatArray, weights: FloatArray, sums: FloatArray, rows: IntArray) -> None:
    """`sums[rows] -= values @ weights` in place, for values (k, d), weights (d, m), sums (n, m) and k distinct rows."""
    _add_rows(values, np.arange(len(values)), weights, sums, rows, np.float32(-1), np.float32(-np.inf))


def add(values: FloatArray, weights: FloatArray, sums: FloatArray, rows: IntArray) -> None:
    """`sums[rows] += values @ weights` in place; see `subtract`."""
    _add_rows(values, np.arange(len(values)), weights, sums, rows, np.float32(1), np.float32(-np.inf))


def _is_dense(sample: FloatArray) -> bool:
    return bool(np.count_nonzero(sample) >= DENSE_FROM * sample.size)


def _started(start: FloatArray, count: int, weights: FloatArray) -> FloatArray:
    result: FloatArray = np.empty((count, weights.shape[1]), dtype=np.float32)
    result[:] = start
    return result


_MATRIX = numba.types.Array(numba.float32, 2, "C", readonly=True)
_SUMS = numba.types.Array(numba.float32, 2, "C")
_ROWS = numba.types.Array(numba.int64, 1, "C", readonly=True)
_SIGNATURE = numba.void(_MATRIX, _ROWS, _MATRIX, _SUMS, _ROWS, numba.float32, numba.float32)


def _compiled(function: Callable[..., None]) -> Callable[..., None]:
    try:
        compile_ = numba.njit(_SIGNATURE, nogil=True, fastmath={"contract"}, cache=True)
        return cast("Callable[..., None]", compile_(function))
    except RuntimeError:  # there is no folder to keep it in: it is compiled at every start, which takes a second
        compile_ = numba.njit(_SIGNATURE, nogil=True, fastmath={"contract"})
        return cast("Callable[..., None]", compile_(function))


@_compiled
def _add_rows(  # pragma: no cover - compiled
    values: FloatArray,
    taken: IntArray,
    weights: FloatArray,
    sums: FloatArray,
    given: IntArray,
    sign: np.float32,
    floor: np.float32,
) -> None:
    """`sums[given] += sign · max(values[taken], floor) @ weights`, zeros left out; `floor` is 0 or -inf.

    Four rows of the weights go at a time, so that sums are read and written less often.
    """
    depth, width = weights.shape
    found = np.empty(depth + 1, np.int64)
    for k in range(len(taken)):
        value = values[taken[k]]
        total = sums[given[k]]
        count = np.int64(0)
        for i in range(depth):
            found[count] = i
            count += np.int64((value[i] != 0) & ~(value[i] < floor))
        whole = count - count % 4
        for j in range(0, whole, 4):
            i0, i1, i2, i3 = found[j], found[j + 1], found[j + 2], found[j + 3]
            v0, v1, v2, v3 = sign * value[i0], sign * value[i1], sign * value[i2], sign * value[i3]
            w0, w1, w2, w3 = weights[i0], weights[i1], weights[i2], weights[i3]
            for q in range(width):
                total[q] += v0 * w0[q] + v1 * w1[q] + v2 * w2[q] + v3 * w3[q]
        for j in range(whole, count):
            v0 = sign * value[found[j]]
            w0 = weights[found[j]]
            for q in range(width):
                total[q] += v0 * w0[q]
