"""A few images with a trigger, and what the network answered before and after its repair, or after an epoch."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from core.refit.watched_images import WatchedImages
from core.words import NOTHING
from gui.repair.result.image_row import SIDE, ImageRow
from gui.theme import class_names, theme

if TYPE_CHECKING:  # brings Keras
    from core.repair.shown.examples import Examples

SHOWN = 3


class ExamplesView(ImageRow):
    """Shows up to three images side by side, with the answers of B and B′ below each."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(SHOWN, size=QSize(SIDE + 2 * theme.GRID, SIDE), parent=parent)
        self._base: tuple[int, ...] = ()
        self._trigger = ""
        self.setAccessibleName("Images with the trigger, and the answers")

    def show_examples(self, examples: "Examples | None") -> None:
        """Show images with the answers of B and B′; None, or none at all, hides the view."""
        shown = examples.images if examples is not None else ()
        self._begin(
            [each.pixels for each in shown],
            tuple(each.base for each in shown),
            source=examples.source if examples is not None else "",
            is_estimated=examples is not None and examples.is_estimated,
        )
        if shown:
            self.show_labels([each.pruned for each in shown])

    def show_watched(self, watched: WatchedImages | None) -> None:
        """Show images before anything is known of B′; None hides the view."""
        if watched is None:
            self.show_examples(None)
            return
        self._begin(list(watched.shown), watched.base, source=watched.source, is_estimated=watched.is_estimated)
        self.show_labels(())

    def show_labels(self, labels: Sequence[int], *, when: str = "") -> None:
        """Show what B′ answers.

        Args:
            labels: one for each image; none if it is not known yet.
            when: the time of these answers, such as "epoch 3"; empty for the end.
        """
        changed = sum(new != old for new, old in zip(labels, self._base, strict=False))
        answers = "B → B′" if changed or not labels else "no answer changes"
        self.title.setText(f"With the {self._trigger}{f', {when}' if when else ''}: {answers}")
        for place, base in enumerate(self._base):
            new = labels[place] if place < len(labels) else None
            self.captions[place].setText(f"{base} → {NOTHING if new is None else new}")
            self.captions[place].set_role("ok" if new is not None and new != base else "")
            told = f"B answers {class_names.class_text(base)}"
            told += f", B′ {class_names.class_text(new)}" if new is not None else ""
            for widget in (self.images[place], self.captions[place]):
                widget.setToolTip(told)
            self.images[place].setAccessibleName(f"Image {place + 1} with the {self._trigger}: {told}")

    def _begin(
        self, pixels: Sequence[NDArray[np.uint8]], base: tuple[int, ...], *, source: str, is_estimated: bool
    ) -> None:
        self._base = base[:SHOWN]
        self._trigger = "reconstructed trigger" if is_estimated else "trigger"
        self.title.setToolTip(f"Images of {source}" if source else "")
        self.show_images(pixels)
