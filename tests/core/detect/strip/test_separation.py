"""ROC, false rejections and false acceptances, against counting pairs."""

import numpy as np
import pytest

from core.detect.strip.records import BlendedAnswers, StripCalibration, evidence_of, joined_answers, no_answers, plain
from core.detect.strip.separation import compare, separate
from core.records import Share


def answers(entropies: list[float], kept: list[int], blend_count: int = 8) -> BlendedAnswers:
    return BlendedAnswers(np.zeros(len(kept), np.int64), np.array(entropies), np.array(kept), blend_count)


def test_the_area_is_the_share_of_pairs() -> None:
    rng = np.random.default_rng(0)
    clean, triggered = rng.integers(0, 8, 37).astype(float), rng.integers(3, 12, 23).astype(float)
    pairs = [1.0 if t > c else 0.5 if t == c else 0.0 for t in triggered for c in clean]
    assert separate(clean, triggered).auroc == pytest.approx(np.mean(pairs))


@pytest.mark.parametrize(("count", "rejected"), [(19, 0), (20, 1), (39, 1), (40, 2), (100, 5)])
def test_at_most_one_of_twenty_clean_pictures_is_rejected(count: int, rejected: int) -> None:
    found = separate(np.arange(count, dtype=float), np.array([-1.0, count - 0.5 - rejected, count]))
    assert found.false_rejections == Share(rejected, count)
    assert found.false_acceptances == Share(1, 3)


def test_equal_figures_are_accepted_together() -> None:
    found = separate(np.array([1.0] * 18 + [2.0, 2.0]), np.array([2.0, 3.0]))
    assert found.false_rejections == Share(0, 20)
    assert found.false_acceptances == Share(1, 2)


def test_low_entropy_and_many_kept_are_suspicious() -> None:
    found = compare("a set", answers([2.0] * 20, [1] * 20), answers([0.1, 3.0], [8, 1]))
    assert found.by_entropy.auroc == pytest.approx(0.5)
    assert found.by_entropy.false_acceptances == Share(1, 2)
    assert found.by_kept.auroc == pytest.approx(0.75)


def test_the_place_of_a_picture_among_clean_ones() -> None:
    clean = answers([0.5, 1.0, 1.5, 2.0], [6, 5, 2, 1])
    evidence = evidence_of(answers([9.0, 1.0], [0, 5]), StripCalibration(clean), row=1)
    assert evidence.higher_entropy == Share(2, 4)
    assert evidence.fewer_kept == Share(2, 4)
    assert evidence.usual_kept_count == 3.5
    assert plain(evidence) == {
        "label": 0,
        "entropy_bits": 1.0,
        "kept_count": 5,
        "blend_count": 8,
        "clean_count": 4,
        "clean_higher_entropy_count": 2,
        "clean_fewer_kept_count": 2,
        "clean_median_kept_count": 3.5,
        "triggered": [],
    }


def test_parts_are_joined() -> None:
    one, two = answers([0.5], [6]), answers([1.0, 2.0], [5, 4])
    assert joined_answers([one, two], 8).kept_counts.tolist() == [6, 5, 4]
    assert len(joined_answers([], 8)) == 0
    assert no_answers(8).followed_by(one).entropies.tolist() == [0.5]
    with pytest.raises(ValueError, match="read-only"):
        one.entropies[0] = 1
