"""Results of several records, or of one that has no table of its own, as tables."""

from __future__ import annotations

from dataclasses import fields

from core.display import Row, TableRecord
from core.records import ImageAnswer
from core.sweep.stops import Stop


class Stops(tuple[Stop, ...], TableRecord):
    """The rows of the results table: the unpruned network, then each threshold before and after crossing."""

    __slots__ = ()

    def as_rows(self) -> tuple[Row, ...]:
        """A row a stop; its figures are None where no step crosses the threshold."""
        rows = [row for stop in self for row in stop.as_rows()]
        return tuple({**dict.fromkeys(rows[0]), **row} for row in rows)


class ShownAnswer(ImageAnswer, TableRecord):
    """An `ImageAnswer` that shows itself as a table."""

    __slots__ = ()

    @classmethod
    def of(cls, answer: ImageAnswer) -> ShownAnswer:
        """The same answer."""
        return cls(**{each.name: getattr(answer, each.name) for each in fields(ImageAnswer)})

    def as_rows(self) -> tuple[Row, ...]:
        """A row for each of B, B′ and G: label and output; G's label is None where it flags."""
        is_flagged = self.is_flagged or self.is_flagged_by_confidence
        best = (("B", self.base[0]), ("B′", self.pruned[0]))
        return (
            *({"network": name, "label": score.label, "output": score.value, "flagged": None} for name, score in best),
            {
                "network": "G",
                "label": None if is_flagged else self.repaired_label,
                "output": None,
                "flagged": is_flagged,
            },
        )
