"""A table of any part of the window, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.records import Share

Cell = str | int | float | Share | None
"""A cell; None for a figure that there is not."""


@dataclass(frozen=True, slots=True)
class PlainTable:
    """A table that can be written in every format of `table_text`.

    Attributes:
        title: what it shows; the caption in LaTeX and Markdown.
        columns: the titles of the columns, different from each other.
        rows: one cell for each column.

    Raises:
        ValueError: a row has another number of cells than there are columns, or two columns have the same title.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"each row must have {len(self.columns)} cells")
        if len(set(self.columns)) != len(self.columns):
            raise ValueError(f"columns must have different titles, got {self.columns}")

    def is_share(self, column: int) -> bool:
        """Return whether a column holds shares."""
        return any(isinstance(row[column], Share) for row in self.rows)

    def selected(self, rows: Sequence[int]) -> "PlainTable":
        """Return the table with these rows alone, in this order."""
        return PlainTable(self.title, self.columns, tuple(self.rows[row] for row in rows))


def distinct_titles(titles: Sequence[str]) -> tuple[str, ...]:
    """Return titles that differ from each other: a repeated one gets a number."""
    found: list[str] = []
    for title in titles:
        name, number = title, 1
        while name in found:
            number += 1
            name = f"{title} ({number})"
        found.append(name)
    return tuple(found)
