"""The images of the gallery with their answers, and the columns of its table."""

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.records import ImageAnswer
from gui.theme import formatting


class Column(IntEnum):
    """The columns of the gallery's table."""

    IMAGE = 0
    BASE = 1
    BASE_OUTPUT = 2
    PRUNED = 3
    PRUNED_OUTPUT = 4
    REPAIRED = 5
    CONFIDENCE = 6


TITLES = {
    Column.IMAGE: "Image",
    Column.BASE: "B",
    Column.BASE_OUTPUT: "Output of B",
    Column.PRUNED: "B′",
    Column.PRUNED_OUTPUT: "Output of B′",
    Column.REPAIRED: "G",
    Column.CONFIDENCE: "G by confidence",
}


@dataclass(slots=True, eq=False)
class Entry:
    """An image of the gallery.

    Attributes:
        path: its file.
        pixels: (H, W, C) uint8, cropped and resized for the network; None until it is read.
        answer: of B, B′ and G; None until it is answered.
        error: why it could not be read, as a sentence; else empty.
        is_stale: whether the answer is that of other networks or of another trigger.
        number: its place in the order of opening.
    """

    path: Path
    pixels: NDArray[np.uint8] | None = None
    answer: ImageAnswer | None = None
    error: str = ""
    is_stale: bool = True
    number: int = 0

    @property
    def is_read(self) -> bool:
        """Whether it was read, or refused."""
        return self.pixels is not None or bool(self.error)

    def text(self, column: Column) -> str:
        """Return what a cell says."""
        if column is Column.IMAGE:
            return f"{self.path.name} (not readable)" if self.error else self.path.name
        answer = self.answer
        if answer is None:
            return ""
        texts = {
            Column.BASE: str(answer.base[0].label),
            Column.BASE_OUTPUT: formatting.probability_text(answer.base[0].value),
            Column.PRUNED: str(answer.pruned[0].label),
            Column.PRUNED_OUTPUT: formatting.probability_text(answer.pruned[0].value),
            Column.REPAIRED: "flagged" if answer.is_flagged else str(answer.repaired_label),
            Column.CONFIDENCE: _confidence_text(answer),
        }
        return texts[column]

    def sort_key(self, column: Column) -> tuple[float, str]:
        """Return what rows with a value in this column are sorted by."""
        name, answer = self.path.name.casefold(), self.answer
        if column is Column.IMAGE or answer is None:
            return 0.0, name
        values = {
            Column.BASE: answer.base[0].label,
            Column.BASE_OUTPUT: answer.base[0].value,
            Column.PRUNED: answer.pruned[0].label,
            Column.PRUNED_OUTPUT: answer.pruned[0].value,
            Column.REPAIRED: answer.repaired_label,
            Column.CONFIDENCE: answer.class_count if answer.is_flagged_by_confidence else answer.repaired_label,
        }
        return float(values[column]), name


def _confidence_text(answer: ImageAnswer) -> str:
    if answer.confidence is None:
        return "–"
    return "flagged" if answer.is_flagged_by_confidence else str(answer.repaired_label)
