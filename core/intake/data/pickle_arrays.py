"""Pickles of plain data, such as CIFAR's batches: dictionaries, lists, texts, numbers and NumPy arrays.

A pickle is a program. This one may call three functions, all of them here: what stands in for NumPy's array, its dtype
and Python 2's texts. They keep what they are given, and are checked before anything is made of it; any other name is
refused before it is looked up.
"""

import io
import math
import pickle
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np

from core.intake.data.arrays import FileArray, check_in_memory, in_memory
from core.intake.limits import Limits
from core.intake.readers.scratch import Block
from core.intake.refusal import Refusal, shortened

_MODULES = ("numpy", "numpy.core.multiarray", "numpy._core.multiarray", "numpy.core.numeric", "numpy._core.numeric")
_CIFAR_LENGTH = 3 * 32 * 32
_MOST_LABELS = 50_000_000
_TYPES = {f"{kind}{size}" for kind in "iuf" for size in (1, 2, 4, 8)} - {"f1"}


class _NumberType:
    """Stands in for `numpy.dtype`; keeps its name and byte order."""

    __slots__ = ("name", "order")

    def __init__(self, name: object = "", *others: object) -> None:
        self.name, self.order = (name.decode("latin-1") if isinstance(name, bytes) else name), "<"

    def __setstate__(self, state: object) -> None:
        order = state[1] if isinstance(state, tuple) and len(state) > 1 else "<"
        self.order = order.decode("latin-1") if isinstance(order, bytes) else str(order)

    def as_dtype(self) -> np.dtype[Any] | None:
        """Return the dtype; None if it is not one of plain numbers."""
        name = self.name.lstrip("<>|=") if isinstance(self.name, str) else ""
        return np.dtype(("<" if self.order not in "<>" else self.order) + name) if name in _TYPES else None


class _Array:
    """Stands in for `numpy.ndarray`; keeps shape, dtype, order and bytes."""

    __slots__ = ("state",)

    def __init__(self, *others: object) -> None:
        self.state: tuple[Any, ...] = ()

    def __setstate__(self, state: object) -> None:
        if isinstance(state, tuple) and len(state) == 5:  # version, shape, dtype, is Fortran's order, bytes
            self.state = state[1:]

    def values(self) -> Block | None:
        """Return the array; None if it is not one of plain numbers, or does not fit its bytes."""
        if len(self.state) != 4:
            return None
        shape, kind, is_fortran, content = self.state
        dtype = kind.as_dtype() if isinstance(kind, _NumberType) else None
        if isinstance(content, str):  # Python 2's bytes, read by Python 3
            content = content.encode("latin-1", "replace")
        if dtype is None or not isinstance(content, bytes | bytearray) or not isinstance(shape, tuple):
            return None
        if not all(type(length) is int and length >= 0 for length in shape) or len(shape) > 8:
            return None
        if math.prod(shape) * dtype.itemsize != len(content):
            return None
        flat = np.frombuffer(content, dtype)
        return flat.reshape(shape[::-1]).transpose() if is_fortran else flat.reshape(shape)


def _made(*others: object) -> _Array:
    return _Array()


def _from_buffer(content: object, kind: object, shape: object, order: object) -> _Array:
    made = _Array()
    made.state = (shape, kind, order == "F", content)
    return made


def _encoded(text: object, encoding: object = "latin1") -> bytes:
    """Stand in for `_codecs.encode`, by which Python 2 is told of bytes."""
    return text.encode("latin-1", "replace") if isinstance(text, str) else b""


_STAND_INS: dict[str, Callable[..., Any]] = {
    "_reconstruct": _made,
    "ndarray": _Array,
    "dtype": _NumberType,
    "_frombuffer": _from_buffer,
}


class _Unpickler(pickle.Unpickler):
    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(io.BytesIO(content), encoding="bytes", buffers=())
        self._name = name

    def find_class(self, module: str, name: str) -> Any:
        """Return a stand-in of ours; nothing is imported."""
        if module in _MODULES and name in _STAND_INS:
            return _STAND_INS[name]
        if (module, name) == ("_codecs", "encode"):
            return _encoded
        raise Refusal(
            "unsafe-type",
            f"'{self._name}' is a pickle that asks for '{shortened(f'{module}.{name}')}': of pickles only "
            "dictionaries, lists, texts, numbers and NumPy arrays are read, and nothing is executed",
        )

    def persistent_load(self, pid: object) -> Any:
        """Refuse what is outside of the pickle."""
        raise Refusal("external-data", f"'{self._name}' is a pickle whose data are in another file")


def pickle_arrays(file: BinaryIO, *, name: str, size_bytes: int, limits: Limits) -> dict[str, FileArray]:
    """Return the arrays and lists of numbers in a pickled dictionary, by key; rows of CIFAR become images.

    Raises:
        Refusal: `unsafe-type`, `external-data`, `damaged-file`, `truncated-file` or `file-too-large`.
    """
    check_in_memory(2 * size_bytes, what=name, name=name, limits=limits)
    file.seek(0)
    try:
        loaded = _Unpickler(file.read(), name).load()
    except EOFError as error:
        raise Refusal("truncated-file", f"'{name}' is an incomplete pickle: download it again") from error
    except pickle.UnpicklingError as error:
        if "truncated" in str(error):
            raise Refusal("truncated-file", f"'{name}' is an incomplete pickle: download it again") from error
        raise Refusal("damaged-file", f"'{name}' is a damaged pickle: {shortened(error)}") from error
    except (
        ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError, RecursionError, ImportError,
        UnicodeError, AssertionError,
    ) as error:  # fmt: skip
        raise Refusal("damaged-file", f"'{name}' is a damaged pickle: {shortened(error)}") from error
    found = dict(_entries(loaded))
    if not found:
        raise Refusal(
            "wrong-format", f"'{name}' is a pickle without arrays: expected a dictionary of images and labels"
        )
    return found


def _entries(loaded: object) -> Iterator[tuple[str, FileArray]]:
    if isinstance(loaded, list | tuple) and len(loaded) < 100:
        loaded = {str(place): value for place, value in enumerate(loaded)}
    if not isinstance(loaded, dict):
        return
    for key, value in loaded.items():
        text = key.decode("utf-8", "replace") if isinstance(key, bytes) else key
        if not isinstance(text, str) or len(text) > 1_000:
            continue
        values = value.values() if isinstance(value, _Array) else _numbers(value)
        if values is None:
            continue
        if values.ndim == 2 and values.shape[1] == _CIFAR_LENGTH and values.dtype == np.uint8:
            values = values.reshape(-1, 3, 32, 32)
        yield text, in_memory(text, values)


def _numbers(value: object) -> Block | None:
    """Return a list of whole numbers as an array."""
    if not isinstance(value, list) or not value or len(value) > _MOST_LABELS:
        return None
    if not all(type(each) is int and -(2**62) < each < 2**62 for each in value):
        return None
    return np.array(value, dtype=np.int64)
