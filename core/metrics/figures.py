"""The figures of a network: each one is named, explained and computed in one place.

Tables, CSV and JSON files, pages, charts and the window iterate over `FIGURES`. To add a figure, add an entry; if it
needs a count that `CleanScore` and `PoisonedScore` do not have yet, add it there first.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from core.metrics.measures import ATTACK_SUCCESS, CLEAN_ACCURACY, DETECTION, FALSE_ALARM, FOOLING, Measure
from core.metrics.network_scores import (
    SWEEP_ROLES,
    NetworkKind,
    NetworkScores,
    SetRole,
    SetScore,
    scores_at,
    set_score,
)
from core.records import Share, SweepPoint
from core.words import set_endings


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure on the sets of one role.

    Attributes:
        key: unique; by default also the key in JSON files and the column of its rate in CSV files.
        measure: what is counted.
        role: the images it is counted on; there is one share per poisoned set.
        title: column heading in text and on a page.
        window_title: shorter column heading in the window.
        curve_title: legend of a curve.
        images: the images, as the start of a sentence; `{name}` is replaced by the name of a poisoned set.
        outcome: what the counted images have in common; `{target}` is replaced by the labels of a poisoned set.
        read: returns the share of a score; None if the network has no such figure.
        networks: the networks that have it.
        json_keys: the path of keys in JSON files, outermost first.
        csv_rate: the column of its rate in CSV files; "" for none.
        csv_count: the column of its count in CSV files.
    """

    key: str
    measure: Measure
    role: SetRole
    title: str
    images: str
    outcome: str
    read: Callable[[SetScore], Share | None]
    networks: Collection[NetworkKind] = tuple(NetworkKind)
    csv_count: str = ""
    csv_rate: str | None = None
    json_keys: tuple[str, ...] = ()
    window_title: str = ""
    curve_title: str = ""

    def __post_init__(self) -> None:
        for name, value in (
            ("csv_count", f"{self.key}_count"),
            ("json_keys", (self.key,)),
            ("window_title", self.title),
            ("curve_title", self.title),
        ):
            object.__setattr__(self, name, getattr(self, name) or value)
        if self.csv_rate is None:
            object.__setattr__(self, "csv_rate", self.key)

    @property
    def is_of_flags(self) -> bool:
        """Whether it counts what G flags."""
        return self.measure.is_of_flags

    @property
    def is_of_many(self) -> bool:
        """Whether there may be several sets of its role."""
        return self.role is SetRole.POISONED

    @property
    def csv_columns(self) -> tuple[str, ...]:
        """The columns of its rate, if it has one, and of its count."""
        return tuple(each for each in (self.csv_rate, self.csv_count) if each)

    def shares(self, scores: NetworkScores) -> tuple[Share | None, ...]:
        """Return the share of each set of its role; without a set, one None, or nothing for poisoned sets."""
        found = tuple(self.read(each) for each in scores.of(self.role))
        return found if found or self.is_of_many else (None,)

    def share_at(self, point: SweepPoint, network: NetworkKind | str, place: int = 0) -> Share | None:
        """Return the share at a step; None if the set is not loaded.

        Args:
            point: the step.
            network: B′ or G.
            place: position of the set among those of its role.
        """
        found = scores_at(point, self.role)
        return self.read(set_score(found[place], network)) if place < len(found) else None

    def sentence(self, who: str, *, name: str = "", target: str = "") -> str:
        """Describe what the figure counts: "Clean test images predicted as their true label by B′ (clean accuracy)".

        Args:
            who: name of the network.
            name: name of the poisoned set.
            target: its target labels, in the form that follows "the target label".
        """
        images, outcome = self.images.format(name=name), self.outcome.format(target=target)
        return f"{images} {outcome} by {who} ({self.measure.name})"


_TRUE, _TARGET = "predicted as their true label", "predicted as the target label{target}"


def _predicted(score: SetScore) -> Share:
    return score.predicted


def _flagged(score: SetScore) -> Share | None:
    return score.flagged


CLEAN_HELD_OUT = Figure(
    key="clean_held_out_accuracy",
    measure=CLEAN_ACCURACY,
    role=SetRole.HELD_OUT,
    title="clean held-out",
    window_title="clean held\N{NON-BREAKING HYPHEN}out",
    curve_title="clean held-out accuracy",
    images="Held-out images, clean validation images that were not trained with,",
    outcome=_TRUE,
    read=_predicted,
    networks=(NetworkKind.PRUNED,),
    csv_count="clean_held_out_correct",
)
OCCLUDED_HELD_OUT = Figure(
    key="occluded_held_out_accuracy",
    measure=CLEAN_ACCURACY,
    role=SetRole.OCCLUDED,
    title="occluded held-out",
    images="Held-out images under random patches",
    outcome=_TRUE,
    read=_predicted,
    networks=(NetworkKind.PRUNED,),
    csv_count="occluded_held_out_correct",
)
CLEAN_VALIDATION = Figure(
    key="clean_validation_accuracy",
    measure=CLEAN_ACCURACY,
    role=SetRole.VALIDATION,
    title="clean validation",
    curve_title="clean validation accuracy",
    images="Clean validation images",
    outcome=_TRUE,
    read=_predicted,
    csv_count="clean_validation_correct",
)
CLEAN_TEST = Figure(
    key="clean_test_accuracy",
    measure=CLEAN_ACCURACY,
    role=SetRole.TEST,
    title="clean test",
    curve_title="clean test accuracy",
    images="Clean test images",
    outcome=_TRUE,
    read=_predicted,
    csv_count="clean_test_correct",
)
ATTACK = Figure(
    key="attack_success_rate",
    measure=ATTACK_SUCCESS,
    role=SetRole.POISONED,
    title="ASR",
    curve_title="attack success rate",
    images="Images of {name}",
    outcome=_TARGET,
    read=_predicted,
    csv_count="attack_success_count",
)
DETECTED = Figure(
    key="detection_rate",
    measure=DETECTION,
    role=SetRole.POISONED,
    title="detection",
    curve_title="detection rate",
    images="Images of {name}",
    outcome="flagged as backdoored",
    read=_flagged,
    networks=(NetworkKind.REPAIRED,),
    csv_rate="",
    csv_count="poisoned_flagged",
)
FALSE_ALARM_VALIDATION = Figure(
    key="false_alarm_rate_validation",
    measure=FALSE_ALARM,
    role=SetRole.VALIDATION,
    title="false alarm, validation",
    window_title="false alarms validation",
    curve_title="false alarms, validation",
    images="Clean validation images",
    outcome="flagged as backdoored",
    read=_flagged,
    networks=(NetworkKind.REPAIRED,),
    json_keys=("false_alarm_rate", "validation"),
    csv_rate="",
    csv_count="clean_validation_flagged",
)
FALSE_ALARM_TEST = Figure(
    key="false_alarm_rate_test",
    measure=FALSE_ALARM,
    role=SetRole.TEST,
    title="false alarm, test",
    window_title="false alarms test",
    curve_title="false alarms, test",
    images="Clean test images",
    outcome="flagged as backdoored",
    read=_flagged,
    networks=(NetworkKind.REPAIRED,),
    json_keys=("false_alarm_rate", "test"),
    csv_rate="",
    csv_count="clean_test_flagged",
)
FOOLED = Figure(
    key="fooling_rate",
    measure=FOOLING,
    role=SetRole.PATCHED,
    title="fooled",
    images="Held-out images, each under patches that fool B,",
    outcome="answered with the class that the patch drew B to",
    read=_predicted,
    networks=(NetworkKind.PRUNED,),
)

FIGURES: tuple[Figure, ...] = (
    CLEAN_HELD_OUT,
    OCCLUDED_HELD_OUT,
    CLEAN_VALIDATION,
    CLEAN_TEST,
    FOOLED,
    ATTACK,
    DETECTED,
    FALSE_ALARM_VALIDATION,
    FALSE_ALARM_TEST,
)
"""All figures, in the order of tables and JSON files."""


def figures_of(
    network: NetworkKind | str | None = None, *, roles: Collection[SetRole] = SWEEP_ROLES
) -> tuple[Figure, ...]:
    """Return the figures of a network on the sets of some roles, in the order of `FIGURES`.

    Args:
        network: B′ or G; None for the figures of any network.
        roles: roles of the sets.
    """
    return tuple(each for each in FIGURES if each.role in roles and (network is None or network in each.networks))


def by_set(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """Sort figures: predictions first, then what G flags; within both, clean sets before poisoned ones."""
    roles = list(SetRole)
    return tuple(sorted(figures, key=lambda each: (each.is_of_flags, roles.index(each.role))))


def by_measure(figures: Sequence[Figure], roles: Sequence[SetRole]) -> tuple[Figure, ...]:
    """Sort figures by measure, then by the given order of roles; figures of other roles are left out."""
    measures = [each.measure for each in figures]
    kept = [each for each in figures if each.role in roles]
    return tuple(sorted(kept, key=lambda each: (measures.index(each.measure), list(roles).index(each.role))))


def measures_of(figures: Sequence[Figure]) -> tuple[Measure, ...]:
    """Return the measures of figures, each once."""
    return tuple(dict.fromkeys(each.measure for each in figures))


def titles(figures: Sequence[Figure], names: Sequence[str], *, is_always_named: bool = False) -> tuple[str, ...]:
    """Return the headings of figures: one per poisoned set, with its name if there are several, or a mark.

    Args:
        figures: the figures.
        names: names of the poisoned sets.
        is_always_named: whether to add the name even if there is only one set.
    """
    endings = [f" {name}" for name in names] if is_always_named else set_endings(names)
    found: list[str] = []
    for figure in figures:
        if figure.is_of_many:
            found += [f"{figure.title}{ending}" for ending in endings]
        else:
            found.append(figure.title)
    return tuple(found)


def shares_of(figures: Sequence[Figure], scores: NetworkScores) -> tuple[Share | None, ...]:
    """Return the shares for the headings of `titles`, for a network measured on all these sets."""
    return tuple(share for figure in figures for share in figure.shares(scores))
