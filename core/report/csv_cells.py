"""Columns and cells that every CSV file shares."""

import math
from collections.abc import Sequence
from pathlib import PurePath

from core.records import CleanScore, PoisonedScore, Share, SweepPoint
from core.words import printable

FORMULA_STARTS = tuple("=+-@＝＋－＠")


def pruned_columns(poisoned_names: Sequence[str]) -> list[str]:
    """The columns of `pruned_cells`."""
    return _columns("", poisoned_names)


def repaired_columns(poisoned_names: Sequence[str], *, prefix: str = "repaired") -> list[str]:
    """The columns of `repaired_cells`.

    Args:
        poisoned_names: of the sets; without any there is one column for none.
        prefix: what all begin with.
    """
    flagged = [f"{prefix}_clean_validation_flagged", f"{prefix}_clean_test_flagged"]
    return [
        *_columns(f"{prefix}_", poisoned_names),
        *flagged,
        *(f"{prefix}_poisoned_flagged{ending}" for ending in _endings(poisoned_names)),
    ]


def pruned_cells(point: SweepPoint) -> list[str]:
    """Rates and counts of B′; empty where a set is not loaded."""
    return [cell for score in _scores(point) for cell in rate_and_count(score.pruned if score else None)]


def repaired_cells(point: SweepPoint) -> list[str]:
    """Rates and counts of G, then how many it flags; empty where a set is not loaded."""
    scores = _scores(point)
    cells = [cell for score in scores for cell in rate_and_count(score.repaired if score else None)]
    return cells + [str(score.flagged.count) if score else "" for score in scores]


def rate_and_count(share: Share | None) -> list[str]:
    """Two cells, the rate as a number that reads back the same; empty where there is none."""
    if share is None:
        return ["", ""]
    return ["" if math.isnan(share.rate) else repr(share.rate), str(share.count)]


def text_cell(text: str) -> str:
    """A name from outside as a cell that no spreadsheet takes for a formula: an apostrophe stands before one.

    Source: OWASP, "CSV Injection": cells must not begin with =, +, -, @ (or their wide forms), tab or line ends.
    """
    shown = printable(text)
    return f"'{shown}" if shown[:1] in FORMULA_STARTS else shown


def suffixes(file_names: Sequence[str]) -> list[str]:
    """What column names of several sets end in: `_<name without ending>`, numbered where two are equal.

    All but letters, digits, `-` and `.` becomes `_`.
    """
    found: list[str] = []
    for name in file_names:
        bare = name.removesuffix(PurePath(name).suffix)
        stem = "".join(each if each.isalnum() or each in "-." else "_" for each in bare)
        suffix, number = f"_{stem}", 1
        while suffix in found:
            number += 1
            suffix = f"_{stem}_{number}"
        found.append(suffix)
    return found


def _columns(prefix: str, poisoned_names: Sequence[str]) -> list[str]:
    names = []
    for role in ("validation", "test"):
        names += [f"{prefix}clean_{role}_accuracy", f"{prefix}clean_{role}_correct"]
    for ending in _endings(poisoned_names):
        names += [f"{prefix}attack_success_rate{ending}", f"{prefix}attack_success_count{ending}"]
    return names


def _endings(poisoned_names: Sequence[str]) -> list[str]:
    return ["", *suffixes(poisoned_names[1:])]


def _scores(point: SweepPoint) -> list[CleanScore | PoisonedScore | None]:
    """Those that columns stand for; one of no poisoned set, where there is none."""
    return [point.validation, point.test, *(point.poisoned or [None])]
