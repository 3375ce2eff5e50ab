"""The reconstructed triggers of a class: each one alone, and on clean images, before and after."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from core.detect.records import ReconstructedTrigger
from core.report.detect.text import trigger_sentence
from core.scale import WHITE
from gui.theme import theme
from gui.widgets.image_view import ImageView
from gui.widgets.labels import ScaledLabel

SHOWN = 3  # clean images
LEAST_CELL, MOST_CELL = 48, 240  # logical pixels
GAP = theme.GRID // 2
GREY = 127.5


class TriggerView(QWidget):
    """Shows the triggers of a class on clean images: one row for the images, one for each trigger."""

    trigger_chosen = Signal(int)  # position of the trigger

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shape: tuple[int, ...] = (1, 1)
        self._rows: list[_Row] = []
        self.empty_label = ScaledLabel(role="muted", factor=theme.SMALL)
        self.empty_label.setWordWrap(True)
        self.empty_label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.GRID // 2)
        self._column.addWidget(self.empty_label)
        self._clean = _Row(self)
        self._column.addWidget(self._clean)
        self._column.addStretch(1)
        self.setMinimumWidth((SHOWN + 1) * (LEAST_CELL + GAP))
        self.show_triggers((), np.zeros((0, 1, 1, 1), np.float32), titles=(), empty="")

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is said of each trigger."""
        return tuple(each.sentence.text() for each in self._rows if not each.isHidden())

    def show_triggers(
        self,
        triggers: Sequence[ReconstructedTrigger],
        images: NDArray[np.float32],
        *,
        titles: Sequence[str],
        empty: str,
    ) -> None:
        """Show triggers.

        Args:
            triggers: the triggers of one class.
            images: clean images of other classes, shape (n, H, W, C), 0–255.
            titles: one for each trigger.
            empty: shown if there is no trigger.
        """
        self.empty_label.setText(empty)
        self.empty_label.setVisible(not triggers)
        self._clean.setVisible(bool(triggers))
        while len(self._rows) < len(triggers):
            self._rows.append(_Row(self))
            self._column.insertWidget(self._column.count() - 1, self._rows[-1])
        for row in self._rows[len(triggers) :]:
            row.setVisible(False)
        if not triggers:
            return
        images = images[:SHOWN]
        self._shape = triggers[0].opacity.shape[:2]
        self._clean.show_images("Your clean images", None, images, sentence="")
        for row, trigger, title in zip(self._rows, triggers, titles, strict=False):
            row.show_images(title, alone(trigger), trigger.apply(images), sentence=trigger_sentence(trigger))
            row.setVisible(True)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give all images the same size."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        height, width = self._shape[:2]
        room = (self.width() - SHOWN * GAP) / (SHOWN + 1)
        cell = int(min(max(room, LEAST_CELL), MOST_CELL))
        if cell > width:
            ratio = self.devicePixelRatioF()
            cell = max(int(int(cell * ratio) // width * width / ratio), min(width, cell))
        tall = max(round(cell * height / width), 1)
        for row in (self._clean, *self._rows):
            row.set_cell(cell, tall)


class _Row(QWidget):
    """A title, a trigger or nothing, images, and a sentence."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.title = ScaledLabel(factor=theme.SMALL, role="muted")
        self.trigger = ImageView()
        self.views = tuple(ImageView() for _ in range(SHOWN))
        self.sentence = ScaledLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(SHOWN + 1, 1)
        grid.addWidget(self.title, 0, 0, 1, SHOWN + 2)
        for place, view in enumerate((self.trigger, *self.views)):
            grid.addWidget(view, 1, place)
        grid.addWidget(self.sentence, 2, 0, 1, SHOWN + 2)

    def show_images(
        self, title: str, alone_pixels: NDArray[np.uint8] | None, images: NDArray[np.float32], *, sentence: str
    ) -> None:
        """Show a row; the trigger's place stays empty without one."""
        self.title.setText(title)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        if alone_pixels is None:
            self.trigger.clear()
        else:
            self.trigger.set_image(alone_pixels)
            self.trigger.setToolTip("The trigger alone")
        self.trigger.setAccessibleName(f"{title}: the trigger alone")
        for place, view in enumerate(self.views):
            view.setAccessibleName(f"{title}: image {place + 1}")
            if place < len(images):
                view.set_image(np.clip(np.round(images[place]), 0, WHITE).astype(np.uint8))
            else:
                view.clear()

    def set_cell(self, width: int, height: int) -> None:
        """Set the size of each image, in logical pixels."""
        for view in (self.trigger, *self.views):
            view.setFixedSize(width, height)


def alone(trigger: ReconstructedTrigger) -> NDArray[np.uint8]:
    """Return a picture of a trigger alone, shape (H, W, C), uint8, 0–255.

    A patch lies on grey; a change of the whole picture is added to grey, as strong as grey allows.
    """
    if trigger.change is None:
        seen = GREY * (1 - trigger.opacity) + trigger.pixels * trigger.opacity
    else:
        strongest = float(np.abs(trigger.change).max()) or 1.0
        seen = GREY + trigger.change * (GREY / strongest)
    return np.asarray(np.clip(np.round(seen), 0, WHITE).astype(np.uint8))
