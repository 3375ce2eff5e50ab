"""Matrix products that skip zeros: after a ReLU most values are exactly zero.

Source: our measurements (docs/adr/0008): if less than half of the values are nonzero, adding only their rows of the
weights is faster than the dense product of a tuned BLAS.

The compiled loop walks through the weights in tiles that fit in a core's L1 cache, and accumulates a tile's columns in
vector registers. numba alone does not keep them there, so that part is written as LLVM instructions. If a processor has
shorter vectors, LLVM splits them.
"""

from collections.abc import Callable
from typing import Any, cast

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

DENSE_FROM = 0.5  # share of nonzero values from which the dense product is faster
SAMPLE = 16  # rows used to estimate that share
VECTOR = 16  # values per vector
TILE_VECTORS = 5
TILE_WIDTH = VECTOR * TILE_VECTORS  # columns of a tile
CHUNK = 32  # values compared with zero at once
TILE_DEPTH = 3 * CHUNK  # rows of a tile; a tile has 30 kB
LINE_BYTES = 64
BLOCK = 64  # images processed per tile


class Weights:
    """A matrix (d, m) of finite float32, laid out for products with mostly zero values.

    Attributes:
        dense: the matrix.
        tiles: its columns in groups, padded with zeros, (groups, d, TILE_WIDTH).
    """

    def __init__(self, dense: FloatArray) -> None:
        self.dense = dense
        depth, width = dense.shape
        group_count = -(-width // TILE_WIDTH)
        wide = np.zeros((depth, group_count * TILE_WIDTH), dtype=np.float32)
        wide[:, :width] = dense
        self.tiles = _aligned((group_count, depth, TILE_WIDTH))
        self.tiles[:] = wide.reshape(depth, group_count, TILE_WIDTH).transpose(1, 0, 2)


def product(values: FloatArray, weights: Weights, start: FloatArray) -> FloatArray:
    """Return `start + values @ weights`, (n, m) float32, for values (n, d), weights (d, m) and start (n, m) or (m,)."""
    if _is_dense(values[:SAMPLE]):
        dense: FloatArray = values @ weights.dense
        dense += start
        return dense
    result = _started(start, len(values), weights)
    every = np.arange(len(values))
    _add_rows(np.ascontiguousarray(values), every, weights.tiles, result, every, np.float32(1), np.float32(-np.inf))
    return result


def relu_product(values: FloatArray, rows: IntArray, weights: Weights, start: FloatArray) -> FloatArray:
    """Return `start + relu(values[rows]) @ weights`, (k, m) float32; otherwise like `product`."""
    if _is_dense(np.maximum(values[rows[:SAMPLE]], 0)):
        return product(np.maximum(values[rows], np.float32(0)), weights, start)
    result = _started(start, len(rows), weights)
    _add_rows(values, rows, weights.tiles, result, np.arange(len(rows)), np.float32(1), np.float32(0))
    return result


def subtract(values: FloatArray, weights: Weights, sums: FloatArray, rows: IntArray) -> None:
    """Apply `sums[rows] -= values @ weights` for values (k, d), weights (d, m), sums (n, m) and k distinct rows."""
    _add_rows(values, np.arange(len(values)), weights.tiles, sums, rows, np.float32(-1), np.float32(-np.inf))


def add(values: FloatArray, weights: Weights, sums: FloatArray, rows: IntArray) -> None:
    """Apply `sums[rows] += values @ weights`; see `subtract`."""
    _add_rows(values, np.arange(len(values)), weights.tiles, sums, rows, np.float32(1), np.float32(-np.inf))


def _aligned(shape: tuple[int, ...]) -> FloatArray:
    """Return an empty array aligned to cache lines: reading a vector across two lines takes twice as long."""
    size_bytes = 4 * int(np.prod(shape))
    raw = np.empty(size_bytes + LINE_BYTES, dtype=np.uint8)
    skipped = -raw.ctypes.data % LINE_BYTES
    return raw[skipped : skipped + size_bytes].view(np.float32).reshape(shape)


def _is_dense(sample: FloatArray) -> bool:
    return bool(np.count_nonzero(sample) >= DENSE_FROM * sample.size)


def _started(start: FloatArray, count: int, weights: Weights) -> FloatArray:
    result: FloatArray = np.empty((count, weights.dense.shape[1]), dtype=np.float32)
    result[:] = start
    return result


def _instruction(function: Any) -> Any:
    return intrinsic(function)


def _pointer(context: Any, builder: Any, kind: Any, array: Any, offset: Any) -> Any:
    return builder.gep(context.make_array(kind)(context, builder, array).data, [offset])


def _load_vector(builder: Any, pointer: Any, length: int, place: int = 0) -> Any:
    shifted = builder.gep(pointer, [ir.Constant(ir.IntType(64), place)])
    as_vector = builder.bitcast(shifted, ir.VectorType(ir.FloatType(), length).as_pointer())
    return as_vector, builder.load(as_vector, align=4)


def _splat(builder: Any, value: Any, length: int) -> Any:
    undefined = ir.Constant(ir.VectorType(value.type, length), ir.Undefined)
    first = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), length), [0] * length))


@_instruction
def _find_active(_context: Any, values: Any, offset: Any, floor: Any) -> Any:  # pragma: no cover - compiled
    """Return a bit mask of which `CHUNK` values from `offset` on are neither zero nor below `floor`; NaN counts."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], arguments[0], arguments[1])
        _, chunk = _load_vector(builder, pointer, CHUNK)
        is_not_zero = builder.fcmp_unordered("!=", chunk, ir.Constant(chunk.type, [0.0] * CHUNK))
        is_above = builder.fcmp_unordered(">=", chunk, _splat(builder, arguments[2], CHUNK))
        bits = builder.bitcast(builder.and_(is_not_zero, is_above), ir.IntType(CHUNK))
        return builder.zext(bits, ir.IntType(64))

    return types.uint64(values, offset, floor), generate


@_instruction
def _lowest_bit(_context: Any, bits: Any) -> Any:  # pragma: no cover - compiled
    """Return the position of the lowest set bit."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(bits), generate


@_instruction
def _add_tile(
    _context: Any, sums: Any, to: Any, tiles: Any, start: Any, factors: Any, found: Any, first: Any, count: Any
) -> Any:  # pragma: no cover - compiled
    """Add Σ factors[j] · row found[j] of the tile at `start` to TILE_WIDTH `sums` from `to`; `count` j from `first`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(64)
        kinds = signature.args
        total = _pointer(context, builder, kinds[0], arguments[0], arguments[1])
        tile = _pointer(context, builder, kinds[2], arguments[2], arguments[3])
        factor_at = _pointer(context, builder, kinds[4], arguments[4], arguments[6])
        found_at = _pointer(context, builder, kinds[5], arguments[5], arguments[6])
        zero = ir.Constant(ir.VectorType(ir.FloatType(), VECTOR), [0.0] * VECTOR)
        before = builder.block
        loop, end = builder.append_basic_block("loop"), builder.append_basic_block("end")
        builder.cbranch(builder.icmp_signed(">", arguments[7], ir.Constant(wide, 0)), loop, end)
        builder.position_at_end(loop)
        j = builder.phi(wide)
        running = [builder.phi(zero.type) for _ in range(TILE_VECTORS)]
        row = builder.sext(builder.load(builder.gep(found_at, [j])), wide)
        factor = _splat(builder, builder.load(builder.gep(factor_at, [j])), VECTOR)
        weights = builder.gep(tile, [builder.mul(row, ir.Constant(wide, TILE_WIDTH))])
        added = []
        for k, each in enumerate(running):
            _, weight = _load_vector(builder, weights, VECTOR, VECTOR * k)
            scaled = builder.fmul(factor, weight, flags=("contract",))
            added.append(builder.fadd(each, scaled, flags=("contract",)))
        following = builder.add(j, ir.Constant(wide, 1))
        j.add_incoming(ir.Constant(wide, 0), before)
        j.add_incoming(following, loop)
        builder.cbranch(builder.icmp_signed("<", following, arguments[7]), loop, end)
        builder.position_at_end(end)
        # Added to the sums once, at the end: if the sums are large, every addition to them has a large rounding error.
        for k, (each, sum_) in enumerate(zip(running, added, strict=True)):
            each.add_incoming(zero, before)
            each.add_incoming(sum_, loop)
            final = builder.phi(zero.type)
            final.add_incoming(zero, before)
            final.add_incoming(sum_, loop)
            added[k] = final
        for k, final in enumerate(added):
            place, value = _load_vector(builder, total, VECTOR, VECTOR * k)
            builder.store(builder.fadd(value, final), place, align=4)
        return context.get_dummy_value()

    return types.void(sums, to, tiles, start, factors, found, first, count), generate


_MATRIX = types.Array(types.float32, 2, "C", readonly=True)
_TILES = types.Array(types.float32, 3, "C", readonly=True)
_SUMS = types.Array(types.float32, 2, "C")
_ROWS = types.Array(types.int64, 1, "C", readonly=True)
_SIGNATURE = types.void(_MATRIX, _ROWS, _TILES, _SUMS, _ROWS, types.float32, types.float32)


def _compiled(function: Callable[..., None]) -> Callable[..., None]:
    try:
        compile_ = numba.njit(_SIGNATURE, nogil=True, fastmath={"contract"}, cache=True)
        return cast("Callable[..., None]", compile_(function))
    except RuntimeError:  # no cache folder: compiled at every start, which takes a second
        compile_ = numba.njit(_SIGNATURE, nogil=True, fastmath={"contract"})
        return cast("Callable[..., None]", compile_(function))


@_compiled
def _add_rows(  # pragma: no cover - compiled
    values: FloatArray,
    taken: IntArray,
    tiles: FloatArray,
    sums: FloatArray,
    given: IntArray,
    sign: np.float32,
    floor: np.float32,
) -> None:
    """Apply `sums[given] += sign · max(values[taken], floor) @ weights`, skipping zeros; `floor` is 0 or -inf."""
    group_count, depth, tile_width = tiles.shape
    width = sums.shape[1]
    flat_values, flat_tiles, flat_sums = values.reshape(values.size), tiles.reshape(tiles.size), sums.reshape(sums.size)
    found = np.empty(BLOCK * TILE_DEPTH, np.int32)
    factors = np.empty(BLOCK * TILE_DEPTH, np.float32)
    counts = np.empty(BLOCK, np.int64)
    edge = np.zeros(tile_width, np.float32)
    for block in range(0, len(taken), BLOCK):
        size = min(BLOCK, len(taken) - block)
        for top in range(0, depth, TILE_DEPTH):
            bottom = min(top + TILE_DEPTH, depth)
            for k in range(size):
                row = taken[block + k] * depth
                last: Any = k * TILE_DEPTH
                whole = top + (bottom - top) // CHUNK * CHUNK
                for i in range(top, whole, CHUNK):
                    bits = _find_active(flat_values, row + i, floor)
                    while bits != 0:
                        place = i + _lowest_bit(bits)
                        found[last], factors[last] = place, sign * flat_values[row + place]
                        last += 1
                        bits &= bits - np.uint64(1)
                for i in range(whole, bottom):
                    value = flat_values[row + i]
                    found[last], factors[last] = i, sign * value
                    last += np.int64((value != 0) & ~(value < floor))
                counts[k] = last - k * TILE_DEPTH
            for group in range(group_count):
                tile = group * depth * tile_width
                left = group * tile_width
                inside = min(tile_width, width - left)
                for k in range(size):
                    to = given[block + k] * width + left
                    if inside == tile_width:
                        _add_tile(flat_sums, to, flat_tiles, tile, factors, found, k * TILE_DEPTH, counts[k])
                        continue
                    for q in range(inside):
                        edge[q] = flat_sums[to + q]
                    _add_tile(edge, 0, flat_tiles, tile, factors, found, k * TILE_DEPTH, counts[k])
                    for q in range(inside):
                        flat_sums[to + q] = edge[q]
