"""The table before and after a repair, and the epochs of its refit as a table."""

from collections.abc import Sequence

from core.images.answers import Who
from core.metrics.figures import Figure, by_measure, figures_of
from core.metrics.network_scores import SWEEP_ROLES, SetRole
from core.records import Share
from core.refit.records import RefitEpoch
from core.report.tables.plain_table import PlainTable, distinct_titles
from gui.charts.curve_series import Series
from gui.state.repairs import NetworkFigures
from gui.tables.network_table import NetworkColumn, NetworkRow
from gui.theme import formatting

_ROLES = (SetRole.TEST, SetRole.HELD_OUT, SetRole.VALIDATION, SetRole.POISONED)
_REMARKS = {
    SetRole.VALIDATION: "; after refitting, most of these images were used for training",
    SetRole.TEST: "; not used for training or choosing",
    SetRole.POISONED: "; not used for training or choosing",
}


def repair_table(
    figures: Sequence[NetworkFigures], poisoned_names: Sequence[str]
) -> tuple[tuple[NetworkColumn, ...], tuple[NetworkRow, ...]]:
    """Return the columns that hold any figure, and one row per network.

    Args:
        figures: the figures of B, B′ and G.
        poisoned_names: names of the poisoned sets, in the order of their scores.
    """
    used: list[tuple[NetworkColumn, Sequence[Share | None]]] = []
    for figure in by_measure(figures_of(roles=(SetRole.HELD_OUT, *SWEEP_ROLES)), _ROLES):
        shares = [figure.shares(each.scores) for each in figures]
        for place, column in enumerate(_columns(figure, poisoned_names)):
            of_column = [each[place] for each in shares]
            used += [(column, of_column)] if any(of_column) else []
    rows = tuple(
        NetworkRow(
            each.title,
            each.detail,
            each.tip,
            tuple(shares[place] for _, shares in used),
            (tuple(Who)[place],) * len(used),
        )
        for place, each in enumerate(figures)
    )
    return tuple(column for column, _ in used), rows


def history_table(history: Sequence[RefitEpoch], series: Sequence[Series], *, kept_epoch: int) -> PlainTable:
    """Return a row for each epoch, epoch 0 (before refitting) first.

    Args:
        history: the epochs.
        series: the curves that are drawn.
        kept_epoch: the epoch whose weights are kept; 0 for none.
    """
    rows = []
    for epoch in history:
        state = "kept" if epoch.epoch and epoch.epoch == kept_epoch else "rolled back" if epoch.is_rolled_back else ""
        loss = epoch.loss if epoch.epoch else None
        rows.append((epoch.epoch, *(each.share(epoch) for each in series), loss, state))
    titles = distinct_titles(["epoch", *(each.data_name for each in series), "loss", "weights"])
    return PlainTable("Epochs of the refit", titles, tuple(rows))


def _columns(figure: Figure, poisoned_names: Sequence[str]) -> list[NetworkColumn]:
    remark = "" if figure.is_of_flags else _REMARKS.get(figure.role, "")
    if not figure.is_of_many:
        return [NetworkColumn(figure.window_title, figure.sentence("each network") + remark, figure=figure)]
    suffixes = formatting.set_endings(poisoned_names)
    return [
        NetworkColumn(
            f"{figure.window_title}{suffix}",
            figure.sentence("each network", name=name) + remark,
            figure=figure,
            place=place,
        )
        for place, (name, suffix) in enumerate(zip(poisoned_names, suffixes, strict=True))
    ]
