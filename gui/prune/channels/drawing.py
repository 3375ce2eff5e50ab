"""Draws the bars of channels in the colours of their states, and counts the states in the legend."""

import numpy as np
from numpy.typing import NDArray

from core import words
from core.order.ranking import Ranking
from gui.charts.bar_chart import BarChart
from gui.prune.channels.legend import StateLegend
from gui.prune.channels.places import kept_of_parts, rows_of
from gui.theme import theme


def draw_channels(
    chart: BarChart,
    legend: StateLegend,
    ranking: Ranking,
    places: NDArray[np.int64],
    channel_mask: NDArray[np.bool_],
    *,
    next_channel: int | None,
) -> None:
    """Draw a bar for each channel, and count the states.

    Args:
        chart: the bars.
        legend: their legend.
        ranking: the activations.
        places: the channel of each bar from left to right, (C,).
        channel_mask: (C,), True = kept.
        next_channel: the channel that the next step prunes; None for none.
    """
    colours, layer = theme.current(), ranking.layer
    dead = ranking.dead & (ranking.image_count > 0)
    fills = np.where(channel_mask, np.where(dead, colours.dead, colours.kept), colours.pruned).tolist()
    if next_channel is not None:
        fills[next_channel] = colours.next
    chart.set_bars(
        ranking.activations[places],
        labels=[words.channel_name(layer, int(channel)) for channel in places],
        fills=[fills[channel] for channel in places],
        hollow=dead[places],
        rows=rows_of(layer)[places] if layer.parts else None,
        row_names=tuple(part.name for part in layer.parts),
    )
    legend.set_counts(
        kept=int(channel_mask.sum()),
        pruned=int((~channel_mask).sum()),
        dead=int(dead.sum()),
        next_name="" if next_channel is None else words.channel_name(layer, next_channel),
        parts=kept_of_parts(layer, channel_mask),
    )
