"""The answers for several images as a table."""

import csv
from pathlib import Path

import numpy as np

from core.records import ClassScore, ImageAnswer, ImageConfidence
from core.report.classify.answers_csv import HEADER, NamedAnswer, write_answers_csv


def test_a_row_each_with_flags_and_errors(tmp_path: Path) -> None:
    seen = np.zeros((2, 2, 3), np.uint8)
    flagged = ImageAnswer(seen, (ClassScore(3, 0.9),), (ClassScore(1, 0.25),), 4, 4, ImageConfidence(0.25, 0.5, True))
    plain = ImageAnswer(seen, (ClassScore(2, 1.0),), (ClassScore(2, 0.75),), 2, 4)
    path = tmp_path / "answers.csv"
    rows = [
        NamedAnswer(Path("faces/=SUM(A1).png"), flagged),
        NamedAnswer(Path("faces/b.png"), plain),
        NamedAnswer(Path("faces/c.png"), None, "it is damaged"),
    ]
    write_answers_csv(path, rows, network="4 of 6", trigger="")
    header, *got = csv.reader(path.read_text("utf-8").splitlines())
    assert tuple(header) == HEADER
    assert got[0] == ["'=SUM(A1).png", "faces", "4 of 6", "", "3", "0.9", "1", "0.25", "", "1", "1", ""]
    assert got[1][4:] == ["2", "1", "2", "0.75", "2", "0", "", ""]
    assert got[2][4:] == ["", "", "", "", "", "", "", "it is damaged"]
