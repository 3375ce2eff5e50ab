"""A few images with a trigger, and what the network answered before and after its repair."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from gui.theme import class_names, theme
from gui.widgets.image_view import ImageView
from gui.widgets.labels import ScaledLabel

if TYPE_CHECKING:  # brings Keras
    from core.repair.examples import Examples

SHOWN = 3
SIDE = 64  # of an image, in logical pixels


class ExamplesView(QWidget):
    """Shows up to three images side by side, with the answers of B and B′ below each."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Images with the trigger, and the answers")
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
            image.setFixedSize(SIDE + 2 * theme.GRID, SIDE)
            caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            grid.addWidget(image, 1, place)
            grid.addWidget(caption, 2, place)

    def show_examples(self, examples: "Examples | None") -> None:
        """Show images; None, or none at all, hides the view."""
        shown = examples.images if examples is not None else ()
        self.setVisible(bool(shown))
        if examples is None or not shown:
            return
        changed = sum(each.base != each.pruned for each in shown)
        trigger = "reconstructed trigger" if examples.is_estimated else "trigger"
        self.title.setText(f"With the {trigger}: B → B′" if changed else f"With the {trigger}: no answer changes")
        self.title.setToolTip(f"Images of {examples.source}")
        for place, (view, caption) in enumerate(zip(self.images, self.captions, strict=True)):
            is_here = place < len(shown)
            for widget in (view, caption):
                widget.setVisible(is_here)
            if not is_here:
                continue
            each = shown[place]
            view.set_image(each.pixels)
            caption.setText(f"{each.base} → {each.pruned}")
            told = f"B answers {class_names.class_text(each.base)}, B′ {class_names.class_text(each.pruned)}"
            for widget in (view, caption):
                widget.setToolTip(told)
            view.setAccessibleName(f"Image {place + 1} with the {trigger}: {told}")
