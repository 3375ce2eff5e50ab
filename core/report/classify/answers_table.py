"""The answers for several images as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.records import ImageAnswer
from core.report.tables.plain_table import Cell, PlainTable

COLUMNS = (
    "image",
    "folder",
    "network",
    "trigger",
    "B",
    "output of B",
    "B′",
    "output of B′",
    "G",
    "flagged",
    "flagged by confidence",
    "error",
)


@dataclass(frozen=True, slots=True, eq=False)
class NamedAnswer:
    """An image and its answer.

    Attributes:
        path: the image's file.
        answer: of B, B′ and G; None if there is none.
        error: why there is none, as a sentence; else empty.
    """

    path: Path
    answer: ImageAnswer | None
    error: str = ""


def answers_table(answers: Sequence[NamedAnswer], *, network: str, trigger: str) -> PlainTable:
    """Return a row for each image: the classes and outputs of B and B′, and what G says.

    G's class is left out where it flags.

    Args:
        answers: the images, in the order of the rows.
        network: describes B and B′.
        trigger: the name of the trigger that was laid over the images; empty for none.
    """
    rows = tuple(
        (each.path.name, str(each.path.parent), network, trigger, *_cells(each.answer), each.error) for each in answers
    )
    return PlainTable("Images and their verdicts", COLUMNS, rows)


def _cells(answer: ImageAnswer | None) -> tuple[Cell, ...]:
    if answer is None:
        return (None,) * 7
    base, pruned = answer.base[0], answer.pruned[0]
    return (
        base.label,
        float(base.value),
        pruned.label,
        float(pruned.value),
        None if answer.is_flagged else answer.repaired_label,
        _word(answer.is_flagged),
        None if answer.confidence is None else _word(answer.is_flagged_by_confidence),
    )


def _word(is_so: bool) -> str:
    return "yes" if is_so else "no"
