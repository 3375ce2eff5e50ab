"""Tables of FlatBuffers: what another writer wrote is read, and no place outside of the file."""

import flatbuffers
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.intake.refusal import Refusal
from core.intake.wire.flatbuffer import Table


def written() -> bytes:
    """Write a table: 0 a number, 1 text, 2 integers, 3 a table, 4 tables, 6 a number of 64 bits."""
    builder = flatbuffers.Builder(64)
    text = builder.CreateString("café")
    integers = builder.CreateNumpyVector(np.array([1, -2, 3], np.int32))
    inner = []
    for value in (7, 8):
        builder.StartObject(1)
        builder.PrependInt32Slot(0, value, 0)
        inner.append(builder.EndObject())
    builder.StartVector(4, 2, 4)
    for one in reversed(inner):
        builder.PrependUOffsetTRelative(one)
    tables = builder.EndVector()
    builder.StartObject(7)
    builder.PrependInt32Slot(0, -5, 0)
    for slot, one in ((1, text), (2, integers), (3, inner[0]), (4, tables)):
        builder.PrependUOffsetTRelativeSlot(slot, one, 0)
    builder.PrependUint64Slot(6, 2**40, 0)
    builder.Finish(builder.EndObject())
    return bytes(builder.Output())


def read_everything(content: bytes) -> list[object]:
    table = Table.root(memoryview(content), "net.tflite")
    inner = table.table(3)
    return [
        table.number(0),
        table.text(1),
        table.integers(2).tolist(),
        inner and inner.number(0),
        [one.number(0) for one in table.tables(4, most_count=10)],
        table.number(5, default=9),
        table.number(6, "<Q"),
        table.has(5),
        table.number(40, default=1),
    ]


def test_what_is_written_is_read() -> None:
    assert read_everything(written()) == [-5, "café", [1, -2, 3], 7, [7, 8], 9, 2**40, False, 1]


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_changed_bytes_are_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(written())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_everything(bytes(content[: data.draw(st.integers(0, len(content)))]))
    except Refusal as refusal:
        assert refusal.code in {"damaged-file", "file-too-large"}


def test_more_tables_than_allowed_are_refused() -> None:
    with pytest.raises(Refusal) as caught:
        Table.root(memoryview(written()), "net.tflite").tables(4, most_count=1)
    assert caught.value.code == "file-too-large"
