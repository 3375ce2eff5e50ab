"""How unusual a class is among the others."""

import numpy as np
import pytest

from core.detect.null import MAD_FACTOR, robust_scores


def test_a_score_is_the_distance_from_the_others_median_in_their_deviations() -> None:
    statistic = np.array([1.0, 2.0, 4.0, 8.0, 100.0])
    scores = robust_scores(statistic)
    others = statistic[:4]  # of the last class: median 3, distances 2, 1, 1, 5
    assert scores[4] == pytest.approx((100 - np.median(others)) / (MAD_FACTOR * 1.5))


def test_an_outlier_does_not_widen_its_own_null() -> None:
    quiet = np.array([0.0, 1.0, 2.0])
    near, far = (robust_scores(np.append(quiet, each))[3] for each in (10.0, 1000.0))
    assert far / near == pytest.approx(999 / 9)


def test_classes_that_were_not_examined_have_no_score() -> None:
    scores = robust_scores(np.array([1.0, np.nan, 2.0, 3.0, np.nan]))
    assert np.isnan(scores[[1, 4]]).all()
    assert np.isfinite(scores[[0, 2, 3]]).all()
    assert np.isnan(robust_scores(np.array([1.0, 2.0, np.nan]))).all()


def test_the_null_can_be_given_apart() -> None:
    statistic, null = np.array([5.0, 6.0, 1.0, 2.0, 3.0]), np.array([np.nan, np.nan, 1.0, 2.0, 3.0])
    scores = robust_scores(statistic, null)
    assert scores[0] == pytest.approx(3 / MAD_FACTOR)
    assert scores[1] == pytest.approx(4 / MAD_FACTOR)


def test_equal_classes_are_not_unusual_and_a_different_one_among_them_is() -> None:
    assert robust_scores(np.full(6, 3.0)) == pytest.approx(0)
    scores = robust_scores(np.array([3.0, 3.0, 3.0, 3.0, 4.0]))
    assert scores[4] > 1e3
    assert abs(scores[0]) < 2


def test_a_floor_of_the_spread_keeps_a_small_one_from_making_large_scores() -> None:
    statistic = np.array([1.0, 0.01, -0.01, 0.01, -0.01])
    plain, floored = robust_scores(statistic), robust_scores(statistic, spread_floor=0.2)
    assert plain[0] > 50
    assert floored[0] == pytest.approx(1 / (0.01 * MAD_FACTOR + 0.2))
