"""The reconstructed triggers of a class: each one alone, and on clean images, before and after."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from core.detect.records import ReconstructedTrigger
from core.images.answers import Who
from core.images.selection import AskedShare
from core.metrics.figures import ATTACK
from core.report.detect.text import trigger_sentence
from core.scale import WHITE
from core.words import percent
from gui.detect.result.figure_link import FigureLink
from gui.theme import class_names, theme
from gui.theme.formatting import LINK_TIP, evidence_text
from gui.widgets.image_view import ImageView
from gui.widgets.labels import ScaledLabel

SHOWN = 3  # clean images
USUAL_ROWS = 2  # detectors that reconstruct triggers
LEAST_CELL, MOST_CELL = 48, 240  # logical pixels
GAP = theme.GRID // 2
GREY = 127.5
NOT_KEPT = "Which images this trigger was tried on was not kept: detect again to see them."


class TriggerView(QWidget):
    """Shows the triggers of a class on clean images: one row for the images, one for each trigger."""

    images_asked = Signal(int, object)  # position of the trigger, AskedShare of the images that it was tried on

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
        for _ in range(USUAL_ROWS):  # made late, their links would be the last that the Tab key comes to
            self._add_row()
        self.setMinimumWidth((SHOWN + 1) * (LEAST_CELL + GAP))
        self.show_triggers((), np.zeros((0, 1, 1, 1), np.float32), titles=(), empty="")

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is said of each trigger."""
        return tuple(each.said for each in self._rows if not each.isHidden())

    @property
    def links(self) -> tuple[FigureLink, ...]:
        """The share of each trigger, a link to the images that it was tried on."""
        return tuple(each.figure for each in self._rows if not each.isHidden())

    def show_triggers(
        self,
        triggers: Sequence[ReconstructedTrigger],
        images: NDArray[np.float32],
        *,
        titles: Sequence[str],
        empty: str,
        why_no_images: str = "",
    ) -> None:
        """Show triggers.

        Args:
            triggers: the triggers of one class.
            images: clean images of other classes, shape (n, H, W, C), 0–255.
            titles: one for each trigger.
            empty: shown if there is no trigger.
            why_no_images: why the images that they were tried on cannot be shown; empty if they can.
        """
        self.empty_label.setText(empty)
        self.empty_label.setVisible(not triggers)
        self._clean.setVisible(bool(triggers))
        while len(self._rows) < len(triggers):
            self._add_row()
        for row in self._rows[len(triggers) :]:
            row.setVisible(False)
        if not triggers:
            return
        images = images[:SHOWN]
        self._shape = triggers[0].opacity.shape[:2]
        self._clean.show_images("Your clean images", None, images)
        for row, trigger, title in zip(self._rows, triggers, titles, strict=False):
            row.show_images(title, alone(trigger), trigger.apply(images))
            row.show_sentence(trigger, title, why_no_images=why_no_images)
            row.setVisible(True)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give all images the same size."""
        super().resizeEvent(event)
        self._fit()

    def _add_row(self) -> None:
        row = _Row(self)
        row.figure.asked.connect(partial(self.images_asked.emit, len(self._rows)))
        self._rows.append(row)
        self._column.insertWidget(self._column.count() - 1, row)

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
        self.said = ""
        self.figure = FigureLink()
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
        words = QHBoxLayout()
        words.setSpacing(theme.GRID // 2)
        words.addWidget(self.figure, 0, Qt.AlignmentFlag.AlignTop)
        words.addWidget(self.sentence, 1)
        grid.addLayout(words, 2, 0, 1, SHOWN + 2)
        for widget in (self.figure, self.sentence):
            widget.setVisible(False)

    def show_sentence(self, trigger: ReconstructedTrigger, title: str, *, why_no_images: str) -> None:
        """Say what the trigger does; the share that the sentence begins with is a link to the images."""
        share = trigger.success
        self.said = trigger_sentence(trigger)
        figure = percent(share) if share.total else ""
        self.sentence.setText(self.said.removeprefix(figure).lstrip())
        self.sentence.setVisible(True)
        self.figure.setVisible(bool(figure))
        why = why_no_images or (NOT_KEPT if trigger.tried is None else "")
        asked = AskedShare(ATTACK, Who.PRUNED, share) if share.total and not why else None
        target = class_names.class_text(trigger.label) if trigger.label >= 0 else "the class after their own"
        start = f"{title}: {evidence_text(share)} of the clean images tried become {target}"
        self.figure.show_figure(figure, asked, tip=f"{start}{LINK_TIP}" if asked is not None else f"{start}\n{why}")

    def show_images(self, title: str, alone_pixels: NDArray[np.uint8] | None, images: NDArray[np.float32]) -> None:
        """Show a row; the trigger's place stays empty without one."""
        self.title.setText(title)
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
