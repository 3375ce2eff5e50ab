"""The confusions of a network with few classes as a heat map: a row for each class, a column for each answer."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QBrush, QColor, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from core.images.answers import FLAGGED
from core.images.confusions import Confusions
from gui.confusions.texts import class_words
from gui.theme import class_names, theme

MOST_CLASSES = 60  # a cell of more would be too small to be clicked
LEAST_SIDE = 14
_ROOT = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


class HeatMapModel(QAbstractTableModel):
    """The matrix; the answer “backdoored” of G is a last column, and has no row."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._classes: list[int] = []
        self._answers: list[int] = []
        self._counts: NDArray[np.int64] = np.zeros((0, 0), dtype=np.int64)
        self._totals: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._name = ""

    def show(self, confusions: Confusions | None) -> None:
        """Show other confusions; None for none."""
        self.beginResetModel()
        found = np.zeros(0, dtype=np.int64) if confusions is None else confusions.classes
        self._answers = found.tolist()
        self._classes = [label for label in self._answers if label != FLAGGED]
        counts = np.zeros((0, 0), dtype=np.int64) if confusions is None else confusions.matrix(found)
        self._counts = counts[: len(self._classes)]
        self._totals = self._counts.sum(axis=1)
        self._name = "" if confusions is None else str(confusions.who)
        self.endResetModel()

    def pair(self, index: Index) -> tuple[int, int, int]:
        """Return class, answer and number of images of a cell."""
        row, column = index.row(), index.column()
        return self._classes[row], self._answers[column], int(self._counts[row, column])

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of classes."""
        return 0 if parent.isValid() else len(self._classes)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Return the number of answers."""
        return 0 if parent.isValid() else len(self._answers)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's count, colours and sentence."""
        label, answered, count = self.pair(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{count:,}" if count else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignCenter
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            total = int(self._totals[index.row()])
            return (
                f"{count:,} of {total:,} images of {class_words(label)}: {self._name} answers {class_words(answered)}"
            )
        if role in (Qt.ItemDataRole.BackgroundRole, Qt.ItemDataRole.ForegroundRole):
            total = int(self._totals[index.row()])
            colour = _colour(count / total if total else 0.0, is_right=label == answered)
            if role == Qt.ItemDataRole.BackgroundRole:
                return QBrush(colour)
            return QBrush(QColor("#000000" if colour.lightnessF() > 0.5 else "#ffffff"))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the number of a class; "?" for “backdoored”."""
        labels = self._classes if orientation == Qt.Orientation.Vertical else self._answers
        if section >= len(labels):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return "flag" if labels[section] == FLAGGED else str(labels[section])
        if role == Qt.ItemDataRole.ToolTipRole:
            start = "Images of" if orientation == Qt.Orientation.Vertical else "Answered as"
            return f"{start} {class_words(labels[section])}"
        return None


class HeatMap(QTableView):
    """Draws the matrix; a click or Return on a cell with images asks for them."""

    pair_chosen = Signal(int, int, int)  # class, answer, number of images

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.matrix = HeatMapModel(self)
        self.setModel(self.matrix)
        self.setAccessibleName("Heat map: rows are the classes of the images, columns the answers")
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setMinimumSectionSize(LEAST_SIDE)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setHighlightSections(True)
            header.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)
        self.clicked.connect(self._ask)
        class_names.signals.changed.connect(self._redraw)
        theme.signals.theme_changed.connect(self._redraw)

    def show_confusions(self, confusions: Confusions | None) -> None:
        """Show other confusions; None for none."""
        self.matrix.show(confusions)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ask for the images of the current cell with Return."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._ask(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the cells all the room."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._fit()

    @Slot(QModelIndex)
    def _ask(self, index: QModelIndex) -> None:
        label, answered, count = self.matrix.pair(index)
        if count:
            self.pair_chosen.emit(label, answered, count)

    @Slot()
    def _redraw(self) -> None:
        self.viewport().update()

    def _fit(self) -> None:
        """Make the cells squares that fill the view, and as wide as the numbers need at least."""
        rows, columns = self.matrix.rowCount(), self.matrix.columnCount()
        if not rows or not columns:
            return
        font = theme.figures_font(theme.scaled_font(self.window().font(), theme.SMALL))
        self.setFont(font)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setFont(font)
        self.horizontalHeader().setFixedHeight(self.fontMetrics().height() + theme.GRID)
        self.verticalHeader().setFixedWidth(self.fontMetrics().horizontalAdvance("0000") + theme.GRID)
        letters = self.fontMetrics().horizontalAdvance("0")
        least = max(LEAST_SIDE, letters * 3 + 2)
        room = self.viewport().size()
        side = max(least, min(room.width() // columns, room.height() // rows, 6 * least))
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setDefaultSectionSize(side)


def _colour(share: float, *, is_right: bool) -> QColor:
    """Return the colour of a cell: stronger for a larger share of its row."""
    colours = theme.current()
    ground, full = QColor(colours.surface), QColor(colours.validation if is_right else colours.error)
    if share <= 0:
        return ground
    weight = 0.15 + 0.85 * share**0.5
    pairs = ((ground.redF(), full.redF()), (ground.greenF(), full.greenF()), (ground.blueF(), full.blueF()))
    return QColor.fromRgbF(*(start + weight * (end - start) for start, end in pairs))
