"""A row of an audit as the table shows it: cells, what it is sorted by, and what is found in it. No widgets."""

from dataclasses import dataclass
from enum import StrEnum

from core.audit.records import AuditRow, Ending
from core.detect.verdict import Outcome
from core.records import Share
from core.report.tables.formats import cell_text
from core.report.tables.plain_table import Cell
from core.words import percent, printable

TITLES = (
    "model",
    "verdict",
    "probability",
    "classes",
    "clean",
    "ASR",
    "curve",
    "repair",
    "seconds",
    "message",
)
VERDICT, MESSAGE, REPAIR = (TITLES.index(each) for each in ("verdict", "message", "repair"))
_DECIMALS = {TITLES.index("probability"): 3, TITLES.index("seconds"): 1}
NO_VERDICT = "no verdict"
LONGEST_CELL = 300
_RANKS = {Outcome.BACKDOORED.value: 0, Outcome.SUSPICIOUS.value: 1, Outcome.NOTHING_FOUND.value: 3}

SortKey = tuple[float, str]


class Shown(StrEnum):
    """Which rows are shown."""

    ALL = "All"
    BACKDOORED = "Backdoored"
    SUSPICIOUS = "Suspicious"
    NOTHING_FOUND = "Nothing found"
    REFUSED = "Refused"
    NOT_EXAMINED = "Crashed or timed out"


@dataclass(frozen=True, slots=True, eq=False)
class ShownRow:
    """A row of the table.

    Attributes:
        number: its number in the journal.
        row: the row.
        cells: a cell for each of `TITLES`.
        text: what is found in it, in lower case.
    """

    number: int
    row: AuditRow
    cells: tuple[Cell, ...]
    text: str

    def is_shown(self, shown: Shown, text: str) -> bool:
        """Return whether the row has a verdict or an ending, and contains all words of a text in lower case."""
        return _has(self.row, shown) and all(word in self.text for word in text.split())

    def sort_key(self, column: int) -> SortKey | None:
        """Return what the row is sorted by; None for a figure that there is not."""
        cell = self.cells[column]
        if column == VERDICT:
            return (_rank(self.row), str(cell))
        if cell is None or (isinstance(cell, Share) and not cell.total):
            return None
        if isinstance(cell, Share):
            return (cell.rate, "")
        return (0.0, cell.casefold()) if isinstance(cell, str) else (float(cell), "")


def shown_row(number: int, row: AuditRow) -> ShownRow:
    """Return a row as the table shows it; names and sentences are without control characters."""
    classes = "each to the next" if row.is_all_to_all else ", ".join(map(str, row.classes))
    verdict = (row.verdict or NO_VERDICT) if row.ending is Ending.FINISHED else row.ending.value
    cells: tuple[Cell, ...] = (
        _text(row.name),
        _text(verdict),
        None if row.probability is None else round(row.probability, 3),
        _text(classes) or None,
        row.test if row.test is not None else row.validation,
        row.largest_attack,
        _text(row.shape) or None,
        _text(row.repair) or None,
        round(row.seconds, 1),
        _text(row.sentence or row.headline) or None,
    )
    found = " ".join(each for each in cells if isinstance(each, str))
    return ShownRow(number, row, cells, f"{found} {printable(row.path)} {row.sha256}".casefold())


def short_text(column: int, cell: Cell) -> str:
    """Return a cell as it is drawn: a share as its rate alone, the figures of a column with as many decimals."""
    if isinstance(cell, Share):
        return percent(cell)
    if isinstance(cell, (int, float)) and column in _DECIMALS:
        return f"{cell:.{_DECIMALS[column]}f}"
    return cell_text(cell)


def _text(text: str) -> str:
    return printable(text[:LONGEST_CELL])


def _rank(row: AuditRow) -> float:
    """Return the place when sorted by verdict, the worst first."""
    return float(_RANKS.get(row.verdict, 4)) if row.ending is Ending.FINISHED else 2.0


def _has(row: AuditRow, shown: Shown) -> bool:
    if shown is Shown.ALL:
        return True
    if shown is Shown.REFUSED:
        return row.ending is Ending.REFUSED
    if shown is Shown.NOT_EXAMINED:
        return row.ending in (Ending.CRASHED, Ending.TIMED_OUT)
    return row.ending is Ending.FINISHED and row.verdict == Outcome[shown.name].value
