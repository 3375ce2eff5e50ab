"""A figure added to the registry by one entry shows in files, on pages and in the window."""

import csv
import json
from pathlib import Path

import pytest

from core.compare.comparison import Comparison, ComparisonRow
from core.metrics import figures as registry
from core.metrics.evaluation import Evaluation
from core.metrics.figures import FIGURES, Figure
from core.network.confidence import ConfidenceLevel
from core.records import Share
from core.report.compare.files import comparison_as_dict, comparison_text, write_comparison_csv
from core.report.compare.record import ComparisonReport
from core.report.prune.chart import draw_chart
from core.report.prune.curve_csv import write_curve_csv
from core.report.prune.page import page_text
from core.report.prune.record import Report
from core.report.prune.results import results_as_dict
from core.report.prune.table import table_text
from core.scale import Scale
from gui.charts.curve_series import series_of
from gui.compare.table import compare_table, lines_of
from gui.repair.result.table import repair_table
from gui.state.repairs import figures_of as networks_of
from gui.tables.results_table import ResultsModel
from tests.core.report.conftest import make_report, make_sweep
from tests.made_up_figure import RESISTANCE


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> Figure:
    """A figure that nobody has heard of, added to the registry by one entry."""
    monkeypatch.setattr(registry, "FIGURES", (*FIGURES, RESISTANCE))
    return RESISTANCE


@pytest.fixture
def report() -> Report:
    return make_report(make_sweep())


def test_a_made_up_figure_is_in_the_text_tables(made_up: Figure, report: Report) -> None:
    before, after = table_text(report.sweep, report.stops).split("Repaired network G")
    for text in (before, after):
        assert "resistance" in text
    assert "1/50" in before  # the second step misses 49 of 50


def test_a_made_up_figure_is_in_the_csv(made_up: Figure, report: Report, tmp_path: Path) -> None:
    write_curve_csv(tmp_path / "curve.csv", report.sweep)
    rows = list(csv.DictReader((tmp_path / "curve.csv").read_text("utf-8").splitlines()))
    assert [int(row["resistance_rate_count"]) for row in rows] == [0, 0, 1, 45, 50]
    assert float(rows[2]["repaired_resistance_rate"]) == 1 / 50


def test_a_made_up_figure_is_in_the_json(made_up: Figure, report: Report) -> None:
    row = json.loads(json.dumps(results_as_dict(report)))["table"][2]
    for network in ("pruned_network", "repaired_network"):
        (told,) = row[network]["resistance_rate"]
        assert (told["file"], told["count"], told["total"]) == ("sunglasses.h5", 1, 50)


def test_a_made_up_figure_is_on_the_page_with_its_definition(made_up: Figure, report: Report) -> None:
    text = page_text(report)
    assert text.count('<th scope="col">resistance</th>') == 2
    assert made_up.measure.definition in text
    assert any("resistance" in line.label for line in draw_chart(report.sweep, report.stops).lines)


def test_a_made_up_figure_is_in_the_windows_tables_and_curves(made_up: Figure, report: Report, qapp: object) -> None:
    model = ResultsModel()
    model.set_table(report.stops, report.sweep.poisoned_sets, is_estimate=False)
    names = [column.name for column in model.columns]
    assert "B′ resistance" in names and "G resistance" in names
    column = model.columns[names.index("B′ resistance")]
    assert (
        column.tip == "Images of sunglasses.h5 not predicted as the target label by the pruned network B′ (resistance)"
    )
    assert column.share(report.sweep.points[2]) == Share(1, 50)
    series = series_of("pruned", poisoned_names=["sunglasses.h5"], has_test=True)
    assert "resistance of sunglasses.h5" in [each.full_name for each in series]


def test_a_made_up_figure_is_compared_and_told_before_and_after_a_repair(
    made_up: Figure, report: Report, tmp_path: Path
) -> None:
    base, after = report.sweep.points[0], report.sweep.points[2]
    level = ConfidenceLevel(0.5, 0.05, Share(1, 20))
    row = ComparisonRow("fine", "somehow", after, after, level)
    comparison = Comparison(base, (row,), "valid.h5", "test.h5", ("sunglasses.h5",), Scale.RAW)
    compared = ComparisonReport(report.origin, (None,), comparison)
    assert "resistance" in comparison_text(compared)
    write_comparison_csv(tmp_path / "table.csv", compared)
    rows = list(csv.DictReader((tmp_path / "table.csv").read_text("utf-8").splitlines()))
    assert [each["resistance_rate_count"] for each in rows] == ["0", "1"]
    told = comparison_as_dict(compared)["networks"][0]
    assert told["repaired_network_by_confidence"]["resistance_rate"][0]["count"] == 1
    lines = lines_of(base, (), ())
    columns, (base_row,) = compare_table(lines, ["sunglasses.h5"], has_test=True, is_by_confidence=False)
    assert [column.title for column in columns].count("resistance") == 2
    assert len(base_row.shares) == len(columns)
    networks = networks_of(base, after, by_confidence=after, level=level, held_out=(None, None))
    columns, table = repair_table(networks, ["sunglasses.h5"])
    place = [column.title for column in columns].index("resistance")
    assert [each.shares[place] for each in table] == [Share(0, 50), *[Share(1, 50)] * 3]


def test_a_made_up_figure_is_in_the_tables_of_notebooks(made_up: Figure, report: Report) -> None:
    base, after = report.sweep.points[0], report.sweep.points[2]
    comparison = Comparison(
        base, (ComparisonRow("fine", "somehow", after),), "valid.h5", "test.h5", ("sunglasses.h5",), Scale.RAW
    )
    evaluated = Evaluation(Scale.RAW, validation=Share(7, 8), test=None, poisoned=(Share(49, 50),))
    for record in (report.stops[0], report.sweep, comparison, evaluated):
        assert "resistance" in record._repr_html_()
    assert evaluated.as_rows()[-1] == {"figure": "resistance", "rate": Share(1, 50)}
