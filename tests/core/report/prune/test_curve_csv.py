"""The curve as CSV."""

import csv
import string
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import ExportError
from core.report.prune.curve_csv import write_curve_csv
from core.sweep.records import Sweep

FIRST_COLUMNS = [
    "pruned_count",
    "layer",
    "channel_index",
    "clean_validation_accuracy",
    "clean_validation_correct",
    "clean_test_accuracy",
    "clean_test_correct",
    "attack_success_rate",
    "attack_success_count",
]
SAFE = set(string.ascii_letters + string.digits + "_-.")
FLAGGED = ["repaired_clean_validation_flagged", "repaired_clean_test_flagged", "repaired_poisoned_flagged"]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_columns_and_rows(tmp_path: Path, sweep: Sweep) -> None:
    write_curve_csv(tmp_path / "curve.csv", sweep)
    rows = read(tmp_path / "curve.csv")
    assert list(rows[0]) == [
        *FIRST_COLUMNS,
        *(f"repaired_{name}" for name in FIRST_COLUMNS[3:]),
        *FLAGGED,
        "tensor",
        "poisoned_labels",
    ]
    assert [(row["pruned_count"], row["channel_index"]) for row in rows] == [
        ("0", "-1"), ("1", "2"), ("2", "0"), ("3", "3"), ("4", "1"),
    ]  # fmt: skip
    assert {row["layer"] for row in rows} == {"conv_3"}
    assert [int(row["clean_validation_correct"]) for row in rows] == [100, 99, 97, 80, 10]
    assert [int(row["repaired_clean_test_correct"]) for row in rows] == [99, 98, 96, 79, 9]
    assert [int(row["attack_success_count"]) for row in rows] == [50, 50, 49, 5, 0]
    assert [int(row["repaired_poisoned_flagged"]) for row in rows] == [0, 0, 1, 45, 50]


def test_rates_read_back_to_the_same_number(tmp_path: Path, sweep_maker: Callable[..., Sweep]) -> None:
    sweep = sweep_maker(total=33)
    write_curve_csv(tmp_path / "curve.csv", sweep)
    read_back = [float(row["attack_success_rate"]) for row in read(tmp_path / "curve.csv")]
    assert read_back == [point.poisoned[0].pruned.rate for point in sweep.points]


def test_sets_that_are_not_loaded_stay_empty(tmp_path: Path, sweep_maker: Callable[..., Sweep]) -> None:
    write_curve_csv(tmp_path / "curve.csv", sweep_maker((), has_test=False))
    for row in read(tmp_path / "curve.csv"):
        empty = {name for name, value in row.items() if value == ""}
        assert empty == {"tensor", *(name for name in row if "test" in name or "attack" in name or "poisoned" in name)}


def test_further_sets_have_their_names_and_never_collide(tmp_path: Path, sweep_maker: Callable[..., Sweep]) -> None:
    names = ("a.h5", "lip.h5", "lip.hdf5", "lip_2.h5", 'x,\n"y;.h5', "=cmd.h5", "B/lip.h5", "B_lip.h5")
    write_curve_csv(tmp_path / "curve.csv", sweep_maker(names))
    header = (tmp_path / "curve.csv").read_text("utf-8").splitlines()[0].split(",")
    assert len(set(header)) == len(header) == 3 + 2 * (4 + 2 * len(names)) + 3 + 2 * len(names)
    assert "attack_success_rate" in header
    assert {"attack_success_rate_lip", "repaired_poisoned_flagged_lip_2"} <= set(header)
    assert {"attack_success_rate_B_lip", "attack_success_rate_B_lip_2"} <= set(header)
    assert not any(name.startswith(("=", "+", "@")) for name in header)
    assert all(set(name) <= SAFE for name in header)
    assert {len(line.split(",")) for line in (tmp_path / "curve.csv").read_text("utf-8").splitlines()} == {len(header)}


def test_no_images_give_no_rate(tmp_path: Path, sweep_maker: Callable[..., Sweep]) -> None:
    write_curve_csv(tmp_path / "curve.csv", sweep_maker(total=0))
    assert {(row["attack_success_rate"], row["attack_success_count"]) for row in read(tmp_path / "curve.csv")} == {
        ("", "0")
    }


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, sweep: Sweep) -> None:
    with pytest.raises(ExportError, match="no folder"):
        write_curve_csv(tmp_path / "no folder" / "curve.csv", sweep)
    target = tmp_path / "taken"
    target.mkdir()
    with pytest.raises(ExportError) as caught:
        write_curve_csv(target, sweep)
    assert caught.value.code == "write-failed"
    assert [each.name for each in tmp_path.iterdir()] == ["taken"]
