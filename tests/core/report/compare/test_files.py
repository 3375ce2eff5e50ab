"""A comparison as CSV, JSON and text."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.compare.comparison import Comparison
from core.report.compare.files import comparison_as_dict, comparison_text, write_comparison_csv, write_comparison_json
from core.report.compare.record import NO_ATTACK, ComparisonReport
from core.report.text_table import display_width


def rows_of(path: Path, report: ComparisonReport) -> list[dict[str, str]]:
    write_comparison_csv(path / "compare.csv", report)
    return list(csv.DictReader(io.StringIO((path / "compare.csv").read_text("utf-8"), newline="")))


def test_one_row_a_network_b_first(tmp_path: Path, comparison_report: ComparisonReport) -> None:
    rows = rows_of(tmp_path, comparison_report)
    assert [row["network"] for row in rows] == ["B", "occlusion", "prune", "fine-pruning", "finetune", "ft-sam"]
    assert [row["number"] for row in rows] == ["0", "1", "2", "3", "4", "5"]
    assert [row["is_best"] for row in rows] == ["", "1", "0", "0", "1", "0"]
    base, half = rows[0], rows[3]
    assert (base["clean_test_accuracy"], base["attack_success_count"]) == ("0.98", "50")
    assert {value for name, value in base.items() if name.startswith(("repaired", "confidence"))} == {""}
    assert (half["how"], half["clean_validation_correct"], half["attack_success_rate"]) == (
        "made by fine-pruning",
        "96",
        "0.8",
    )
    assert (half["repaired_clean_test_accuracy"], half["repaired_attack_success_count"]) == ("0.95", "39")
    assert (half["repaired_clean_test_flagged"], half["repaired_poisoned_flagged"]) == ("3", "4")
    assert half["repaired_by_confidence_poisoned_flagged"] == "6"
    assert half["confidence_level"] == "0.5"


def test_sets_that_are_not_loaded_stay_empty(
    tmp_path: Path,
    comparison_maker: Callable[..., Comparison],
    comparison_report_maker: Callable[..., ComparisonReport],
) -> None:
    bare = comparison_maker((96, 0), poisoned_names=(), has_test=False)
    found = rows_of(tmp_path, comparison_report_maker(bare))[1]
    assert found["clean_validation_accuracy"] == "0.96"
    assert {value for name, value in found.items() if "test" in name or "attack" in name} == {""}
    two = comparison_maker((96, 0, 3), poisoned_names=("a.h5", "b.h5"))
    rows = rows_of(tmp_path, comparison_report_maker(two))
    assert (rows[1]["attack_success_count"], rows[1]["attack_success_count_b"]) == ("0", "3")
    without = replace(two, rows=(replace(two.rows[0], by_confidence=None, level=None),))
    found = rows_of(tmp_path, comparison_report_maker(without))[1]
    assert {value for name, value in found.items() if "confidence" in name} == {""}


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", '=cmd|"/c calc"!A1', "=a,b", "\t=1", "\r=1"])
def test_no_name_becomes_a_formula(
    tmp_path: Path,
    comparison_maker: Callable[..., Comparison],
    comparison_report_maker: Callable[..., ComparisonReport],
    name: str,
) -> None:
    found = comparison_maker((96, 0), names=(name,))
    found = replace(found, rows=(replace(found.rows[0], how=name),))
    row = rows_of(tmp_path, comparison_report_maker(found))[1]
    for cell in (row["network"], row["how"]):
        assert cell[0] not in "=+-@\t\r\n＝＋－＠"
        assert cell.removeprefix("'") == name.replace("\t", "\\t").replace("\r", "\\r")


def test_json_tells_all(tmp_path: Path, comparison_report: ComparisonReport) -> None:
    write_comparison_json(tmp_path / "results.json", comparison_report, files=["results.json"])
    told = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert told == comparison_as_dict(comparison_report, files=["results.json"])
    assert (told["application"], told["files"], told["command_line"][0]) == (
        "Backdoor Inspector",
        ["results.json"],
        "compare",
    )
    assert told["base_network"]["attack_success_rate"][0]["count"] == 50
    first, last = told["networks"][0], told["networks"][-1]
    assert (first["number"], first["name"], first["is_best"], first["is_over_the_bar"]) == (1, "occlusion", True, True)
    assert first["file"] == {"path": "data/occlusion/pruned.keras", "sha256": "r" * 64}
    assert (last["file"], last["is_best"], last["is_over_the_bar"]) == (None, False, False)
    assert first["pruned_network"]["clean_test_accuracy"]["count"] == 96
    assert first["repaired_network"]["false_alarm_rate"]["test"]["count"] == 3
    by_confidence = first["repaired_network_by_confidence"]
    assert (by_confidence["confidence_level"], by_confidence["calibration"]["is_held_out"]) == (0.5, False)
    assert by_confidence["calibration"]["asked_false_alarm_rate"] == 0.15
    assert told["levels"][0].startswith("1: G by confidence also flags images")
    assert by_confidence["detection_rate"][0] == {
        "file": "sunglasses.h5",
        "is_estimated": False,
        "count": 6,
        "total": 50,
        "rate": 0.12,
        "interval": by_confidence["detection_rate"][0]["interval"],
    }


def test_a_level_that_came_with_a_network_is_of_no_known_rate(comparison_report: ComparisonReport) -> None:
    comparison = comparison_report.comparison
    given = tuple(replace(row, is_level_given=True) for row in comparison.rows)
    report = replace(comparison_report, comparison=replace(comparison, rows=given))
    told = comparison_as_dict(report)
    calibration = told["networks"][0]["repaired_network_by_confidence"]["calibration"]
    assert [calibration[each] for each in ("asked_false_alarm_rate", "certainty", "is_honoured")] == [None] * 3
    assert told["networks"][0]["repaired_network_by_confidence"]["confidence_level"] == 0.5
    assert "the level that the network came with" in " ".join(comparison_text(report).split())


def test_text_has_every_figure(comparison_report: ComparisonReport) -> None:
    text = comparison_text(comparison_report)
    for expected in (
        "1  occlusion: made by occlusion",
        "\nB                   98.00 %  98/100  98.00 %  98/100    100 %  50/50\n",
        "\n3  B′               96.00 %  96/100  96.00 %  96/100  80.00 %  40/50\n",
        "80.00 %  40/50",
        "3  G (confidence)",
        "1 and 4 are beaten by no other",
    ):
        assert expected in text, text


@pytest.mark.parametrize("width", [60, 100, 120])
def test_wide_tables_are_dealt_into_several(
    comparison_maker: Callable[..., Comparison], comparison_report_maker: Callable[..., ComparisonReport], width: int
) -> None:
    names = ("sunglasses.h5", "eyebrows.h5", "lipstick.h5")
    report = comparison_report_maker(comparison_maker((96, 0, 1, 2), (90, 7, 8, 9), poisoned_names=names))
    text = comparison_text(report, width=width)
    table = text[text.index("\n\n") : text.index("beaten by")]
    assert max(map(display_width, table.splitlines())) <= width
    for count in ("96/100", "7/50", "8/50", "9/50", "5/100"):
        assert count in table
    assert table.count("1  G (agreement)") == table.count("2  G (confidence)") >= 2


def test_names_cannot_command_a_terminal(
    comparison_maker: Callable[..., Comparison], comparison_report_maker: Callable[..., ComparisonReport]
) -> None:
    found = comparison_maker((96, 0), names=("a\x1b[2J\n",), poisoned_names=("b\x07.h5",))
    assert not {"\x1b", "\x07"} & set(comparison_text(comparison_report_maker(found)))


def test_without_poisoned_sets(
    comparison_maker: Callable[..., Comparison], comparison_report_maker: Callable[..., ComparisonReport]
) -> None:
    report = comparison_report_maker(comparison_maker((96, 0), poisoned_names=()))
    assert NO_ATTACK in comparison_text(report)
    assert comparison_as_dict(report)["sentences"] == [NO_ATTACK]
    assert comparison_as_dict(report)["networks"][0]["is_best"] is False
