"""The table before and after a repair: which figures it has, and what they are."""

from collections.abc import Sequence

from core.records import Share
from gui.state.repairs import NetworkFigures
from gui.tables.network_table import NetworkColumn, NetworkRow
from gui.theme import formatting

_HELD_OUT = "Clean validation images that were not trained with, predicted as their true label"
_VALIDATION = "Clean validation images predicted as their true label; after refitting most of them were trained with"
_TEST = "Clean test images predicted as their true label; only watched"


def repair_table(
    figures: Sequence[NetworkFigures], poisoned_names: Sequence[str]
) -> tuple[tuple[NetworkColumn, ...], tuple[NetworkRow, ...]]:
    """Columns that hold any figure, and a row a network.

    Args:
        figures: of B, B′ and G.
        poisoned_names: the poisoned sets, in the order of `NetworkFigures.attack`.
    """
    names = formatting.short_names(poisoned_names)
    suffixes = [f" {name}" if len(names) > 1 else "" for name in names]
    columns = [
        (NetworkColumn("clean test", _TEST), [each.test for each in figures]),
        (NetworkColumn("clean held\u2011out", _HELD_OUT), [each.held_out for each in figures]),
        (NetworkColumn("clean validation", _VALIDATION), [each.validation for each in figures]),
    ]
    for place, (name, suffix) in enumerate(zip(poisoned_names, suffixes, strict=True)):
        tip = f"Images of {name} predicted as the target label (attack success rate); only watched"
        columns.append((NetworkColumn(f"ASR{suffix}", tip), [each.attack[place] for each in figures]))
    for place, (name, suffix) in enumerate(zip(poisoned_names, suffixes, strict=True)):
        tip = f"Images of {name} that are flagged as backdoored (detection rate)"
        columns.append((NetworkColumn(f"detection{suffix}", tip), [each.detection[place] for each in figures]))
    for place, role in ((1, "test"), (0, "validation")):
        tip = f"Clean {role} images that are flagged as backdoored (false alarm rate)"
        columns.append((NetworkColumn(f"false alarms {role}", tip), [each.false_alarms[place] for each in figures]))
    used: list[tuple[NetworkColumn, Sequence[Share | None]]] = [each for each in columns if any(each[1])]
    rows = tuple(
        NetworkRow(each.title, each.detail, each.tip, tuple(shares[place] for _, shares in used))
        for place, each in enumerate(figures)
    )
    return tuple(column for column, _ in used), rows
