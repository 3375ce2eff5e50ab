"""The tables of the window as plain values, for files and the clipboard."""

from core.report.tables.plain_table import PlainTable, distinct_titles
from gui.tables.network_table import NetworkTable
from gui.tables.results_table import ResultsModel


def results_table(model: ResultsModel) -> PlainTable:
    """Return the results of a pruning run: a row for the cursor, the unpruned network and each stop."""
    rows = []
    for place, row in enumerate(model.rows):
        name = f"{row.name} (estimate)" if row.is_estimate else row.name
        shares = [model.share_at(place, number) for number in range(1, len(model.columns) + 1)]
        pruned = row.point.pruned_count if row.point is not None else None
        rows.append((name, pruned, row.channels_left, *shares))
    titles = ["row", "channels pruned", "channels left", *(column.name for column in model.columns)]
    return PlainTable("Results of pruning", distinct_titles(titles), tuple(rows))


def networks_table(model: NetworkTable, *, title: str) -> PlainTable:
    """Return a table of networks: a row for each network, a column for each figure."""
    rows = [(f"{row.title} {row.detail}".strip(), *row.shares) for row in model.rows]
    titles = ["network", *(column.name for column in model.columns)]
    return PlainTable(title, distinct_titles(titles), tuple(rows))
