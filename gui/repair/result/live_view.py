"""What there is to look at while a repair runs: pictures of what was found, and images whose answers change."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.detect.records import NEXT_CLASS
from core.refit.watched_images import FoundImages, WatchedImages
from gui.repair.result.examples_view import ExamplesView
from gui.repair.result.image_row import ImageRow
from gui.theme import theme

SHOWN = 6
NEXT_TEXT = "next class"


class LiveView(QWidget):
    """Shows patches or triggers as they are found, and beside them images with the trigger; hidden without any."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.found = FoundView()
        self.examples = ExamplesView()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3 * theme.GRID)
        row.addWidget(self.examples, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.found, 0, Qt.AlignmentFlag.AlignTop)
        row.addStretch(1)
        self.clear()

    def clear(self) -> None:
        """Show nothing."""
        self.found.show_pictures(None)
        self.examples.show_watched(None)
        self.setVisible(False)

    def show_found(self, found: FoundImages) -> None:
        """Show what a search found, in place of what an earlier one did."""
        self.found.show_pictures(found)
        self.setVisible(True)

    def show_watched(self, watched: WatchedImages) -> None:
        """Show the images whose answers are told after each epoch."""
        self.examples.show_watched(watched)
        self.setVisible(True)


class FoundView(ImageRow):
    """Shows up to six pictures side by side, with the class that each draws answers to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(SHOWN, parent=parent)

    def show_pictures(self, found: FoundImages | None) -> None:
        """Show pictures; None hides the view."""
        self.title.setText(found.title if found is not None else "")
        self.setAccessibleName(self.title.text())
        count = self.show_images(tuple(found.pictures) if found is not None else ())
        if found is None:
            return
        for view, caption, label in zip(self.images[:count], self.captions[:count], found.labels[:count], strict=True):
            caption.setText(f"→ {NEXT_TEXT if label == NEXT_CLASS else label}")
            view.setAccessibleName(f"Draws answers to {'the next class' if label == NEXT_CLASS else f'class {label}'}")
            view.setToolTip(view.accessibleName())
