"""The curve as CSV: one row a step, the unpruned step 0 first."""

import csv
import io
import math
import os
from collections.abc import Sequence
from pathlib import Path, PurePath

from core.export_file import write_file
from core.records import CleanScore, PoisonedScore, Share, Sweep, SweepPoint


def write_curve_csv(path: str | os.PathLike[str], sweep: Sweep) -> None:
    """Write the curve: what B′ is worth after each step, then G (`repaired_…`); empty where a set is not loaded.

    Rates are floats in [0, 1] that read back to the same number.

    Raises:
        ExportError: it could not be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column_names(sweep))
    for point in sweep.points:
        layer, channel = sweep.ranking.layer.locate(point.channel_index)
        start = [str(point.pruned_count), layer, str(channel)]
        writer.writerow(start + _row(point, poisoned_count=max(1, len(sweep.poisoned_sets))))
    write_file(Path(path), text.getvalue())


def column_names(sweep: Sweep) -> list[str]:
    """The header: the first poisoned set goes without a suffix, each further one has its file's name as suffix."""
    endings = ["", *suffixes([each.name for each in sweep.poisoned_sets[1:]])]
    names = ["pruned_count", "layer", "channel_index"]
    for prefix in ("", "repaired_"):
        for role in ("validation", "test"):
            names += [f"{prefix}clean_{role}_accuracy", f"{prefix}clean_{role}_correct"]
        for suffix in endings:
            names += [f"{prefix}attack_success_rate{suffix}", f"{prefix}attack_success_count{suffix}"]
    names += ["repaired_clean_validation_flagged", "repaired_clean_test_flagged"]
    names += [f"repaired_poisoned_flagged{suffix}" for suffix in endings]
    return names


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


def _row(point: SweepPoint, *, poisoned_count: int) -> list[str]:
    cells: list[str] = []
    poisoned: list[PoisonedScore | None] = [*point.poisoned, *[None] * (poisoned_count - len(point.poisoned))]
    scores: list[CleanScore | PoisonedScore | None] = [point.validation, point.test, *poisoned]
    for score in scores:
        cells += _rate_and_count(score.pruned if score else None)
    for score in scores:
        cells += _rate_and_count(score.repaired if score else None)
    return cells + [str(score.flagged.count) if score else "" for score in scores]


def _rate_and_count(share: Share | None) -> list[str]:
    if share is None:
        return ["", ""]
    return ["" if math.isnan(share.rate) else repr(share.rate), str(share.count)]
