"""The finished runs: which of them are drawn, their names and colours, and which one is shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QColor, QContextMenuEvent, QIcon, QKeyEvent, QPainter, QPixmap, QStandardItem
from PySide6.QtGui import QStandardItemModel as ItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from gui.charts import chart as charts
from gui.prune.curve.overlay import run_colour, run_dashes
from gui.theme import theme

PLACE_ROLE = Qt.ItemDataRole.UserRole
SAMPLE = QSize(34, 10)
ROW_MARGIN = 6
COLOUR_NAMES = ("Colour 1", "Colour 2", "Colour 3", "Colour 4")
TIP = (
    "Finished runs on the open files. The box draws a run beside the shown one; double click or Return shows it; "
    "F2 renames it; Delete removes it."
)


@dataclass(frozen=True, slots=True)
class RunRow:
    """A finished run in the list.

    Attributes:
        name: its name.
        tip: its settings in words.
        colour: the number of its colour in the theme.
        is_shown: whether it is the run on the screen.
        is_visible: whether it is drawn beside the run on the screen.
    """

    name: str
    tip: str
    colour: int
    is_shown: bool
    is_visible: bool


class RunList(QListView):
    """Lists finished runs, the oldest first; a run is announced by its place in the list."""

    shown = Signal(int)
    removed = Signal(int)
    renamed = Signal(int, str)
    recoloured = Signal(int, int)  # and the number of the colour
    visibility_changed = Signal(int, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[RunRow, ...] = ()
        self._is_filling = False
        self._items = ItemModel(self)
        self.setModel(self._items)
        self.setItemDelegate(_NameDelegate(self))
        self.setIconSize(SAMPLE)
        self.setProperty("samples", True)  # selected rows have a ground on which the samples are seen
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName("Finished runs")
        self.setToolTip(TIP)
        self._items.itemChanged.connect(self._on_item_changed)
        self.doubleClicked.connect(self._on_double_clicked)
        theme.signals.theme_changed.connect(self._recolour)

    @property
    def rows(self) -> tuple[RunRow, ...]:
        """The runs that are listed."""
        return self._rows

    def show_rows(self, rows: Sequence[RunRow]) -> None:
        """List runs; the chosen place is kept."""
        if tuple(rows) == self._rows and self._items.rowCount() == len(rows):
            return
        self._rows = tuple(rows)
        self._is_filling = True
        self._items.setRowCount(len(rows))  # rows that stay keep choice and editor
        for place, row in enumerate(rows):
            item = self._items.item(place)
            if item is None:
                item = QStandardItem()
                item.setCheckable(True)
                item.setData(place, PLACE_ROLE)
                self._items.setItem(place, item)
            item.setText(row.name)
            item.setToolTip(f"{row.name}: {row.tip}.\n{TIP}")
            item.setCheckState(Qt.CheckState.Checked if row.is_visible or row.is_shown else Qt.CheckState.Unchecked)
            font = item.font()
            font.setBold(row.is_shown)
            item.setFont(font)
            state = "shown" if row.is_shown else "drawn beside the shown run" if row.is_visible else "not drawn"
            item.setAccessibleText(f"{row.name}, {state}")
        self._is_filling = False
        self._recolour()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the height of all rows."""
        return QSize(180, max(len(self._rows), 1) * (self.fontMetrics().height() + ROW_MARGIN) + 4)

    def minimumSizeHint(self) -> QSize:
        """Return the height of two rows."""
        return QSize(80, min(max(len(self._rows), 1), 2) * (self.fontMetrics().height() + ROW_MARGIN) + 4)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remove a run with Delete, and show it with Return."""
        is_editing = self.state() == QAbstractItemView.State.EditingState  # keys that the editor leaves come here
        place = -1 if is_editing else self.currentIndex().row()
        if place >= 0 and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(place)
        elif place >= 0 and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.shown.emit(place)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with a run."""
        index = (
            self.currentIndex() if event.reason() == QContextMenuEvent.Reason.Keyboard else self.indexAt(event.pos())
        )
        if index.isValid():
            self.setCurrentIndex(index)
            menu = self.make_menu(index.row())
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.mapToGlobal(QPoint(event.pos())))

    def make_menu(self, place: int) -> QMenu:
        """Return the menu of a run."""
        menu = QMenu(self)
        show = menu.addAction("Show this run")
        show.setEnabled(not self._rows[place].is_shown)
        show.triggered.connect(lambda: self.shown.emit(place))
        menu.addAction("Rename").triggered.connect(lambda: self.edit(self._items.index(place, 0)))
        colours = menu.addMenu("Colour")
        for number, name in enumerate(COLOUR_NAMES):
            action = QAction(_sample(number, place, self.devicePixelRatioF()), name, menu)
            action.setCheckable(True)
            action.setChecked(number == self._rows[place].colour)
            action.triggered.connect(lambda _checked=False, number=number: self.recoloured.emit(place, number))
            colours.addAction(action)
        menu.addSeparator()
        menu.addAction("Remove").triggered.connect(lambda: self.removed.emit(place))
        return menu

    @Slot(QStandardItem)
    def _on_item_changed(self, item: QStandardItem) -> None:
        if self._is_filling:
            return
        place = int(item.data(PLACE_ROLE))
        row = self._rows[place]
        if item.text() != row.name:
            self.renamed.emit(place, item.text())
        elif (item.checkState() == Qt.CheckState.Checked) != (row.is_visible or row.is_shown):
            self.visibility_changed.emit(place, item.checkState() == Qt.CheckState.Checked)

    @Slot(QModelIndex)
    def _on_double_clicked(self, index: QModelIndex) -> None:
        self.shown.emit(index.row())

    @Slot()
    def _recolour(self) -> None:
        self._is_filling = True
        for place, row in enumerate(self._rows):
            shown = (theme.current().validation, ()) if row.is_shown else None
            sample = _sample(row.colour, place, self.devicePixelRatioF(), line=shown)
            icon = QIcon(sample)
            icon.addPixmap(sample, QIcon.Mode.Selected)  # as it is: Qt would mix it with the selection's colour
            self._items.item(place).setIcon(icon)
        self._is_filling = False


class _NameDelegate(QStyledItemDelegate):
    """Edits names of at most 60 letters."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return a row in which check marks do not touch each other."""
        hint = super().sizeHint(option, index)
        return QSize(hint.width(), max(hint.height(), option.fontMetrics.height() + ROW_MARGIN))

    def setModelData(self, editor: QWidget, model: object, index: QModelIndex | QPersistentModelIndex) -> None:
        """Take a name that is not empty."""
        text = " ".join(str(editor.property("text") or "").split())[:60]
        if text:
            model.setData(index, text, Qt.ItemDataRole.EditRole)  # type: ignore[attr-defined]


def _sample(colour: int, place: int, ratio: float, *, line: tuple[str, tuple[float, ...]] | None = None) -> QPixmap:
    """Return a sample of a run's line; `line` is its colour and dashes if it is drawn as the shown run is."""
    name, dashes = line or (run_colour(colour), run_dashes(place))
    pixmap = QPixmap(SAMPLE * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(QColor(0, 0, 0, 0))
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = charts.line_pen(name, width=2, dashes=dashes)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    painter.drawLine(0, SAMPLE.height() // 2, SAMPLE.width(), SAMPLE.height() // 2)
    painter.end()
    return pixmap
