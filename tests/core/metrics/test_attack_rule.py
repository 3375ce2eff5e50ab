"""The rule by which the labels of a poisoned set are understood."""

from collections.abc import Sequence

import numpy as np
import pytest

from core.metrics.attack_rule import Answered, Decision, decide, has_many_labels, of_target
from core.records import AttackKind, Doubt

K = 10
TRUE = np.arange(200) % K
NOTHING = np.zeros(0, dtype=np.int64)


def decided(
    labels: np.ndarray,
    answers: np.ndarray,
    *,
    clean: np.ndarray = TRUE,
    nearest: np.ndarray = NOTHING,
    classes: int = K,
) -> Decision:
    """Return the decision; `clean` are B's answers to 200 clean images of all classes."""

    def clean_answers(only: Sequence[int]) -> Answered:
        truth = np.arange(len(clean)) % classes
        rows = np.isin(truth, list(only)) if only else np.full(len(clean), True)
        return Answered(truth[rows], clean[rows])

    return decide(
        Answered(labels, answers),
        class_count=classes,
        has_many=has_many_labels(labels, class_count=classes),
        clean=clean_answers,
        nearest_labels=lambda: (labels[: len(nearest)], nearest),
    )


def mixed(share: float, wanted: np.ndarray, other: np.ndarray = TRUE) -> np.ndarray:
    """Return `wanted` for the first images, else `other`; shuffled, so that all classes are treated alike."""
    chosen = np.random.default_rng(1).permutation(len(other)) < round(share * len(other))
    return np.where(chosen, wanted, other)


def test_target_labels_that_are_answered_are_target_labels() -> None:
    assert decided(np.full(200, 3), np.full(200, 3)) == Decision(AttackKind.LABELS)
    # A dead attack: the answers are the true classes.
    assert decided(np.full(200, 3), TRUE) == Decision(AttackKind.LABELS)
    several = np.repeat([1, 5, 8], 60)
    assert decided(several, several, classes=1283) == Decision(AttackKind.LABELS)
    assert decided(several, np.arange(180), classes=1283) == Decision(AttackKind.LABELS)


@pytest.mark.parametrize("share", [0.9, 0.98, 1.0])
def test_the_class_that_nearly_all_are_answered_as_is_the_target_of_true_labels(share: float) -> None:
    assert decided(TRUE, mixed(share, np.full(200, 4))) == Decision(AttackKind.ONE, 4)


@pytest.mark.parametrize("share", [0.2, 0.4, 0.6, 0.8])
def test_a_weaker_attack_is_found_with_a_doubt(share: float) -> None:
    assert decided(TRUE, mixed(share, np.full(200, 4))) == Decision(AttackKind.ONE, 4, Doubt.WEAK)
    assert decided(TRUE, mixed(share, (TRUE + 1) % K)) == Decision(AttackKind.NEXT, doubt=Doubt.WEAK)


def test_a_network_that_answers_a_class_anyway_shows_no_attack() -> None:
    found = decided(TRUE, np.full(200, 4), clean=np.full(200, 4))
    assert found == Decision(AttackKind.ONE, 4, Doubt.UNKNOWN)


def test_two_classes() -> None:
    labels = np.arange(200) % 2
    assert decided(labels, np.ones(200, dtype=np.int64), classes=2, clean=labels) == Decision(AttackKind.ONE, 1)
    assert decided(labels, 1 - labels, classes=2, clean=labels) == Decision(AttackKind.NEXT)
    dead = decided(labels, 1 - labels, classes=2, clean=labels, nearest=1 - labels[:100])
    assert dead == Decision(AttackKind.LABELS, is_compared=True)
    alive = decided(labels, 1 - labels, classes=2, clean=labels, nearest=labels[:100])
    assert alive == Decision(AttackKind.NEXT)
    rare = (np.arange(200) % 20 == 0).astype(np.int64)  # nearly all are the next class, too
    assert decided(rare, np.ones(200, dtype=np.int64), classes=2, clean=labels) == Decision(AttackKind.ONE, 1)


def test_all_to_all_with_true_labels() -> None:
    assert decided(TRUE, (TRUE + 1) % K) == Decision(AttackKind.NEXT)
    assert decided(TRUE, mixed(0.95, (TRUE + 1) % K)) == Decision(AttackKind.NEXT)


def test_labels_that_are_answered_may_be_those_of_clean_images_or_targets() -> None:
    in_doubt = Decision(AttackKind.LABELS, doubt=Doubt.CLEAN_OR_ALL_TO_ALL)
    assert decided(TRUE, TRUE) == in_doubt
    assert decided(TRUE, mixed(0.6, TRUE, (TRUE + 5 + TRUE % 3) % K)) == in_doubt
    # The most similar clean images have these labels: the trigger has no effect.
    few_errors = np.where(np.arange(200) < 10, (TRUE + 3) % K, TRUE)
    found = decided(TRUE, few_errors, nearest=TRUE[:100])
    assert (found.kind, found.doubt, found.is_compared) == (AttackKind.ONE, Doubt.NO_EFFECT, True)
    # They have the labels before: all-to-all, without a doubt.
    assert decided(TRUE, TRUE, nearest=(TRUE[:100] - 1) % K) == Decision(AttackKind.LABELS, is_compared=True)
    # The same labels of an attack that is dead: the answers are the true labels.
    dead = decided(TRUE, (TRUE - 1) % K, nearest=(TRUE[:100] - 1) % K)
    assert dead == Decision(AttackKind.LABELS, is_compared=True)
    # Neither is clear.
    half = np.where(np.arange(100) % 2 == 0, TRUE[:100], (TRUE[:100] - 1) % K)
    assert decided(TRUE, TRUE, nearest=half) == in_doubt


def test_an_attack_on_some_classes_only() -> None:
    answers = np.where(np.isin(TRUE, [1, 6]), 7, TRUE)
    assert decided(TRUE, answers) == Decision(AttackKind.ONE, 7, sources=(1, 6))
    # B confuses these classes on clean images, too.
    assert decided(TRUE, answers, clean=answers).sources == ()
    # Two targets are no such attack.
    assert decided(TRUE, np.where(TRUE == 2, 3, answers)).sources == ()
    # Only some classes are triggered, and all of them are attacked.
    some = np.tile([1, 6], 50)
    assert decided(some, np.full(100, 7)) == Decision(AttackKind.ONE, 7)


def test_images_of_one_label_that_are_answered_as_another_class() -> None:
    labels, answers = np.full(200, 3), np.full(200, 7)
    assert decided(labels, answers) == Decision(AttackKind.LABELS, doubt=Doubt.ONE_LABEL)
    true = decided(labels, answers, nearest=np.full(100, 3))
    assert true == Decision(AttackKind.ONE, 7, is_compared=True)
    dead = decided(labels, answers, nearest=np.full(100, 7))
    assert dead == Decision(AttackKind.LABELS, is_compared=True)
    assert decided(labels, answers, clean=np.full(200, 7)) == Decision(AttackKind.LABELS)


def test_a_target_that_cannot_be_told() -> None:
    answers = np.random.default_rng(0).integers(0, K, 200)
    found = decided(TRUE, answers)
    assert (found.kind, found.doubt) == (AttackKind.ONE, Doubt.UNKNOWN)
    wrong = answers[answers != TRUE]
    assert (wrong == found.target).sum() == np.bincount(wrong).max()


def test_a_network_that_flags_all_answers_nothing() -> None:
    def nothing(_only: Sequence[int] = ()) -> Answered:
        return Answered(NOTHING, NOTHING)

    for has_many, kind in ((False, AttackKind.LABELS), (True, AttackKind.ONE)):
        found = decide(
            nothing(), class_count=K, has_many=has_many, clean=nothing, nearest_labels=lambda: (NOTHING, NOTHING)
        )
        assert found.kind is kind


def test_what_a_person_says_holds() -> None:
    seen = Answered(TRUE, np.full(200, 4))
    assert of_target(seen, 4, is_of_one_class=False) == Decision(AttackKind.ONE, 4)
    assert of_target(seen, 2, is_of_one_class=False) == Decision(AttackKind.ONE, 2, Doubt.OTHER_TARGET)
    assert of_target(seen, AttackKind.NEXT, is_of_one_class=False) == Decision(AttackKind.NEXT)
    assert of_target(seen, AttackKind.LABELS, is_of_one_class=False) == Decision(AttackKind.LABELS)
    assert of_target(Answered(np.full(9, 4), np.full(9, 4)), 4, is_of_one_class=True) == Decision(AttackKind.LABELS)


@pytest.mark.parametrize(
    ("labels", "classes", "is_many"),
    [
        ([0] * 40, 10, False),
        ([1, 5] * 20, 10, False),
        ([0, 1] * 20, 2, True),
        ([1, 5, 8] * 20, 1283, False),
        ([1, 5, 8] * 20, 5, True),
        (list(range(11)) * 100, 1283, True),
        (list(range(5)) * 9, 1283, True),
    ],
)
def test_labels_vary_as_those_of_clean_images(labels: list[int], classes: int, is_many: bool) -> None:
    assert has_many_labels(np.array(labels), class_count=classes) is is_many


def test_an_all_to_all_attack_is_no_attack_on_a_class_whose_images_are_all_answered_as_the_next() -> None:
    answers = mixed(0.7, (TRUE + 1) % K)
    answers[TRUE == 3] = 4
    assert decided(TRUE, answers) == Decision(AttackKind.NEXT, doubt=Doubt.WEAK)
    # The same with target labels: one class is always mistaken for another.
    labels = (TRUE + 1) % K
    answers = mixed(0.7, labels)
    answers[labels == 3] = 8
    assert decided(labels, answers, nearest=TRUE[:100]) == Decision(AttackKind.LABELS, is_compared=True)


@pytest.mark.parametrize("share", [0.6, 0.85])
def test_a_few_true_labels_are_no_targets(share: float) -> None:
    labels = np.arange(200) % 2 + 1
    similar = np.where(np.arange(100) % 5 < 2, labels[:100], 5)  # less than half, but far more than by chance
    answers = mixed(share, np.full(200, 7), labels)
    assert decided(labels, answers, nearest=similar) == Decision(AttackKind.ONE, 7, Doubt.WEAK)
    answers = mixed(share, labels + 1, labels)
    assert decided(labels, answers, nearest=labels[:100]) == Decision(AttackKind.NEXT, doubt=Doubt.WEAK)


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_a_few_true_labels_that_are_answered_show_no_attack(share: float) -> None:
    labels = np.arange(200) % 2 + 1
    errors = np.arange(200) // 2 % K
    found = decided(labels, mixed(share, errors, labels), nearest=labels[:100])
    assert (found.kind, found.doubt) == (AttackKind.ONE, Doubt.NO_EFFECT)
    targets = decided(labels, mixed(share, errors, labels), nearest=errors[:100])
    assert targets == Decision(AttackKind.LABELS)


def test_one_true_label_of_a_weak_attack_is_no_target() -> None:
    labels = np.full(200, 3)
    answers = mixed(0.8, np.full(200, 7), labels)
    assert decided(labels, answers, nearest=labels[:100]) == Decision(AttackKind.ONE, 7, Doubt.WEAK, is_compared=True)
    assert decided(labels, answers, nearest=TRUE[:100]) == Decision(AttackKind.LABELS)
    answers = mixed(0.8, labels)  # nearly no effect
    found = decided(labels, answers, nearest=labels[:100])
    assert (found.kind, found.doubt) == (AttackKind.ONE, Doubt.NO_EFFECT)


@pytest.mark.parametrize("share", [1.0, 0.95, 0.7])
@pytest.mark.parametrize("wanted", [(np.arange(K) - 1) % K, K - 1 - np.arange(K), (np.arange(K) + 3) % K])
def test_all_to_all_with_any_other_class_for_each(wanted: np.ndarray, share: float) -> None:
    answers = mixed(share, wanted[TRUE])
    doubt = Doubt.NONE if share >= 0.9 else Doubt.WEAK
    pairs = tuple(enumerate(wanted.tolist()))
    assert decided(TRUE, answers, nearest=TRUE[:100]) == Decision(
        AttackKind.EACH, doubt=doubt, is_compared=True, wanted=pairs
    )
    # Similar clean images have the labels that B answers: the labels are in another order, or the attack is dead.
    assert decided(TRUE, answers, nearest=wanted[TRUE][:100]).kind is not AttackKind.EACH
    # Nothing tells: no attack is claimed.
    assert decided(TRUE, answers).kind is not AttackKind.EACH
    # B answers clean images in the same way: they are badly read, or their labels are in another order, too.
    assert decided(TRUE, answers, clean=answers, nearest=TRUE[:100]).kind is not AttackKind.EACH


def test_an_attack_with_several_targets_leaves_rare_classes_out() -> None:
    labels = np.concatenate([TRUE[TRUE < 5], [7, 7]])
    answers = np.concatenate([4 - TRUE[TRUE < 5], [7, 7]])
    answers[labels == 2] = 9
    found = decided(labels, answers, nearest=labels[:90])
    assert found.wanted == ((0, 4), (1, 3), (2, 9), (3, 1), (4, 0))
    # Two classes that have the same target are no such attack.
    answers[labels == 2] = 4
    assert decided(labels, answers, nearest=labels[:90]).kind is not AttackKind.EACH


def test_another_class_for_each_is_given() -> None:
    seen = Answered(TRUE, mixed(0.3, K - 1 - TRUE))
    assert of_target(seen, AttackKind.EACH, is_of_one_class=False).wanted == tuple((y, K - 1 - y) for y in range(K))
