"""A plain table as CSV, tab-separated text, JSON, Markdown and LaTeX."""

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path

from core.export_file import write_file
from core.records import Share
from core.report.csv_cells import text_cell
from core.report.tables.plain_table import Cell, PlainTable
from core.words import NOTHING, percent, printable

SUFFIXES = {"csv": ".csv", "json": ".json", "markdown": ".md", "latex": ".tex"}
"""The kinds of files, with their suffixes."""

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "%": r"\%",
    "_": r"\_",
    "&": r"\&",
    "#": r"\#",
    "$": r"\$",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "′": r"\ensuremath{'}",
    "−": r"\ensuremath{-}",
    "≈": r"\ensuremath{\approx}",
    "≤": r"\ensuremath{\leq}",
    "≥": r"\ensuremath{\geq}",
    "×": r"\ensuremath{\times}",
    "–": "--",
    "—": "---",
    "…": r"\dots{}",
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
}


def table_text(table: PlainTable, kind: str) -> str:
    """Return a table as text.

    A share is three columns in CSV and tab-separated text (rate, count, total), an object in JSON, and a rate with its
    count in Markdown and LaTeX. No cell that comes from a file can be read as a formula by a spreadsheet.

    Args:
        table: the table.
        kind: "csv", "tsv", "json", "markdown" or "latex".
    """
    return _WRITERS[kind](table)


def write_table(path: Path, table: PlainTable, kind: str) -> None:
    """Write a table.

    Args:
        path: the file.
        table: the table.
        kind: as for `table_text`.

    Raises:
        ExportError: the file could not be written.
    """
    write_file(path, table_text(table, kind))


def cell_text(cell: Cell) -> str:
    """Return a cell as one line of text: "96.36 % (424 of 440)", "0.25", "–"."""
    if cell is None:
        return NOTHING
    if isinstance(cell, Share):
        return f"{percent(cell)} ({cell})" if cell.total else NOTHING
    if isinstance(cell, float):
        return f"{cell:.6g}" if math.isfinite(cell) else NOTHING
    return printable(cell) if isinstance(cell, str) else str(cell)


def _delimited(table: PlainTable, delimiter: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    shares = [table.is_share(column) for column in range(len(table.columns))]
    header: list[str] = []
    for title, is_share in zip(table.columns, shares, strict=True):
        header += [f"{title}, rate", f"{title}, count", f"{title}, total"] if is_share else [text_cell(title)]
    writer.writerow(header)
    for row in table.rows:
        cells: list[str] = []
        for cell, is_share in zip(row, shares, strict=True):
            cells += _share_cells(cell) if is_share else [_value_cell(cell)]
        writer.writerow(cells)
    return text.getvalue()


def _share_cells(cell: Cell) -> list[str]:
    if not isinstance(cell, Share):
        return ["" if cell is None else _value_cell(cell), "", ""]
    rate = "" if math.isnan(cell.rate) else repr(cell.rate)
    return [rate, str(cell.count), str(cell.total)]


def _value_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return repr(cell) if math.isfinite(cell) else ""
    return text_cell(cell) if isinstance(cell, str) else str(cell)


def _json(table: PlainTable) -> str:
    rows = [
        {printable(title): _json_value(cell) for title, cell in zip(table.columns, row, strict=True)}
        for row in table.rows
    ]
    return json.dumps({"title": printable(table.title), "rows": rows}, ensure_ascii=False, indent=2) + "\n"


def _json_value(cell: Cell) -> object:
    if isinstance(cell, Share):
        low, high = cell.interval
        rate = None if math.isnan(cell.rate) else cell.rate
        return {"rate": rate, "count": cell.count, "total": cell.total, "interval": [low, high]}
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    return printable(cell) if isinstance(cell, str) else cell


def _markdown(table: PlainTable) -> str:
    def line(cells: list[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    lines = [line([_markdown_text(title) for title in table.columns])]
    lines.append(line([":--" if _is_text(table, column) else "--:" for column in range(len(table.columns))]))
    lines += [line([_markdown_text(cell_text(cell)) for cell in row]) for row in table.rows]
    return "\n".join(lines) + "\n"


def _markdown_text(text: str) -> str:
    for sign in ("\\", "|", "*", "_", "`", "<", "[", "]"):
        text = text.replace(sign, f"\\{sign}")
    return printable(text)


def _latex(table: PlainTable) -> str:
    columns = range(len(table.columns))
    layout = "".join("l" if _is_text(table, column) else "r" for column in columns)
    lines = [
        r"% Needs no package in pdfLaTeX of 2018 or later; letters that are not Latin need XeLaTeX or LuaLaTeX.",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_latex_text(table.title)}}}",
        rf"\begin{{tabular}}{{{layout}}}",
        r"\hline",
        " & ".join(_latex_text(title) for title in table.columns) + r" \\",
        r"\hline",
        *(" & ".join(_latex_text(cell_text(cell)) for cell in row) + r" \\" for row in table.rows),
        r"\hline",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _latex_text(text: str) -> str:
    """Escape what LaTeX would read as a command; a line never begins with "[", which would belong to the line break."""
    escaped = "".join(_LATEX.get(letter, letter) for letter in printable(text))
    return f"{{}}{escaped}" if escaped.startswith("[") else escaped


def _is_text(table: PlainTable, column: int) -> bool:
    """Return whether a column holds words, which are aligned to the left."""
    return any(isinstance(row[column], str) for row in table.rows)


_WRITERS: dict[str, Callable[[PlainTable], str]] = {
    "csv": lambda table: _delimited(table, ","),
    "tsv": lambda table: _delimited(table, "\t"),
    "json": _json,
    "markdown": _markdown,
    "latex": _latex,
}
