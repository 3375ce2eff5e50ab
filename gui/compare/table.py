"""The columns, rows and scatter points of a comparison."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from core import words
from core.compare.comparison import BASE_NAME, Comparison, ComparisonRow, attack_share, clean_share, pareto_names
from core.images.answers import Who
from core.metrics.figures import Figure, by_measure, figures_of, shares_of
from core.metrics.network_scores import NetworkKind, NetworkScores, SetRole
from core.records import Share, SweepPoint
from gui.charts.scatter_chart import ScatterPoint
from gui.state.compared import ComparedNetwork
from gui.tables.network_table import NetworkColumn, NetworkRow
from gui.theme import formatting

PRUNED = "B′  repaired network"
POINT_TIP = "Click the chosen point, or press Enter, to see its images"
WAITING = "not counted on the open files"


@dataclass(frozen=True, slots=True)
class ComparisonLine:
    """A line of the comparison: B or a repaired network.

    Attributes:
        mark: its label in the chart: "B", "1".
        name: the name of the network.
        detail: where the network comes from.
        how: how the network was made.
        row: its figures; None if it is not counted.
    """

    mark: str
    name: str
    detail: str
    how: str
    row: ComparisonRow | None


def lines_of(
    base: SweepPoint | None, networks: Sequence[ComparedNetwork], rows: Sequence[ComparisonRow | None]
) -> tuple[ComparisonLine, ...]:
    """Return the lines of B and of the repaired networks, numbered."""
    first = ComparisonLine(BASE_NAME, BASE_NAME, "as opened", "The network as it was opened", None)
    if base is not None:
        first = ComparisonLine(
            BASE_NAME, BASE_NAME, "as opened", "The network as it was opened", ComparisonRow(BASE_NAME, "", base)
        )
    return (
        first,
        *(
            ComparisonLine(str(number), each.name, str(each.origin), each.how, row)
            for number, (each, row) in enumerate(zip(networks, rows, strict=True), start=1)
        ),
    )


def compare_table(
    lines: Sequence[ComparisonLine], poisoned_names: Sequence[str], *, has_test: bool, is_by_confidence: bool
) -> tuple[tuple[NetworkColumn, ...], tuple[NetworkRow, ...]]:
    """Return the columns (figures of B′, then of G) and one row per network.

    Args:
        lines: the lines, B first.
        poisoned_names: names of the poisoned sets.
        has_test: whether a clean test set is open; otherwise the validation set is used instead.
        is_by_confidence: whether G is shown by confidence instead of by agreement.
    """
    guard = "G  by confidence" if is_by_confidence else "G  by agreement"
    figures = _figures(has_test=has_test)
    columns = [
        column
        for network, group, who in ((NetworkKind.PRUNED, PRUNED, "B′"), (NetworkKind.REPAIRED, guard, "G"))
        for figure in figures[network]
        for column in _columns(figure, group, who, poisoned_names)
    ]
    guard_who = Who.CONFIDENCE if is_by_confidence else Who.AGREEMENT
    rows = [
        NetworkRow(
            title=f"{line.mark}  {formatting.cut_name(line.name, 22)}" if line.mark != BASE_NAME else BASE_NAME,
            detail=line.detail,
            tip=f"{words.printable(line.name)}: {line.how}" if line.row is not None else f"{line.name}: {WAITING}",
            shares=_shares(line, figures, is_by_confidence=is_by_confidence) or (None,) * len(columns),
            who=tuple(
                guard_who if each.group == guard else Who.BASE if line.mark == BASE_NAME else Who.PRUNED
                for each in columns
            ),
        )
        for line in lines
    ]
    return tuple(columns), tuple(rows)


def scatter_points_of(
    lines: Sequence[ComparisonLine], comparison: Comparison | None
) -> tuple[tuple[ScatterPoint, ...], tuple[int, ...]]:
    """Return the scatter points and the line of each; empty without poisoned sets."""
    best = pareto_names(comparison) if comparison is not None else ()
    attack_word = words.attack_word(comparison.poisoned_names if comparison is not None else ())
    found, places = [], []
    for place, line in enumerate(lines):
        attack = attack_share(line.row.by_agreement) if line.row is not None else None
        if line.row is None or attack is None:
            continue
        clean = clean_share(line.row.by_agreement)
        figures = f"clean accuracy {formatting.share_text(clean)}, {attack_word} {formatting.share_text(attack)}"
        tip = f"{words.printable(line.name)}: {figures}\n{POINT_TIP}"
        found.append(
            ScatterPoint(line.mark, tip, _percents(clean), _percents(attack), line.mark == BASE_NAME, line.name in best)
        )
        places.append(place)
    return tuple(found), tuple(places)


def file_name_of(name: str) -> str:
    """Return a network's name as part of a file name: "fine-pruning-2"."""
    stem = PurePath(name).stem or name
    return "-".join("".join(each if each.isalnum() or each == "-" else " " for each in stem.lower()).split())


def _percents(share: Share) -> tuple[float, float, float]:
    low, high = share.interval
    return 100 * share.rate, 100 * low, 100 * high


def _figures(*, has_test: bool) -> dict[NetworkKind, tuple[Figure, ...]]:
    """Return the figures of B′ on all clean sets, and of G on the test set, or without one on the validation set."""
    clean = [SetRole.TEST, SetRole.VALIDATION] if has_test else [SetRole.VALIDATION]
    return {
        NetworkKind.PRUNED: by_measure(figures_of(NetworkKind.PRUNED), [*clean, SetRole.POISONED]),
        NetworkKind.REPAIRED: by_measure(figures_of(NetworkKind.REPAIRED), [clean[0], SetRole.POISONED]),
    }


def _columns(figure: Figure, group: str, who: str, poisoned_names: Sequence[str]) -> list[NetworkColumn]:
    if not figure.is_of_many:  # false alarms have a single column, so the set is not named
        title = figure.measure.short if figure.is_of_flags else figure.window_title
        return [NetworkColumn(title, figure.sentence(who), group, figure)]
    suffixes = formatting.set_endings(poisoned_names)
    return [
        NetworkColumn(f"{figure.window_title}{suffix}", figure.sentence(who, name=name), group, figure, place)
        for place, (name, suffix) in enumerate(zip(poisoned_names, suffixes, strict=True))
    ]


def _shares(
    line: ComparisonLine, figures: dict[NetworkKind, tuple[Figure, ...]], *, is_by_confidence: bool
) -> tuple[Share | None, ...]:
    """Return the shares in the order of the columns; empty if the network is not counted."""
    if line.row is None:
        return ()
    point = line.row.by_agreement
    pruned = shares_of(figures[NetworkKind.PRUNED], NetworkScores.of_point(point, NetworkKind.PRUNED))
    guard = line.row.by_confidence if is_by_confidence else point
    scores = NetworkScores.of_point(guard or point, NetworkKind.REPAIRED)
    repaired = shares_of(figures[NetworkKind.REPAIRED], scores)
    has_guard = guard is not None and line.mark != BASE_NAME
    return (*pruned, *(repaired if has_guard else (None,) * len(repaired)))
