"""The images of a figure, as they are exported."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.images.answers import ImageAnswers, Who


@dataclass(frozen=True, slots=True, eq=False)
class ExportedImages:
    """Images with their answers, in an order.

    Attributes:
        title: what they are: "Clean validation: 13 of 440 answered wrongly by B′".
        answers: the answers to all images of their set.
        rows: positions of the exported ones, (n,), in their order.
        who: the network that the title names.
        class_name: returns the name of a class; "" if it has none.
    """

    title: str
    answers: ImageAnswers
    rows: NDArray[np.int64]
    who: Who
    class_name: Callable[[int], str] = lambda _label: ""

    def caption(self, row: int) -> tuple[str, str]:
        """Return two lines below an image: its index and true class, and the answers."""
        answers = self.answers
        first = f"#{answers.images.file_rows[row]}"
        if answers.images.true_labels is not None:
            first += f"  true {self._class(int(answers.images.true_labels[row]))}"
        base, pruned = answers.images.answer_names
        second = f"{base} {answers.base[row]}  {pruned} {answers.pruned[row]}"
        return first, f"{second}  flagged" if self.flags[row] else second

    @property
    def flags(self) -> NDArray[np.bool_]:
        """Which images of the set G flags, (N,); none where there is no B′."""
        flags = self.answers.flagged(self.flagger)
        return flags if self.answers.images.leads_to is None else np.zeros_like(flags)

    @property
    def flagger(self) -> Who:
        """The G whose flags are meant."""
        return self.who if self.who.is_flagging else Who.AGREEMENT

    def _class(self, label: int) -> str:
        return f"{label} {self.class_name(label)}".strip()
