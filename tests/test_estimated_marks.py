"""Wherever a figure on an estimated set is shown, it is called an estimate; so is a figure that is added later."""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.compare.comparison import Comparison, ComparisonRow
from core.metrics import figures as registry
from core.metrics.evaluation import Evaluation
from core.metrics.figures import FIGURES
from core.network.confidence import ConfidenceLevel
from core.records import PoisonedSet, Share
from core.refit.records import RefitEpoch, RefitSettings
from core.repair.methods.finetune import FINETUNE
from core.report.compare.files import comparison_as_dict, comparison_text, write_comparison_csv
from core.report.compare.page import write_comparison_html
from core.report.compare.record import ComparisonReport
from core.report.compare.scatter import draw_scatter
from core.report.origin import InputFile
from core.report.prune.chart import draw_chart
from core.report.prune.curve_csv import write_curve_csv
from core.report.prune.page import page_text
from core.report.prune.record import Report
from core.report.prune.results import results_as_dict
from core.report.prune.table import table_text
from core.report.prune.verdict import find_verdict
from core.report.repair.files import repair_as_dict, repair_text, write_history_csv, write_repair_html
from core.report.repair.record import Refit, RepairReport
from core.scale import Scale
from core.sweep.stops import find_stops
from core.words import estimated_name
from gui.charts.curve_series import history_series, series_of
from gui.compare.table import compare_table, lines_of, scatter_points_of
from gui.files.network_words import figures_text
from gui.repair.result.table import repair_table
from gui.state.repairs import figures_of as networks_of
from gui.tables.results_table import ResultsModel
from tests.core.report.conftest import Page, make_report, make_sweep
from tests.made_up_figure import RESISTANCE
from tests.made_up_interpretation import understood

NAME = estimated_name("valid.h5", 0)
LEVEL = ConfidenceLevel(0.5, 0.05, Share(1, 20))
ESTIMATED = understood(0, Share(50, 50), is_given=True, class_count=1283, is_estimated=True)
FIGURE = r"ASR|attack[ _]success|detection|poisoned_flagged|resistance"
"""What figures on poisoned sets are called, that of `made_up` included."""

DEFINITIONS = (
    "ASR is the attack success rate.",
    "Attack success rate (ASR): the share of",
    "Clean accuracy against attack success",
    "Clean accuracy and attack success rate against",
)
"""Texts that name such a figure, but show none."""


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A figure on poisoned sets that is added to the registry by one entry."""
    monkeypatch.setattr(registry, "FIGURES", (*FIGURES, RESISTANCE))


@pytest.fixture
def report() -> Report:
    sweep = replace(make_sweep(), poisoned_sets=(PoisonedSet(NAME, (0,), 50, ESTIMATED),))
    made = make_report(sweep)
    file = InputFile(f"data/{NAME}", "", 50, (0,), ESTIMATED, made.origin.validation, "data/trigger.npz")
    return replace(made, origin=replace(made.origin, poisoned=(file,)))


@pytest.fixture
def comparison(report: Report) -> ComparisonReport:
    base, after = report.sweep.points[0], report.sweep.points[2]
    row = ComparisonRow("fine", "somehow", after, after, LEVEL)
    made = Comparison(base, (row,), "valid.h5", "test.h5", (NAME,), Scale.RAW, (ESTIMATED,))
    return ComparisonReport(report.origin, (None,), made)


@pytest.fixture
def repair(report: Report) -> RepairReport:
    base, after = report.sweep.points[0], report.sweep.points[2]
    epochs = tuple(RefitEpoch(each, 0.5, 1e-3, Share(9, 10), Share(9, 10), (Share(3, 50),)) for each in (0, 1))
    return RepairReport(
        origin=report.origin,
        poisoned_names=(NAME,),
        unlabelled=None,
        method=FINETUNE,
        threshold=None,
        sweeps=(),
        pruned=(),
        refit=Refit(RefitSettings(), epochs, 1, 400, False),
        before=base,
        by_agreement=after,
        by_confidence=after,
        level=LEVEL,
        scale=Scale.RAW,
        recipe=None,
        held_out=(Share(9, 10), Share(9, 10)),
    )


def assert_marked(texts: Iterable[str]) -> None:
    """Some text names a figure on the set, and all that do call it an estimate."""
    naming = [each for each in texts if re.search(FIGURE, each)]
    assert naming
    assert [each for each in naming if "estimated" not in each] == []


def figures_in(values: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the figures on sets of a JSON document, by their keys."""
    if isinstance(values, dict):
        for name, each in values.items():
            yield from figures_in(each, name)
    elif isinstance(values, list) and re.search(FIGURE, key) and key != "definitions":
        yield from ((key, each) for each in values)
    elif isinstance(values, list):
        for each in values:
            yield from figures_in(each)


def assert_marked_json(values: dict[str, Any]) -> None:
    found = list(figures_in(json.loads(json.dumps(values))))
    assert {key for key, _ in found} >= {"attack_success_rate", "detection_rate", "resistance_rate"}
    assert all(each["is_estimated"] is True and "estimated" in each["file"] for _, each in found)
    (told,) = values["inputs"]["poisoned"]
    assert told["interpretation"]["is_estimated"] is True
    assert told["estimated_from"]["trigger"] == "data/trigger.npz"
    assert told["estimated_from"]["images"]["path"] == "data/clean.h5"


def sentences_of(html: str) -> list[str]:
    """Return what a page shows, cell by cell, legend by legend and sentence by sentence."""
    words = [part for each in Page(html).words for part in re.split(r"(?<=[.;]) ", " ".join(each.split()))]
    return [each for each in words if not any(known in each for known in DEFINITIONS)]


def header(path: Path) -> list[str]:
    return next(csv.reader(path.read_text("utf-8").splitlines()))


def test_files_of_a_pruning(report: Report, tmp_path: Path) -> None:
    write_curve_csv(tmp_path / "curve.csv", report.sweep)
    assert_marked(header(tmp_path / "curve.csv"))
    rows = list(csv.DictReader((tmp_path / "curve.csv").read_text("utf-8").splitlines()))
    assert all(each["poisoned_labels_estimated"].startswith("estimated with the reconstr") for each in rows)
    assert_marked_json(results_as_dict(report))
    page = page_text(report)
    assert page.count("ASR (estimated)") >= 2
    assert "estimated with the reconstructed trigger of class 0" in Page(page).text
    assert_marked(line.label for line in draw_chart(report.sweep, report.stops).lines)


def test_tables_of_a_pruning_in_text(report: Report) -> None:
    before, after = table_text(report.sweep, report.stops).split("Repaired network G")
    assert before.count("ASR (estimated)") == before.count("ASR") == 1
    assert after.count("(estimated)") == 3  # ASR, detection, resistance


def test_the_verdict_on_a_curve(report: Report) -> None:
    for reader in (None, "conv_4"):
        sweep = replace(make_sweep(reader=reader), poisoned_sets=report.sweep.poisoned_sets)
        verdict = find_verdict(sweep, find_stops(sweep, (0.02,)))
        assert "estimated with the reconstructed trigger" in verdict.headline
        assert_marked([verdict.headline, *verdict.sentences])


def test_files_of_a_repair(repair: RepairReport, tmp_path: Path) -> None:
    write_history_csv(tmp_path / "history.csv", repair)
    assert_marked(header(tmp_path / "history.csv"))
    assert_marked_json(repair_as_dict(repair))
    text = repair_text(repair)
    assert_marked(text.splitlines())
    write_repair_html(tmp_path / "report.html", repair)
    assert_marked(sentences_of((tmp_path / "report.html").read_text("utf-8")))


def test_files_of_a_comparison(comparison: ComparisonReport, tmp_path: Path) -> None:
    write_comparison_csv(tmp_path / "compare.csv", comparison)
    assert_marked(header(tmp_path / "compare.csv"))
    assert_marked_json(comparison_as_dict(comparison))
    text = comparison_text(comparison)
    assert text.count("ASR (estimated)") == text.count("ASR") > 0
    write_comparison_html(tmp_path / "report.html", comparison)
    assert_marked(sentences_of((tmp_path / "report.html").read_text("utf-8")))
    scatter = draw_scatter(comparison.comparison)
    assert scatter is not None
    assert_marked([scatter.x_title, scatter.corner_title, *(each.title for each in scatter.points)])


def test_tables_of_notebooks(report: Report, comparison: ComparisonReport) -> None:
    evaluated = Evaluation(Scale.RAW, Share(7, 8), None, (Share(49, 50),), (ESTIMATED,))
    assert_marked(str(each["figure"]) for each in evaluated.as_rows())
    stop = find_stops(report.sweep, (0.02,))[0]
    for record in (report.sweep, stop, comparison.comparison):
        assert_marked(key for row in record.as_rows() for key in row)


def test_tables_and_curves_of_the_window(report: Report, comparison: ComparisonReport, qapp: object) -> None:
    model = ResultsModel()
    model.set_table(report.stops, report.sweep.poisoned_sets, is_estimate=False)
    assert_marked(column.name for column in model.columns)
    assert_marked(column.tip for column in model.columns if re.search(FIGURE, column.name))
    for network in ("pruned", "repaired"):
        series = series_of(network, poisoned_names=[NAME], has_test=True)
        assert_marked(each.name for each in series)
        assert_marked(each.full_name for each in series)
    assert_marked(each.name for each in history_series(poisoned_names=[NAME], has_test=True))
    base, after = report.sweep.points[0], report.sweep.points[2]
    networks = networks_of(base, after, by_confidence=after, level=LEVEL, held_out=(None, None))
    columns, _ = repair_table(networks, [NAME])
    assert_marked(each.title for each in columns)
    lines = lines_of(base, (), ())
    columns, _ = compare_table(lines, [NAME], has_test=True, is_by_confidence=False)
    assert_marked(each.title for each in columns)
    points, _ = scatter_points_of(lines, comparison.comparison)
    assert_marked(each.tip for each in points)
    for kind in ("pruned", "repaired", "by_confidence"):
        assert "ASR (estimated)" in figures_text(kind, after, poisoned_names=[NAME], unknown="")


def test_beside_a_real_set_only_the_estimated_one_is_marked(qapp: object) -> None:
    names = ["sunglasses.h5", NAME]
    titles = [each.name for each in series_of("pruned", poisoned_names=names, has_test=False)]
    assert "ASR, sunglasses" in titles
    assert "ASR, valid\u00a0(estimated)" in titles
