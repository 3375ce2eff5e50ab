"""The answers for several images as a CSV table."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.records import ImageAnswer
from core.report.csv_cells import text_cell, write_csv

HEADER = (
    "image",
    "folder",
    "network",
    "trigger",
    "B",
    "B_output",
    "B_pruned",
    "B_pruned_output",
    "G",
    "flagged",
    "flagged_by_confidence",
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


def write_answers_csv(path: Path, answers: Sequence[NamedAnswer], *, network: str, trigger: str) -> None:
    """Write a row for each image: the classes and outputs of B and B′, and what G says.

    G's class is empty where it flags. Names that a spreadsheet would read as a formula start with an apostrophe.

    Args:
        path: the file to write.
        answers: the images, in the order of the rows.
        network: describes B and B′.
        trigger: the name of the trigger that was laid over the images; empty for none.

    Raises:
        ExportError: the file could not be written.
    """
    fixed = [text_cell(network), text_cell(trigger)]
    rows = [
        [text_cell(each.path.name), text_cell(str(each.path.parent)), *fixed, *_cells(each.answer), each.error]
        for each in answers
    ]
    write_csv(path, HEADER, rows)


def _cells(answer: ImageAnswer | None) -> list[object]:
    if answer is None:
        return [""] * 7
    base, pruned = answer.base[0], answer.pruned[0]
    return [
        base.label,
        f"{base.value:.6g}",
        pruned.label,
        f"{pruned.value:.6g}",
        "" if answer.is_flagged else answer.repaired_label,
        int(answer.is_flagged),
        "" if answer.confidence is None else int(answer.is_flagged_by_confidence),
    ]
