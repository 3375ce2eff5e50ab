"""The gallery's table: a row an image, sorted and filtered."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QMimeData, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtCore import QSortFilterProxyModel as SortFilterModel
from PySide6.QtGui import QColor, QPixmap

from core.records import ImageAnswer
from core.words import NOTHING
from gui.classifier.gallery.records import TITLES, Column, Entry
from gui.theme import formatting, theme
from gui.widgets.image_view import as_image

THUMBNAIL = 40  # height and width at most, in logical pixels
ENTRY_ROLE = Qt.ItemDataRole.UserRole
NO_INDEX = QModelIndex()
Index = QModelIndex | QPersistentModelIndex
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Shown(StrEnum):
    """Which images are shown."""

    ALL = "All images"
    FLAGGED = "Flagged by G"
    PASSED = "Not flagged"
    DIFFERING = "B and B′ disagree"
    TARGET = "G answers a target label"
    REFUSED = "Not readable"


class GalleryModel(QAbstractTableModel):
    """The images, in the order of opening or sorted by a column.

    Attributes:
        entries: the images.
        write_annotated: writes annotated images for dragging rows out, and returns their URLs by `QMimeData`.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []
        self.write_annotated: Callable[[Sequence[Entry]], QMimeData] | None = None
        self._thumbnails: dict[Path, tuple[NDArray[np.uint8], QPixmap]] = {}  # with what was drawn
        self._column: Column | None = None
        self._order = Qt.SortOrder.AscendingOrder
        self._added_count = 0

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        """Return the number of images."""
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(Column)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Rows can be dragged out."""
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's title."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole and section:
            return _RIGHT
        return TITLES[Column(section)] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows."""
        entry, column = self.entries[index.row()], Column(index.column())
        if role == ENTRY_ROLE:
            return entry
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnail(entry) if column is Column.IMAGE else None
        answers: dict[int, Callable[[], Any]] = {
            Qt.ItemDataRole.DisplayRole: lambda: entry.text(column),
            Qt.ItemDataRole.AccessibleTextRole: lambda: f"{TITLES[column]}: {_spoken(entry.text(column))}",
            Qt.ItemDataRole.ToolTipRole: lambda: "\n".join(filter(None, (str(entry.path), entry.error))),
            Qt.ItemDataRole.ForegroundRole: lambda: _colour(entry, column),
            Qt.ItemDataRole.TextAlignmentRole: lambda: _RIGHT if column and entry.answer is not None else None,
        }
        return answers[role]() if role in answers else None

    def mimeTypes(self) -> list[str]:
        """Return what rows are dragged out as."""
        return ["text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Return the annotated images of some rows as files."""
        rows = sorted({index.row() for index in indexes})
        assert self.write_annotated is not None
        return self.write_annotated([self.entries[row] for row in rows])

    def supportedDragActions(self) -> Qt.DropAction:
        """Rows are copied, never moved."""
        return Qt.DropAction.CopyAction

    def add(self, paths: Sequence[Path]) -> int:
        """Add images that are not in the table yet; return how many."""
        known = {entry.path for entry in self.entries}
        new = [path for path in dict.fromkeys(paths) if path not in known]
        if new:
            self.beginInsertRows(NO_INDEX, len(self.entries), len(self.entries) + len(new) - 1)
            self.entries += [Entry(path, number=self._added_count + place) for place, path in enumerate(new)]
            self._added_count += len(new)
            self.endInsertRows()
        return len(new)

    def remove(self, removed: Sequence[Entry]) -> None:
        """Remove images from the table."""
        gone = set(map(id, removed))  # a list would be searched from its beginning for each image
        self.beginResetModel()
        self.entries = [each for each in self.entries if id(each) not in gone]
        for each in removed:
            self._thumbnails.pop(each.path, None)
        self.endResetModel()

    def clear(self) -> None:
        """Remove all images."""
        self.remove(list(self.entries))

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by the values of a column, -1 as they were opened; images without an answer come last."""
        self._column, self._order = (Column(column) if column >= 0 else None), order
        self.sort_again()

    def sort_again(self) -> None:
        """Sort by what the answers are by now."""
        column = self._column
        if column is None:
            made = sorted(self.entries, key=lambda each: each.number)
        else:
            has_value = [each for each in self.entries if column is Column.IMAGE or each.answer is not None]
            rest = [each for each in self.entries if not (column is Column.IMAGE or each.answer is not None)]
            is_reversed = self._order is Qt.SortOrder.DescendingOrder
            made = sorted(has_value, key=lambda each: each.sort_key(column), reverse=is_reversed)
            made += sorted(rest, key=lambda each: each.number)
        if made == self.entries:
            return
        self.layoutAboutToBeChanged.emit()
        before, places = self.persistentIndexList(), {id(each): row for row, each in enumerate(made)}
        after = [self.index(places[id(self.entries[index.row()])], index.column()) for index in before]
        self.entries = made
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def make_stale(self, *, is_read_again: bool) -> None:
        """Say that no answer is up to date; with `is_read_again`, images are wanted in another size."""
        for each in self.entries:
            each.is_stale = is_read_again or not each.error
            if is_read_again:
                each.pixels, each.answer, each.error = None, None, ""
        if is_read_again:
            self._thumbnails.clear()
            self.show_changed(self.entries)
        elif self.entries:  # only the colours: neither the order nor what is shown depends on them
            last = self.index(len(self.entries) - 1, len(Column) - 1)
            self.dataChanged.emit(self.index(0, 0), last, [Qt.ItemDataRole.ForegroundRole])

    def show_changed(self, entries: Sequence[Entry]) -> None:
        """Show images again that changed."""
        if entries and self.entries:
            changed = set(map(id, entries))
            rows = [row for row, each in enumerate(self.entries) if id(each) in changed]
            if rows:
                self.dataChanged.emit(self.index(rows[0], 0), self.index(rows[-1], len(Column) - 1))

    def _thumbnail(self, entry: Entry) -> QPixmap:
        """Return what the networks were shown, with the trigger if there was one; the image until they answered."""
        pixels = entry.pixels if entry.answer is None else entry.answer.seen
        if pixels is None:
            empty = QPixmap(QSize(THUMBNAIL, THUMBNAIL))
            empty.fill(Qt.GlobalColor.transparent)
            return empty
        drawn, made = self._thumbnails.get(entry.path, (None, None))
        if made is None or drawn is not pixels:
            made = QPixmap.fromImage(as_image(pixels)).scaled(
                THUMBNAIL, THUMBNAIL, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            self._thumbnails[entry.path] = (pixels, made)
        return made


class GalleryFilter(SortFilterModel):
    """Shows the images of a verdict and of a name."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setDynamicSortFilter(False)  # see `refresh`
        self._shown = Shown.ALL
        self._text = ""
        self._target_labels: frozenset[int] = frozenset()

    def show_only(self, shown: Shown, text: str, target_labels: frozenset[int]) -> None:
        """Show only some images.

        Args:
            shown: by the verdict.
            text: a part of the file's name; empty for all.
            target_labels: the target labels of the open poisoned sets.
        """
        self.beginResetModel()
        self._shown, self._text, self._target_labels = shown, text.strip().casefold(), target_labels
        self.endResetModel()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        """Whether an image is shown."""
        del source_parent
        entry = self._entry(source_row)
        return self._text in entry.path.name.casefold() and is_shown(entry, self._shown, self._target_labels)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort the images themselves, which is a hundred times as fast as comparing two at a time."""
        self.sourceModel().sort(column, order)

    def refresh(self) -> None:
        """Show what belongs to the chosen verdict by now."""
        if self._shown is not Shown.ALL:
            self.invalidate()

    def _entry(self, row: int) -> Entry:
        model = self.sourceModel()
        assert isinstance(model, GalleryModel)
        return model.entries[row]


def is_shown(entry: Entry, shown: Shown, target_labels: frozenset[int]) -> bool:
    """Return whether an image is among those that are shown."""
    answer = entry.answer
    if shown is Shown.ALL:
        return True
    if shown is Shown.REFUSED:
        return bool(entry.error)
    if answer is None:
        return False
    return {
        Shown.FLAGGED: answer.is_flagged or answer.is_flagged_by_confidence,
        Shown.PASSED: not (answer.is_flagged or answer.is_flagged_by_confidence),
        Shown.DIFFERING: answer.base[0].label != answer.pruned[0].label,
        Shown.TARGET: _is_target(answer, target_labels),
    }[shown]


def _is_target(answer: ImageAnswer, target_labels: frozenset[int]) -> bool:
    return not answer.is_flagged and formatting.is_target(answer, target_labels)


def _spoken(text: str) -> str:
    """Return what a screen reader says in place of an empty cell or a dash."""
    return {"": "no answer", NOTHING: "none"}.get(text, text)


def _colour(entry: Entry, column: Column) -> QColor | None:
    colours = theme.current()
    if entry.error:
        return QColor(colours.error)
    if entry.is_stale and column is not Column.IMAGE:
        return QColor(colours.disabled)
    answer = entry.answer
    is_flagged = answer is not None and {
        Column.REPAIRED: answer.is_flagged,
        Column.CONFIDENCE: answer.is_flagged_by_confidence,
    }.get(column, False)
    return QColor(colours.ok) if is_flagged else None
