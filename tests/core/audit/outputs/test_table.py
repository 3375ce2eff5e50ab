"""The table of an audit as CSV and Parquet."""

import csv
import importlib.util
from pathlib import Path

import pytest

from core.audit.outputs.table import COLUMNS, write_audit_csv, write_audit_parquet
from tests.core.audit.rows import REFUSED, row


def test_each_network_is_a_line_with_rates_and_counts(tmp_path: Path) -> None:
    write_audit_csv(tmp_path / "audit.csv", [row(), REFUSED])
    with (tmp_path / "audit.csv").open(newline="", encoding="utf-8") as stream:
        first, second = csv.DictReader(stream)
    assert tuple(first) == COLUMNS
    assert (first["validation_rate"], first["validation_count"], first["validation_total"]) == ("0.875", "7", "8")
    assert (first["attack_success_rate"], first["classes"], first["is_all_to_all"]) == ("1.0", "2", "false")
    assert (first["scale"], first["scale_how"], second["scale"]) == ("unit", "found", "")
    assert (second["ending"], second["code"], second["verdict"]) == ("refused", "damaged-file", "")
    assert {second[name] for name in ("validation_rate", "probability", "is_all_to_all", "class_count")} == {""}


def test_a_name_is_no_formula(tmp_path: Path) -> None:
    write_audit_csv(tmp_path / "audit.csv", [row("=cmd|' /C calc'!A0.h5")])
    assert "\n=cmd" not in (tmp_path / "audit.csv").read_text("utf-8")


def test_parquet_is_written_where_it_can_be(tmp_path: Path) -> None:
    is_there = importlib.util.find_spec("pyarrow") is not None
    assert write_audit_parquet(tmp_path / "audit.parquet", [row(), REFUSED]) is is_there
    assert (tmp_path / "audit.parquet").exists() is is_there
    if is_there:
        parquet = pytest.importorskip("pyarrow.parquet")
        assert parquet.read_table(tmp_path / "audit.parquet").column("validation_rate").to_pylist() == [0.875, None]
