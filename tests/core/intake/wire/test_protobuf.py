"""Messages of Protocol Buffers: what another writer wrote is read, and nothing outside of a message."""

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.intake.refusal import Refusal
from core.intake.wire.protobuf import FieldBudget, Message


def parsed(content: bytes, *, most_count: int = 10_000) -> Message:
    return Message(memoryview(content), FieldBudget("net.onnx", most_count))


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=8),
    st.lists(st.floats(width=32, allow_nan=False), max_size=8),
    st.text(max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read(integers: list[int], floats: list[float], text: str) -> None:
    attribute = onnx.AttributeProto(name=text, ints=integers, floats=floats)
    message = parsed(attribute.SerializeToString())
    assert message.text(1) == text
    assert message.integers(8) == integers
    np.testing.assert_array_equal(message.floats(7), np.array(floats, np.float32))


def test_integers_and_floats_are_read_packed_or_not() -> None:
    assert parsed(b"\x08\x01\x08\x02").integers(1) == parsed(b"\x0a\x02\x01\x02").integers(1) == [1, 2]
    one = np.float32(1.5).tobytes()
    assert parsed(b"\x0d" + one).floats(1) == parsed(b"\x0a\x04" + one).floats(1) == [1.5]


def test_absent_fields_have_what_their_type_starts_with() -> None:
    message = parsed(b"")
    assert (message.integer(1), message.text(1), message.integers(1), list(message.messages(1))) == (0, "", [], [])
    assert not message.has(1)


@pytest.mark.parametrize(
    "content",
    [
        *(b"\x08", b"\x08\xff", b"\x0a\x05ab", b"\x0d\x00\x00", b"\x09\x00", b"\x0b\x0c", b"\x0f\x00", b"\x00\x01"),
        b"\x08" + b"\xff" * 11,
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    ],
)
def test_what_ends_too_early_or_is_no_field_is_damaged(content: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        parsed(content)
    assert caught.value.code == "damaged-file"


def test_a_field_that_may_occur_once_occurs_once() -> None:
    twice = parsed(b"\x0a\x01a\x0a\x01b")
    assert twice.texts(1) == ["a", "b"]
    with pytest.raises(Refusal):
        twice.text(1)
    with pytest.raises(Refusal):
        parsed(b"\x08\x01").text(1)  # a number in place of text


def test_fields_are_counted_over_the_whole_file() -> None:
    budget = FieldBudget("net.onnx", 3)
    Message(memoryview(b"\x08\x01\x08\x01"), budget)
    with pytest.raises(Refusal) as caught:
        Message(memoryview(b"\x08\x01\x08\x01"), budget)
    assert caught.value.code == "file-too-large"
    with pytest.raises(Refusal):
        parsed(b"\x0a\x04\x01\x01\x01\x01", most_count=3).integers(1)
