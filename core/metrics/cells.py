"""The figures of a step as table cells by column, for records with `as_rows`."""

from collections.abc import Sequence

from core.metrics.figures import by_set, figures_of
from core.metrics.network_scores import NetworkKind
from core.records import Share, SweepPoint
from core.words import short_mark


def network_cells(
    point: SweepPoint | None, network: NetworkKind, *, poisoned_names: Sequence[str] = (), has_flags: bool = True
) -> dict[str, Share | None]:
    """Return the figures of one network at a step.

    Args:
        point: the step; None if it does not exist, which gives empty cells.
        network: B′ (also of B, at step 0) or G.
        poisoned_names: names of the poisoned sets, in order; without names, several sets are numbered.
        has_flags: whether to include columns for what G flags; they are empty for B′.

    Returns:
        Column -> share; None for a set that is not loaded, and for a figure that the network does not have.
    """
    cells: dict[str, Share | None] = {}
    set_count = max(len(poisoned_names), len(point.poisoned) if point else 0)
    for figure in by_set(figures_of()):
        if figure.is_of_flags and not has_flags:
            continue
        is_known = point is not None and network in figure.networks
        for place in range(set_count if figure.is_of_many else 1):
            ending = "" if not figure.is_of_many or set_count < 2 else f"_{place + 1}"
            is_named = place < len(poisoned_names) and (ending or short_mark(poisoned_names[place])[1])
            if figure.is_of_many and is_named:
                ending = f" {poisoned_names[place]}"
            cells[figure.key + ending] = figure.share_at(point, network, place) if is_known and point else None
    return cells


def step_cells(point: SweepPoint | None, *, poisoned_names: Sequence[str] = ()) -> dict[str, Share | None]:
    """Return what B′ predicts and what G flags at a step; arguments as in `network_cells`."""
    pruned = network_cells(point, NetworkKind.PRUNED, poisoned_names=poisoned_names, has_flags=False)
    repaired = network_cells(point, NetworkKind.REPAIRED, poisoned_names=poisoned_names)
    return repaired | pruned
