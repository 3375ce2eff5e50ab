"""The dialog that asks which arrays of a file are the images and their labels."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.intake.answers import PairAnswer
from core.words import printable
from gui.guide.window_help import DialogHelp
from gui.theme import theme
from gui.widgets.labels import ScaledLabel

_COLUMNS = ("Images", "Labels", "Number of images", "Shape in the file")
_WIDTH, _LONGEST = 560, 10


class KeyDialog(QDialog):
    """Shows all images with labels of a file; one row is chosen.

    Args:
        name: the name of the file.
        pairs: what there is.
        chosen: the keys of images and labels that are proposed; None proposes the first.
        parent: the window.
    """

    def __init__(
        self, *, name: str, pairs: Sequence[PairAnswer], chosen: tuple[str, str] | None, parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        DialogHelp(self, "keys")
        self._pairs = tuple(pairs)
        self.setWindowTitle("Choose the images")
        self.setMinimumWidth(_WIDTH)
        text = QLabel(f"{printable(name)} contains several sets of images. Which one do you want to open?")
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        self.table = QTableWidget(len(self._pairs), len(_COLUMNS))
        self.table.setHorizontalHeaderLabels(_COLUMNS)
        self.table.setAccessibleName("sets of images in the file")
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        for row, pair in enumerate(self._pairs):
            shape = " × ".join(str(length) for length in pair.shape)
            count = f"{pair.shape[pair.image_axis]:,}"
            for column, cell in enumerate((pair.data_key, pair.label_key or "not used", count, shape)):
                self.table.setItem(row, column, QTableWidgetItem(printable(cell)))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        header.setMinimumSectionSize(110)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        rows = min(len(self._pairs), _LONGEST)
        self.table.setFixedHeight(header.sizeHint().height() + rows * self.table.rowHeight(0) + 4)
        places = [place for place, pair in enumerate(self._pairs) if (pair.data_key, pair.label_key) == chosen]
        self.table.selectRow(places[0] if places else 0)
        self.table.cellDoubleClicked.connect(self._on_double_clicked)
        note = ScaledLabel(
            "The choice is kept for this file and its place here; open the file again to choose anew.",
            factor=theme.SMALL,
            role="muted",
        )
        note.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column_box = QVBoxLayout(self)
        for widget in (text, self.table, note, buttons):
            column_box.addWidget(widget)

    @property
    def keys(self) -> tuple[str, str]:
        """The keys of images and labels in the chosen row."""
        pair = self._pairs[max(0, self.table.currentRow())]
        return pair.data_key, pair.label_key

    @Slot()
    def _on_double_clicked(self) -> None:
        self.accept()
