"""The crop tool: which part of the image the network is shown."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from core.data.image import Frame, InputImage, centre_frame
from gui.classifier.crop.frame_view import FrameView
from gui.classifier.crop.geometry import fitted
from gui.guide.window_help import DialogHelp
from gui.theme import theme
from gui.widgets.labels import ScaledLabel

TITLE = "Crop the image"
MOST_SHOWN = 1600  # pixels of the longer side that are drawn
KEEP_TEXT = "&Keep the network's aspect ratio"
STRETCH_TEXT = "&Stretch what is in the frame"


class CropDialog(QDialog):
    """Shows the whole image and a frame; what is in it is shown to the network at once.

    Attributes:
        view: the image and the frame.
    """

    frame_chosen = Signal(object)  # Frame

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        DialogHelp(self, "crop")
        self.setWindowTitle(TITLE)
        self._size = (1, 1)
        self._target = (1, 1)
        self._start: Frame = (0.0, 0.0, 1.0, 1.0)
        self.view = FrameView()
        self.keep_button, self.stretch_button = QRadioButton(KEEP_TEXT), QRadioButton(STRETCH_TEXT)
        group = QButtonGroup(self)
        for button in (self.keep_button, self.stretch_button):
            group.addButton(button)
        self.centre_button = QPushButton("&Around the centre")
        self.centre_button.setToolTip("The largest part around the centre, as images are cropped when they are opened")
        self.whole_button = QPushButton("&Whole image")
        self.whole_button.setToolTip("The whole image, stretched to the network's aspect ratio")
        self.note = ScaledLabel(role="muted", factor=theme.SMALL)
        self.note.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self._lay_out()
        self.view.frame_changed.connect(self._on_frame_changed)
        self.keep_button.toggled.connect(self._on_kept)
        self.centre_button.clicked.connect(self._on_centre)
        self.whole_button.clicked.connect(self._on_whole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.rejected.connect(self._on_rejected)

    @property
    def is_kept(self) -> bool:
        """Whether the frame keeps the network's aspect ratio."""
        return self.keep_button.isChecked()

    def show_image(self, image: InputImage, input_shape: tuple[int, int, int]) -> None:
        """Show an image with the frame that a network of this input shape (H, W, C) is shown."""
        self._size, self._target = image.size, (input_shape[1], input_shape[0])
        self._start = image.frame_for(input_shape)
        width, height = self._start[2] - self._start[0], self._start[3] - self._start[1]
        is_kept = abs(width / height / self._aspect - 1) < 0.01
        for button in (self.keep_button, self.stretch_button):
            button.blockSignals(True)
        (self.keep_button if is_kept else self.stretch_button).setChecked(True)
        for button in (self.keep_button, self.stretch_button):
            button.blockSignals(False)
        self.view.show_image(_drawn(image), self._size, self._start, aspect=self._aspect if is_kept else None)
        self._show_note(self._start)
        self.view.setFocus()

    @property
    def _aspect(self) -> float:
        return self._target[0] / self._target[1]

    @Slot(bool)
    def _on_kept(self, is_kept: bool) -> None:
        frame = fitted(self.view.frame, size=self._size, aspect=self._aspect) if is_kept else self.view.frame
        self._set(frame)

    @Slot()
    def _on_centre(self) -> None:
        self.keep_button.setChecked(True)
        self._set(centre_frame(self._size, self._target))

    @Slot()
    def _on_whole(self) -> None:
        self.stretch_button.setChecked(True)
        self._set((0.0, 0.0, float(self._size[0]), float(self._size[1])))

    def _set(self, frame: Frame) -> None:
        self.view.set_frame(frame, aspect=self._aspect if self.is_kept else None)
        self._on_frame_changed(frame)

    @Slot(object)
    def _on_frame_changed(self, frame: Frame) -> None:
        self._show_note(frame)
        self.frame_chosen.emit(frame)

    @Slot()
    def _on_rejected(self) -> None:
        if self.view.frame != self._start:
            self.frame_chosen.emit(self._start)

    def _show_note(self, frame: Frame) -> None:
        width, height = frame[2] - frame[0], frame[3] - frame[1]
        self.note.setText(
            f"{width:.0f} × {height:.0f} of {self._size[0]} × {self._size[1]} pixels become "
            f"{self._target[0]} × {self._target[1]}. The answers at the right of the window follow the frame."
        )

    def _lay_out(self) -> None:
        choices = QHBoxLayout()
        for widget in (self.keep_button, self.stretch_button):
            choices.addWidget(widget)
        choices.addStretch(1)
        for button in (self.centre_button, self.whole_button):
            button.setAutoDefault(False)
            choices.addWidget(button)
        column = QVBoxLayout(self)
        column.setSpacing(theme.GRID)
        column.addWidget(self.view, 1)
        column.addLayout(choices)
        column.addWidget(self.note)
        column.addWidget(self.buttons)


def _drawn(image: InputImage) -> QImage:
    """Return an image to draw, at most `MOST_SHOWN` pixels wide and high, opaque on white as a network sees it."""
    width, height = image.size
    step = max(1, -(-max(width, height) // MOST_SHOWN))
    pixels = image.rgba[::step, ::step].copy()
    drawn = QImage(pixels.data, pixels.shape[1], pixels.shape[0], 4 * pixels.shape[1], QImage.Format.Format_RGBA8888)
    opaque = QImage(drawn.size(), QImage.Format.Format_RGB32)
    opaque.fill(Qt.GlobalColor.white)
    painter = QPainter(opaque)
    painter.drawImage(0, 0, drawn)
    painter.end()
    return opaque
