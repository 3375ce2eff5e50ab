"""What can be exported from a page: a chart with its data, or a table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtWidgets import QWidget

from core.report.tables.plain_table import PlainTable

NOTHING = "There is nothing to export yet."


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A line or a field of a picture's legend.

    Attributes:
        name: what it is.
        colour: `#rrggbb`.
        dashes: lengths of dash and gap as multiples of the width; empty for a solid line.
        width: of the line, in logical pixels; 0 for a filled square, below 0 for an outlined one.
    """

    name: str
    colour: str
    dashes: tuple[float, ...] = ()
    width: float = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A chart as a picture.

    Attributes:
        widgets: what is drawn, one below the other.
        legend: the entries below them, in the current theme's colours.
        axis: the words below the x axis.
        restyle: draws the widgets again, in the current theme's colours.
    """

    widgets: tuple[QWidget, ...]
    legend: Callable[[], Sequence[LegendEntry]] = field(default=lambda: ())
    axis: Callable[[], str] = field(default=lambda: "")
    restyle: Callable[[], object] = field(default=lambda: None)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Something that can be exported.

    Attributes:
        title: what it is called in menus and above a picture: "Pruning curve".
        name: the file's name without suffix.
        table: returns its numbers; a table without rows while there is nothing to export.
        owners: the widgets that offer it in their context menu.
        picture: how it is drawn; None for a table.
        why_empty: why there is nothing to export while the table has no rows, as a sentence.
    """

    title: str
    name: str
    table: Callable[[], PlainTable]
    owners: tuple[QWidget, ...]
    picture: Drawing | None = None
    why_empty: str = NOTHING

    @property
    def reason(self) -> str:
        """Why it cannot be exported now; empty if it can."""
        return "" if self.table().rows else self.why_empty
