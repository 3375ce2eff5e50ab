"""Reading of Protocol Buffers messages without a schema: fields by number, in bounded time, nothing copied.

Source: Protocol Buffers Documentation, "Encoding" (protobuf.dev/programming-guides/encoding).
"""

import struct
from collections.abc import Iterator

from core.intake.refusal import Refusal

Value = int | memoryview

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10
_MOST_FIELDS = 1_000_000


class FieldBudget:
    """How many fields may be read from a file in all, so that a small file cannot take long.

    Args:
        name: the file's name, for messages.
        most_count: the number of fields.
    """

    def __init__(self, name: str, most_count: int = _MOST_FIELDS) -> None:
        self.name = name
        self._left_count = most_count

    def spend(self) -> None:
        """Count a field.

        Raises:
            Refusal: `file-too-large`, if there are more than allowed.
        """
        self._left_count -= 1
        if self._left_count < 0:
            raise Refusal("file-too-large", f"'{self.name}' consists of more parts than are allowed")


class Message:
    """The fields of a message; a field that is absent has the value that its type starts with.

    Args:
        content: the message's bytes.
        budget: counts the fields of the whole file.

    Raises:
        Refusal: `damaged-file` or `file-too-large`.
    """

    def __init__(self, content: memoryview, budget: FieldBudget) -> None:
        self._fields: dict[int, list[Value]] = {}
        self._budget = budget
        for number, value in _fields(content, budget):
            self._fields.setdefault(number, []).append(value)

    def has(self, number: int) -> bool:
        """Tell whether a field is present."""
        return number in self._fields

    @property
    def numbers(self) -> frozenset[int]:
        """The numbers of all fields that are present."""
        return frozenset(self._fields)

    def values(self, number: int) -> list[Value]:
        """Return all values of a field as they are in the file."""
        return self._fields.get(number, [])

    def parts(self, number: int) -> list[memoryview]:
        """Return all values of a field of bytes, texts or messages."""
        found = [value for value in self.values(number) if isinstance(value, memoryview)]
        if len(found) != len(self.values(number)):
            raise self.damaged()
        return found

    def part(self, number: int) -> memoryview:
        """Return the one value of a field of bytes; empty if it is absent.

        Raises:
            Refusal: `damaged-file`, if it occurs twice: readers disagree on what that means.
        """
        found = self.parts(number)
        if len(found) > 1:
            raise self.damaged()
        return found[0] if found else memoryview(b"")

    def messages(self, number: int) -> "Iterator[Message]":
        """Yield the messages in a field, each parsed when it is asked for."""
        return (Message(part, self._budget) for part in self.parts(number))

    def message(self, number: int) -> "Message":
        """Return the one message in a field; an empty one if it is absent."""
        return Message(self.part(number), self._budget)

    def text(self, number: int) -> str:
        """Return a field as text; empty if it is absent."""
        return as_text(self.part(number))

    def texts(self, number: int) -> list[str]:
        """Return all values of a field as text."""
        return [as_text(part) for part in self.parts(number)]

    def integer(self, number: int, default: int = 0) -> int:
        """Return a field as a signed integer of 64 bits."""
        found = self.integers(number)
        return found[-1] if found else default

    def integers(self, number: int) -> list[int]:
        """Return all values of a repeated field of integers, packed or not."""
        found: list[int] = []
        for value in self.values(number):
            if isinstance(value, int):
                found.append(_signed(value))
                continue
            place = 0
            while place < len(value):
                self._budget.spend()
                one, place = read_varint(value, place, self._budget.name)
                found.append(_signed(one))
        return found

    def floats(self, number: int) -> list[float]:
        """Return all values of a repeated field of floats of 32 bits, packed or not."""
        found: list[float] = []
        for value in self.values(number):
            if isinstance(value, int):
                found.append(struct.unpack("<f", value.to_bytes(8, "little")[:4])[0])
                continue
            if len(value) % 4:
                raise self.damaged()
            self._budget.spend()
            found.extend(struct.unpack(f"<{len(value) // 4}f", value))
        return found

    def damaged(self) -> Refusal:
        """Return the refusal of the file as damaged."""
        return damaged(self._budget.name)


def damaged(name: str) -> Refusal:
    """Return the refusal of a file whose structure is broken."""
    return Refusal("damaged-file", f"'{name}' is damaged or incomplete: its structure cannot be read")


def as_text(part: memoryview) -> str:
    """Return bytes as text; what is not UTF-8 becomes a replacement character."""
    return bytes(part).decode("utf-8", "replace")


def _fields(content: memoryview, budget: FieldBudget) -> Iterator[tuple[int, Value]]:
    place = 0
    value: Value
    while place < len(content):
        budget.spend()
        tag, place = read_varint(content, place, budget.name)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, place = read_varint(content, place, budget.name)
        elif kind in (_FIXED64, _FIXED32):
            length = 8 if kind == _FIXED64 else 4
            value = int.from_bytes(_taken(content, place, length, budget.name), "little")
            place += length
        elif kind == _BYTES:
            length, place = read_varint(content, place, budget.name)
            value = _taken(content, place, length, budget.name)
            place += length
        else:
            raise damaged(budget.name)
        if number == 0:
            raise damaged(budget.name)
        yield number, value


def _taken(content: memoryview, place: int, length: int, name: str) -> memoryview:
    if length > len(content) - place:
        raise damaged(name)
    return content[place : place + length]


def read_varint(content: memoryview, place: int, name: str) -> tuple[int, int]:
    """Return a number of variable length at a place, and the place behind it.

    Raises:
        Refusal: `damaged-file`.
    """
    value = 0
    for index in range(_LONGEST_VARINT):
        if place >= len(content):
            raise damaged(name)
        byte = content[place]
        place += 1
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, place
    raise damaged(name)


def _signed(value: int) -> int:
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value
