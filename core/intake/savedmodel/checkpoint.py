"""TensorFlow's checkpoints: variables by key, from a sorted table of entries and a file of values.

Source: tensorflow/core/util/tensor_bundle and tensorflow/core/lib/io/table_format.txt of TensorFlow
(github.com/tensorflow/tensorflow); the messages BundleEntryProto, TensorShapeProto and TrackableObjectGraph.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.intake.refusal import Refusal, shortened
from core.intake.wire.protobuf import FieldBudget, Message, damaged, read_varint

_FOOTER_BYTES, _MAGIC = 48, 0xDB4775248B80FB57
_TRAILER_BYTES = 5  # behind a block: how it is compressed, and a checksum
_GRAPH_KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"
_CHECKSUM_BYTES = 4
_TEXT = 7
_DTYPES = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8", 19: "<f2"}  # DataType


@dataclass(frozen=True, slots=True)
class TrackedObject:
    """An object of a checkpoint's graph.

    Attributes:
        children: the numbers of the objects that it holds, by name.
        key: the key of its value; empty if it is no variable.
    """

    children: dict[str, int]
    key: str


class Checkpoint:
    """A checkpoint's variables.

    Args:
        index: the table of entries.
        values: the file of values.
        budget: counts what is read of the whole file.

    Raises:
        Refusal: `damaged-file`, `unsupported-network` or `file-too-large`.
    """

    def __init__(self, index: memoryview, values: memoryview, budget: FieldBudget) -> None:
        self._values, self._budget, self._name = values, budget, budget.name
        self._entries = dict(_table(index, budget))
        header = self._message("")
        if header.integer(1) != 1 or header.integer(2) != 0:
            raise Refusal("unsupported-network", f"'{self._name}' keeps its weights in several files")
        self.objects = [_object(one) for one in self._graph().messages(1)]

    def array(self, key: str) -> npt.NDArray[Any]:
        """Return a variable's values.

        Raises:
            Refusal: `unsafe-type` or `damaged-file`.
        """
        entry = self._message(key)
        kind = entry.integer(1)
        if kind not in _DTYPES or entry.has(7):
            raise Refusal("unsafe-type", f"'{shortened(key)}' in '{self._name}' does not contain plain numbers")
        shape = [one.integer(1) for one in entry.message(2).messages(2)]
        dtype = np.dtype(_DTYPES[kind])
        raw = self._raw(entry)
        if len(shape) > 8 or any(length < 0 for length in shape) or math.prod(shape) * dtype.itemsize != len(raw):
            raise Refusal(
                "damaged-file", f"'{shortened(key)}' in '{self._name}' has more or fewer values than its shape"
            )
        return np.frombuffer(raw, dtype).reshape(shape)

    def _graph(self) -> Message:
        entry = self._message(_GRAPH_KEY)
        raw = self._raw(entry)
        if entry.integer(1) != _TEXT:
            raise damaged(self._name)
        length, place = read_varint(raw, 0, self._name)
        start = place + _CHECKSUM_BYTES
        if start + length != len(raw):
            raise damaged(self._name)
        return Message(raw[start:], self._budget)

    def _message(self, key: str) -> Message:
        if key not in self._entries:
            raise Refusal("missing-weights", f"'{self._name}' has no value '{shortened(key)}'")
        return Message(self._entries[key], self._budget)

    def _raw(self, entry: Message) -> memoryview:
        offset, size = entry.integer(4), entry.integer(5)
        if entry.integer(3) != 0 or offset < 0 or size < 0 or offset + size > len(self._values):
            raise damaged(self._name)
        return self._values[offset : offset + size]


def _object(message: Message) -> TrackedObject:
    children = {child.text(2): child.integer(1) for child in message.messages(1)}
    keys = [one.text(3) for one in message.messages(2) if one.text(1) == "VARIABLE_VALUE"]
    return TrackedObject(children, keys[0] if len(keys) == 1 else "")


def _table(content: memoryview, budget: FieldBudget) -> Iterator[tuple[str, memoryview]]:
    """Yield all keys and values of a sorted table."""
    name = budget.name
    if len(content) < _FOOTER_BYTES or struct.unpack("<Q", content[-8:])[0] != _MAGIC:
        raise damaged(name)
    footer = content[-_FOOTER_BYTES:]
    _, place = _handle(footer, 0, name)
    index, _ = _handle(footer, place, name)
    for _, value in _block(content, index, budget):
        for key, entry in _block(content, _handle(value, 0, name)[0], budget):
            yield key.decode("utf-8", "replace"), entry


def _handle(content: memoryview, place: int, name: str) -> tuple[tuple[int, int], int]:
    offset, place = read_varint(content, place, name)
    size, place = read_varint(content, place, name)
    return (offset, size), place


def _block(content: memoryview, handle: tuple[int, int], budget: FieldBudget) -> Iterator[tuple[bytes, memoryview]]:
    """Yield the keys and values of a block; a key may begin like the one before it."""
    offset, size = handle
    name = budget.name
    if size < 4 or offset + size + _TRAILER_BYTES > len(content):
        raise damaged(name)
    if content[offset + size] != 0:
        raise Refusal("unsupported-network", f"'{name}' keeps the list of its weights compressed")
    block = content[offset : offset + size]
    end = size - 4 - 4 * struct.unpack("<I", block[-4:])[0]
    if end < 0:
        raise damaged(name)
    place, key = 0, b""
    while place < end:
        budget.spend()
        shared, place = read_varint(block, place, name)
        own, place = read_varint(block, place, name)
        length, place = read_varint(block, place, name)
        if shared > len(key) or place + own + length > end:
            raise damaged(name)
        key = key[:shared] + bytes(block[place : place + own])
        place += own
        yield key, block[place : place + length]
        place += length
