"""The gallery's window: a table of images with their verdicts, and what can be done with them."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QItemSelection, QSize, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QProgressBar,
    QPushButton,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core.words import counted
from gui.classifier.gallery.records import Column, Entry
from gui.classifier.gallery.table import ENTRY_ROLE, THUMBNAIL, GalleryFilter, GalleryModel, Shown
from gui.guide.window_help import DialogHelp
from gui.theme import theme
from gui.widgets.combo import ElidedCombo
from gui.widgets.dropped_files import local_files
from gui.widgets.labels import ElidedLabel, centred_label

EMPTY_TEXT = "Drop images or folders of images here, or add some."
TITLE = "Images and their verdicts"
WIDEST_ANSWERS = {
    Column.BASE: "88888",
    Column.BASE_OUTPUT: "> 99.9 %",
    Column.PRUNED: "88888",
    Column.PRUNED_OUTPUT: "> 99.9 %",
    Column.REPAIRED: "flagged",
    Column.CONFIDENCE: "flagged",
}


class GalleryWindow(QDialog):
    """Shows the gallery; the images stay when it is closed.

    Attributes:
        model: the images.
        shown: those that are shown, as they are sorted.
    """

    add_requested = Signal()
    folder_requested = Signal()
    images_dropped = Signal(object)  # tuple[Path, ...]
    image_chosen = Signal(object)  # Path
    stop_requested = Signal()
    changed = Signal()  # images were removed

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        DialogHelp(self, "gallery")
        self.setWindowTitle(TITLE)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.setAcceptDrops(True)
        self.resize(880, 520)
        self.model = GalleryModel(self)
        self.shown = GalleryFilter(self)
        self.shown.setSourceModel(self.model)
        self.target_labels: frozenset[int] = frozenset()
        self._build()
        self._lay_out()
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.update_counts()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remove the selected images by Delete; Enter belongs to the table, and chooses no button."""
        if event.key() == Qt.Key.Key_Delete and self.table.hasFocus():
            self.remove_selected()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose_current()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept local files and folders that do not come from this table."""
        if event.source() is None and local_files(event, has_folders=True):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Emit `images_dropped`."""
        paths = local_files(event, has_folders=True)
        if paths:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.images_dropped.emit(paths)

    def show_progress(self, done_count: int, total_count: int, *, is_working: bool) -> None:
        """Show how many images are read and answered, and whether there is something to stop."""
        self.progress.setVisible(is_working)
        self.stop_button.setVisible(is_working)
        self.progress.setMaximum(max(total_count, 1))
        self.progress.setValue(done_count)
        self.progress.setFormat(f"{done_count:,} of {total_count:,}")
        if not is_working:
            self.model.sort_again()
        self.shown.refresh()
        self.update_counts()

    def set_export_menu(self, menu: QMenu) -> None:
        """Set what the export button offers."""
        self.export_button.setMenu(menu)

    def show_network(self, text: str) -> None:
        """Name the B′ and the trigger that the answers belong to."""
        self.network_label.setText(text)

    @Slot()
    def update_counts(self) -> None:
        """Show how many images there are, how many are flagged, and how many are shown."""
        entries = self.model.entries
        flagged = sum(
            each.answer is not None and (each.answer.is_flagged or each.answer.is_flagged_by_confidence)
            for each in entries
        )
        words = [counted(len(entries), "image"), f"{flagged:,} flagged"]
        refused = sum(bool(each.error) for each in entries)
        words += [f"{refused:,} not readable"] if refused else []
        if self.shown.rowCount() != len(entries):
            words.append(f"{self.shown.rowCount():,} shown")
        self.count_label.setText(", ".join(words) if entries else "")
        self._stack.setCurrentIndex(0 if entries else 1)
        for each in (self.export_button, self.clear_button, self.filter_combo, self.search_edit):
            each.setEnabled(bool(entries))
        self.remove_button.setEnabled(bool(self.selected()))

    def selected(self) -> list[Entry]:
        """Return the selected images, in the order of the table."""
        rows = sorted(self.table.selectionModel().selectedRows(), key=lambda index: index.row())
        return [index.data(ENTRY_ROLE) for index in rows]

    def listed(self) -> list[Entry]:
        """Return the images that are shown, in the order of the table."""
        return [self.shown.index(row, 0).data(ENTRY_ROLE) for row in range(self.shown.rowCount())]

    @Slot()
    def filter(self) -> None:
        """Show the images of the chosen verdict and name."""
        self.shown.show_only(Shown(self.filter_combo.currentData()), self.search_edit.text(), self.target_labels)
        self.update_counts()

    @Slot()
    def remove_selected(self) -> None:
        """Remove the selected images."""
        self._remove(self.selected())

    @Slot()
    def clear(self) -> None:
        """Remove all images."""
        self._remove(self.model.entries)

    def _remove(self, entries: Sequence[Entry]) -> None:
        if entries:
            self.model.remove(list(entries))
            self.update_counts()
            self.changed.emit()

    @Slot()
    def _choose_current(self) -> None:
        index = self.table.currentIndex()
        if index.isValid():
            self.image_chosen.emit(Path(index.data(ENTRY_ROLE).path))

    @Slot(QItemSelection, QItemSelection)
    def _on_selected(self, _selected: QItemSelection, _deselected: QItemSelection) -> None:
        self.remove_button.setEnabled(bool(self.selected()))
        if len(self.table.selectionModel().selectedRows()) == 1:
            self._choose_current()

    def _build(self) -> None:
        self.table = QTableView()
        self.table.setModel(self.shown)
        self.table.setAccessibleName("Images and their verdicts")
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)  # as they were opened
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.table.setDragEnabled(True)
        self.table.setIconSize(QSize(THUMBNAIL, THUMBNAIL))
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(False)
        self.table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.verticalHeader().setVisible(False)
        self.table.verticalHeader().setDefaultSectionSize(THUMBNAIL + 6)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(Column.IMAGE, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # "(not readable)" is at the end
        self._fit_columns()
        self.table.selectionModel().selectionChanged.connect(self._on_selected)
        self.table.activated.connect(self._choose_current)
        self.filter_combo = ElidedCombo("Which images are shown", letters=16)
        self.filter_combo.setAccessibleName("Which images are shown")
        for each in Shown:
            self.filter_combo.addItem(each.value, each)
        self.filter_combo.activated.connect(self.filter)
        self.search_edit = QLineEdit()
        self.search_edit.setPlaceholderText("File name contains …")
        self.search_edit.setAccessibleName("Part of the file name")
        self.search_edit.setClearButtonEnabled(True)
        self.search_edit.textChanged.connect(self.filter)
        self.count_label = ElidedLabel(role="muted", factor=theme.SMALL)
        self.network_label = ElidedLabel(role="muted", factor=theme.SMALL)
        self.progress = QProgressBar()
        self.progress.setAccessibleName("Images answered")
        self.add_button = _button("Add images…", self.add_requested)
        self.folder_button = _button("Add folder…", self.folder_requested)
        self.remove_button = _button("Remove", self.remove_selected)
        self.clear_button = _button("Clear", self.clear)
        self.export_button = QPushButton("Export")
        self.export_button.setAutoDefault(False)
        self.export_button.setToolTip("Export or copy the table as it is shown")
        self.stop_button = _button("Stop", self.stop_requested)
        self.progress.setVisible(False)
        self.stop_button.setVisible(False)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.filter_combo)
        top.addWidget(self.search_edit, 1)
        top.addWidget(self.count_label, 1)
        table_or_hint = QWidget()
        self._stack = QStackedLayout(table_or_hint)
        self._stack.addWidget(self.table)
        self._stack.addWidget(centred_label(EMPTY_TEXT))
        working = QHBoxLayout()
        working.addWidget(self.network_label, 1)
        working.addWidget(self.progress, 1)
        working.addWidget(self.stop_button)
        bottom = QHBoxLayout()
        for button in (self.add_button, self.folder_button, self.remove_button, self.clear_button):
            bottom.addWidget(button)
        bottom.addStretch(1)
        bottom.addWidget(self.export_button)
        column = QVBoxLayout(self)
        column.setSpacing(theme.GRID)
        column.addLayout(top)
        column.addWidget(table_or_hint, 1)
        column.addLayout(working)
        column.addLayout(bottom)

    def changeEvent(self, event: QEvent) -> None:
        """Fit the columns to another size of the text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._fit_columns()

    def _fit_columns(self) -> None:
        """Make the columns of answers as wide as their titles and answers; the first one takes what is left."""
        header, advance = self.table.horizontalHeader(), self.table.fontMetrics().horizontalAdvance
        for column, answer in WIDEST_ANSWERS.items():
            header.resizeSection(column, max(advance(answer) + 2 * theme.GRID, header.sectionSizeHint(column)))

    def _recolour(self) -> None:
        for button, icon in (
            (self.add_button, "add"),
            (self.folder_button, "folder"),
            (self.remove_button, "remove"),
            (self.export_button, "export"),
            (self.stop_button, "cancel"),
        ):
            theme.dress(button, icon)
        self.table.viewport().update()


def _button(text: str, clicked: object) -> QPushButton:
    button = QPushButton(text)
    button.setAutoDefault(False)
    button.clicked.connect(clicked)
    return button
