"""The results as JSON."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.intake.sandbox.in_use import sandbox_state
from core.order.anp_settings import AnpSettings
from core.order.orders.anp import MASKS
from core.report.prune.record import Report
from core.report.prune.results import results_as_dict, write_results_json
from core.sweep.records import Sweep


def test_table_has_counts_and_intervals_of_both_networks(report: Report) -> None:
    table = results_as_dict(report)["table"]
    assert [(row["threshold_points"], row["side"], row["channels_left"]) for row in table] == [
        (None, None, 4), (2.0, "before", 3), (2.0, "after", 2), (95.0, "before", 0), (95.0, "after", None),
    ]  # fmt: skip
    before = table[1]
    accuracy = before["pruned_network"]["clean_validation_accuracy"]
    assert (accuracy["rate"], accuracy["count"], accuracy["total"]) == (0.99, 99, 100)
    assert accuracy["interval"] == pytest.approx([0.9455, 0.9982], abs=1e-4)
    assert before["repaired_network"]["clean_validation_accuracy"]["count"] == 98
    assert before["repaired_network"]["false_alarm_rate"]["validation"]["count"] == 1
    assert table[2]["repaired_network"]["detection_rate"][0] | {"interval": None} == {
        "file": "sunglasses.h5", "is_estimated": False, "rate": 0.02, "count": 1, "total": 50, "interval": None,
    }  # fmt: skip
    assert table[4]["pruned_network"] is None


def test_everything_needed_to_check_it_is_there(report: Report) -> None:
    results = results_as_dict(report)
    assert results["order"] == {
        "kind": "ascending", "is_oracle": False, "channels": [2, 0, 3, 1], "mask_settings": None,
    }  # fmt: skip
    assert [each["pruning_step"] for each in results["channels"]] == [2, 4, 1, 3]
    assert [each["activation"] for each in results["channels"]] == [0.5, 2.0, 0.0, 1.0]
    assert [each["is_dead"] for each in results["channels"]] == [False, False, True, False]
    assert results["scale"]["how"] == "found"
    assert results["inputs"]["model"]["sha256"] == "m" * 64
    assert results["inputs"]["poisoned"][0]["target_labels"] == [0]
    assert results["command_line"] == ["prune", "--model", "data/bd_net.h5"]
    assert results["command_line_is_equivalent"] is False
    assert {"python", "keras", "tensorflow", "numpy", "h5py", "pillow", "application"} == set(results["versions"])
    assert results["sandbox"] == sandbox_state().sentence
    assert results["bypass"] is None
    assert "target" in results["notes"][0]


def test_masks_are_told_with_how_they_were_found(report: Report) -> None:
    ranking = replace(report.sweep.ranking, kind=MASKS, scores=np.array([0.5, 1.0, 0.0, 0.75]))
    sweep = replace(report.sweep, ranking=ranking, mask_settings=AnpSettings(iterations=7, seed=3))
    results = results_as_dict(replace(report, sweep=sweep))
    assert results["order"]["kind"] == "anp"
    settings = results["order"]["mask_settings"]
    assert (settings["iterations"], settings["seed"], settings["noise_limit"]) == (7, 3, 0.4)
    assert [each["score"] for each in results["channels"]] == [0.5, 1.0, 0.0, 0.75]
    assert results["verdict"]["sentences"][-1] == (
        "The channels are pruned in the order of their masks (adversarial neuron pruning, ANP), the smallest first. "
        "The masks were optimized in 7 steps against adversarial "
        "noise on 80 % of the clean validation images."
    )


def test_the_shape_is_a_field_with_its_figures(report: Report) -> None:
    (shape,) = results_as_dict(report)["shapes"]
    assert {key: shape[key] for key in ("file", "shape", "may_be", "pruned_count")} == {
        "file": "sunglasses.h5", "shape": "evading", "may_be": [], "pruned_count": 2,
    }  # fmt: skip
    assert shape["attack_success_rate"]["count"] == 49
    assert shape["clean_validation_accuracy"]["count"] == 97
    headline = results_as_dict(report)["verdict"]["headline"]
    assert headline == f"{shape['sentence']} {shape['advice']}"


def test_nothing_is_concluded_against_a_caution(report: Report) -> None:
    cautious = replace(report.origin, cautions=("The sets are swapped.",))
    assert results_as_dict(replace(report, origin=cautious))["shapes"] == []


def test_without_poisoned_set_the_shape_has_no_file(
    sweep_maker: Callable[..., Sweep], report_maker: Callable[..., Report]
) -> None:
    (shape,) = results_as_dict(report_maker(sweep_maker(())))["shapes"]
    assert (shape["shape"], shape["file"], shape["attack_success_rate"]) == ("nothing to see", None, None)


def test_bypass_is_named(sweep_maker: Callable[..., Sweep], report_maker: Callable[..., Report]) -> None:
    results = results_as_dict(report_maker(sweep_maker(reader="conv_4")))
    assert results["bypass"] == {"layer": "conv_3", "cut_reader": "conv_4", "open_readers": ["fc_1"]}
    assert any("fc_1" in sentence for sentence in results["verdict"]["sentences"])


@pytest.mark.parametrize("name", ['"<&\n.h5', "日本.h5", "odd\udcff.h5"])
def test_strict_json_of_any_name(
    tmp_path: Path, name: str, sweep_maker: Callable[..., Sweep], report_maker: Callable[..., Report]
) -> None:
    report = report_maker(sweep_maker((name,), total=0, has_test=False))
    write_results_json(tmp_path / "results.json", report)

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    read = json.loads((tmp_path / "results.json").read_text("utf-8"), parse_constant=refuse)
    assert read == results_as_dict(report)
    assert read["table"][0]["pruned_network"]["attack_success_rate"][0]["rate"] is None
