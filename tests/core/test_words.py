"""Figures as text: never rounded to 0 or 100 %."""

import math

import pytest

from core import words
from core.network.confidence import LEVEL_OF_ALL, ConfidenceLevel, compared_level_text, level_text
from core.records import Share, Side
from core.scale import Scale
from core.sweep.stops import Stop, stop_text


@pytest.mark.parametrize(
    ("count", "total", "text"),
    [
        (12353, 12830, "96.28 %"),
        (1, 3, "33.33 %"),
        (2, 3, "66.67 %"),
        (1, 8, "12.50 %"),
        (12830, 12830, "100 %"),
        (0, 12830, "0 %"),
        (12829, 12830, "99.99 %"),
        (99999, 100000, "99.999 %"),
        (999999, 1000000, "99.9999 %"),
        (1, 1000000, "0.0001 %"),
        (0, 0, "–"),
    ],
)
def test_percent_is_exact_and_never_rounds_to_all_or_nothing(count: int, total: int, text: str) -> None:
    assert words.percent(Share(count, total)) == text


def test_every_share_of_a_large_set_tells_all_and_nothing_apart() -> None:
    total = 12830
    for count in (*range(1, 40), *range(total - 40, total)):
        text = words.percent(Share(count, total))
        assert text not in ("100 %", "0 %")
        assert float(text.removesuffix(" %")) == pytest.approx(100 * count / total, abs=0.005)


@pytest.mark.parametrize(
    ("threshold", "text"),
    [(0.02, "2 points"), (0.01, "1 point"), (0.1, "10 points"), (0.005, "0.5 points"), (0.29, "29 points")],
)
def test_thresholds(threshold: float, text: str) -> None:
    assert words.points_text(threshold) == text


def test_a_level_is_told_with_what_it_was_found_on() -> None:
    told = level_text(ConfidenceLevel(1 - 2**-24, 0.05, Share(3, 200)), is_held_out=True)
    assert "confidence is below 0.99999994, " in told
    assert "with 95 % certainty at most 5 % of further clean images are flagged" in told
    assert told.endswith("of the held-out validation images 3 of 200 are.")
    told = level_text(ConfidenceLevel(0.0, 0.05, Share(19, 440)), is_held_out=False)
    assert told.startswith("B and B′ disagree on 19 of 440 clean validation images, too many to flag at most 5 % of")
    # 1 of 88 is less than 5 %, but not with certainty.
    told = level_text(ConfidenceLevel(0.0, 0.05, Share(1, 88)), is_held_out=True)
    assert "there is no confidence level" in told
    assert level_text(ConfidenceLevel(0.0, 0.05, Share(0, 0)), is_held_out=True).startswith("There are no held-")
    told = level_text(ConfidenceLevel(0.0, 0.05, Share(0, 18)), is_held_out=True)
    assert told.startswith(
        "18 held-out validation images are too few to find a confidence level for 5 %, which needs 59: "
    )


def test_a_level_of_a_compared_network_is_told_by_where_it_is_from() -> None:
    given = {"is_given": True, "is_held_out": False}
    told = compared_level_text(ConfidenceLevel(0.5, 0.05, Share(9, 440)), **given)
    assert told.endswith(
        "below 0.5, the level that the network came with: of the clean validation images 9 of 440 are flagged."
    )
    told = compared_level_text(ConfidenceLevel(0.0, 0.05, Share(9, 440)), **given)
    assert told == "The network came without a confidence level: G by confidence equals G by agreement."
    for level, is_held_out, is_doubted in ((0.5, False, True), (0.5, True, False), (0.0, False, False)):
        found = ConfidenceLevel(level, 0.05, Share(0, 440))
        told = compared_level_text(found, is_given=False, is_held_out=is_held_out)
        assert told.startswith(level_text(found, is_held_out=is_held_out))
        assert told.endswith(LEVEL_OF_ALL) == is_doubted


def test_rates_and_bounds() -> None:
    assert words.rate_text(0.5) == "50.00 %"
    assert words.rate_text(1.0) == "100 %"
    assert words.rate_text(0.0) == "0 %"
    assert words.rate_text(0.999999) == "99.9999 %"
    assert words.rate_text(1e-30).endswith(" %")
    assert words.rate_text(math.nan) == "–"
    assert words.bounds(Share(59, 60)) == "91.14–99.71"
    assert words.bounds(Share(60, 60)) == "93.98–100"
    assert words.bounds(Share(0, 0)) == "0–100"


def test_names() -> None:
    assert words.joined([]) == ""
    assert words.joined(["a"]) == "a"
    assert words.joined(["a", "b", "c"]) == "a, b and c"
    assert words.scale_name(Scale.UNIT) == "0–1"
    assert stop_text(Stop(0.02, Side.BEFORE, None, None)) == "2 points, before crossing"
    assert words.points(0.005) == "0.5"
    assert words.printable("a\x1b[31m\n") == "a\\x1b[31m\\n"
