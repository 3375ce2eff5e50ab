"""The results tables of B′ and G: one row for the unpruned network and two per threshold."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from core.metrics.figures import figures_of, shares_of, titles
from core.metrics.network_scores import SWEEP_ROLES, NetworkKind, NetworkScores, SetRole
from core.records import Share
from core.report.prune.verdict import bypass_sentence
from core.report.text_table import LINE_END, aligned, display_width
from core.sweep.records import Sweep
from core.sweep.stops import Stop, stop_text
from core.words import NOTHING, bounds, percent, printable

HEADING_WIDTH = 16
NOTE_WIDTH = 60


@dataclass(frozen=True, slots=True)
class Table:
    """A table of shares.

    Attributes:
        title: the network.
        columns: headings of the shares.
        rows: the stops with one share per column; None if there is none.
        note: note below the table; "" for none.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Stop, tuple[Share | None, ...]], ...]
    note: str = ""


def find_tables(sweep: Sweep, stops: Sequence[Stop]) -> tuple[Table, Table]:
    """Return the tables of the pruned network B′ and the repaired network G, without columns of unloaded sets."""
    has_test = sweep.points[0].test is not None
    names = [printable(each.name) for each in sweep.poisoned_sets]
    roles = [role for role in SWEEP_ROLES if has_test or role is not SetRole.TEST]

    def table(title: str, network: NetworkKind, note: str = "") -> Table:
        figures = figures_of(network, roles=roles)
        columns = titles(figures, names)
        blank = (None,) * len(columns)
        rows = [
            (stop, shares_of(figures, NetworkScores.of_point(stop.point, network)) if stop.point is not None else blank)
            for stop in stops
        ]
        return Table(title, columns, tuple(rows), note=note)

    return (
        table("Pruned network B′", NetworkKind.PRUNED, bypass_sentence(sweep)),
        table("Repaired network G (B where B and B′ agree, else “backdoored”)", NetworkKind.REPAIRED),
    )


def table_text(sweep: Sweep, stops: Sequence[Stop], *, width: int | None = None) -> str:
    """Format both tables as aligned plain text: each share as percentage, count, and 95 % Wilson interval below.

    Args:
        sweep: the curve.
        stops: its stops.
        width: columns of the terminal; if the table is wider, counts go below percentages.
    """
    return "\n\n".join(_as_text(table, width) for table in find_tables(sweep, stops))


def _as_text(table: Table, width: int | None) -> str:
    lines, heading_count = _lines(table, is_narrow=False)
    if width is not None and max(map(display_width, lines)) > width:
        lines, heading_count = _lines(table, is_narrow=True)
    rule = "─" * max(map(display_width, lines))
    note = textwrap.wrap(table.note, max(NOTE_WIDTH, min(len(rule), width or len(rule))), break_on_hyphens=False)
    return "\n".join([table.title, rule, *lines[:heading_count], rule, *lines[heading_count:], rule, *note])


def _lines(table: Table, *, is_narrow: bool) -> tuple[list[str], int]:
    """Return the table's lines, and how many of them are headings."""
    rows = _stacked(
        ["", "left", *(textwrap.fill(each, HEADING_WIDTH, break_on_hyphens=False) for each in table.columns)]
    )
    heading_count = len(rows)
    for stop, shares in table.rows:
        left = NOTHING if stop.channels_left is None else str(stop.channels_left)
        rows += _stacked([stop_text(stop), left, *(_cell(share, is_narrow=is_narrow) for share in shares)], is_top=True)
    return aligned(rows), heading_count


def _cell(share: Share | None, *, is_narrow: bool) -> str:
    if share is None:
        return NOTHING
    figure = f"{percent(share)}{LINE_END if is_narrow else '  '}{share.count}/{share.total}"
    return f"{figure}{LINE_END}{bounds(share)}" if share.total else figure


def _stacked(cells: Sequence[str], *, is_top: bool = False) -> list[list[str]]:
    """Split cells of several lines into rows of one line each, aligned to the top or the bottom."""
    parts = [cell.split(LINE_END) for cell in cells]
    height = max(map(len, parts))
    blanks = [[""] * (height - len(each)) for each in parts]
    columns = [[*each, *blank] if is_top else [*blank, *each] for each, blank in zip(parts, blanks, strict=True)]
    return [list(row) for row in zip(*columns, strict=True)]
