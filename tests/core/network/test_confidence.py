"""The confidence level compared with a simple oracle, and the images that it flags."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import PruningError
from core.network.confidence import (
    RARE,
    SMALLEST_LEVEL,
    ConfidenceLevel,
    allowed_count,
    calibrate_level,
    flagged_by_confidence,
    needed_count,
    rounded_level,
)
from core.records import Share


def chance(flagged, count, rate):
    """Return the probability that at most k of n images, each flagged with `rate`, are flagged; to 50 digits."""
    with localcontext(prec=50):
        odds = [Decimal(rate) ** each * (1 - Decimal(rate)) ** (count - each) for each in range(flagged + 1)]
        return sum(math.comb(count, each) * part for each, part in enumerate(odds))


def oracle(is_agreed, confidences, rate):
    """Try every possible level, the largest first."""
    levels = sorted({0.0, 1.0, *confidences[is_agreed].tolist()}, reverse=True)
    counts = [int((~is_agreed | (confidences < np.float32(each))).sum()) for each in levels]
    chances = [chance(each, len(confidences), rate) for each in counts]
    return next((each for each, rare in zip(levels, chances, strict=True) if rare <= RARE), 0.0)


def calibrated(is_agreed, confidences, rate):
    base = np.zeros(len(confidences), np.int64)
    pruned = np.where(is_agreed, 0, 1)
    return calibrate_level(base, pruned, np.asarray(confidences, np.float32), false_alarm_rate=rate)


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.1, 0.29, 0.5, 0.999])
@pytest.mark.parametrize("disagreed", [0, 3, 30, 100])
@pytest.mark.parametrize("digits", [1, 8])
def test_the_level_is_the_oracles(rate, disagreed, digits):
    rng = np.random.default_rng(3)
    confidences = rng.uniform(0.2, 1, 100).round(digits).astype(np.float32)
    is_agreed = rng.permutation(np.arange(100) >= disagreed)
    found = calibrated(is_agreed, confidences, rate)
    assert found.level == oracle(is_agreed, confidences, rate)
    assert found.measured == Share(int((~is_agreed | (confidences < np.float32(found.level))).sum()), 100)
    assert found.is_honoured == (chance(disagreed, 100, rate) <= RARE)


@pytest.mark.parametrize("rate", [0.001, 0.05, 0.5, 0.95, 0.999])
@pytest.mark.parametrize("count", [0, 1, 2, 58, 59, 88, 440, 3000])
def test_allowed_counts_are_the_binomials_quantiles(count, rate):
    allowed = allowed_count(count, rate)
    assert allowed == -1 or chance(allowed, count, rate) <= RARE
    assert chance(allowed + 1, count, rate) > RARE


def test_many_images_may_come_close_to_the_rate():
    """For a set as large as the lab's, certainty costs less than one point."""
    assert allowed_count(2309, 0.05) == 97  # 4.2 %
    assert allowed_count(1_000_000, 0.05) == 49_641


def test_ties_stay_on_the_side_that_is_not_flagged():
    confidences = np.array([0.5, 0.5, 0.5, 0.75, 1.0], np.float32)
    found = calibrated(np.ones(5, bool), confidences, 0.5)
    assert (found.level, found.measured) == (0.5, Share(0, 5))
    found = calibrated(np.ones(5, bool), confidences, 0.95)
    assert (found.level, found.measured) == (0.75, Share(3, 5))


def test_all_equal_confidences_flag_nobody():
    found = calibrated(np.ones(7, bool), np.full(7, 1, np.float32), 0.5)
    assert (found.level, found.measured, found.is_honoured) == (1.0, Share(0, 7), True)


@pytest.mark.parametrize(("count", "is_enough"), [(58, False), (59, True)])
def test_59_images_are_the_least_for_five_percent(count, is_enough):
    found = calibrated(np.ones(count, bool), np.linspace(0.3, 0.9, count), 0.05)
    assert (found.level, found.measured) == (float(np.float32(0.3)) if is_enough else 0.0, Share(0, count))
    assert found.is_enough == found.is_honoured == is_enough
    assert needed_count(0.05) == 59


@pytest.mark.parametrize("rate", [0.0001, 0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.9999])
def test_so_many_images_are_needed_and_not_one_less(rate):
    assert allowed_count(needed_count(rate), rate) >= 0
    assert allowed_count(needed_count(rate) - 1, rate) == -1


def test_disagreement_above_the_rate_leaves_no_level():
    found = calibrated(np.arange(40) > 1, np.full(40, 0.9), 0.1)
    assert (found.level, found.measured, found.is_honoured, found.is_enough) == (0.0, Share(2, 40), False, True)


def test_further_images_are_flagged_no_more_often_than_was_asked_for():
    """Calibrate repeatedly on 60 images from a distribution with a known flagged share of further images."""
    rng = np.random.default_rng(5)
    kept = []
    for _ in range(4000):
        # Two in a hundred disagree; confidences are uniform, so a level flags its own share of the others.
        level = calibrated(rng.random(60) > 0.02, rng.random(60), 0.1).level
        kept.append(0.02 + 0.98 * level <= 0.1)
    # At a flagged share of a tenth, at most 2 of 60 images are flagged in 5.3 % of draws, slightly too often, and at
    # most 1 in 1.4 %: so 1 may be flagged, and the certainty is 98.6 %, or more if there is no level.
    assert allowed_count(60, 0.1) == 1
    assert np.mean(kept) >= 0.98
    assert np.mean(kept) < 1  # certainty is below 100 %


def test_without_images_there_is_no_level():
    found = calibrated(np.zeros(0, bool), np.zeros(0), 0.05)
    assert (found.level, found.measured, found.is_honoured) == (0.0, Share(0, 0), False)


def test_confidences_that_rounding_left_above_one_are_no_level():
    above = np.nextafter(np.float32(1), np.float32(2))
    assert calibrated(np.ones(4, bool), np.full(4, above), 0.9).level == 1.0


FLOATS = st.floats(0, 1, width=32)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), FLOATS), max_size=40), st.floats(0.001, 0.999))
def test_no_larger_level_honours_the_rate(images, rate):
    is_agreed = np.array([each for each, _ in images], bool)
    confidences = np.array([each for _, each in images], np.float32)
    found = calibrated(is_agreed, confidences, rate)
    assert found.level == 0 or found.is_honoured
    assert found.is_honoured == (chance(found.measured.count, len(images), rate) <= RARE)
    larger = np.float32(max(np.nextafter(np.float32(found.level), np.float32(2)), SMALLEST_LEVEL))
    if larger <= 1 and len(images):
        for level in (larger, np.float32(1)):
            flagged = int((~is_agreed | (confidences < level)).sum())
            assert chance(flagged, len(images), rate) > RARE


def test_the_level_is_compared_as_float32():
    level = 0.1  # the nearest float32 is above it
    confidences = np.array([np.nextafter(np.float32(level), np.float32(0)), level, 1], np.float32)
    labels = np.zeros(3, np.int64)
    assert flagged_by_confidence(labels, labels, confidences, level=level).tolist() == [True, False, False]
    assert flagged_by_confidence(labels, labels + 1, confidences, level=0).all()
    assert rounded_level(1e-40) == 0


@pytest.mark.parametrize("level", [-0.1, 1.1, np.nan])
def test_levels_lie_between_0_and_1(level):
    with pytest.raises(ValueError, match="level must be"):
        rounded_level(level)


def test_a_level_is_a_float32():
    with pytest.raises(ValueError, match="float32"):
        ConfidenceLevel(0.1, 0.05, Share(0, 10))


@pytest.mark.parametrize("rate", [0, 1, -1, np.nan])
def test_false_alarm_rates_lie_between_0_and_1(rate):
    with pytest.raises(PruningError, match="false alarm rate") as refused:
        calibrated(np.ones(3, bool), np.ones(3), rate)
    assert refused.value.code == "false-alarm-rate"
