"""The histogram of a detector's scores."""

import numpy as np

from core.detect.records import ClassScores, unsuitable
from core.report.detect.null_chart import BIN_COUNT, BOTTOM, HEIGHT, LEFT, MOST_MARKS, RIGHT, TOP, WIDTH, draw_null


def scores(values: np.ndarray) -> ClassScores:
    return ClassScores("maximum-margin", values.copy(), values.copy())


def test_every_examined_class_is_in_a_column_inside_the_frame() -> None:
    values = np.random.default_rng(0).normal(size=200)
    values[7], values[100:] = 60.0, np.nan
    chart = draw_null(scores(values), [7])
    assert chart is not None
    assert sum(each.count for each in chart.bars) == 100
    assert len(chart.bars) <= BIN_COUNT
    for bar in chart.bars:
        assert bar.x >= LEFT
        assert bar.x + bar.width <= WIDTH - RIGHT + 1
        assert TOP <= bar.y <= HEIGHT - BOTTOM
        assert bar.y + bar.height <= HEIGHT - BOTTOM + 0.1
    assert max(bar.count for bar in chart.bars) == chart.largest_count


def test_named_class_is_marked_where_its_column_is() -> None:
    values = np.zeros(50)
    values[7] = 60.0
    chart = draw_null(scores(values), [7])
    assert chart is not None
    [mark] = chart.marks
    assert mark.text == "class 7"
    last = max(chart.bars, key=lambda bar: bar.x)
    assert last.count == 1
    assert last.x <= mark.x <= last.x + last.width + 1.5
    assert mark.anchor == "end", "the text stays inside the frame"


def test_classes_that_were_not_examined_are_not_marked_and_marks_are_few() -> None:
    values = np.zeros(50)
    values[3] = np.nan
    chart = draw_null(scores(values), [3, 4, 5, 6, 7])
    assert chart is not None
    assert [each.text for each in chart.marks] == ["class 4", "class 5", "class 6"]
    assert len({each.y for each in chart.marks}) == MOST_MARKS


def test_ticks_are_apart_and_zero_is_one_of_them() -> None:
    values = np.linspace(-4, 900, 30)
    chart = draw_null(scores(values), [])
    assert chart is not None
    places = [each.x for each in chart.ticks]
    assert places == sorted(places)
    assert min(np.diff(places)) >= 26
    assert {"0", "100"} <= {each.text for each in chart.ticks}


def test_infinite_and_equal_scores_are_drawn() -> None:
    chart = draw_null(scores(np.array([0.0, 0.0, 1e300])), [2])
    assert chart is not None
    assert sum(each.count for each in chart.bars) == 3
    assert chart.marks[0].x <= WIDTH - RIGHT


def test_a_detector_that_was_not_run_has_no_chart() -> None:
    assert draw_null(unsuitable("maximum-margin", 5, "no"), [0]) is None
