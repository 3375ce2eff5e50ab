"""The buttons below the classifier's image: open a folder, paste, crop, save, and the gallery."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from gui.keys.bindings import bind
from gui.keys.tips import set_tip
from gui.theme import theme

NO_MODEL = "Open a model first: images are tested on it."


class ImageBar(QWidget):
    """Emits what is to be done with the image.

    Attributes:
        paste_action: pastes an image or files.
    """

    folder_requested = Signal()
    paste_requested = Signal()
    crop_requested = Signal()
    save_requested = Signal()
    gallery_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.paste_action = QAction("&Paste image or files", self)
        bind(self.paste_action, "file.paste", "File", "Ctrl+V")
        self.paste_action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        self.paste_action.triggered.connect(self.paste_requested)
        self.addAction(self.paste_action)
        self.folder_button = _button("Open a folder of images…", "folder_requested", self)
        self.paste_button = _button("Paste an image or files", "paste_requested", self)
        set_tip(self.paste_button, "Paste an image or files", "file.paste")
        self.crop_button = _button("Crop the image…", "crop_requested", self)
        self.save_button = _button("Save the image with its answers…", "save_requested", self)
        self.gallery_button = _button("Show the gallery of several images", "gallery_requested", self)
        self._icons = {
            self.folder_button: "folder",
            self.paste_button: "paste",
            self.crop_button: "crop",
            self.save_button: "save",
            self.gallery_button: "data",
        }
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID // 2)
        for button in self._icons:
            row.addWidget(button)
        row.addStretch(1)
        self.gallery_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.set_gallery_count(0)
        self.set_has_answer(False)
        theme.signals.theme_changed.connect(self.recolour)
        self.recolour()

    def set_ready(self, is_ready: bool) -> None:
        """Set whether there is a network."""
        for button in (self.folder_button, self.paste_button):
            button.setEnabled(is_ready)
        self.paste_action.setEnabled(is_ready)
        self.paste_action.setToolTip("" if is_ready else NO_MODEL)
        if not is_ready:
            self.set_has_answer(False)

    def set_has_answer(self, has_answer: bool) -> None:
        """Set whether there is an image with its answers."""
        self.crop_button.setEnabled(has_answer)
        self.save_button.setEnabled(has_answer)

    def set_gallery_count(self, count: int) -> None:
        """Show how many images the gallery holds."""
        self.gallery_button.setText(f"{count:,}")
        self.gallery_button.setEnabled(count > 0)

    def recolour(self) -> None:
        """Draw the icons in the colours of the theme."""
        for button, name in self._icons.items():
            theme.dress(button, name)


def _button(tip: str, signal: str, bar: ImageBar) -> QToolButton:
    button = QToolButton()
    button.setAccessibleName(tip.removesuffix("…"))
    button.setToolTip(tip)
    button.setProperty("boxed", True)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.clicked.connect(getattr(bar, signal))
    return button
