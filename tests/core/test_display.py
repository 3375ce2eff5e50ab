"""Records as tables."""

import sys
import types
from typing import Any

import pytest

from core.display import MOST_ROWS, TableRecord, rows_as_html
from core.metrics.cells import step_cells
from core.records import CleanScore, PoisonedScore, Share, Side, SweepPoint
from core.sweep.stops import Stop

POINT = SweepPoint(
    pruned_count=3,
    channel_index=2,
    validation=CleanScore(Share(7, 8), Share(6, 8), Share(1, 8)),
    test=None,
    poisoned=(
        PoisonedScore(Share(8, 8), Share(2, 8), Share(6, 8)),
        PoisonedScore(Share(0, 8), Share(0, 8), Share(8, 8)),
    ),
)
STOP = Stop(threshold=0.02, side=Side.BEFORE, point=POINT, channels_left=5)


def test_shares_are_told_with_counts_and_intervals_and_empty_columns_are_left_out() -> None:
    html = STOP._repr_html_()
    assert "87.50 % (7 of 8)" in html
    assert "95 % interval" in html
    assert "attack success rate 1" in html
    assert "clean test" not in html


def test_cells_are_those_of_b_prime_and_what_g_flags() -> None:
    cells = step_cells(POINT, poisoned_names=("hat", "glasses"))
    assert cells["clean_validation_accuracy"] == Share(7, 8)
    assert (cells["attack_success_rate hat"], cells["detection_rate hat"]) == (Share(8, 8), Share(6, 8))
    assert cells["false_alarm_rate_validation"] == Share(1, 8)
    assert set(step_cells(None, poisoned_names=("hat", "glasses")).values()) == {None}


def test_names_are_escaped() -> None:
    assert "<b>" not in rows_as_html([{"<b>": "<b>x</b>"}])


def test_a_long_table_is_thinned_with_both_ends() -> None:
    html = rows_as_html([{"step": step} for step in range(61)])
    assert html.count("<tr>") == MOST_ROWS + 1
    assert "<td>0</td>" in html
    assert "<td>60</td>" in html
    assert f"{MOST_ROWS} of 61 rows" in html


def test_no_rows() -> None:
    assert rows_as_html([]).startswith("<table>")


def test_pandas_gets_rates_and_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    monkeypatch.setitem(sys.modules, "pandas", types.SimpleNamespace(DataFrame=given.append))
    STOP.to_dataframe()
    (row,) = given[0]
    assert row["clean_validation_accuracy"] == 0.875
    assert row["clean_validation_accuracy_count"] == 7
    assert row["clean_validation_accuracy_total"] == 8
    assert row["clean_test_accuracy"] is None
    assert row["attack_success_rate_2"] == 0.0


def test_without_pandas_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        STOP.to_dataframe()


def test_a_record_says_what_is_in_it() -> None:
    with pytest.raises(NotImplementedError):
        TableRecord().as_rows()
