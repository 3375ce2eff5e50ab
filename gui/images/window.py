"""The window that shows the images of a figure; it stays open beside the main window."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QPushButton, QSlider, QStackedLayout, QVBoxLayout, QWidget

from core.images.answers import ImageAnswers, Who
from core.images.selection import Selection
from core.report.images.record import ExportedImages
from core.words import counted
from gui.guide.window_help import WindowHelp
from gui.images.filter_bar import FilterBar
from gui.images.grid import SIDES, ImageGrid
from gui.images.words import selection_title, sheet_name
from gui.theme import class_names, theme
from gui.widgets.choice_menu import choice_menu
from gui.widgets.labels import ElidedLabel, Notice, NoticeKind, PanelHeader, centred_label

DEFAULT_WIDTH, DEFAULT_HEIGHT = 1220, 700
EMPTY_TEXT = "No image is all of that: press a chosen button again to show more."
EXPORTS = (
    ("folder", "Folder of PNG files with a table…"),
    ("sheet-png", "Contact sheet as PNG…"),
    ("sheet-pdf", "Contact sheet as PDF…"),
)
HINT = "Click an image, or press Enter, to open it in the classifier"


class ImagesWindow(QWidget):
    """Shows the images of a set with their answers; filters, sorts, and lets them be exported.

    Attributes:
        bar: chooses which images are shown.
        grid: shows them.
    """

    image_chosen = Signal(int)  # position in the set
    export_requested = Signal(str)  # a key of `EXPORTS`
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.help = WindowHelp(self, "images")
        self.setWindowTitle("Images")
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._answers: ImageAnswers | None = None
        self._header = PanelHeader("Images", elide=Qt.TextElideMode.ElideMiddle)
        self.export_button = QPushButton("Export")
        self.export_button.setToolTip("Export the selected images; without a selection of several, all that are shown")
        self.export_button.setMenu(choice_menu(self, EXPORTS, self.export_requested.emit)[0])
        self.size_slider = QSlider(Qt.Orientation.Horizontal)
        self.size_slider.setRange(0, len(SIDES) - 1)
        self.size_slider.setFixedWidth(96)
        self.size_slider.setAccessibleName("Size of the images")
        self.size_slider.setToolTip("Size of the images (Ctrl and the wheel, or Ctrl++ and Ctrl+−)")
        self._header.add(self.size_slider)
        self._header.add(self.export_button)
        self.notice = Notice("warning", is_wrapped=True)
        self.bar = FilterBar()
        self.grid = ImageGrid()
        self.busy_label = centred_label("")
        self.empty_label = centred_label(EMPTY_TEXT)
        self.status = ElidedLabel(role="muted", factor=theme.SMALL)
        self._lay_out()
        self.size_slider.setValue(SIDES.index(self.grid.side))
        self.size_slider.valueChanged.connect(lambda place: self.grid.set_side(SIDES[place]))
        self.grid.side_changed.connect(lambda side: self.size_slider.setValue(SIDES.index(side)))
        self.grid.image_chosen.connect(self.image_chosen)
        self.grid.selectionModel().selectionChanged.connect(self._show_status)
        self.bar.changed.connect(self._show_images)
        class_names.signals.changed.connect(self._show_title)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.resize(DEFAULT_WIDTH, DEFAULT_HEIGHT)

    @property
    def answers(self) -> ImageAnswers | None:
        """The answers that are shown; None while they are computed."""
        return self._answers

    @property
    def shown_count(self) -> int:
        """The number of images that are shown."""
        return self.grid.images.rowCount()

    @property
    def title(self) -> str:
        """What is shown."""
        if self._answers is None:
            return ""
        return selection_title(self._answers.images, self.bar.selection, self.shown_count)

    @property
    def file_stem(self) -> str:
        """A file name for what is shown."""
        return sheet_name(self._answers.images, self.shown_count) if self._answers is not None else "images"

    def show_busy(self, title: str, detail: str, text: str) -> None:
        """Show that images are being answered."""
        self._answers = None
        self.grid.images.show(None, np.zeros(0, np.int64), Who.PRUNED)
        self._header.title.setText(title)
        self._header.detail.setText(detail)
        self.setWindowTitle(title)
        self.busy_label.setText(text)
        self.show_notice("")
        self.status.setText("")
        self.bar.setEnabled(False)
        self.export_button.setEnabled(False)
        self._stack.setCurrentWidget(self.busy_label)

    def show_answers(self, answers: ImageAnswers, selection: Selection, *, detail: str) -> None:
        """Show a selection of a set.

        Args:
            answers: the answers to all images of the set.
            selection: those that are shown first.
            detail: which network B′ is.
        """
        self._answers = answers
        self._header.detail.setText(detail)
        self.bar.setEnabled(True)
        self.grid.thumbnails.set_images(answers.images)
        self.bar.show_answers(answers, selection)
        self._show_images()
        if self.shown_count:
            self.grid.scrollToTop()
            self.grid.setFocus()  # hidden until now, it could not take the focus

    def refresh(self, answers: ImageAnswers) -> None:
        """Show the same images with more of their answers; what a person chose meanwhile stays."""
        scrolled, current = self.grid.verticalScrollBar().value(), self.grid.currentIndex().row()
        self._answers = answers
        self.bar.show_answers(answers, self.bar.selection)
        self._show_images()
        if 0 <= current < self.shown_count:
            self.grid.setCurrentIndex(self.grid.images.index(current))
        self.grid.verticalScrollBar().setValue(scrolled)

    def show_notice(self, text: str, kind: NoticeKind = "warning") -> None:
        """Show a notice about the images; an empty text hides it."""
        self.notice.show_text(text, kind=kind)

    def exported(self, class_name: Callable[[int], str]) -> ExportedImages | None:
        """Return the selected images if they are several, else all that are shown; None without any."""
        if self._answers is None or not self.shown_count:
            return None
        chosen = self.grid.chosen_rows
        rows = chosen if len(chosen) > 1 else self.grid.images.rows
        title = self.title if len(chosen) < 2 else f"{counted(len(chosen), 'selected image')} of {self.title}"
        return ExportedImages(title, self._answers, rows, self.bar.selection.who, class_name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close with Esc or Ctrl+W."""
        if event.key() == Qt.Key.Key_Escape or event.matches(QKeySequence.StandardKey.Close):
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Announce it; the images are shown again when a share is clicked."""
        super().closeEvent(event)
        self.closed.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._recolour()

    @Slot()
    def _show_images(self) -> None:
        """Show what is selected, in the chosen order."""
        answers, selection = self._answers, self.bar.selection
        if answers is None:
            return
        rows = selection.rows(answers, self.bar.sort_key, is_descending=self.bar.is_descending)
        self.grid.images.show(answers, rows, selection.who)
        self._stack.setCurrentWidget(self.grid if len(rows) else self.empty_label)
        self.export_button.setEnabled(bool(len(rows)))
        if len(rows):
            self.grid.setCurrentIndex(self.grid.images.index(0))
            self.grid.clearSelection()
        self._show_title()
        self._show_status()

    @Slot()
    def _show_title(self) -> None:
        if self._answers is not None:
            self._header.title.setText(self.title)
            self.setWindowTitle(self.title)

    @Slot()
    def _show_status(self) -> None:
        answers = self._answers
        if answers is None:
            return
        told = f"{self.shown_count:,} of {counted(answers.images.image_count, 'image')} shown"
        chosen = self.grid.selected_count
        told += f" · {chosen:,} selected" if chosen > 1 else ""
        waiting = " · confidences are being computed" if answers.pruned_confidences is None else ""
        self.status.setText(f"{told}{waiting} · {HINT}")

    def _lay_out(self) -> None:
        self._stack = QStackedLayout()
        for widget in (self.grid, self.busy_label, self.empty_label):
            self._stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self._header)
        column.addWidget(self.notice)
        column.addWidget(self.bar)
        column.addLayout(self._stack, 1)
        column.addWidget(self.status)

    def _recolour(self) -> None:
        theme.dress(self.export_button, "export")
