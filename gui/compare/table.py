"""The table and the points of a comparison: which figures networks are compared by."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from core import words
from core.compare.comparison import BASE_NAME, Comparison, ComparisonRow, attack_share, clean_share, pareto_names
from core.metrics.figures import Figure, by_measure, figures_of, shares_of
from core.metrics.network_scores import NetworkKind, NetworkScores, SetRole
from core.records import Share, SweepPoint
from gui.charts.scatter_chart import ScatterPoint
from gui.state.compared import ComparedNetwork
from gui.tables.network_table import NetworkColumn, NetworkRow
from gui.theme import formatting

PRUNED = "B′  repaired network"
WAITING = "not counted on the files that are open"


@dataclass(frozen=True, slots=True)
class ComparisonLine:
    """A line of the comparison: B, or a repaired network.

    Attributes:
        mark: stands for it in the chart: "B", "1".
        name: what it is called.
        detail: where it comes from.
        how: how it came about.
        row: its figures; None where it was not counted.
    """

    mark: str
    name: str
    detail: str
    how: str
    row: ComparisonRow | None


def lines_of(
    base: SweepPoint | None, networks: Sequence[ComparedNetwork], rows: Sequence[ComparisonRow | None]
) -> tuple[ComparisonLine, ...]:
    """B and the repaired networks, numbered."""
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
    """Figures of B′, then those of G, and a row a network.

    Args:
        lines: B first.
        poisoned_names: the poisoned sets.
        has_test: whether a clean test set is open; without one the validation set takes its place.
        is_by_confidence: G by the rule of confidence instead of that of agreement.
    """
    guard = "G  by confidence" if is_by_confidence else "G  by agreement"
    figures = _figures(has_test=has_test)
    columns = [
        column
        for network, group, who in ((NetworkKind.PRUNED, PRUNED, "B′"), (NetworkKind.REPAIRED, guard, "G"))
        for figure in figures[network]
        for column in _columns(figure, group, who, poisoned_names)
    ]
    rows = [
        NetworkRow(
            title=f"{line.mark}  {formatting.cut_name(line.name, 22)}" if line.mark != BASE_NAME else BASE_NAME,
            detail=line.detail,
            tip=f"{words.printable(line.name)}: {line.how}" if line.row is not None else f"{line.name}: {WAITING}",
            shares=_shares(line, figures, is_by_confidence=is_by_confidence) or (None,) * len(columns),
        )
        for line in lines
    ]
    return tuple(columns), tuple(rows)


def spots_of(
    lines: Sequence[ComparisonLine], comparison: Comparison | None
) -> tuple[tuple[ScatterPoint, ...], tuple[int, ...]]:
    """The points, and of each the position of its line; none without poisoned sets."""
    best = pareto_names(comparison) if comparison is not None else ()
    spots, places = [], []
    for place, line in enumerate(lines):
        attack = attack_share(line.row.by_agreement) if line.row is not None else None
        if line.row is None or attack is None:
            continue
        clean = clean_share(line.row.by_agreement)
        figures = f"clean accuracy {formatting.share_text(clean)}, ASR {formatting.share_text(attack)}"
        tip = f"{words.printable(line.name)}: {figures}"
        spots.append(
            ScatterPoint(line.mark, tip, _percents(clean), _percents(attack), line.mark == BASE_NAME, line.name in best)
        )
        places.append(place)
    return tuple(spots), tuple(places)


def file_name_of(name: str) -> str:
    """A network's name as part of a file's: "fine-pruning-2"."""
    stem = PurePath(name).stem or name
    return "-".join("".join(each if each.isalnum() or each == "-" else " " for each in stem.lower()).split())


def _percents(share: Share) -> tuple[float, float, float]:
    low, high = share.interval
    return 100 * share.rate, 100 * low, 100 * high


def _figures(*, has_test: bool) -> dict[NetworkKind, tuple[Figure, ...]]:
    """Of each network; G is told by the test set alone where there is one, B′ by both clean sets."""
    clean = [SetRole.TEST, SetRole.VALIDATION] if has_test else [SetRole.VALIDATION]
    return {
        NetworkKind.PRUNED: by_measure(figures_of(NetworkKind.PRUNED), [*clean, SetRole.POISONED]),
        NetworkKind.REPAIRED: by_measure(figures_of(NetworkKind.REPAIRED), [clean[0], SetRole.POISONED]),
    }


def _columns(figure: Figure, group: str, who: str, poisoned_names: Sequence[str]) -> list[NetworkColumn]:
    if not figure.is_of_many:  # false alarms stand there of one set, so that it need not be named
        title = figure.measure.short if figure.is_of_flags else figure.window_title
        return [NetworkColumn(title, figure.sentence(who), group)]
    suffixes = [f" {each}" if len(poisoned_names) > 1 else "" for each in formatting.short_names(poisoned_names)]
    return [
        NetworkColumn(f"{figure.window_title}{suffix}", figure.sentence(who, name=name), group)
        for name, suffix in zip(poisoned_names, suffixes, strict=True)
    ]


def _shares(
    line: ComparisonLine, figures: dict[NetworkKind, tuple[Figure, ...]], *, is_by_confidence: bool
) -> tuple[Share | None, ...]:
    """As the columns stand; empty where the network was not counted."""
    if line.row is None:
        return ()
    point = line.row.by_agreement
    pruned = shares_of(figures[NetworkKind.PRUNED], NetworkScores.of_point(point, NetworkKind.PRUNED))
    guard = line.row.by_confidence if is_by_confidence else point
    scores = NetworkScores.of_point(guard or point, NetworkKind.REPAIRED)
    repaired = shares_of(figures[NetworkKind.REPAIRED], scores)
    has_guard = guard is not None and line.mark != BASE_NAME
    return (*pruned, *(repaired if has_guard else (None,) * len(repaired)))
