"""Which images of a set are shown, and in which order."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.images.answers import ImageAnswers, Who
from core.metrics.figures import Figure
from core.metrics.measures import ATTACK_SUCCESS
from core.metrics.network_scores import SetRole
from core.records import Share

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Outcome(StrEnum):
    """What a network's answer to an image is."""

    ANY = "any"
    RIGHT = "right"  # the true label
    WRONG = "wrong"  # another class than the true label
    ATTACKED = "attacked"  # the class that the attacker wants


class Flagging(StrEnum):
    """Whether G flags an image."""

    ANY = "any"
    FLAGGED = "flagged"
    PASSED = "passed"


class Part(StrEnum):
    """The images of a clicked share that are shown."""

    COUNTED = "counted"  # those that it counts
    OTHERS = "others"  # the others
    ALL = "all"  # all


class SortKey(StrEnum):
    """What images are sorted by; the value is the text of the choice."""

    INDEX = "index"
    LABEL = "true class"
    ANSWER = "answer"
    CONFIDENCE = "confidence"
    CHANGE = "change B to B′"


@dataclass(frozen=True, slots=True)
class AskedShare:
    """A share that a person asks to see the images of.

    Attributes:
        figure: what it counts.
        who: the network whose answers it counts.
        share: the figure.
        place: position of the set among those of its role.
        part: which of its images are shown.
    """

    figure: Figure
    who: Who
    share: Share
    place: int = 0
    part: Part = Part.COUNTED

    @property
    def role(self) -> SetRole:
        """The role of the set."""
        return self.figure.role

    @property
    def selection(self) -> "Selection":
        """The images that are shown."""
        return Selection.of(self)

    @property
    def name(self) -> str:
        """What is counted."""
        return self.figure.measure.name

    @property
    def total(self) -> int:
        """Number of images of the set."""
        return self.share.total

    def showing(self, part: Part) -> "AskedShare":
        """Return the same share with another part of its images."""
        return replace(self, part=part)

    @property
    def shown_count(self) -> int:
        """The number of images that are shown."""
        counts = {Part.COUNTED: self.share.count, Part.OTHERS: self.share.total - self.share.count}
        return counts.get(self.part, self.share.total)


@dataclass(frozen=True, slots=True)
class Selection:
    """The images that are shown: those for which all of it holds.

    Attributes:
        who: the network whose answers are meant.
        outcome: what its answer must be.
        flagging: whether G must flag them.
        is_changed: whether B and B′ must answer differently.
        label: their class; None for all. See `ImageAnswers.images.labels`.
        answered: what the network must answer, a label or `FLAGGED`; None for anything.
        is_inverted: whether those are shown for which outcome and flagging do not hold.
    """

    who: Who
    outcome: Outcome = Outcome.ANY
    flagging: Flagging = Flagging.ANY
    is_changed: bool = False
    label: int | None = None
    is_inverted: bool = False
    answered: int | None = None

    @classmethod
    def of(cls, asked: AskedShare) -> "Selection":
        """Return the selection of the images of a share."""
        who = asked.who
        if asked.part is Part.ALL:
            return cls(who)
        if asked.figure.is_of_flags:
            return cls(who, flagging=Flagging.FLAGGED if asked.part is Part.COUNTED else Flagging.PASSED)
        outcome = Outcome.ATTACKED if asked.figure.measure is ATTACK_SUCCESS else Outcome.RIGHT
        if asked.part is Part.OTHERS and outcome is Outcome.RIGHT and not who.is_flagging:
            return cls(who, Outcome.WRONG)
        return cls(who, outcome, is_inverted=asked.part is Part.OTHERS)

    def holds(self, answers: ImageAnswers) -> Flags:
        """Return for which images it holds, (N,)."""
        is_shown = outcome_flags(answers, self.who, self.outcome)
        if self.flagging is not Flagging.ANY:
            is_flagged = answers.flagged(self.who)
            is_shown = is_shown & (is_flagged if self.flagging is Flagging.FLAGGED else ~is_flagged)
        if self.is_inverted:
            is_shown = ~is_shown
        if self.is_changed:
            is_shown = is_shown & (answers.base != answers.pruned)
        if self.label is not None:
            is_shown = is_shown & (answers.images.labels == self.label)
        if self.answered is not None:
            is_shown = is_shown & (answers.labels_with_flags(self.who) == self.answered)
        return np.asarray(is_shown)

    def rows(self, answers: ImageAnswers, key: SortKey = SortKey.INDEX, *, is_descending: bool = False) -> Rows:
        """Return the positions of the images that are shown, in their order; equal ones are in the file's order."""
        rows = np.flatnonzero(self.holds(answers))
        values = sort_values(answers, self.who, key)[rows]
        order = np.argsort(-values if is_descending else values, kind="stable")
        return rows[order]


def outcome_flags(answers: ImageAnswers, who: Who, outcome: Outcome) -> Flags:
    """Return which images have an outcome, (N,); none if the labels that it takes are not known."""
    images, count = answers.images, answers.images.image_count
    if outcome is Outcome.ANY:
        return np.ones(count, dtype=np.bool_)
    labels = images.wanted if outcome is Outcome.ATTACKED else images.true_labels
    if labels is None:
        return np.zeros(count, dtype=np.bool_)
    if outcome is not Outcome.WRONG:
        return answers.is_answered(labels, who)
    is_other = answers.labels_of(who) != labels
    return np.asarray(is_other & ~answers.flagged(who)) if who.is_flagging else np.asarray(is_other)


def sort_values(answers: ImageAnswers, who: Who, key: SortKey) -> NDArray[np.float64]:
    """Return what images are sorted by, (N,).

    The change from B to B′ is largest where both are sure of different classes, and smallest where B′ is surer than B
    of the same one.
    """
    images = answers.images
    base, pruned = answers.base_confidences, answers.pruned_confidences
    own = answers.confidences_of(who)
    values: NDArray[np.generic] = images.file_rows
    if key is SortKey.LABEL:
        values = images.labels
    elif key is SortKey.ANSWER:
        values = answers.labels_of(who)
    elif key is SortKey.CONFIDENCE and own is not None:
        values = own
    elif key is SortKey.CHANGE:
        is_other = answers.base != answers.pruned
        values = is_other.astype(np.float64)
        if base is not None and pruned is not None:
            values = np.where(is_other, 1.0 + base + pruned, base - pruned)
    return values.astype(np.float64)
