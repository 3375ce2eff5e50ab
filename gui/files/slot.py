"""A slot for a file: opens it by button or drop, and shows its name and facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.files.opening.drag_kinds import are_images
from gui.theme import theme
from gui.widgets.dropped_files import local_files, take_files
from gui.widgets.labels import ElidedLabel, IconLabel, ScaledLabel


@dataclass(frozen=True, slots=True)
class FileCard:
    """The text that a slot shows for an open file.

    Attributes:
        name: the file's name.
        details: facts about it, one per line.
        tooltip: the full path and further facts.
    """

    name: str
    details: tuple[str, ...]
    tooltip: str


class FileSlot(QFrame):
    """The slot of one role, with one file or several.

    Args:
        title: the name of the role.
        hint: describes the expected file; shown while the slot is empty.
        icon_name: the role's icon.
        is_multiple: whether several files may be open at once.
        folder: which folder can be opened, too: "a folder of images"; empty if none can.
        folder_icon: the icon of its button.
        has_targets: whether each file has a button to choose its target.
    """

    open_requested = Signal()
    folder_requested = Signal()
    offer_taken = Signal()
    files_dropped = Signal(object)  # tuple[Path, ...]
    clear_requested = Signal(int)  # position of the file
    checks_requested = Signal(int)  # position of the file; -1: the refused one
    target_requested = Signal(int)  # position of the file

    def __init__(
        self,
        title: str,
        hint: str,
        *,
        icon_name: str,
        is_multiple: bool = False,
        folder: str = "",
        folder_icon: str = "folder",
        has_targets: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.setObjectName("fileSlot")
        self.is_multiple = is_multiple
        self._has_folders = bool(folder)
        self._has_targets = has_targets
        self._title = title
        self._icon_name, self._folder_icon = icon_name, folder_icon
        self._is_dropping = self.is_lit = False
        self._rows: list[_FileRow] = []

        self._icon = IconLabel()
        self._icon.setAccessibleName(f"{title}, icon")
        self._heading = ScaledLabel(title, is_bold=True)
        self.open_button = QToolButton()
        self.open_button.setAutoRaise(True)
        verb = "Add" if is_multiple else "Open"
        self.open_button.setToolTip(f"{verb}: {title.lower()} (or drop a file here)")
        self.open_button.setAccessibleName(f"{verb} {title.lower()}")
        self.open_button.clicked.connect(self._on_open_clicked)
        self.folder_button = _small_button(f"{verb} {title.lower()} from {folder}")
        self.folder_button.setToolTip(f"{verb}: {title.lower()} from {folder} (or drop it here)")
        self.folder_button.setVisible(self._has_folders)
        self.folder_button.clicked.connect(self._on_folder_clicked)
        self._hint = ScaledLabel(hint, factor=theme.SMALL, role="muted")
        self._hint.setWordWrap(True)
        head = QHBoxLayout()
        head.setSpacing(theme.GRID - 2)
        head.addWidget(self._icon)
        head.addWidget(self._heading, 1)
        head.addWidget(self.folder_button)
        head.addWidget(self.open_button)
        self._files = QVBoxLayout()
        self._files.setSpacing(theme.GRID // 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, 4, 4, 6)
        column.setSpacing(1)
        column.addLayout(head)
        column.addLayout(self._files)
        column.addWidget(self._hint)
        column.addLayout(self._refusal_row())
        self._add_offer(column)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()

    def _add_offer(self, column: QVBoxLayout) -> None:
        """Add what is offered about a set, with its button; hidden until there is an offer."""
        self._offer = ScaledLabel("", factor=theme.SMALL)
        self._offer.setWordWrap(True)
        self._offer.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.offer_button = QPushButton()
        self.offer_button.clicked.connect(self._on_offer_clicked)
        column.addWidget(self._offer)
        column.addWidget(self.offer_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.show_offer("", "")

    def _refusal_row(self) -> QHBoxLayout:
        """Make the line that says why a file was refused, with its buttons."""
        self._error = ScaledLabel("", factor=theme.SMALL, role="error")
        self._error.setWordWrap(True)
        self._error.setVisible(False)
        # A sentence with a long path must not widen the panel.
        self._error.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.refusal_button = _small_button(f"Show what was checked in the refused {self._title.lower()}")
        self.refusal_button.setToolTip("Show what was checked")
        self.refusal_button.setVisible(False)
        self.refusal_button.clicked.connect(self._on_refusal_clicked)
        self.dismiss_button = _small_button(f"Dismiss the message about {self._title.lower()}")
        self.dismiss_button.setToolTip("Dismiss this message")
        self.dismiss_button.setVisible(False)
        self.dismiss_button.clicked.connect(self._on_dismissed)

        refusal = QHBoxLayout()
        refusal.setContentsMargins(0, 2, 0, 0)
        refusal.setSpacing(theme.GRID // 2)
        refusal.addWidget(self._error, 1)
        refusal.addWidget(self.refusal_button, 0, Qt.AlignmentFlag.AlignTop)
        refusal.addWidget(self.dismiss_button, 0, Qt.AlignmentFlag.AlignTop)
        return refusal

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files shown, in order."""
        return tuple(row.card.name for row in self._rows)

    @property
    def cards(self) -> tuple[FileCard, ...]:
        """The cards of the shown files."""
        return tuple(row.card for row in self._rows)

    @property
    def error_text(self) -> str:
        """The shown error; empty if there is none."""
        return self._error.text()

    def show_files(self, cards: Sequence[FileCard]) -> None:
        """Show these files; the shown error stays."""
        for row in self._rows:
            self._files.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = []
        for index, card in enumerate(cards):
            row = _FileRow(card, index, role_name=self._title.lower(), has_target=self._has_targets)
            row.clear_requested.connect(self.clear_requested)
            row.checks_requested.connect(self.checks_requested)
            self._files.addWidget(row)
            # The Tab key goes from a slot's own button to its files, not to the end of the window.
            QWidget.setTabOrder(self._rows[-1].button if self._rows else self.open_button, row.checks_button)
            QWidget.setTabOrder(row.checks_button, row.button)
            if self._has_targets:
                row.target_requested.connect(self.target_requested)
                QWidget.setTabOrder(row.checks_button, row.target_button)
                QWidget.setTabOrder(row.target_button, row.button)
            self._rows.append(row)
        self._hint.setVisible(not cards)

    def show_error(self, sentence: str, *, has_checks: bool = False) -> None:
        """Show why a file was refused; an empty sentence hides the error.

        Args:
            sentence: why.
            has_checks: whether a button shows what was checked in the file.
        """
        self.refusal_button.setVisible(bool(sentence) and has_checks)
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))
        self.dismiss_button.setVisible(bool(sentence))

    @property
    def offer_text(self) -> str:
        """The shown offer; empty if there is none."""
        return self._offer.text()

    def show_offer(self, sentence: str, action: str) -> None:
        """Offer to change how the files are read; an empty sentence hides the offer.

        Args:
            sentence: what was found.
            action: the text of the button.
        """
        self._offer.setText(sentence)
        self.offer_button.setText(action)
        self._offer.setVisible(bool(sentence))
        self.offer_button.setVisible(bool(sentence))

    def clear_button(self, index: int) -> QToolButton:
        """Return the button that closes the file at a position."""
        return self._rows[index].button

    def checks_button(self, index: int) -> QToolButton:
        """Return the button that shows what was checked in the file at a position."""
        return self._rows[index].checks_button

    def target_button(self, index: int) -> QToolButton:
        """Return the button that chooses the target of the file at a position."""
        return self._rows[index].target_button

    def set_lit(self, is_lit: bool) -> None:
        """Show that what is dragged over the window may belong here."""
        self.is_lit = is_lit
        self._recolour()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept local files."""
        self._set_dropping(bool(_take(event, has_folders=self._has_folders)))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """The drag left the slot."""
        self._set_dropping(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Emit the dropped files."""
        self._set_dropping(False)
        if paths := _take(event, has_folders=self._has_folders):
            self.files_dropped.emit(paths)

    def _set_dropping(self, is_dropping: bool) -> None:
        self._is_dropping = is_dropping
        self._recolour()

    @Slot()
    def _on_dismissed(self) -> None:
        self.show_error("")

    @Slot()
    def _on_refusal_clicked(self) -> None:
        self.checks_requested.emit(-1)

    @Slot()
    def _on_open_clicked(self) -> None:
        self.open_requested.emit()

    @Slot()
    def _on_folder_clicked(self) -> None:
        self.folder_requested.emit()

    @Slot()
    def _on_offer_clicked(self) -> None:
        self.offer_taken.emit()

    @Slot()
    def _recolour(self) -> None:
        colours = theme.current()
        border = f"2px solid {colours.accent}" if self._is_dropping else f"1px solid {colours.border}"
        if self.is_lit and not self._is_dropping:
            border = f"1px dashed {colours.accent}"
        ground = colours.selection if self._is_dropping or self.is_lit else colours.surface
        self.setStyleSheet(f"#fileSlot {{ background: {ground}; border: {border}; border-radius: 6px; }}")
        self._icon.show_icon(self._icon_name, colours.muted)
        theme.dress(self.folder_button, self._folder_icon)
        theme.dress(self.open_button, "add" if self.is_multiple else "open")
        theme.dress(self.dismiss_button, "clear", colour=colours.muted)
        theme.dress(self.refusal_button, "checks", colour=colours.muted)


class _FileRow(QWidget):
    """An open file: a tick, its name, its facts, and buttons: what was checked, the target if it has one, close."""

    clear_requested = Signal(int)
    checks_requested = Signal(int)
    target_requested = Signal(int)

    def __init__(self, card: FileCard, index: int, *, role_name: str, has_target: bool) -> None:
        super().__init__()
        self.card = card
        self._index = index
        self._tick = IconLabel()
        self._tick.setAccessibleName("open")
        name = ElidedLabel(card.name)
        self.button = _small_button(f"Close {role_name} {card.name}")
        self.button.setToolTip(f"Close {card.name}")
        self.button.clicked.connect(self._on_clicked)
        self.checks_button = _small_button(f"Show what was checked in {card.name}")
        self.checks_button.setToolTip(f"Show what was checked in {card.name}")
        self.checks_button.clicked.connect(self._on_checks_clicked)
        self.target_button = _small_button(f"Choose the target of {card.name}")
        self.target_button.setToolTip(f"Choose the target of {card.name}: what the attacker wants")
        self.target_button.clicked.connect(self._on_target_clicked)
        self.setToolTip(card.tooltip)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.GRID - 2)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._tick, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(name, 0, 1)
        grid.addWidget(self.checks_button, 0, 2)
        if has_target:
            grid.addWidget(self.target_button, 0, 3)
        grid.addWidget(self.button, 0, 4)
        for line, detail in enumerate(card.details, start=1):
            grid.addWidget(ElidedLabel(detail, factor=theme.SMALL, role="muted"), line, 1, 1, 4)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()

    @Slot()
    def _on_checks_clicked(self) -> None:
        self.checks_requested.emit(self._index)

    @Slot()
    def _on_target_clicked(self) -> None:
        self.target_requested.emit(self._index)

    @Slot()
    def _on_clicked(self) -> None:
        self.clear_requested.emit(self._index)

    @Slot()
    def _recolour(self) -> None:
        self._tick.show_icon("ok", theme.current().ok)
        theme.dress(self.button, "clear", colour=theme.current().muted)
        theme.dress(self.checks_button, "checks", colour=theme.current().muted)
        theme.dress(self.target_button, "target", colour=theme.current().muted)


def _take(event: QDropEvent, *, has_folders: bool) -> tuple[Path, ...]:
    """Accept a drag or drop, but leave single images to the window, which shows them in the classifier."""
    is_open = not are_images(local_files(event, has_folders=True))
    return take_files(event, is_open=is_open, has_folders=has_folders)


def _small_button(name: str) -> QToolButton:
    button = QToolButton()
    button.setAutoRaise(True)
    button.setAccessibleName(name)
    return button
