"""Outcomes, named classes and evidence."""

import numpy as np
import pytest

from core.detect.records import Ending, unsuitable
from core.detect.verdict import Outcome, verdict_by, verdict_of
from core.records import Share
from tests.core.detect.made_scores import class_scores, combination

COUNT = 12


def raised(logit: float) -> float:
    """Return the score that makes a class's logit this."""
    return float(np.expm1(logit + 3))


@pytest.mark.parametrize(
    ("logit", "outcome"),
    [(2.0, Outcome.BACKDOORED), (0.0, Outcome.SUSPICIOUS), (-2.0, Outcome.NOTHING_FOUND)],
)
def test_the_outcome_follows_the_probability(logit: float, outcome: Outcome) -> None:
    verdict = verdict_by(combination(("a",)), [class_scores("a", COUNT, {5: raised(logit)})])
    assert verdict.outcome is outcome
    assert verdict.probability == pytest.approx(1 / (1 + np.exp(-logit)))
    assert verdict.most_likely == 5


def test_a_backdoored_network_names_all_likely_targets() -> None:
    verdict = verdict_by(combination(("a",)), [class_scores("a", COUNT, {5: raised(2), 3: raised(4), 7: raised(-1)})])
    assert verdict.classes == (3, 5)
    assert verdict.ranked[:4] == (3, 5, 7, 0)


def test_a_backdoored_network_names_its_first_class_however_unlikely() -> None:
    sure = combination(("a",), backdoored_from=0.1, suspicious_from=0.05)
    assert verdict_by(sure, [class_scores("a", COUNT, {5: raised(-1)})]).classes == (5,)


def test_a_suspicious_network_has_a_shortlist_and_one_without_findings_names_none() -> None:
    scores = {5: raised(0), 3: raised(-0.5), 7: raised(-1), 8: raised(-1.5)}
    assert verdict_by(combination(("a",)), [class_scores("a", COUNT, scores)]).classes == (5, 3, 7)
    assert verdict_by(combination(("a",)), [class_scores("a", COUNT)]).classes == ()


def test_an_all_to_all_attack_names_no_class() -> None:
    verdict = verdict_by(combination(("a",)), [class_scores("a", COUNT, {5: 1.0}, all_to_all=20.0)])
    assert verdict.outcome is Outcome.BACKDOORED
    assert verdict.is_all_to_all
    assert verdict.classes == ()


def test_a_class_that_is_suspicious_by_itself_is_named_beside_an_all_to_all_attack() -> None:
    verdict = verdict_by(combination(("a",)), [class_scores("a", COUNT, {5: raised(0)}, all_to_all=20.0)])
    assert not verdict.is_all_to_all
    assert verdict.classes == (5,)


def test_a_network_that_has_not_learned_its_images_is_called_suspicious_at_most() -> None:
    found = [class_scores("patch-inversion", COUNT, {5: 40.0})]
    assert verdict_of(found).outcome is Outcome.BACKDOORED
    known = verdict_of(found, right=Share(300, 1000))
    assert known.outcome is Outcome.BACKDOORED
    assert known.right is None
    by_chance = verdict_of(found, right=Share(114, 1000))
    assert by_chance.outcome is Outcome.SUSPICIOUS
    assert by_chance.right == Share(114, 1000)
    assert by_chance.classes[0] == 5
    quiet = verdict_of([class_scores("patch-inversion", COUNT)], right=Share(1, 100))
    assert quiet.outcome is Outcome.NOTHING_FOUND


def test_evidence_is_what_each_detector_adds_for_the_most_likely_class() -> None:
    found = [
        class_scores("a", COUNT, {5: 1.0}),
        class_scores("b", COUNT, {5: 20.0, 0: np.nan}),
        class_scores("c", COUNT, {5: np.nan}),
    ]
    strong, weak, none = verdict_by(combination(("a", "b", "c")), found).evidence
    assert (strong.detector, strong.label, strong.place, strong.examined) == ("b", 5, 1, COUNT - 1)
    assert strong.contribution == pytest.approx(np.log(21))
    assert (weak.detector, weak.score) == ("a", 1.0)
    assert (none.detector, none.place, none.contribution) == ("c", 0, 0.0)


def test_detectors_that_did_not_end_take_no_part() -> None:
    found = [
        class_scores("weight-signature", COUNT, {5: 30.0}),
        class_scores("maximum-margin", COUNT, {7: 1e3}, Ending.STOPPED),
        unsuitable("patch-inversion", COUNT, "it has no images"),
    ]
    verdict = verdict_of(found)
    assert verdict is not None
    assert verdict.detectors == ("weight-signature",)
    assert verdict.most_likely == 5


def test_without_a_detector_that_ended_there_is_no_verdict() -> None:
    assert verdict_of([class_scores("maximum-margin", COUNT, {7: 1e3}, Ending.STOPPED)]) is None
    assert verdict_of([unsuitable("patch-inversion", COUNT, "it has no images")]) is None
    assert verdict_of([class_scores("maximum-margin", 2, {0: np.nan, 1: np.nan})]) is None
