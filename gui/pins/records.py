"""Figures of a step that were pinned, as they were read; and their table."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.records import Share
from core.report.tables.plain_table import PlainTable

TITLE = "Pinned readings"
COLUMNS = ("run", "network", "channels pruned")


@dataclass(frozen=True, slots=True)
class PinnedReading:
    """The figures of one step of a curve.

    Attributes:
        run: the model, layer, reader and order of its run.
        network: "B′" or "G", with ", estimate" where the figures were one.
        pruned_count: channels pruned.
        names: what each figure is.
        shares: the figures; None where there is none.
    """

    run: str
    network: str
    pruned_count: int
    names: tuple[str, ...] = ()
    shares: tuple[Share | None, ...] = ()


def pins_table(pins: Sequence[PinnedReading]) -> PlainTable:
    """Return a row for each reading and a column for each figure that any of them has."""
    names = tuple(dict.fromkeys(name for each in pins for name in each.names))
    rows = []
    for each in pins:
        known = dict(zip(each.names, each.shares, strict=True))
        rows.append((each.run, each.network, each.pruned_count, *(known.get(name) for name in names)))
    return PlainTable(TITLE, (*COLUMNS, *names), tuple(rows))
