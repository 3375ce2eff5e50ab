"""Where networks stand in the scatter, and that their marks can be read."""

import itertools
from collections.abc import Callable

import pytest

from core.compare.comparison import Comparison
from core.report.compare.scatter import (
    BOTTOM,
    HEIGHT,
    LABEL_HEIGHT,
    LEFT,
    LETTER_WIDTH,
    RADIUS,
    RIGHT,
    TOP,
    WIDTH,
    Scatter,
    draw_scatter,
)


def drawn(comparison: Comparison) -> Scatter:
    scatter = draw_scatter(comparison)
    assert scatter is not None
    return scatter


def test_more_clean_accuracy_is_higher_and_more_attack_further_right(comparison: Comparison) -> None:
    base, good, pruned, half, tuned, poor = drawn(comparison).points
    assert (base.mark, base.is_base, good.mark, good.name) == ("B", True, "1", "occlusion")
    assert tuned.y < base.y < good.y < pruned.y < poor.y
    assert good.y == half.y and good.x == poor.x < half.x < base.x == pruned.x
    assert [point.is_best for point in (good, pruned, half, tuned, poor)] == [True, False, False, True, False]
    assert good.title == "1: occlusion, 96.00 % clean, 0 % ASR"
    for point in (base, good, pruned, half, tuned, poor):
        left, top, right, bottom = point.cross
        assert left <= point.x <= right and top <= point.y <= bottom and left < right and top < bottom
        assert left >= LEFT and right <= WIDTH - RIGHT and top >= TOP and bottom <= HEIGHT - BOTTOM


def test_ticks_and_corner_lie_where_the_shares_do(comparison_maker: Callable[..., Comparison]) -> None:
    scatter = drawn(comparison_maker((95, 5), (95, 50)))
    at = {tick.label: tick.position for tick in scatter.x_ticks}
    assert (scatter.points[1].x, scatter.points[2].x) == (at["10 %"], at["100 %"])
    assert scatter.corner[:3] == (LEFT, TOP, at["1 %"])
    # The square root gives the first hundredth a tenth of the width.
    assert round((at["1 %"] - at["0 %"]) / (at["100 %"] - at["0 %"]), 3) == 0.1
    heights = {tick.label: tick.position for tick in scatter.y_ticks}
    assert heights["100 %"] < scatter.corner[3] == scatter.points[1].y < heights["90 %"]


@pytest.mark.parametrize(("least", "lowest", "count"), [(97, "90 %", 6), (75, "65 %", 8), (2, "0 %", 11)])
def test_the_clean_axis_ends_below_the_least(
    comparison_maker: Callable[..., Comparison], least: int, lowest: str, count: int
) -> None:
    ticks = drawn(comparison_maker((least, 0))).y_ticks
    assert (ticks[0].label, ticks[-1].label, len(ticks)) == ("100 %", lowest, count)


def test_the_axes_say_what_they_show(comparison_maker: Callable[..., Comparison]) -> None:
    one = drawn(comparison_maker((96, 0)))
    assert one.x_title == "attack success rate, sunglasses.h5, square-root scale"
    assert one.y_title == "clean test accuracy"
    two = drawn(comparison_maker((96, 0, 50), poisoned_names=("a.h5", "b.h5"), has_test=False))
    assert two.x_title == "attack success rate, the largest of 2 poisoned sets, square-root scale"
    assert two.y_title == "clean validation accuracy"
    assert two.points[1].figures == "96.00 % clean, 100 % ASR"


@pytest.mark.parametrize(
    "figures",
    [
        [(96, 0)] * 8,
        [(98, 50)] * 8,
        [(96, 0), (96, 1), (97, 0), (97, 1), (96, 0), (95, 0), (95, 1), (98, 0)],
        [(98, 50), (97, 50), (96, 49), (98, 49), (2, 0), (3, 0), (2, 1), (0, 0)],
    ],
)
def test_marks_cover_neither_points_nor_each_other(
    comparison_maker: Callable[..., Comparison], figures: list[tuple[int, int]]
) -> None:
    points = drawn(comparison_maker(*figures, names=tuple("abcdefgh"))).points
    assert len(points) == 9
    for one, other in itertools.combinations(points, 2):
        assert abs(one.label_x - other.label_x) >= LETTER_WIDTH or abs(one.label_y - other.label_y) >= LABEL_HEIGHT
    for one, other in itertools.product(points, repeat=2):
        is_beside = abs(one.label_x - other.x) >= RADIUS + LETTER_WIDTH / 2
        assert is_beside or abs(one.label_y - other.y) >= RADIUS + LABEL_HEIGHT / 2
    for point in points:
        assert LEFT <= point.label_x <= WIDTH - RIGHT and TOP <= point.label_y <= HEIGHT - BOTTOM


def test_without_poisoned_sets_there_is_none(comparison_maker: Callable[..., Comparison]) -> None:
    assert draw_scatter(comparison_maker((96, 0), poisoned_names=())) is None
