"""The curve as CSV: one row per step, the unpruned step 0 first."""

import os
from pathlib import Path

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
from core.sweep.records import Sweep


def write_curve_csv(path: str | os.PathLike[str], sweep: Sweep) -> None:
    """Write the figures of B′ after each step, then those of G (`repaired_…`); empty if a set is not loaded.

    The last columns, the same in every row, say which tensor was ranked and zeroed ("activation" or "normalization";
    empty if there is no choice), and how each poisoned set was understood.

    Rates are floats in [0, 1] with full precision.

    Raises:
        ExportError: the file could not be written.
    """
    tensor = sweep.ranking.layer.tensor
    understood = interpretation_cells([each.interpretation for each in sweep.poisoned_sets])
    last = ["" if tensor is None else tensor.value, *understood]
    rows = []
    for point in sweep.points:
        layer, channel = sweep.ranking.layer.locate(point.channel_index)
        start = [str(point.pruned_count), text_cell(layer), str(channel)]
        rows.append(start + pruned_cells(point) + repaired_cells(point) + last)
    write_csv(Path(path), column_names(sweep), rows)


def column_names(sweep: Sweep) -> list[str]:
    """Return the header: the first poisoned set has no suffix, each further one has its file's name as suffix."""
    names = [each.name for each in sweep.poisoned_sets]
    return [
        "pruned_count",
        "layer",
        "channel_index",
        *pruned_columns(names),
        *repaired_columns(names),
        "tensor",
        *interpretation_columns(names),
    ]
