"""The results table as a Qt model: a row for the cursor, the unpruned network and both sides of each threshold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from core import words
from core.images.answers import Who
from core.images.selection import AskedShare
from core.metrics.figures import Figure, figures_of
from core.metrics.network_scores import NetworkKind, SetRole
from core.records import PoisonedSet, Share, Side, SweepPoint
from core.sweep.stops import Stop
from gui.theme import class_names, formatting

GROUP_ROLE = Qt.ItemDataRole.UserRole + 1  # of a column: "", "B′" or "G"
COUNT_ROLE = Qt.ItemDataRole.UserRole + 2  # of a cell: "12353 of 12830"
LIVE_ROLE = Qt.ItemDataRole.UserRole + 3  # of a row: whether it follows the cursor
TITLE_ROLE = Qt.ItemDataRole.UserRole + 4  # of a row: the first line of its name
DETAIL_ROLE = Qt.ItemDataRole.UserRole + 5  # of a row: the second
SHORT_ROLE = Qt.ItemDataRole.UserRole + 6  # of a row: its name where there is one line for it
WIDEST_ROLE = Qt.ItemDataRole.UserRole + 7  # of a cell: the longest count it could have
INTERVAL_ROLE = Qt.ItemDataRole.UserRole + 8  # of a cell: "95.94–96.60 %"
ASKED_ROLE = Qt.ItemDataRole.UserRole + 9  # of a cell: the `AskedShare` whose images can be shown

_WHO = {NetworkKind.PRUNED: Who.PRUNED, NetworkKind.REPAIRED: Who.AGREEMENT}
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class Column:
    """A figure, shown for every row.

    Attributes:
        group: "B′", "G", or empty for a column that belongs to neither.
        title: the short name below the group, with a file's name cut to fit.
        tip: explains the figure and names its images.
        share: returns its value at a step; None if the set is not loaded.
        full_title: the title with the file's full name; empty if the title is not cut.
        ask: returns the share with what it counts, to show its images; None if they cannot be shown.
    """

    group: str
    title: str
    tip: str
    share: Callable[[SweepPoint], Share | None]
    full_title: str = ""
    ask: Callable[[Share], AskedShare] | None = None

    @property
    def name(self) -> str:
        """Group and title, with the file's full name."""
        return f"{self.group} {self.full_title or self.title}".strip()


@dataclass(frozen=True, slots=True)
class Row:
    """One step.

    Attributes:
        title: the text at the left.
        detail: a second line below it.
        point: the figures; None if there is no such step.
        channels_left: channels kept; None if there is no such step.
        why_missing: why there is no such step.
        is_live: whether the row follows the cursor.
        is_estimate: whether the figures are estimated from a part of the images.
        is_step_estimated: whether the step itself was found from estimated figures.
    """

    title: str
    detail: str
    point: SweepPoint | None
    channels_left: int | None
    why_missing: str = ""
    is_live: bool = False
    is_estimate: bool = False
    is_step_estimated: bool = False

    @property
    def name(self) -> str:
        """Both lines in one."""
        return f"{self.title}, {self.detail}" if self.detail else self.title

    @property
    def titles(self) -> tuple[object, ...]:
        """All that its header tells."""
        return (self.title, self.detail, self.why_missing, self.is_live)

    @property
    def short_name(self) -> str:
        """The name in fewer words."""
        short = self.name.removesuffix(" crossing").removesuffix(" crossed").removeprefix("At the ").capitalize()
        return short.removesuffix(" pruned").replace(", being scored", " …") if short.startswith("By hand") else short


class ResultsModel(QAbstractTableModel):
    """Rows are steps, columns are figures; the first column is how many channels are left."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: tuple[Column, ...] = ()
        self.rows: tuple[Row, ...] = ()
        self._live: Row | None = None
        self._stops: tuple[Row, ...] = ()
        self._shape: object = None  # what column widths depend on; while it stays, the model is not reset

    def set_table(self, stops: Sequence[Stop], poisoned_sets: Sequence[PoisonedSet], *, is_estimate: bool) -> bool:
        """Replace the rows below the cursor's row.

        Returns:
            Whether rows, columns or their sizes changed.
        """
        has_test = any(stop.point is not None and stop.point.test is not None for stop in stops)
        rows = tuple(_stop_row(stop, is_estimate=is_estimate) for stop in stops)
        shape = (tuple(poisoned_sets), has_test, [row.name for row in rows], is_estimate, _digit_counts(stops))
        if shape == self._shape:
            self._stops = rows
            self._replace_rows(0, len(self.rows) - 1)
            return False
        self.beginResetModel()
        self._shape = shape
        self.columns = _columns(poisoned_sets, has_test=has_test)
        self._stops = rows
        self._join_rows()
        self.endResetModel()
        return True

    def set_live(self, row: Row | None) -> bool:
        """Set the cursor's row, above the stops; None removes it.

        Returns:
            Whether rows, columns or their sizes changed.
        """
        if row is not None and self._live is not None:
            was_estimate, self._live = self._live.is_estimate, row
            self._replace_rows(0, 0)
            return row.is_estimate != was_estimate
        self.beginResetModel()
        self._live = row
        self._join_rows()
        self.endResetModel()
        return True

    def clear(self) -> None:
        """Remove all rows and columns."""
        self.beginResetModel()
        self.columns, self._live, self._stops, self._shape = (), None, (), None
        self._join_rows()
        self.endResetModel()

    def share_at(self, row: int, column: int) -> Share | None:
        """Return the figure of a cell; None in the column of channels left, or if it is missing."""
        point = self.rows[row].point
        return self.columns[column - 1].share(point) if point is not None and column > 0 else None

    def step_at(self, row: int) -> int | None:
        """Return the step of a row; None for the row of the network on the screen, and if there is no such step."""
        shown = self.rows[row]
        return None if shown.is_live or shown.point is None else shown.point.pruned_count

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        """Return the number of columns: channels left and the figures."""
        return 0 if parent.isValid() or not self.columns else len(self.columns) + 1

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Return the flags of a cell; the cells of a missing step are greyed."""
        if index.isValid() and self.rows[index.row()].point is None:
            return Qt.ItemFlag.ItemIsSelectable
        return super().flags(index)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text, count, tooltip or alignment of a cell."""
        row, column = self.rows[index.row()], index.column()
        share = self.share_at(index.row(), column)
        answer: Any = None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            answer = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        elif role == LIVE_ROLE:
            answer = row.is_live
        elif role == COUNT_ROLE:
            answer = str(share) if share is not None and share.total else ""
        elif role == INTERVAL_ROLE:
            answer = formatting.bounds_text(share) if share is not None and share.total else ""
        elif role == ASKED_ROLE:
            answer = self._asked(row, column, share)
        elif role == WIDEST_ROLE:
            answer = f"{share.total} of {share.total}" if share is not None and share.total else ""
        elif role == Qt.ItemDataRole.DisplayRole:
            answer = self._text(row, column, share)
        elif role == Qt.ItemDataRole.ToolTipRole:
            answer = self._tip(row, column, share)
        elif role == Qt.ItemDataRole.AccessibleTextRole:
            answer = self._tip(row, column, share).removesuffix(formatting.LINK_TIP)
        return answer

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a title or its explanation."""
        if orientation == Qt.Orientation.Vertical:
            row = self.rows[section]
            return {
                TITLE_ROLE: row.title,
                DETAIL_ROLE: row.detail,
                SHORT_ROLE: row.short_name,
                Qt.ItemDataRole.DisplayRole: row.name,
                Qt.ItemDataRole.ToolTipRole: row.why_missing or row.name,
                LIVE_ROLE: row.is_live,
            }.get(role)
        column = self.columns[section - 1] if section else None
        return {
            Qt.ItemDataRole.DisplayRole: column.title if column else "channels left",
            Qt.ItemDataRole.ToolTipRole: column.tip if column else "Channels that are not pruned",
            GROUP_ROLE: column.group if column else "",
        }.get(role)

    def tsv(self, rows: Sequence[int]) -> str:
        """Return rows as tab-separated text for spreadsheets: rate, count and interval of each figure."""
        head = ["row", "channels pruned", "channels left"]
        for column in self.columns:
            head += [f"{column.name} %", f"{column.name} k of n", f"{column.name} 95 % interval"]
        lines = [head]
        for place in rows:
            row = self.rows[place]
            name = f"{row.name} (estimate)" if row.is_estimate else row.name
            line = [name, str(row.point.pruned_count) if row.point else "", _count(row.channels_left)]
            for number in range(1, len(self.columns) + 1):
                share = self.share_at(place, number)
                if share is None or not share.total:
                    line += ["", "", ""]
                else:
                    line += [words.percent(share).removesuffix(" %"), str(share), formatting.bounds_text(share)]
            lines.append(line)
        return "\n".join("\t".join(line) for line in lines) + "\n"

    def _join_rows(self) -> None:
        self.rows = (*([self._live] if self._live is not None else []), *self._stops)

    def _replace_rows(self, first: int, last: int) -> None:
        """Join the rows anew, as many as before; tell which titles are others, since a view lays itself out anew."""
        were = self.rows
        self._join_rows()
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns)))
        for place in range(first, last + 1):
            if self.rows[place].titles != were[place].titles:
                self.headerDataChanged.emit(Qt.Orientation.Vertical, place, place)

    def _asked(self, row: Row, column: int, share: Share | None) -> AskedShare | None:
        """Return the share of a cell; None for an estimate, which no complete set of images belongs to."""
        if share is None or not share.total or row.is_estimate:
            return None
        ask = self.columns[column - 1].ask
        return None if ask is None else ask(share)

    def _text(self, row: Row, column: int, share: Share | None) -> str:
        if column == 0:
            left = _count(row.channels_left) or words.NOTHING
            return f"≈ {left}" if row.is_step_estimated else left
        if share is None:
            return words.NOTHING
        return formatting.estimate_text(share) if row.is_estimate else words.percent(share)

    def _tip(self, row: Row, column: int, share: Share | None) -> str:
        if row.point is None:
            return row.why_missing
        is_estimate = row.is_estimate if column else row.is_step_estimated
        start = "Estimate: " if is_estimate else ""
        if column == 0:
            return f"{start}{row.name}: {formatting.step_text(row.point.pruned_count, row.channels_left or 0)}"
        title = self.columns[column - 1]
        if share is None:
            return f"{title.name}: no such images are loaded"
        link = formatting.LINK_TIP if self._asked(row, column, share) is not None else ""
        return f"{start}{title.name}, {row.name}: {formatting.evidence_text(share)}{link}"


def live_row(point: SweepPoint | None, *, channels_left: int, by_hand: bool, is_estimate: bool = False) -> Row | None:
    """Return the row of the network on the screen, at the cursor or pruned by hand; None if it has no figures."""
    if point is None:
        reason = "The channels pruned by hand are being scored."
        return Row("By hand", "being scored", None, channels_left, reason, is_live=True) if by_hand else None
    title = "By hand" if by_hand else "At the cursor"
    detail = f"{point.pruned_count} pruned"
    return Row(title, detail, point, channels_left, is_live=True, is_estimate=is_estimate)


def _stop_row(stop: Stop, *, is_estimate: bool) -> Row:
    if stop.threshold is None:
        why_missing = formatting.missing_stop_text(stop)
        return Row("Unpruned", "", stop.point, stop.channels_left, why_missing, is_estimate=is_estimate)
    title = words.points_text(stop.threshold)
    detail = words.side_text(stop.side or Side.BEFORE)
    if stop.point is None:
        return Row(
            title,
            "never crossed" if stop.side is Side.AFTER else detail,
            None,
            None,
            formatting.missing_stop_text(stop),
            is_estimate=is_estimate,
        )
    return Row(title, detail, stop.point, stop.channels_left, is_estimate=is_estimate, is_step_estimated=is_estimate)


def _digit_counts(stops: Sequence[Stop]) -> list[int]:
    """Return the number of digits of each set's image count, which decides the columns' width."""
    point = next((stop.point for stop in stops if stop.point is not None), None)
    scores = (point.validation, point.test, *point.poisoned) if point is not None else ()
    return [len(str(score.pruned.total)) for score in scores if score is not None]


def _columns(poisoned_sets: Sequence[PoisonedSet], *, has_test: bool) -> tuple[Column, ...]:
    """Return the columns of B′, then those of G; false alarms on the test set only if one is open."""
    endings = formatting.set_endings([one.name for one in poisoned_sets])
    columns: list[Column] = []
    for network, group, who in (
        (NetworkKind.PRUNED, "B′", "the pruned network B′"),
        (NetworkKind.REPAIRED, "G", "the repaired network G"),
    ):
        for figure in figures_of(network):
            if figure.is_of_many:
                columns += [
                    _of_set(figure, network, group, who, place=place, one=one, ending=ending)
                    for place, (one, ending) in enumerate(zip(poisoned_sets, endings, strict=True))
                ]
            elif has_test or not figure.is_of_flags or figure.role is not SetRole.TEST:
                share = partial(figure.share_at, network=network)
                ask = partial(AskedShare, figure, _WHO[network])
                columns.append(Column(group, figure.window_title, figure.sentence(who), share, ask=ask))
    return tuple(columns)


def _of_set(
    figure: Figure, network: NetworkKind, group: str, who: str, *, place: int, one: PoisonedSet, ending: str
) -> Column:
    """Return the column of a poisoned set's figure; `ending` names the set if there are several."""
    tip = figure.sentence(who, name=one.name, target=_targets(one))
    share = partial(figure.share_at, network=network, place=place)
    full_title = f"{figure.window_title} {words.printable(one.name)}" if "…" in ending else ""
    ask = partial(AskedShare, figure, _WHO[network], place=place)
    return Column(group, f"{figure.window_title}{ending}", tip, share, full_title, ask)


def _targets(one: PoisonedSet) -> str:
    labels = [class_names.short_text(label) for label in one.target_labels[:4]]
    if len(one.target_labels) > 4:
        return f" ({', '.join(labels)} …)"
    return f" {words.joined(labels)}" if labels else ""


def _count(number: int | None) -> str:
    return "" if number is None else str(number)
