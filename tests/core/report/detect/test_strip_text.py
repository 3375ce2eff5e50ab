"""STRIP in sentences."""

import numpy as np

from core.detect.strip.records import BlendedAnswers, StripCalibration, StripEvidence, no_answers
from core.detect.strip.separation import compare
from core.records import Share
from core.report.detect import strip_text


def answers(kept: list[int]) -> BlendedAnswers:
    return BlendedAnswers(np.zeros(len(kept), np.int64), 2.0 - np.array(kept) / 32, np.array(kept), 64)


CLEAN = answers([10, 12, 12, 63])
PICTURE = StripEvidence(0, 0.125, Share(60, 64), StripCalibration(CLEAN))


def test_a_picture_among_clean_ones() -> None:
    assert strip_text.short_kept(PICTURE) == "60 of 64 blends keep class 0 (clean: 12)"
    assert strip_text.short_place(PICTURE) == "entropy lower than 3 of 4 clean pictures"
    assert strip_text.evidence_sentences(PICTURE) == (
        "Blended with 64 clean pictures, it stays class 0 in 60 (clean pictures: median 12).",
        "The entropy of its blends' answers, 0.12 bits, is lower than for 3 of 4 clean pictures; 3 of 4 keep their "
        "answer in fewer blends.",
        strip_text.NO_TRIGGERED,
        strip_text.NOT_A_VERDICT,
    )
    assert "4 clean pictures measured so far;" in strip_text.place_sentence(PICTURE, is_whole=False)


def test_nothing_is_said_of_clean_pictures_that_are_not_measured() -> None:
    alone = StripEvidence(0, 0.125, Share(60, 64), StripCalibration(no_answers(64)))
    assert strip_text.short_kept(alone) == "60 of 64 blends keep class 0"
    assert strip_text.short_place(alone) == strip_text.place_sentence(alone) == ""
    assert strip_text.evidence_sentences(alone)[0] == "Blended with 64 clean pictures, it stays class 0 in 60."


def test_how_well_it_works_is_told_with_counts() -> None:
    known = compare("glasses.h5", CLEAN, answers([64, 64, 11]))
    assert strip_text.triggered_sentence(known) == (
        "On this network 3 pictures of glasses.h5 are told from clean ones with AUROC 0.75 (1 of 3 accepted while 0 of "
        "4 clean ones are rejected) by entropy, 0.75 (1 of 3 accepted while 0 of 4 clean ones are rejected) by kept "
        "answers."
    )
    told = strip_text.evidence_sentences(StripEvidence(0, 0.1, Share(60, 64), StripCalibration(CLEAN, (known,))))
    assert strip_text.triggered_sentence(known) in told
    assert strip_text.NO_TRIGGERED not in told
