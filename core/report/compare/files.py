"""A comparison as CSV and JSON for programs, and as text for the terminal."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

from core.compare.comparison import BASE_NAME, ComparisonRow, is_over_the_bar, pareto_names
from core.report.compare.record import (
    ComparisonReport,
    NetworkFile,
    TableGroup,
    TableLine,
    columns_of,
    groups_of,
    levels_of,
    notes_of,
    prediction_column_count,
    sentences_of,
)
from core.report.csv_cells import (
    interpretation_cells,
    interpretation_columns,
    pruned_cells,
    pruned_columns,
    repaired_cells,
    repaired_columns,
    text_cell,
    write_csv,
)
from core.report.json_values import (
    Json,
    by_confidence_as_dict,
    origin_as_dict,
    pruned_as_dict,
    repaired_as_dict,
    scale_as_dict,
    write_json,
)
from core.report.text_table import aligned, display_width, share_cell
from core.words import NOTHING, printable, scale_text

WIDEST = 120


def write_comparison_csv(path: Path, report: ComparisonReport) -> None:
    """Write one row per network, B first: B′, then G by agreement (`repaired_…`) and by confidence
    (`repaired_by_confidence_…`).

    Cells are empty if a set is not loaded or there is no such network; names that a spreadsheet would read as a formula
    start with an apostrophe.

    Raises:
        ExportError: the file could not be written.
    """
    comparison = report.comparison
    names = comparison.poisoned_names
    repaired, by_confidence = repaired_columns(names), repaired_columns(names, prefix="repaired_by_confidence")
    header = [
        "number",
        "network",
        "how",
        "is_best",
        *pruned_columns(names),
        *repaired,
        *by_confidence,
        "confidence_level",
        *interpretation_columns(names),
    ]
    understood = interpretation_cells([each.interpretation for each in report.origin.poisoned])
    blank = [""] * (len(repaired) + len(by_confidence) + 1)
    rows = [["0", BASE_NAME, "", "", *pruned_cells(comparison.base), *blank, *understood]]
    best = pareto_names(comparison)
    for number, row in enumerate(comparison.rows, start=1):
        cells = [str(number), text_cell(row.name), text_cell(row.how), str(int(row.name in best))]
        cells += [*pruned_cells(row.by_agreement), *repaired_cells(row.by_agreement)]
        cells += repaired_cells(row.by_confidence) if row.by_confidence else [""] * len(by_confidence)
        rows.append([*cells, repr(row.level.level) if row.level else "", *understood])
    write_csv(path, header, rows)


def write_comparison_json(path: Path, report: ComparisonReport, *, files: Sequence[str]) -> None:
    """Write `comparison_as_dict` as JSON.

    Raises:
        ExportError: the file could not be written.
    """
    write_json(path, comparison_as_dict(report, files=files))


def comparison_as_dict(report: ComparisonReport, *, files: Sequence[str] = ()) -> Json:
    """Return the whole report as plain JSON values; shares as in `results_as_dict`.

    Args:
        report: the report.
        files: names of the files that are written together.
    """
    comparison = report.comparison
    best = pareto_names(comparison)
    return {
        **origin_as_dict(report.origin, files=files),
        "scale": scale_as_dict(comparison.scale, report.origin.scale_finding),
        "sentences": list(sentences_of(comparison)),
        "levels": list(levels_of(comparison)),
        "base_network": pruned_as_dict(comparison.base, comparison.poisoned_names),
        "networks": [
            _network(number, row, file, is_best=row.name in best, names=comparison.poisoned_names)
            for number, (row, file) in enumerate(zip(comparison.rows, report.files, strict=True), start=1)
        ],
        "notes": list(notes_of(comparison)),
    }


def comparison_text(report: ComparisonReport, *, width: int = WIDEST) -> str:
    """Format the comparison as plain text.

    Args:
        report: the report.
        width: columns of the terminal; columns that do not fit go into further tables below.
    """
    comparison = report.comparison
    lines = [*report.origin.caution_lines, scale_text(comparison.scale, report.origin.scale_finding)]
    for number, row in enumerate(comparison.rows, start=1):
        lines += textwrap.wrap(f"{number}  {printable(row.name)}: {printable(row.how)}", width, subsequent_indent="   ")
    lines += ["", *_table(report, width), ""]
    for sentence in levels_of(comparison):
        lines += textwrap.wrap(sentence, width, subsequent_indent="   ")
    for sentence in (*sentences_of(comparison), *notes_of(comparison)):
        lines += textwrap.wrap(sentence, width)
    return "\n".join(lines)


def _network(number: int, row: ComparisonRow, file: NetworkFile | None, *, is_best: bool, names: Sequence[str]) -> Json:
    return {
        "number": number,
        "name": row.name,
        "how": row.how,
        "file": {"path": file.path, "sha256": file.sha256} if file else None,
        "is_best": is_best,
        "is_over_the_bar": is_over_the_bar(row.by_agreement),
        "pruned_network": pruned_as_dict(row.by_agreement, names),
        "repaired_network": repaired_as_dict(row.by_agreement, names),
        "is_level_given": row.is_level_given,
        "repaired_network_by_confidence": by_confidence_as_dict(
            row.by_confidence, row.level, names, is_held_out=row.is_held_out, is_given=row.is_level_given
        )
        if row.by_confidence and row.level
        else None,
    }


def _table(report: ComparisonReport, width: int) -> list[str]:
    """Return the table's lines; columns of flags, and others that do not fit, go into further tables."""
    groups = groups_of(report.comparison)
    mark_width = max(len(group.mark) for group in groups)
    left = ["", *(_line_label(group, line, mark_width) for group in groups for line in group.lines)]
    rows = [line.shares for group in groups for line in group.lines]
    columns = [
        [heading, *(share_cell(shares[place]) for shares in rows)]
        for place, heading in enumerate(columns_of(report.comparison))
    ]
    count = prediction_column_count(report.comparison)
    lines = _split_columns(left, columns, width)
    if len(lines) > 1:
        lines = [*_split_columns(left, columns[:count], width), *_split_columns(left, columns[count:], width)]
    return "\n\n".join(lines).split("\n")


def _split_columns(left: Sequence[str], columns: Sequence[Sequence[str]], width: int) -> list[str]:
    """Split columns into tables that fit the width; lines without figures are left out."""
    left_width = max(map(display_width, left))
    tables: list[str] = []
    while columns:
        room, count = width - left_width, 0
        while count < len(columns) and (count == 0 or room >= 2 + max(map(display_width, columns[count]))):
            room -= 2 + max(map(display_width, columns[count]))
            count += 1
        rows = [list(row) for row in zip(left, *columns[:count], strict=True)]
        kept = [rows[0], *(row for row in rows[1:] if any(cell != NOTHING for cell in row[1:]))]
        tables.append("\n".join(aligned(kept)))
        columns = columns[count:]
    return tables


def _line_label(group: TableGroup, line: TableLine, mark_width: int) -> str:
    """Return the label of a line: "B", "1  G (agreement)"."""
    return f"{group.mark:>{mark_width}}{f'  {line.label}' if group.number else ''}"
