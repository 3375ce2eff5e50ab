"""How a poisoned set was understood, in sentences."""

from dataclasses import replace

import pytest

from core.data.interpretation_text import (
    doubt_sentence,
    interpretation_sentence,
    is_plain,
    set_notes,
    short_interpretation,
    source_sentence,
    target_words,
)
from core.records import AttackKind, Doubt, Interpretation, Share, SourceShare
from core.words import TARGET_NOTE
from tests.made_up_interpretation import understood

TRUE = understood(
    3,
    Share(196, 200),
    left_out_count=20,
    by_source=tuple(SourceShare(label, Share(20, 20)) for label in range(10) if label != 3),
    as_labelled=Share(20, 200),
    class_count=10,
)
TARGETS = replace(TRUE, kind=AttackKind.LABELS, by_source=(), left_out_count=0)
NEXT = replace(TRUE, kind=AttackKind.NEXT, targets=tuple(range(10)), left_out_count=0)


def test_true_labels() -> None:
    assert interpretation_sentence(TRUE) == (
        "labels are true labels; target 3 found: 196 of 200 (98.00 %) are answered as it by B; 20 images of class 3 "
        "are left out."
    )
    assert short_interpretation(TRUE) == "true labels, target 3 found"
    assert "target 3 given" in interpretation_sentence(replace(TRUE, is_given=True))
    assert "target 3 assumed" in interpretation_sentence(replace(TRUE, doubt=Doubt.UNKNOWN))
    assert "196 of 200 images drawn" in interpretation_sentence(replace(TRUE, is_sampled=True))
    assert "1 image of class 3 is left out" in interpretation_sentence(replace(TRUE, left_out_count=1))
    assert "left out" not in interpretation_sentence(replace(TRUE, left_out_count=0))


def test_target_labels_and_all_to_all() -> None:
    assert interpretation_sentence(TARGETS) == (
        "labels are target labels (3): 196 of 200 (98.00 %) are answered as labelled by B."
    )
    assert is_plain(TARGETS) and not is_plain(TRUE) and not is_plain(replace(TARGETS, is_given=True))
    assert "as the class after the true one" in interpretation_sentence(NEXT)
    assert short_interpretation(NEXT) == "true labels, all-to-all found"
    compared = replace(TARGETS, targets=tuple(range(10)), is_compared=True)
    assert "target labels of an all-to-all attack" in interpretation_sentence(compared)
    assert "(10 classes, 0 to 9)" in interpretation_sentence(compared)


@pytest.mark.parametrize(
    ("interpretation", "labels", "words"),
    [
        (TRUE, (3,), "target 3"),
        (NEXT, tuple(range(10)), "the class after the true one"),
        (None, tuple(range(10)), "target 0, 1, 2, 3, 4, 5, 6, 7, …"),
    ],
)
def test_the_target_in_a_table(interpretation: Interpretation | None, labels: tuple[int, ...], words: str) -> None:
    assert target_words(interpretation, labels) == words


def test_true_classes_are_told_apart_where_that_tells_something() -> None:
    assert source_sentence(TRUE) == source_sentence(TARGETS) == ""
    some = (SourceShare(1, Share(20, 20)), SourceShare(2, Share(0, 20)))
    assert source_sentence(replace(TRUE, by_source=some, class_count=3)) == (
        "Unpruned, the attack differs between true classes: 20 of 20 of class 1 and 0 of 20 of class 2 get the target."
    )
    assert source_sentence(replace(TRUE, by_source=some, sources=(1,))).startswith(
        "The attack is source-specific, on class 1: 20 of 20 of class 1 and"
    )
    few = (SourceShare(1, Share(20, 20)), SourceShare(6, Share(20, 20)))
    assert source_sentence(replace(TRUE, by_source=few)).startswith("The set has images of classes 1 and 6 only: 20 of")
    # Sixty faces of 1,283 are a sample.
    faces = tuple(SourceShare(label, Share(1, 1)) for label in range(60))
    assert source_sentence(replace(TRUE, by_source=faces, class_count=1283)) == ""
    many = tuple(SourceShare(label, Share(label, 40)) for label in range(40))
    assert source_sentence(replace(TRUE, by_source=many, class_count=41)).count("of class") == 8


def test_notes_of_several_sets() -> None:
    notes = set_notes(["a\n.h5", "b.h5"], [TRUE, TARGETS])
    assert notes[0].startswith("a") and "\n" not in notes[0] and notes[1].startswith("b.h5: labels are target labels")
    assert notes[2] == TARGET_NOTE
    assert len(set_notes(["a.h5", "b.h5"], [TRUE, TARGETS], has_plain=False)) == 2
    assert len(set_notes(["a.h5"], [TRUE])) == 1
    assert set_notes(["a.h5"], [None]) == (TARGET_NOTE,)
    assert set_notes([], []) == ()


def test_another_class_for_each_true_one() -> None:
    pairs = tuple((label, 9 - label) for label in range(10))
    each = replace(
        TRUE, kind=AttackKind.EACH, targets=tuple(range(10)), left_out_count=0, is_compared=True, wanted=pairs
    )
    assert interpretation_sentence(each) == (
        "labels are true labels; all-to-all attack found, another target for each class (0 → 9, 1 → 8, 2 → 7, 3 → 6, "
        "4 → 5, 5 → 4, 6 → 3, 7 → 2, …): 196 of 200 (98.00 %) are answered as the target of the true class by B."
    )
    rare = replace(each, left_out_count=1, is_given=True, wanted=pairs[:3])
    assert interpretation_sentence(rare).endswith("by B; 1 image of classes without a known target left out.")
    assert short_interpretation(each) == "true labels, all-to-all found"
    assert target_words(each, range(10)) == "another class for each true one"
    assert not is_plain(each)
    weak = doubt_sentence(replace(rare, doubt=Doubt.WEAK), name="p.h5")
    assert "the target that was found, another class for each true one (0 → 9, 1 → 8, 2 → 7)." in weak
