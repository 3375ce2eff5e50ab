"""What there is to look at while a repair runs: pictures of what was found, and images whose answers change."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from core.detect.records import NEXT_CLASS
from core.refit.watched_images import FoundImages, WatchedImages
from gui.repair.result.examples_view import SIDE, ExamplesView
from gui.theme import theme
from gui.widgets.image_view import ImageView
from gui.widgets.labels import ScaledLabel

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


class FoundView(QWidget):
    """Shows up to six pictures side by side, with the class that each draws answers to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.title = ScaledLabel(factor=theme.SMALL, role="muted")
        self.images = tuple(ImageView() for _ in range(SHOWN))
        self.captions = tuple(ScaledLabel(factor=theme.SMALL) for _ in range(SHOWN))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.GRID)
        grid.setVerticalSpacing(2)
        grid.addWidget(self.title, 0, 0, 1, SHOWN)
        for place, (image, caption) in enumerate(zip(self.images, self.captions, strict=True)):
            image.setFixedSize(SIDE, SIDE)
            caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            grid.addWidget(image, 1, place)
            grid.addWidget(caption, 2, place)

    def show_pictures(self, found: FoundImages | None) -> None:
        """Show pictures; None hides the view."""
        labels = found.labels if found is not None else ()
        self.setVisible(bool(labels))
        self.title.setText(found.title if found is not None else "")
        self.setAccessibleName(self.title.text())
        for place, (view, caption) in enumerate(zip(self.images, self.captions, strict=True)):
            is_here = found is not None and place < len(labels)
            for widget in (view, caption):
                widget.setVisible(is_here)
            if found is None or not is_here:
                continue
            label = labels[place]
            view.set_image(found.pictures[place])
            caption.setText(f"→ {NEXT_TEXT if label == NEXT_CLASS else label}")
            view.setAccessibleName(f"Draws answers to {'the next class' if label == NEXT_CLASS else f'class {label}'}")
            view.setToolTip(view.accessibleName())
