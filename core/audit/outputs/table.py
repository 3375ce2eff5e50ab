"""The rows of an audit as CSV, and as Parquet where pyarrow is installed."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.audit.records import AuditRow
from core.errors import ExportError
from core.export_file import written_whole
from core.records import Share
from core.report.csv_cells import text_cell, write_csv

CSV_NAME, PARQUET_NAME = "audit.csv", "audit.parquet"

COLUMNS = (
    "name",
    "path",
    "sha256",
    "ending",
    "code",
    "sentence",
    "verdict",
    "probability",
    "classes",
    "is_all_to_all",
    "validation_rate",
    "validation_count",
    "validation_total",
    "test_rate",
    "test_count",
    "test_total",
    "attack_success_rate",
    "attack_success_count",
    "attack_success_total",
    "curve_shape",
    "headline",
    "repair",
    "repaired",
    "input_shape",
    "class_count",
    "parameter_count",
    "seconds",
    "tries",
    "folder",
    "notes",
    "finished",
    "scale",
    "scale_how",
)
"""The columns; `attack_success_…` is of the poisoned set with the largest rate."""


def write_audit_csv(path: Path, rows: Sequence[AuditRow]) -> None:
    """Write one line for each network; what is not known is empty.

    Raises:
        ExportError: the file could not be written.
    """
    write_csv(path, COLUMNS, ([_cell(values[name]) for name in COLUMNS] for values in map(row_values, rows)))


def write_audit_parquet(path: Path, rows: Sequence[AuditRow]) -> bool:
    """Write the same table as Parquet; return whether it was written, which needs pyarrow.

    Raises:
        ExportError: the file could not be written.
    """
    try:
        import pyarrow  # noqa: PLC0415  # optional
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        return False
    values = [row_values(each) for each in rows]
    columns = {name: [_unicode(each[name]) for each in values] for name in COLUMNS}
    try:
        with written_whole(path) as partial:
            parquet.write_table(pyarrow.table(columns), partial)
    except OSError as error:
        raise ExportError(f"'{path}' could not be written: {error.strerror or error}", code="write-failed") from error
    return True


def row_values(row: AuditRow) -> dict[str, Any]:
    """Return the plain values of a row by column; None for what is not known."""
    values: dict[str, Any] = {
        name: getattr(row, name)
        for name in (
            *("name", "path", "sha256", "code", "sentence", "verdict", "probability", "is_all_to_all", "headline"),
            *("repair", "repaired", "class_count", "parameter_count", "seconds", "tries", "folder", "finished"),
            *("scale", "scale_how"),
        )
    }
    values["ending"] = row.ending.value
    values["curve_shape"] = row.shape
    values["classes"] = " ".join(map(str, row.classes))
    values["input_shape"] = "×".join(map(str, row.input_shape))
    values["notes"] = " ".join(row.notes)
    if not row.verdict:
        values["is_all_to_all"] = None
    shares = {"validation": row.validation, "test": row.test, "attack_success": row.largest_attack}
    for name, share in shares.items():
        values |= _share_values(name, share)
    return values


def _share_values(name: str, share: Share | None) -> dict[str, Any]:
    known = share is not None and share.total > 0
    return {
        f"{name}_rate": share.rate if known and share is not None else None,
        f"{name}_count": None if share is None else share.count,
        f"{name}_total": None if share is None else share.total,
    }


def _unicode(value: Any) -> Any:
    """Return a value that Arrow takes: bytes of a file's name that are no UTF-8 become escapes."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8") if isinstance(value, str) else value


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return json.dumps(value)
    return text_cell(value) if isinstance(value, str) else repr(value)
