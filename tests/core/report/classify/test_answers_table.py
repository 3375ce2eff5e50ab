"""The answers for several images as a table."""

import csv
from pathlib import Path

import numpy as np

from core.records import ClassScore, ImageAnswer, ImageConfidence
from core.report.classify.answers_table import COLUMNS, NamedAnswer, answers_table
from core.report.tables.formats import table_text


def test_a_row_each_with_flags_and_errors() -> None:
    seen = np.zeros((2, 2, 3), np.uint8)
    flagged = ImageAnswer(seen, (ClassScore(3, 0.9),), (ClassScore(1, 0.25),), 4, 4, ImageConfidence(0.25, 0.5, True))
    plain = ImageAnswer(seen, (ClassScore(2, 1.0),), (ClassScore(2, 0.75),), 2, 4)
    rows = [
        NamedAnswer(Path("faces/=SUM(A1).png"), flagged),
        NamedAnswer(Path("faces/b.png"), plain),
        NamedAnswer(Path("faces/c.png"), None, "it is damaged"),
    ]
    table = answers_table(rows, network="4 of 6", trigger="")
    header, *got = csv.reader(table_text(table, "csv").splitlines())
    assert tuple(header) == COLUMNS
    assert got[0] == ["'=SUM(A1).png", "faces", "4 of 6", "", "3", "0.9", "1", "0.25", "", "yes", "yes", ""]
    assert got[1][4:] == ["2", "1.0", "2", "0.75", "2", "no", "", ""]
    assert got[2][4:] == ["", "", "", "", "", "", "", "it is damaged"]
    assert "| c.png | faces | 4 of 6 |" in table_text(table, "markdown")
