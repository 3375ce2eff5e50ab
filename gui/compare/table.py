"""The table and the points of a comparison: which figures networks are compared by."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from core import words
from core.compare.comparison import BASE_NAME, Comparison, ComparisonRow, attack_share, clean_share, pareto_names
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
    first = ComparisonLine(BASE_NAME, BASE_NAME, "as it came", "The network as it came", None)
    if base is not None:
        first = ComparisonLine(
            BASE_NAME, BASE_NAME, "as it came", "The network as it came", ComparisonRow(BASE_NAME, "", base)
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
    role = "test" if has_test else "validation"
    guard = "G  by confidence" if is_by_confidence else "G  by agreement"
    names = formatting.short_names(poisoned_names)
    suffixes = [f" {name}" if len(names) > 1 else "" for name in names]
    columns = [NetworkColumn(f"clean {role}", f"Clean {role} images that B′ predicts as their true label", PRUNED)]
    if has_test:
        columns.append(
            NetworkColumn("clean validation", "Clean validation images that B′ predicts as their true label", PRUNED)
        )
    for name, suffix in zip(poisoned_names, suffixes, strict=True):
        columns.append(NetworkColumn(f"ASR{suffix}", f"Images of {name} that B′ predicts as the target label", PRUNED))
    columns.append(NetworkColumn(f"clean {role}", f"Clean {role} images that G predicts as their true label", guard))
    for name, suffix in zip(poisoned_names, suffixes, strict=True):
        columns.append(NetworkColumn(f"ASR{suffix}", f"Images of {name} that G predicts as the target label", guard))
    for name, suffix in zip(poisoned_names, suffixes, strict=True):
        columns.append(NetworkColumn(f"detection{suffix}", f"Images of {name} that G flags as backdoored", guard))
    columns.append(NetworkColumn("false alarms", f"Clean {role} images that G flags as backdoored", guard))
    rows = [
        NetworkRow(
            title=f"{line.mark}  {formatting.cut_name(line.name, 22)}" if line.mark != BASE_NAME else BASE_NAME,
            detail=line.detail,
            tip=f"{words.printable(line.name)}: {line.how}" if line.row is not None else f"{line.name}: {WAITING}",
            shares=_shares(line, len(poisoned_names), has_test=has_test, is_by_confidence=is_by_confidence),
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


def _shares(
    line: ComparisonLine, set_count: int, *, has_test: bool, is_by_confidence: bool
) -> tuple[Share | None, ...]:
    """As the columns stand."""
    if line.row is None:
        return (None,) * (3 + has_test + 3 * set_count)
    point = line.row.by_agreement
    by_confidence = line.row.by_confidence if is_by_confidence else point
    if line.mark == BASE_NAME:
        by_confidence = None
    clean = (point.test, point.validation) if has_test else (point.validation,)
    by_guard = (by_confidence.test if has_test else by_confidence.validation) if by_confidence is not None else None
    sets: tuple[Share | None, ...] = (None,) * (2 * set_count)
    if by_confidence is not None:
        sets = (*(each.repaired for each in by_confidence.poisoned), *(each.flagged for each in by_confidence.poisoned))
    return (
        *(score.pruned if score is not None else None for score in clean),
        *(each.pruned for each in point.poisoned),
        by_guard.repaired if by_guard is not None else None,
        *sets,
        by_guard.flagged if by_guard is not None else None,
    )
