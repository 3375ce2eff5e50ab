"""A comparison as CSV and JSON for programs, and as text for the terminal."""

import csv
import io
import textwrap
from collections.abc import Sequence
from pathlib import Path

from core.compare.comparison import BASE_NAME, ComparisonRow, is_over_the_bar, pareto_names
from core.export_file import write_file
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
from core.report.csv_cells import pruned_cells, pruned_columns, repaired_cells, repaired_columns, text_cell
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
from core.words import NOTHING, printable, scale_name

WIDEST = 120


def write_comparison_csv(path: Path, report: ComparisonReport) -> None:
    """Write one row a network, B first: B′, then G by agreement (`repaired_…`) and by confidence
    (`repaired_by_confidence_…`).

    Empty where a set is not loaded or there is no such network; names that a spreadsheet would take for a formula
    begin with an apostrophe.

    Raises:
        ExportError: it could not be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    comparison = report.comparison
    names = comparison.poisoned_names
    repaired, by_confidence = repaired_columns(names), repaired_columns(names, prefix="repaired_by_confidence")
    writer.writerow(
        ["number", "network", "how", "is_best", *pruned_columns(names), *repaired, *by_confidence, "confidence_level"]
    )
    blank = [""] * (len(repaired) + len(by_confidence) + 1)
    writer.writerow(["0", BASE_NAME, "", "", *pruned_cells(comparison.base), *blank])
    best = pareto_names(comparison)
    for number, row in enumerate(comparison.rows, start=1):
        cells = [str(number), text_cell(row.name), text_cell(row.how), str(int(row.name in best))]
        cells += [*pruned_cells(row.by_agreement), *repaired_cells(row.by_agreement)]
        cells += repaired_cells(row.by_confidence) if row.by_confidence else [""] * len(by_confidence)
        writer.writerow([*cells, repr(row.level.level) if row.level else ""])
    write_file(path, text.getvalue())


def write_comparison_json(path: Path, report: ComparisonReport, *, files: Sequence[str]) -> None:
    """Write `comparison_as_dict` as JSON.

    Raises:
        ExportError: it could not be written.
    """
    write_json(path, comparison_as_dict(report, files=files))


def comparison_as_dict(report: ComparisonReport, *, files: Sequence[str] = ()) -> Json:
    """The whole report in plain JSON values; shares as in `results_as_dict`.

    Args:
        report: what to tell.
        files: names of the files that are written together with it.
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
    """What was compared and what came out, as plain text.

    Args:
        report: what to tell.
        width: columns of the terminal; what does not fit beside the rest stands in a table of its own below.
    """
    comparison = report.comparison
    finding = report.origin.scale_finding
    how = f" (clean images right: {finding.raw} with 0–255, {finding.unit} with 0–1)" if finding else " (as asked)"
    lines = [*(f"Caution: {each}" for each in report.origin.cautions), *([""] if report.origin.cautions else [])]
    lines += [f"Pixels {scale_name(comparison.scale)}{how}"]
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
    """The table's lines; what G flags, and what else does not fit beside the rest, stands in tables of its own."""
    groups = groups_of(report.comparison)
    mark_width = max(len(group.mark) for group in groups)
    left = ["", *(_whose(group, line, mark_width) for group in groups for line in group.lines)]
    rows = [line.shares for group in groups for line in group.lines]
    columns = [
        [heading, *(share_cell(shares[place]) for shares in rows)]
        for place, heading in enumerate(columns_of(report.comparison))
    ]
    count = prediction_column_count(report.comparison)
    lines = _dealt(left, columns, width)
    if len(lines) > 1:
        lines = [*_dealt(left, columns[:count], width), *_dealt(left, columns[count:], width)]
    return "\n\n".join(lines).split("\n")


def _dealt(left: Sequence[str], columns: Sequence[Sequence[str]], width: int) -> list[str]:
    """Tables of as many columns as fit, one after the other; lines without a figure are left out."""
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


def _whose(group: TableGroup, line: TableLine, mark_width: int) -> str:
    """Whose figures a line tells: "B", "1  G (agreement)"."""
    return f"{group.mark:>{mark_width}}{f'  {line.label}' if group.number else ''}"
