"""Opens the crop tool, says what an image loses when it is cropped, and applies the frame."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from core.data.image import Frame, InputImage
from gui.classifier.crop.dialog import CropDialog
from gui.classifier.panel import ClassifierPanel
from gui.state.session import Session

NOTED_SHARE = 0.02  # an image that loses less is not mentioned


class CropControl(QObject):
    """Keeps the crop tool and the remark below the image up to date with the image in the classifier."""

    def __init__(self, *, session: Session, panel: ClassifierPanel, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._panel = panel
        self._window = window
        self._dialog: CropDialog | None = None
        self._shown: InputImage | None = None
        panel.image_bar.crop_requested.connect(self.open)
        session.image_changed.connect(self._on_changed)
        session.files_changed.connect(self._on_changed)

    @property
    def dialog(self) -> CropDialog:
        """The crop tool; made when it is first needed."""
        if self._dialog is None:
            self._dialog = CropDialog(self._window)
            self._dialog.frame_chosen.connect(self._on_frame_chosen)
        return self._dialog

    @Slot()
    def open(self) -> None:
        """Show the crop tool for the image in the classifier."""
        image, summary = self._session.image, self._session.summary
        if image is not None and summary is not None:
            self._shown = image
            self.dialog.show_image(image, summary.input_shape)
            self.dialog.show()
            self.dialog.raise_()
            self.dialog.activateWindow()

    @Slot(object)
    def _on_frame_chosen(self, frame: Frame) -> None:
        image = self._session.image
        if image is not None:
            self._shown = image.framed(frame)
            self._session.set_image(self._shown, self._session.image_name)

    @Slot()
    def _on_changed(self) -> None:
        image, summary = self._session.image, self._session.summary
        self._panel.show_crop(crop_text(image, summary.input_shape) if image is not None and summary else "")
        if self._dialog is None or not self._dialog.isVisible():
            return
        if image is None or summary is None:
            self._dialog.close()
        elif image is not self._shown:  # another image, or another frame from elsewhere
            self._shown = image
            self._dialog.show_image(image, summary.input_shape)


def crop_text(image: InputImage, input_shape: tuple[int, int, int]) -> str:
    """Say which part of an image a network is shown; empty if that is all of it, in its own aspect ratio."""
    width, height = image.size
    left, top, right, bottom = image.frame_for(input_shape)
    kept = (right - left) * (bottom - top) / (width * height)
    what = f"{round(right - left)} × {round(bottom - top)} of {width} × {height} pixels"
    squeezed = (right - left) / (bottom - top) / (input_shape[1] / input_shape[0])
    if image.frame is None:
        return f"Cropped around its centre: {what}." if kept < 1 - NOTED_SHARE else ""
    is_stretched = abs(squeezed - 1) > NOTED_SHARE
    return f"Cropped by hand: {what}{', stretched' if is_stretched else ''}." if kept < 1 or is_stretched else ""
