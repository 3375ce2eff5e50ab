"""The shown images as a Qt model; what is said of one is made when it is asked for."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from core.images.answers import BEFORE_AND_AFTER, ImageAnswers, Who
from core.images.selection import Outcome, outcome_flags
from gui.theme import class_names
from gui.theme.formatting import probability_text

FACTS_ROLE = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What is said of one image.

    Attributes:
        row: its position in the set.
        file_row: its index in the file.
        true_label: its true label; None if it is not known.
        wanted: the class that the attacker wants; None of a clean image.
        base, pruned: the answers of B and B′.
        base_confidence, pruned_confidence: how sure they are, as text; empty while that is not computed.
        base_outcome, outcome: what the answers of B and B′ are.
        is_flagged: whether G flags it.
        names: what the two answers are called.
    """

    row: int
    file_row: int
    true_label: int | None
    wanted: int | None
    base: int
    pruned: int
    base_confidence: str
    pruned_confidence: str
    base_outcome: Outcome
    outcome: Outcome
    is_flagged: bool
    names: tuple[str, str] = (Who.BASE.value, Who.PRUNED.value)

    @property
    def has_trigger(self) -> bool:
        """Whether the answers are those of B without and with a reconstructed trigger."""
        return self.names == BEFORE_AND_AFTER

    @property
    def sentence(self) -> str:
        """The same in words, for tooltips and screen readers."""
        text = class_names.class_text
        start = f"Image {self.file_row}"
        lines = [start if self.true_label is None else f"{start}, true label: {text(self.true_label, 60)}"]
        if self.wanted is not None:
            who = "The trigger leads to" if self.has_trigger else "The attacker wants"
            lines.append(f"{who}: {text(self.wanted, 60)}")
        names = ("B without the trigger", "B with the trigger") if self.has_trigger else self.names
        for name, label, sure, outcome in (
            (names[0], self.base, self.base_confidence, self.base_outcome),
            (names[1], self.pruned, self.pruned_confidence, self.outcome),
        ):
            attacked = ", the class of the trigger" if self.has_trigger else ", as the attacker wants"
            told = {Outcome.RIGHT: ", right", Outcome.WRONG: ", wrong", Outcome.ATTACKED: attacked}
            lines.append(f"{name} answers {text(label, 60)}{f' at {sure}' if sure else ''}{told.get(outcome, '')}")
        if not self.has_trigger:
            lines.append("Flagged by G as backdoored" if self.is_flagged else "Not flagged by G")
        return "\n".join(lines)


class ImagesModel(QAbstractListModel):
    """Rows are the shown images in their order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._answers: ImageAnswers | None = None
        self._who = Who.PRUNED
        self._rows: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._flags: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)

    @property
    def rows(self) -> NDArray[np.int64]:
        """Positions in the set of the shown images, in their order."""
        return self._rows

    @property
    def answer_names(self) -> tuple[str, str]:
        """What the two answers to each image are called."""
        return (Who.BASE.value, Who.PRUNED.value) if self._answers is None else self._answers.images.answer_names

    def show(self, answers: ImageAnswers | None, rows: NDArray[np.int64], who: Who) -> None:
        """Replace the shown images.

        Args:
            answers: the answers to all images of the set; None shows nothing.
            rows: positions of the shown images, in their order.
            who: the network whose answers are meant; its G flags.
        """
        self.beginResetModel()
        self._answers, self._rows, self._who = answers, rows, who
        if answers is not None:
            flags = answers.flagged(who if who.is_flagging else Who.AGREEMENT)
            self._flags = flags if answers.images.leads_to is None else np.zeros_like(flags)
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of shown images."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what is said of an image."""
        if not index.isValid() or self._answers is None:
            return None
        if role == FACTS_ROLE:
            return self.facts(index.row())
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.facts(index.row()).sentence
        return (
            str(self._answers.images.file_rows[self._rows[index.row()]])
            if role == Qt.ItemDataRole.DisplayRole
            else None
        )

    def facts(self, place: int) -> ImageFacts:
        """Return what is said of the image at a place of the order."""
        answers, row = self._answers, int(self._rows[place])
        assert answers is not None
        images = answers.images
        return ImageFacts(
            row=row,
            file_row=int(images.file_rows[row]),
            true_label=None if images.true_labels is None else int(images.true_labels[row]),
            wanted=None if images.wanted is None else int(images.wanted[row]),
            base=int(answers.base[row]),
            pruned=int(answers.pruned[row]),
            base_confidence=_sure(answers.base_confidences, row),
            pruned_confidence=_sure(answers.pruned_confidences, row),
            base_outcome=_outcome(answers, int(answers.base[row]), row),
            outcome=_outcome(answers, int(answers.pruned[row]), row),
            is_flagged=bool(self._flags[row]),
            names=images.answer_names,
        )


def outcome_counts(answers: ImageAnswers, who: Who) -> dict[Outcome, int]:
    """Return how many images of the set have each outcome."""
    return {each: int(outcome_flags(answers, who, each).sum()) for each in Outcome}


def _sure(confidences: NDArray[np.float32] | None, row: int) -> str:
    return "" if confidences is None else probability_text(float(confidences[row]))


def _outcome(answers: ImageAnswers, label: int, row: int) -> Outcome:
    images = answers.images
    if images.wanted is not None and label == images.wanted[row]:
        return Outcome.ATTACKED
    if images.true_labels is None:
        return Outcome.ANY
    return Outcome.RIGHT if label == images.true_labels[row] else Outcome.WRONG
