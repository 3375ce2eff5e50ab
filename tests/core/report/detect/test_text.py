"""What a detection says in sentences."""

from dataclasses import replace

import numpy as np

from core.detect.combination import KindRates, Logistic
from core.detect.detectors.registry import DETECTORS
from core.detect.records import Ending, ReconstructedTrigger, unsuitable
from core.detect.verdict import Verdict, verdict_by
from core.records import Share
from core.report.detect.text import (
    NEVER_CLEAN,
    NO_VERDICT,
    WITH_IMAGES,
    all_to_all_sentence,
    evidence_sentence,
    evidence_sentences,
    heading,
    left_out_sentences,
    limit_sentences,
    next_sentences,
    probability_sentence,
    score_text,
    trigger_sentence,
)
from tests.core.detect.made_scores import class_scores, combination

NAMES = ("weight-signature", "patch-inversion")


def verdict(score: float = 0.0, *, all_to_all: float | None = None, **changes: object) -> Verdict:
    """Return a verdict on class 5 of 12 by two detectors, of which only the inversion counts."""
    found = [
        class_scores("weight-signature", 12, {5: 1.0}),
        class_scores("patch-inversion", 12, {5: score}, all_to_all=all_to_all),
    ]
    return verdict_by(combination(NAMES, of_class=Logistic((0.0, 1.0), -3.0), **changes), found)


def test_headings_name_classes_or_say_that_there_is_none() -> None:
    assert heading(verdict(9)) == "Backdoored: class 5"
    assert heading(verdict(3)).startswith("Suspicious: classes 5, ")
    assert heading(verdict(0)) == "Nothing found"
    assert heading(verdict(0, all_to_all=20)) == "Backdoored: each class leads to the next (all-to-all)"
    assert heading(None) == NO_VERDICT


def test_a_probability_comes_with_how_often_it_was_right() -> None:
    known = verdict(3, reliability=((1.0, Share(7, 9)),))
    assert probability_sentence(known).startswith("Probability of a backdoor 50 %. Of 9 networks of known state")
    assert "7 had a backdoor" in probability_sentence(known)
    assert "No network of known state" in probability_sentence(verdict(3))


def test_the_probability_does_not_hold_for_a_network_that_has_not_learned_its_images() -> None:
    assert "hardly more than by chance" in probability_sentence(replace(verdict(3), right=Share(6, 64)))


def test_evidence_without_a_weight_is_named_as_such() -> None:
    counted, not_counted = verdict(9).evidence
    assert evidence_sentence(counted) == (
        "Trigger inversion, patch: class 5 is first of 12 classes, +9.0 standard deviations from the others' median."
    )
    assert evidence_sentences([counted, not_counted, replace(not_counted, detector="maximum-margin", place=0)]) == (
        evidence_sentence(counted),
        "Not counted in the probability, which the detectors above decide alone: Weight signature (first of 12 "
        "classes, +1.0); Maximum margin (not on its shortlist).",
    )
    assert evidence_sentences([counted]) == (evidence_sentence(counted),)


def test_a_score_has_a_real_minus_sign() -> None:
    assert score_text(-0.25) == "−0.2"


def test_a_high_probability_with_nothing_found_comes_with_its_threshold() -> None:
    # Few detectors: more than every second network with such a probability has a backdoor, but clean ones reach it too.
    low = verdict(3, suspicious_from=0.7243)
    assert "a network is called suspicious from 72.5 %." in probability_sentence(low)
    assert "suspicious from" not in probability_sentence(verdict(0)) + probability_sentence(verdict(3))


def test_detectors_that_are_not_run_for_the_same_reason_are_told_together() -> None:
    found = [
        unsuitable("random-patches", 12, "Random patches needs at least 8 clean images, got 2"),
        unsuitable("patch-inversion", 12, "Trigger inversion, patch needs at least 8 clean images, got 2"),
        unsuitable("maximum-margin", 12, "Maximum margin: no class has a finite score"),
        unsuitable("weight-signature", 12, "Weight signature: no class has a finite score"),
        unsuitable("feature-inversion", 12, "Trigger inversion, features: it does not end in a dense layer"),
    ]
    assert left_out_sentences(found) == (
        "Not run, as each needs at least 8 clean images, got 2: Random patches; Trigger inversion, patch.",
        "Not run, as no class has a finite score: Maximum margin; Weight signature.",
        "Not run: Trigger inversion, features: it does not end in a dense layer.",
    )


def test_limits_name_kinds_of_triggers_and_detectors_that_took_no_part() -> None:
    kinds = (
        KindRates("warp", Share(1, 4), Share(1, 4)),
        KindRates("corner patch", Share(4, 4), Share(4, 4)),
        KindRates("sinusoid", Share(2, 4), Share(2, 4)),
    )
    made = verdict(0, kinds=kinds, false_alarms=Share(2, 9), false_verdicts=Share(1, 9))
    found = [
        class_scores("weight-signature", 12),
        class_scores("maximum-margin", 12, ending=Ending.STOPPED),
        unsuitable("feature-inversion", 12, "Trigger inversion, features: it has no images"),
    ]
    text = "\n".join(limit_sentences(made, found, ("weight-signature", "maximum-margin", "patch-inversion")))
    assert "were noticed: corner patch (4 of 4)." in text
    assert "Some of these were missed: sinusoid (2 of 4)." in text
    assert "Most of these were missed: warp (1 of 4)." in text
    assert (
        "Of 9 clean networks kept for checks 2 would be called suspicious or backdoored, 1 of them backdoored." in text
    )
    assert "Not run: Trigger inversion, features: it has no images." in text
    assert "Stopped early, so not part of the verdict: Maximum margin." in text
    assert "Not reached before the stop: Trigger inversion, patch." in text


def test_nothing_found_never_means_clean_and_a_stopped_run_is_to_be_ended() -> None:
    assert NEVER_CLEAN in next_sentences(verdict(0))
    assert next_sentences(verdict(0), is_complete=False)[0] == "Run the detection to its end: it was stopped."
    assert next_sentences(verdict(9), is_complete=False, has_images=False) == next_sentences(verdict(9))
    assert next_sentences(verdict(0), has_images=False)[0] == WITH_IMAGES
    assert "Let at least one detector run" in next_sentences(None)[0]


def test_scores_are_told_in_the_unit_of_their_detector() -> None:
    told = {
        name: evidence_sentence(replace(verdict(9).evidence[0], detector=name, score=1.0)) for name in DETECTORS.names
    }
    assert "+1.0 standard deviations from the others' median." in told["patch-inversion"]
    assert "+1.0 half steps of the natural logarithm" in told["second-answers"]
    assert "+1.0 standard deviations from the share by chance." in told["feature-inversion"]


def test_a_trigger_is_told_by_its_success_and_size() -> None:
    opacity = np.zeros((10, 10, 1), np.float32)
    opacity[:2, :4] = 1
    patch = ReconstructedTrigger(3, opacity, np.zeros((10, 10, 3), np.float32), Share(97, 100))
    assert (
        trigger_sentence(patch) == "97.00 % of the clean images tried become class 3 with this on 8.0 % of the picture."
    )
    change = np.full((10, 10, 3), 5.0, np.float32)
    whole = ReconstructedTrigger(-1, np.zeros_like(opacity), np.zeros_like(change), Share(1, 2), change=change)
    assert "become the class after their own with this change of 5.0 grey levels" in trigger_sentence(whole)
    assert trigger_sentence(replace(patch, success=Share(0, 0))).startswith(
        "Tried on no image: the network answers all"
    )


def test_an_all_to_all_trigger_is_told_where_one_was_looked_for() -> None:
    assert all_to_all_sentence(class_scores("weight-signature", 3)) == ""
    assert all_to_all_sentence(class_scores("patch-inversion", 3, all_to_all=float("nan"))) == ""
    assert "+4.0 standard deviations" in all_to_all_sentence(class_scores("patch-inversion", 3, all_to_all=4.0))
