"""An array whose rows are read or computed only where they are indexed."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt


class RowArray(ABC):
    """An array that is not in memory: indexing its first axis makes those rows as a plain array.

    It has no arithmetic; `numpy.asarray` makes all of it.

    Args:
        shape: the array's shape.
        dtype: its dtype.

    Attributes:
        shape: its shape.
        dtype: its dtype.
    """

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self._row_shape = shape[1:]
        self._axes: tuple[int, ...] = tuple(range(len(shape)))
        self._chosen: npt.NDArray[np.intp] | None = None
        self.shape, self.dtype = shape, dtype

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """Size of all values, in bytes."""
        return math.prod(self.shape) * self.dtype.itemsize

    def __getitem__(self, rows: int | np.integer[Any] | slice | Sequence[int] | npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Make one row, a range of rows, or the rows at some indices.

        Raises:
            IndexError: there is no such row.
            DatasetError: `intake-answer`, if the rows are in a file that was truncated.
        """
        if isinstance(rows, slice):
            return self._read(np.arange(*rows.indices(len(self))))
        if isinstance(rows, tuple):
            raise IndexError("only the first axis is indexed: take rows first")
        chosen = np.asarray(rows)
        if chosen.dtype == bool:
            if chosen.shape != (len(self),):
                raise IndexError(f"a mask of rows must have shape ({len(self)},), got {chosen.shape}")
            chosen = np.flatnonzero(chosen)
        elif chosen.size == 0:
            chosen = chosen.astype(np.intp)
        if chosen.ndim > 1 or chosen.dtype.kind not in "iu":
            raise IndexError(f"rows are taken by whole numbers, got {chosen.dtype} of shape {chosen.shape}")
        if chosen.size and not (chosen.min() >= -len(self) and chosen.max() < len(self)):
            raise IndexError(f"there are {len(self)} rows")
        read = self._read(np.where(chosen < 0, chosen + len(self), chosen).reshape(-1))
        return read[0] if chosen.ndim == 0 else read

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("the values are not in memory: they cannot be an array without a copy")
        values = self[:]
        return values if dtype is None else values.astype(dtype, copy=False)

    def transpose(self, *axes: int) -> Self:
        """Return the same array with its axes in another order; the first one stays.

        Raises:
            ValueError: the axes are not those of the array, or the first one does not stay.
        """
        if sorted(axes) != list(range(self.ndim)) or axes[0] != 0:
            raise ValueError(f"the axes behind the first one can be exchanged, got {axes}")
        return self._changed([self.shape[axis] for axis in axes], axes=[self._axes[axis] for axis in axes])

    def subset(self, rows: npt.NDArray[np.integer[Any]]) -> Self:
        """Return an array of some rows, indices of shape (n,) in [0, N), in this order; none of them is made yet."""
        chosen = np.asarray(rows, dtype=np.intp)
        made = self._changed([len(chosen), *self.shape[1:]], axes=self._axes)
        made._chosen = chosen if self._chosen is None else self._chosen[chosen]
        return made

    @abstractmethod
    def _rows(self, rows: npt.NDArray[np.integer[Any]]) -> npt.NDArray[Any]:
        """Return rows by their indices in the whole array, shape (n, *self._row_shape), with the axes as stored."""

    def _changed(self, shape: Sequence[int], *, axes: Sequence[int]) -> Self:
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.shape, made._axes = tuple(shape), tuple(axes)
        return made

    def _read(self, rows: npt.NDArray[np.integer[Any]]) -> npt.NDArray[Any]:
        rows = rows if self._chosen is None else self._chosen[rows]
        return self._rows(rows).transpose(self._axes)
