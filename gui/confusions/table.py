"""The confusions as a table, the largest first, with example images of the classes."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.images.answers import FLAGGED
from core.images.confusions import Confusions
from gui.confusions.texts import class_words, confusions_table
from gui.tables.twin import EMPTY, TwinView
from gui.theme import class_names, theme

FACE_SIDE = 24  # of an example image, in logical pixels
Index = QModelIndex | QPersistentModelIndex


class ConfusionTable(TwinView):
    """Lists the confused pairs; a click or Return on a row emits `row_activated`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Confusions, the largest first", parent)
        self._confusions: Confusions | None = None
        self._places: list[int] = []
        self._text = ""
        self.setItemDelegate(_FaceDelegate(self))
        self.setIconSize(QSize(FACE_SIDE, FACE_SIDE))
        self.setMouseTracking(True)
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self._on_clicked)
        class_names.signals.changed.connect(self.show_names)

    def show_confusions(self, confusions: Confusions | None) -> None:
        """Show other confusions; None for none."""
        self._confusions = confusions
        self.show_names()

    def find_class(self, text: str) -> None:
        """Show only pairs with a class of this number or with this text in its name; an empty text shows all."""
        self._text = text.strip().lower()
        self.show_names()

    def pair_at(self, row: int) -> tuple[int, int, int]:
        """Return class, answer and number of images of a row of the table."""
        confusions, place = self._confusions, self._places[row]
        assert confusions is not None
        return int(confusions.labels[place]), int(confusions.answered[place]), int(confusions.counts[place])

    def face_at(self, index: Index) -> QIcon | None:
        """Return the example image of the class in a cell; None if there is none."""
        row = self._sorted.mapToSource(index).row()
        titles = self.table.columns
        if not 0 <= row < len(self._places) or not class_names.has_faces():
            return None
        label, answered, _ = self.pair_at(row)
        shown = {0: label, titles.index("answered as"): answered}.get(index.column(), FLAGGED)
        face = class_names.face_of(shown)
        return None if face is None else QIcon(face)

    @Slot()
    def show_names(self) -> None:
        """Show the same with the names and the example images that are known now."""
        confusions = self._confusions
        if confusions is None:
            self._places = []
            self.source.set_table(EMPTY)
            return
        self._places = [place for place in confusions.order.tolist() if self._is_found(confusions, place)]
        self.show_table(confusions_table(confusions, self._places))
        height = self.fontMetrics().height() + 6
        self.verticalHeader().setDefaultSectionSize(max(height, FACE_SIDE + 4) if class_names.has_faces() else height)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Make columns a little wider than their contents; numbers stay beside each other in a wide window."""
        super()._fit_columns()
        header = self.horizontalHeader()
        header.setStretchLastSection(False)
        for column in range(header.count()):
            header.resizeSection(column, header.sectionSize(column) + 2 * theme.GRID)

    def _is_found(self, confusions: Confusions, place: int) -> bool:
        if not self._text:
            return True
        labels = (int(confusions.labels[place]), int(confusions.answered[place]))
        if self._text.isdigit():
            return int(self._text) in labels
        return any(self._text in class_words(label).lower() for label in labels)

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        self.row_activated.emit(self._row_of(index))


class _FaceDelegate(QStyledItemDelegate):
    """Draws the example image of a class before its number."""

    def __init__(self, table: ConfusionTable) -> None:
        super().__init__(table)
        self._table = table

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Add the example image."""
        super().initStyleOption(option, index)
        face = self._table.face_at(index)
        if face is not None:
            option.icon = face
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            option.decorationSize = QSize(FACE_SIDE, FACE_SIDE)
