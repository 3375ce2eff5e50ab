"""The rule by which the labels of a poisoned set are understood: true labels or target labels, and which target."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.records import AttackKind, Doubt, Target

Labels = NDArray[np.int64]

NEARLY_ALL = 0.9
"""A target, or labels, that at least this share of the images is answered as are found without a doubt."""

MOST = 0.5
"""Labels that B answers more often than this are not true labels of images whose answers the trigger changes."""

LEAST_SUCCESS = 0.1
"""An attack that changes the answer of fewer images than this is not told apart from B's mistakes."""

MOST_ELSEWHERE = 0.25
"""An attack is on some classes only if fewer images of the others than this are answered as its target."""

FEWEST_OF_CLASS = 5
"""A class with fewer images than this shows no attack of its own."""

FEWEST_CLASSES = 3
"""An attack with another target for each class is found on no fewer classes; of two, the other one is the next one."""

MANY_LABELS = 10
"""A set with more labels than this has labels as clean images have them."""

CLEAR_DEVIATIONS = 3.0
"""Labels are true labels, or the next classes, if they fit the most similar clean images this many standard deviations
more often than the other reading does (a sign test)."""


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """Images with their labels and B's answers.

    Attributes:
        labels: labels in the file, shape (n,), in [0, K).
        answers: B's answers, shape (n,), in [0, K).
    """

    labels: Labels
    answers: Labels


CleanAnswers = Callable[[Sequence[int]], Answered]
"""Returns clean images with B's answers, only of some labels if any are named; none without a clean set. Called only if
needed."""


NearestLabels = Callable[[], tuple[Labels, Labels]]
"""Returns the labels of some images of the set, and those of the most similar clean images. Called only if needed."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rule found.

    Attributes:
        kind: which answer the attacker wants.
        target: the target class if it is one.
        doubt: why this may be wrong.
        sources: the true classes that are attacked, if it is only some; else empty.
        is_compared: whether this was decided by the most similar clean images.
        wanted: the true classes and the class that the attacker wants of each, if that is another for each; else empty.
    """

    kind: AttackKind
    target: int | None = None
    doubt: Doubt = Doubt.NONE
    sources: tuple[int, ...] = ()
    is_compared: bool = False
    wanted: tuple[tuple[int, int], ...] = ()


def has_many_labels(labels: Labels, *, class_count: int) -> bool:
    """Return whether a set's labels vary as those of clean images do: more than a few targets."""
    count = len(np.unique(labels))
    if count < 2:
        return False
    if count == class_count:
        return True
    return count > 2 and (count > MANY_LABELS or count > len(labels) / 10 or count >= class_count / 2)


def decide(
    seen: Answered,
    *,
    class_count: int,
    has_many: bool,
    clean: CleanAnswers,
    nearest_labels: NearestLabels,
) -> Decision:
    """Decide by B's answers what the labels of a poisoned set are, and which answer the attacker wants.

    The first matching sentence counts. A class is "usual" if B answers clean images of the same labels at least half as
    often as it: then B confuses the classes, and the trigger does nothing.

    - One label: target labels. If fewer than nearly all images are answered as it, the most similar clean images
      decide: if they have this label, it is the true label of all images, and the class that most are answered as is
      the target, unless it is usual (with a doubt if these are not nearly all); if they have others, it is the target.
      If neither is clear, but nearly all are answered as one other class, there is a doubt (`Doubt.ONE_LABEL`).
    - Nearly all images are answered as one class, the next class, or their labels, whichever holds for most: the one
      class is the target of true labels, unless it is usual; the next class is that of an all-to-all attack with true
      labels; the labels are target labels, if they are a few, see below.
    - Most images of each class are answered as another class, each as a different one, which is not usual, and the most
      similar clean images have these labels: true labels, and an all-to-all attack with a target for each class (with a
      doubt if it is not nearly all of the images).
    - Nearly all images of some classes, and few of the others, are answered as the same other class, which is not
      usual: true labels, and an attack on these classes only, unless the next class explains more answers, or the most
      similar clean images have the labels before these.
    - The labels are a few that do not go with those of the most similar clean images: target labels.
    - Most wrong answers are the same class, or the next class: true labels, with a doubt (`Doubt.WEAK`).
    - The most similar clean images have the labels before these: target labels of an all-to-all attack.
    - Most images are answered as labelled: clean images, an attack without effect, or an all-to-all attack with target
      labels. The labels of the most similar clean images settle it; if they do not, the labels count as targets, with a
      doubt.
    - Else the most frequent wrong answer counts as the target, with a doubt (`Doubt.UNKNOWN`).

    Args:
        seen: images of the set.
        class_count: the network's number of classes, K.
        has_many: whether the labels of the whole set vary as those of clean images do.
        clean: B's answers to clean images.
        nearest_labels: the labels of similar images.
    """
    rule = _Rule(seen, class_count=class_count, has_many=has_many, clean=clean, nearest_labels=nearest_labels)
    if not len(seen.answers):  # a repaired network that flags every image
        return Decision(AttackKind.ONE, 0, Doubt.UNKNOWN) if has_many else Decision(AttackKind.LABELS)
    if (seen.labels == seen.labels[0]).all():
        return rule.of_one_label()
    for step in (rule.of_nearly_all, rule.of_each_class, rule.of_some_classes, rule.of_few_labels, rule.of_errors):
        found = step()
        if found is not None:
            return found
    return rule.of_similar_images()


def of_target(seen: Answered, target: Target, *, is_of_one_class: bool) -> Decision:
    """Return the decision that follows from what a person said.

    Args:
        seen: images of the set with B's answers.
        target: what the person said; not None.
        is_of_one_class: whether every label in the file is the given class: then these are target labels.
    """
    kind = target if isinstance(target, AttackKind) else AttackKind.ONE
    if kind is AttackKind.EACH:
        return Decision(kind, wanted=tuple((label, other) for label, other, _ in _other_answers(seen, fewest=1)))
    if kind is not AttackKind.ONE:
        return Decision(kind)
    assert isinstance(target, int) and not isinstance(target, bool)
    if is_of_one_class:
        return Decision(AttackKind.LABELS)
    answers = seen.answers
    is_other = bool(len(answers)) and _favourite(answers)[1] >= NEARLY_ALL and _favourite(answers)[0] != target
    return Decision(AttackKind.ONE, target, Doubt.OTHER_TARGET if is_other else Doubt.NONE)


class _Rule:
    """The steps of `decide`; a step that does not match returns None."""

    def __init__(
        self,
        seen: Answered,
        *,
        class_count: int,
        has_many: bool,
        clean: CleanAnswers,
        nearest_labels: NearestLabels,
    ) -> None:
        self._labels, self._answers = seen.labels, seen.answers
        self._class_count, self._has_many, self._clean = class_count, has_many, clean
        self._nearest_labels = nearest_labels
        self._is_wrong = seen.answers != seen.labels

    def of_one_label(self) -> Decision:
        label = int(self._labels[0])
        favourite, share = _favourite(self._answers)
        if favourite == label and share >= NEARLY_ALL:
            return Decision(AttackKind.LABELS)
        is_attack = favourite != label and not self._is_usual(favourite, share, only=[label])
        is_clear = is_attack and share >= NEARLY_ALL
        if (true := self._true_labels) > 0:
            if is_attack and share >= MOST:
                return Decision(AttackKind.ONE, favourite, Doubt.NONE if is_clear else Doubt.WEAK, is_compared=True)
            return Decision(AttackKind.ONE, self._most_frequent_error, Doubt.NO_EFFECT, is_compared=True)
        if not is_clear:
            return Decision(AttackKind.LABELS)
        return Decision(AttackKind.LABELS, doubt=Doubt.NONE if true else Doubt.ONE_LABEL, is_compared=true < 0)

    def of_nearly_all(self) -> Decision | None:
        favourite, as_one = _favourite(self._answers)
        best = max(as_one, self._as_next, self._as_labelled)
        if best < NEARLY_ALL:
            return None
        if self._as_labelled == best:
            return self.of_few_labels()
        if as_one < best:
            # Of two classes, the next is also the one before: a dead attack with target labels looks the same.
            is_dead = self._class_count == 2 and self._similar() < 0
            return Decision(AttackKind.LABELS, is_compared=True) if is_dead else Decision(AttackKind.NEXT)
        return None if self._is_usual(favourite, self._success(favourite)) else Decision(AttackKind.ONE, favourite)

    def of_each_class(self) -> Decision | None:
        """Labels in another order than the network's classes look the same in B's answers: only images tell."""
        found = _other_answers(Answered(self._labels, self._answers), fewest=FEWEST_OF_CLASS)
        others = [other for _, other, _ in found]
        if len(found) < FEWEST_CLASSES or len(set(others)) < len(others) or min(share for *_, share in found) < MOST:
            return None
        wanted = np.full(self._class_count, -1)
        wanted[[label for label, *_ in found]] = others
        success = float((self._answers == wanted[self._labels]).mean())
        is_known = wanted >= 0
        if not is_known[self._labels].mean() >= NEARLY_ALL or 2 * self._as_next >= success:
            return None
        clean = self._clean(())
        if len(clean.answers) and float((clean.answers == wanted[clean.labels]).mean()) >= success / 2:
            return None
        in_set, nearest = self._nearest
        if _clear_winner(int((in_set == nearest).sum()), int((wanted[in_set] == nearest).sum())) <= 0:
            return None
        return Decision(
            AttackKind.EACH,
            doubt=Doubt.NONE if success >= NEARLY_ALL else Doubt.WEAK,
            is_compared=True,
            wanted=tuple((label, other) for label, other, _ in found),
        )

    def of_some_classes(self) -> Decision | None:
        """Classes that are attacked with several targets are no such attack."""
        found: dict[int, list[int]] = {}
        for label in map(int, np.unique(self._labels)):
            answers = self._answers[self._labels == label]
            if len(answers) < FEWEST_OF_CLASS:
                continue
            target, share = _favourite(answers)
            if target != label and share >= NEARLY_ALL and not self._is_usual(target, share, only=[label]):
                found.setdefault(target, []).append(label)
        if len(found) != 1:
            return None
        ((target, sources),) = found.items()
        if self._success(target, without=sources) >= MOST_ELSEWHERE:
            return None
        is_source = np.isin(self._labels, sources)
        if self._as_next * len(self._answers) > int((self._answers[is_source] == target).sum()):
            return None
        if self._has_many and self._similar() < 0:
            return Decision(AttackKind.LABELS, is_compared=True)
        return Decision(AttackKind.ONE, target, sources=tuple(sources))

    def of_few_labels(self) -> Decision | None:
        return None if self._has_many or self._has_labels_of_similar_images else Decision(AttackKind.LABELS)

    def of_errors(self) -> Decision | None:
        wrong_count = int(self._is_wrong.sum())
        is_next = self._as_next * len(self._answers) > MOST * wrong_count
        if is_next and self._as_next >= LEAST_SUCCESS and self._class_count > 2:
            return Decision(AttackKind.NEXT, doubt=Doubt.WEAK)
        target = self._most_frequent_error
        success = self._success(target)
        is_one = int((self._is_wrong & (self._answers == target)).sum()) > MOST * wrong_count
        if is_one and success >= LEAST_SUCCESS and not self._is_usual(target, success):
            return Decision(AttackKind.ONE, target, Doubt.WEAK)
        return None

    def of_similar_images(self) -> Decision:
        target, is_as_labelled = self._most_frequent_error, self._as_labelled > MOST
        similar = self._similar()
        if similar < 0:
            return Decision(AttackKind.LABELS, is_compared=True)
        if not is_as_labelled:
            return Decision(AttackKind.ONE, target, Doubt.UNKNOWN, is_compared=similar > 0)
        if similar > 0:
            return Decision(AttackKind.ONE, target, Doubt.NO_EFFECT, is_compared=True)
        return Decision(AttackKind.LABELS, doubt=Doubt.CLEAN_OR_ALL_TO_ALL)

    def _similar(self) -> int:
        """Return 1 if the most similar clean images have these labels, -1 if they have those before, else 0."""
        in_set, nearest = self._nearest
        is_next = in_set == (nearest + 1) % self._class_count
        return _clear_winner(int((in_set == nearest).sum()), int(is_next.sum()))

    @cached_property
    def _nearest(self) -> tuple[Labels, Labels]:
        return self._nearest_labels()

    @property
    def _has_labels_of_similar_images(self) -> bool:
        """Whether the labels go with those of the most similar clean images: more often the same than by chance."""
        in_set, nearest = self._nearest
        if not len(in_set):
            return False
        shares = [np.bincount(each, minlength=self._class_count) / len(each) for each in (in_set, nearest)]
        chance = float(shares[0] @ shares[1])
        more = float((in_set == nearest).sum()) - chance * len(in_set)
        return more > CLEAR_DEVIATIONS * (len(in_set) * chance * (1 - chance)) ** 0.5

    @property
    def _true_labels(self) -> int:
        """1 if the most similar clean images have these labels, -1 if they have others, else 0."""
        in_set, nearest = self._nearest
        return _clear_winner(int((in_set == nearest).sum()), int((in_set != nearest).sum()))

    @property
    def _as_labelled(self) -> float:
        return 1 - float(self._is_wrong.mean())

    @property
    def _as_next(self) -> float:
        return float((self._answers == (self._labels + 1) % self._class_count).mean())

    @property
    def _most_frequent_error(self) -> int:
        """The class that B answers most often where it does not answer the label; without errors, class 0."""
        return int(np.bincount(self._answers[self._is_wrong], minlength=self._class_count).argmax())

    def _success(self, target: int, *, without: Sequence[int] = ()) -> float:
        """Return the share of images of other classes that are answered as the target; 0 without such images."""
        others = self._answers[~np.isin(self._labels, [target, *without])]
        return float((others == target).mean()) if len(others) else 0.0

    def _is_usual(self, target: int, share: float, *, only: Sequence[int] = ()) -> bool:
        """Return whether B answers clean images of other classes at least half as often as the target.

        Args:
            target: the class.
            share: how often the images of the poisoned set are answered as it.
            only: compare with clean images of these labels; empty compares with all others.
        """
        clean = self._clean(only)
        answers = clean.answers[clean.labels != target]
        return bool(len(answers)) and float((answers == target).mean()) >= share / 2


def _clear_winner(one: int, other: int) -> int:
    """Return 1 if the first count is clearly larger, -1 if the second one is, else 0."""
    difference = one - other
    return 0 if abs(difference) <= CLEAR_DEVIATIONS * (one + other) ** 0.5 else 1 if difference > 0 else -1


def _other_answers(seen: Answered, *, fewest: int) -> list[tuple[int, int, float]]:
    """Return each class, the other class that B answers most often for its images, and for which share of them.

    Args:
        seen: images with their true labels.
        fewest: classes with fewer images are left out.
    """
    found = []
    for label in map(int, np.unique(seen.labels)):
        answers = seen.answers[seen.labels == label]
        others = answers[answers != label]
        if len(answers) >= fewest and len(others):
            other, share = _favourite(others)
            found.append((label, other, share * len(others) / len(answers)))
    return found


def _favourite(answers: Labels) -> tuple[int, float]:
    """Return the most frequent answer and its share; of equal ones the smallest class."""
    values, counts = np.unique(answers, return_counts=True)
    return int(values[counts.argmax()]), float(counts.max()) / len(answers)
