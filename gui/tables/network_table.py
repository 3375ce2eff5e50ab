"""The table of networks as a Qt model, one row for each network; drawn by `ResultsView`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from core import words
from core.images.answers import Who
from core.images.selection import AskedShare
from core.metrics.figures import Figure
from core.records import Share
from gui.tables.results_table import (
    ASKED_ROLE,
    COUNT_ROLE,
    DETAIL_ROLE,
    GROUP_ROLE,
    INTERVAL_ROLE,
    SHORT_ROLE,
    TITLE_ROLE,
    WIDEST_ROLE,
)
from gui.theme import formatting

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class NetworkColumn:
    """A figure, shown for every network.

    Attributes:
        title: the column's title.
        tip: explains the figure in a sentence.
        group: "B′" or "G", followed by an explanation; empty if each row is a network of a single kind.
        figure: the figure; None if its images cannot be shown.
        place: position of the set among those of its role.
    """

    title: str
    tip: str
    group: str = ""
    figure: Figure | None = None
    place: int = 0

    @property
    def name(self) -> str:
        """Group and title."""
        return " ".join([*self.group.split(), self.title])


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """One network.

    Attributes:
        title: its name.
        detail: a few more words; empty for none.
        tip: explains it in a sentence.
        shares: its figures, one for each column; None for a figure it does not have.
        who: the network whose images can be shown, one for each column; empty if they cannot.
    """

    title: str
    detail: str
    tip: str
    shares: tuple[Share | None, ...]
    who: tuple[Who, ...] = ()


class NetworkTable(QAbstractTableModel):
    """Rows are networks, columns are figures."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: tuple[NetworkColumn, ...] = ()
        self.rows: tuple[NetworkRow, ...] = ()

    def set_table(self, columns: Sequence[NetworkColumn], rows: Sequence[NetworkRow]) -> None:
        """Replace columns and rows.

        Raises:
            ValueError: a row's number of figures is not the number of columns.
        """
        if any(len(row.shares) != len(columns) for row in rows):
            raise ValueError(f"each network must have {len(columns)} figures")
        self.beginResetModel()
        self.columns, self.rows = tuple(columns), tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Return the number of networks."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        """Return the number of figures."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text, count or tooltip of a cell."""
        row, column = self.rows[index.row()], self.columns[index.column()]
        share = row.shares[index.column()]
        answers: dict[int, Callable[[], Any]] = {
            Qt.ItemDataRole.DisplayRole: lambda: words.percent(share) if share else words.NOTHING,
            Qt.ItemDataRole.TextAlignmentRole: lambda: Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            Qt.ItemDataRole.ToolTipRole: lambda: _tip(row, column, share),
            Qt.ItemDataRole.AccessibleTextRole: lambda: _tip(row, column, share).removesuffix(formatting.LINK_TIP),
            COUNT_ROLE: lambda: str(share) if share and share.total else "",
            ASKED_ROLE: lambda: _asked(row, column, share, index.column()),
            INTERVAL_ROLE: lambda: formatting.bounds_text(share) if share and share.total else "",
            WIDEST_ROLE: lambda: f"{share.total} of {share.total}" if share and share.total else "",
        }
        return answers[role]() if role in answers else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a title or its explanation."""
        if orientation == Qt.Orientation.Vertical:
            row = self.rows[section]
            name = f"{row.title}, {row.detail}" if row.detail else row.title
            return {
                TITLE_ROLE: row.title,
                DETAIL_ROLE: row.detail,
                SHORT_ROLE: f"{row.title} {row.detail}".strip(),
                Qt.ItemDataRole.DisplayRole: name,
                Qt.ItemDataRole.ToolTipRole: row.tip,
            }.get(role)
        column = self.columns[section]
        return {
            Qt.ItemDataRole.DisplayRole: column.title,
            Qt.ItemDataRole.ToolTipRole: column.tip,
            GROUP_ROLE: column.group,
        }.get(role)

    def tsv(self, rows: Sequence[int]) -> str:
        """Return rows as tab-separated text for spreadsheets: rate, count and interval of each figure."""
        head = ["network"]
        for column in self.columns:
            head += [f"{column.name} %", f"{column.name} k of n", f"{column.name} 95 % interval"]
        lines = [head]
        for place in rows:
            row = self.rows[place]
            line = [f"{row.title} {row.detail}".strip()]
            for share in row.shares:
                if share is None or not share.total:
                    line += ["", "", ""]
                else:
                    line += [words.percent(share).removesuffix(" %"), str(share), formatting.bounds_text(share)]
            lines.append(line)
        return "\n".join("\t".join(line) for line in lines) + "\n"


def _asked(row: NetworkRow, column: NetworkColumn, share: Share | None, place: int) -> AskedShare | None:
    if share is None or not share.total or column.figure is None or not row.who:
        return None
    return AskedShare(column.figure, row.who[place], share, column.place)


def _tip(row: NetworkRow, column: NetworkColumn, share: Share | None) -> str:
    if share is None:
        return f"{column.name}, {row.title}: this network has no such figure"
    link = formatting.LINK_TIP if row.who and column.figure is not None and share.total else ""
    return f"{column.name}, {row.title} {row.detail}: {formatting.evidence_text(share)}{link}"
