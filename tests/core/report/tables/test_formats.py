"""A table says the same in every format, and nothing in it is a command to whoever reads it."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from core.records import Share
from core.report.tables.formats import table_text, write_table
from core.report.tables.plain_table import PlainTable, distinct_titles

TABLE = PlainTable(
    "Results of B′, 100 % & more",
    ("name", "steps", "B′ ASR", "loss"),
    (
        ("=cmd|' /C calc'!A0", 3, Share(13, 440), 0.25),
        (r"a_b & c% #1 {x} ^~\ <|> [ok] $y$", 4, Share(0, 0), float("nan")),
        ("net, “B”", None, None, None),
    ),
)


def _rows(kind: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table_text(TABLE, kind)), delimiter="," if kind == "csv" else "\t"))


@pytest.mark.parametrize("kind", ["csv", "tsv"])
def test_a_share_is_rate_count_and_total_and_no_cell_is_a_formula(kind: str) -> None:
    header, first, second, third = _rows(kind)
    assert header == ["name", "steps", "B′ ASR, rate", "B′ ASR, count", "B′ ASR, total", "loss"]
    assert first == ["'=cmd|' /C calc'!A0", "3", repr(13 / 440), "13", "440", "0.25"]
    assert second[2:] == ["", "0", "0", ""]
    assert third == ["net, “B”", "", "", "", "", ""]


def test_json_has_the_numbers_themselves() -> None:
    read = json.loads(table_text(TABLE, "json"))
    assert read["title"] == TABLE.title
    low, high = Share(13, 440).interval
    assert read["rows"][0] == {
        "name": "=cmd|' /C calc'!A0",
        "steps": 3,
        "B′ ASR": {"rate": 13 / 440, "count": 13, "total": 440, "interval": [low, high]},
        "loss": 0.25,
    }
    assert read["rows"][1]["B′ ASR"]["rate"] is None
    assert read["rows"][1]["loss"] is None


def test_markdown_has_a_cell_for_each_column_whatever_is_in_them() -> None:
    lines = table_text(TABLE, "markdown").splitlines()
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in lines] == [5] * 5
    assert lines[1] == "| :-- | --: | --: | --: |"
    assert "2.95 % (13 of 440)" in lines[2]


def test_latex_has_no_character_that_it_would_take_as_a_command() -> None:
    text = table_text(TABLE, "latex")
    body = text[text.index(r"\hline") :]
    rows = [line for line in body.splitlines() if line.endswith(r"\\")]
    assert len(rows) == 4
    for row in rows:
        assert len(re.findall(r"(?<!\\)&", row)) == 3  # between cells only
        assert not re.search(r"(?<!\\)[%#$_]", row)
        assert not re.search(r"[′“”–^~<>|]", re.sub(r"\\text\w+\{\}", "", row))
    assert r"\begin{tabular}{lrrr}" in text
    assert r"a\_b \& c\% \#1 \{x\} \textasciicircum{}\textasciitilde{}\textbackslash{}" in text
    assert r"B\ensuremath{'} ASR" in text
    assert r"2.95 \% (13 of 440)" in text


def test_a_row_that_begins_with_a_bracket_is_no_argument_of_the_line_break() -> None:
    text = table_text(PlainTable("t", ("a",), (("[1]",), ("[2]",))), "latex")
    assert "\n[" not in text


def test_writing(tmp_path: Path) -> None:
    path = tmp_path / "t.md"
    write_table(path, TABLE, "markdown")
    assert path.read_text("utf-8") == table_text(TABLE, "markdown")


def test_tables_are_whole_and_their_columns_differ() -> None:
    with pytest.raises(ValueError, match="2 cells"):
        PlainTable("t", ("a", "b"), (("x",),))
    with pytest.raises(ValueError, match="different titles"):
        PlainTable("t", ("a", "a"), ())
    assert distinct_titles(["a", "b", "a", "a"]) == ("a", "b", "a (2)", "a (3)")
    assert TABLE.selected([2, 0]).rows == (TABLE.rows[2], TABLE.rows[0])
