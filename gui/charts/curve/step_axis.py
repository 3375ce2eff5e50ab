"""The x axis of the curves: where each step lies, with the first steps folded together if that is wanted."""

import numpy as np
from numpy.typing import NDArray

from gui.charts import chart as charts

FOLDED_SHARE = 0.12  # of the axis that folded steps take, as a share of the others; at least one step


class StepAxis:
    """Places steps 0 … `last_step` on the axis.

    Unfolded, a step lies at its own number. Folded, the first steps share the width of a few, and the others follow at
    their usual distance; each of them still has its place.

    Attributes:
        last_step: the last step.
        folded: the last of the steps that are folded; 0 for none.
    """

    def __init__(self, last_step: int = 1, folded: int = 0) -> None:
        self.last_step = max(1, last_step)
        self.folded = max(0, min(folded, self.last_step - 1))

    @property
    def end(self) -> float:
        """Where the last step lies."""
        return self.place(self.last_step)

    @property
    def fold_end(self) -> float:
        """Where the folded steps end; 0 if none are folded."""
        rest = self.last_step - self.folded
        return min(float(self.folded), max(1.0, FOLDED_SHARE * rest)) if self.folded else 0.0

    def place(self, step: float) -> float:
        """Return where a step lies."""
        if step <= self.folded:
            return step * self.fold_end / self.folded if self.folded else step
        return step - self.folded + self.fold_end

    def places(self, steps: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where steps lie, shape (P,)."""
        if not self.folded:
            return steps
        return np.where(steps <= self.folded, steps * self.fold_end / self.folded, steps - self.folded + self.fold_end)

    def step(self, place: float) -> float:
        """Return the step at a place, between two steps if it lies between them."""
        if place <= self.fold_end:
            return place * self.folded / self.fold_end if self.folded else place
        return place + self.folded - self.fold_end

    def ticks(self, low: float, high: float, *, width: float, label_width: float) -> list[tuple[float, str]]:
        """Return the labelled steps between two places.

        Args:
            low: the left end of what is in view.
            high: the right end.
            width: of what is in view, in logical pixels.
            label_width: of the longest label, in logical pixels.
        """
        per_place = width / max(high - low, 1e-9)
        first, last = self.step(max(low, 0.0)), self.step(min(high, self.end))
        stride = charts.stride(label_width, per_place, least=(high - low) / 12)
        start = -(-max(first, self.folded) // stride) * stride
        steps = list(range(int(start), int(last) + 1, stride))
        if self.folded:
            steps = [each for each in steps if (each - self.folded) * per_place >= label_width]
            has_room = self.fold_end * per_place >= label_width
            steps = [*([0] if has_room else []), self.folded, *steps]
        return [(self.place(each), str(each)) for each in steps]
