"""How CSV files are written, and the columns and cells that they share."""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

from core.data.interpretation_text import short_interpretation
from core.export_file import write_file
from core.metrics.figures import Figure, by_set, figures_of
from core.metrics.network_scores import NetworkKind, NetworkScores
from core.records import Interpretation, Share, SweepPoint
from core.words import printable, short_mark

FORMULA_STARTS = tuple("=+-@＝＋－＠")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file.

    Raises:
        ExportError: the file could not be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_file(path, text.getvalue())


def pruned_columns(poisoned_names: Sequence[str]) -> list[str]:
    """Return the columns of `pruned_cells`."""
    return figure_columns(by_set(figures_of(NetworkKind.PRUNED)), poisoned_names)


def repaired_columns(poisoned_names: Sequence[str], *, prefix: str = "repaired") -> list[str]:
    """Return the columns of `repaired_cells`.

    Args:
        poisoned_names: names of the poisoned sets; without any, there is one unnamed group of columns.
        prefix: prefix of all columns.
    """
    return figure_columns(by_set(figures_of(NetworkKind.REPAIRED)), poisoned_names, prefix=f"{prefix}_")


def pruned_cells(point: SweepPoint) -> list[str]:
    """Return rates and counts of B′; empty if a set is not loaded."""
    return _cells_at(point, NetworkKind.PRUNED)


def repaired_cells(point: SweepPoint) -> list[str]:
    """Return rates and counts of G, then how many it flags; empty if a set is not loaded."""
    return _cells_at(point, NetworkKind.REPAIRED)


def figure_columns(figures: Sequence[Figure], poisoned_names: Sequence[str], *, prefix: str = "") -> list[str]:
    """Return the columns of `figure_cells`: one group per poisoned set, see `set_suffixes`.

    Args:
        figures: the figures, in the order of the columns.
        poisoned_names: names of the poisoned sets; without any, there is one unnamed group of columns.
        prefix: prefix of all columns.
    """
    endings = set_suffixes(poisoned_names)
    return [
        f"{prefix}{column}{ending}"
        for figure in figures
        for ending in (endings if figure.is_of_many else [""])
        for column in figure.csv_columns
    ]


def figure_cells(figures: Sequence[Figure], scores: NetworkScores) -> list[str]:
    """Return the rate, if it has a column, and the count of each figure; empty if a set is not loaded."""
    return [
        cell
        for figure in figures
        for share in figure.shares(scores) or (None,)
        for cell in rate_and_count(share)[-len(figure.csv_columns) :]
    ]


def interpretation_columns(poisoned_names: Sequence[str]) -> list[str]:
    """Return the columns of `interpretation_cells`, named as those of `figure_columns`."""
    return [f"poisoned_labels{ending}" for ending in set_suffixes(poisoned_names)]


def interpretation_cells(interpretations: Sequence[Interpretation | None]) -> list[str]:
    """Return how each poisoned set was understood: "true labels, target 3 found"; one empty cell without sets."""
    return ["" if each is None else short_interpretation(each) for each in interpretations or [None]]


def rate_and_count(share: Share | None) -> list[str]:
    """Return two cells, the rate with full precision and the count; empty if there is no share."""
    if share is None:
        return ["", ""]
    return ["" if math.isnan(share.rate) else repr(share.rate), str(share.count)]


def text_cell(text: str) -> str:
    """Return an untrusted name as a cell that no spreadsheet reads as a formula, by a leading apostrophe.

    Source: OWASP, "CSV Injection": cells must not begin with =, +, -, @ (or their wide forms), tab or line ends.
    """
    shown = printable(text)
    return f"'{shown}" if shown[:1] in FORMULA_STARTS else shown


def set_suffixes(poisoned_names: Sequence[str]) -> list[str]:
    """Return the column suffix of each poisoned set: none for the first, unless it was made of clean images."""
    first = [_mark_suffix(short_mark(each)[1]) for each in poisoned_names[:1]]
    return [*(first or [""]), *suffixes(poisoned_names[1:])]


def suffixes(file_names: Sequence[str]) -> list[str]:
    """Return column suffixes for several sets: `_<name without extension>`, numbered if two are equal.

    All characters except letters, digits, `-` and `.` become `_`.
    """
    found: list[str] = []
    for file_name in file_names:
        name, mark = short_mark(file_name)
        bare = name.removesuffix(PurePath(name).suffix) + _mark_suffix(mark)
        stem = "".join(each if each.isalnum() or each in "-." else "_" for each in bare)
        suffix, number = f"_{stem}", 1
        while suffix in found:
            number += 1
            suffix = f"_{stem}_{number}"
        found.append(suffix)
    return found


def _mark_suffix(mark: str) -> str:
    """Return what a mark is in the title of a column: "_estimated", "_stamped" or ""."""
    return f"_{mark.strip(' ()')}" if mark else ""


def _cells_at(point: SweepPoint, network: NetworkKind) -> list[str]:
    return figure_cells(by_set(figures_of(network)), NetworkScores.of_point(point, network))
