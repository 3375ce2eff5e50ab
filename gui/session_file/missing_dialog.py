"""Says which files of a session are missing or have changed, and asks where they are."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.guide.window_help import DialogHelp
from gui.theme import theme

if TYPE_CHECKING:
    from core.session_file.reading import MissingFile


class MissingFilesDialog(QDialog):
    """Lists the files that could not be opened as they were; each can be found again.

    Args:
        missing: the files.
        ask: asks where a file is; returns None if the user cancels.
        parent: the window.
    """

    def __init__(
        self, missing: Sequence["MissingFile"], *, ask: Callable[[Path], Path | None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        DialogHelp(self, "missing")
        self.setWindowTitle("Files of the session")
        self._ask = ask
        self._found: dict[int, Path] = {}
        self.buttons: list[QPushButton] = []
        about = QLabel(
            "The session was made with these files. What belongs to a missing file cannot be opened without it; "
            "everything else can."
        )
        about.setWordWrap(True)
        about.setMinimumWidth(520)
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * theme.GRID)
        grid.setColumnStretch(0, 1)
        for row, each in enumerate(missing):
            text = QLabel(f"{each.path.name}: {each.sentence}.")
            text.setWordWrap(True)
            text.setToolTip(str(each.path))
            button = QPushButton("Find…")
            button.setAccessibleName(f"Find {each.path.name}")
            button.clicked.connect(lambda _checked=False, each=each, text=text: self._find(each, text))
            self.buttons.append(button)
            grid.addWidget(text, row, 0)
            grid.addWidget(button, row, 1)
        box = QDialogButtonBox()
        self.open_button = box.addButton("Open what there is", QDialogButtonBox.ButtonRole.AcceptRole)
        box.addButton(QDialogButtonBox.StandardButton.Cancel)
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID)
        column.setSpacing(2 * theme.GRID)
        column.addWidget(about)
        column.addLayout(grid)
        column.addWidget(box)

    @property
    def found(self) -> Mapping[int, Path]:
        """Where files were found, by their positions."""
        return self._found

    def _find(self, missing: "MissingFile", text: QLabel) -> None:
        path = self._ask(missing.path)
        if path is not None:
            self._found[missing.place] = path
            text.setText(f"{missing.path.name}: {path}")
            self.open_button.setText("Open")
            if len(self._found) == len(self.buttons):
                self.open_button.setDefault(True)
                self.open_button.setFocus()
