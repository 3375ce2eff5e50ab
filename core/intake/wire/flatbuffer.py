"""Reading of FlatBuffers tables without a schema compiler: fields by number, each place checked, nothing copied.

Source: FlatBuffers documentation, "FlatBuffer Internals" (flatbuffers.dev/internals).
"""

import struct
from typing import Any

import numpy as np
import numpy.typing as npt

from core.intake.refusal import Refusal

_HEADER_BYTES = 4  # of a virtual table: its own size and the size of its tables


class Table:
    """A table in a FlatBuffers file; a field that is absent has its default.

    Args:
        content: the whole file.
        place: where the table begins.
        name: the file's name, for messages.

    Raises:
        Refusal: `damaged-file`, here and in all methods, if a place is outside the file.
    """

    def __init__(self, content: memoryview, place: int, name: str) -> None:
        self._content, self._place, self._name = content, place, name
        self._virtual = place - self._read("<i", place)
        self._virtual_bytes = self._read("<H", self._virtual)

    @classmethod
    def root(cls, content: memoryview, name: str) -> "Table":
        """Return the table that a file begins with."""
        if len(content) < 8:
            raise Refusal("damaged-file", f"'{name}' is damaged or incomplete: its structure cannot be read")
        return cls(content, struct.unpack_from("<I", content)[0], name)

    def number(self, field: int, form: str = "<i", default: Any = 0) -> Any:
        """Return a field of one number.

        Args:
            field: its number in the schema, from 0.
            form: its type, as for `struct`.
            default: its value where it is absent.
        """
        place = self._field(field)
        return default if place is None else self._read(form, place)

    def text(self, field: int) -> str:
        """Return a field of text; empty if it is absent."""
        return bytes(self.content(field)).decode("utf-8", "replace")

    def content(self, field: int) -> memoryview:
        """Return a field of bytes; empty if it is absent."""
        return self._vector(field, 1)[0]

    def integers(self, field: int, dtype: str = "<i4") -> npt.NDArray[Any]:
        """Return a field of integers; empty if it is absent."""
        return np.frombuffer(self._vector(field, np.dtype(dtype).itemsize)[0], dtype)

    def table(self, field: int) -> "Table | None":
        """Return a field that is a table; None if it is absent."""
        place = self._field(field)
        return None if place is None else Table(self._content, self._target(place), self._name)

    def tables(self, field: int, *, most_count: int) -> "list[Table]":
        """Return a field of several tables.

        Raises:
            Refusal: `file-too-large`, if there are more than `most_count`.
        """
        part, start = self._vector(field, 4)
        if len(part) // 4 > most_count:
            raise Refusal("file-too-large", f"'{self._name}' consists of more parts than are allowed")
        places = range(start, start + len(part), 4)
        return [Table(self._content, self._target(place), self._name) for place in places]

    def has(self, field: int) -> bool:
        """Tell whether a field is present."""
        return self._field(field) is not None

    def damaged(self) -> Refusal:
        """Return the refusal of the file as damaged."""
        return Refusal("damaged-file", f"'{self._name}' is damaged or incomplete: its structure cannot be read")

    def _field(self, field: int) -> int | None:
        entry = _HEADER_BYTES + 2 * field
        if entry + 2 > self._virtual_bytes:
            return None
        offset: int = self._read("<H", self._virtual + entry)
        return self._place + offset if offset else None

    def _vector(self, field: int, item_bytes: int) -> tuple[memoryview, int]:
        place = self._field(field)
        if place is None:
            return memoryview(b""), 0
        start = self._target(place)
        end = start + 4 + self._read("<I", start) * item_bytes
        if end > len(self._content):
            raise self.damaged()
        return self._content[start + 4 : end], start + 4

    def _target(self, place: int) -> int:
        return place + int(self._read("<I", place))

    def _read(self, form: str, place: int) -> Any:
        if not 0 <= place <= len(self._content) - struct.calcsize(form):
            raise self.damaged()
        return struct.unpack_from(form, self._content, place)[0]
