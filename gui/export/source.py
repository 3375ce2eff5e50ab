"""What can be exported from a page: a chart with its data, or a table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtWidgets import QWidget

from core.report.tables.plain_table import PlainTable


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
    """

    title: str
    name: str
    table: Callable[[], PlainTable]
    owners: tuple[QWidget, ...]
    picture: Drawing | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to export."""
        return not self.table().rows
