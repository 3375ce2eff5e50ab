"""The image in the classifier, and the trigger on it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from core.data.image import InputImage
    from core.data.trigger import Trigger


class OpenImage(QObject):
    """The image in the classifier, and the trigger on it.

    Attributes:
        image: the image.
        image_name: the name of its file.
        trigger: the loaded trigger; None stands for the built-in one.
        is_trigger_on: whether the trigger is laid over the image.
    """

    image_changed = Signal()  # the image or the trigger on it changed

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.image: InputImage | None = None
        self.image_name = ""
        self.trigger: Trigger | None = None
        self.is_trigger_on = False

    def set_image(self, image: "InputImage", name: str) -> None:
        """Set the image of the classifier."""
        self.image, self.image_name = image, name
        self.image_changed.emit()

    def set_trigger(self, trigger: "Trigger | None", *, is_on: bool | None = None) -> None:
        """Set the trigger (None is the built-in one), and with `is_on` whether it is laid over the image."""
        self.trigger = trigger
        if is_on is not None:
            self.is_trigger_on = is_on
        self.image_changed.emit()

    def set_trigger_on(self, is_on: bool) -> None:
        """Set whether the trigger is laid over the image."""
        self.is_trigger_on = is_on
        self.image_changed.emit()
