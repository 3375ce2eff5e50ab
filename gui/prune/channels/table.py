"""The channels as a table: a row for each bar, with the numbers that the chart draws."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.order.ranking import Ranking
from core.report.tables.plain_table import PlainTable
from core.words import channel_name

EFFECT = "difference poisoned − clean"


def channel_state(ranking: Ranking, channel: int, *, is_kept: bool, is_next: bool) -> str:
    """Return a channel's state in words: "kept", "next to be pruned, dead"."""
    state = ("next to be pruned" if is_next else "kept") if is_kept else "pruned"
    return f"{state}, dead" if ranking.dead[channel] and ranking.image_count else state


def channel_table(
    ranking: Ranking,
    places: Sequence[int] | NDArray[np.int64],
    channel_mask: NDArray[np.bool_],
    *,
    next_channel: int | None,
    effects: NDArray[np.float64] | None,
) -> PlainTable:
    """Return the channels in the order of the bars.

    Args:
        ranking: their activations and order.
        places: the channel of each bar from the left.
        channel_mask: True = kept, (C,).
        next_channel: the channel that the next step prunes; None for none.
        effects: difference of mean activations between poisoned and clean images, (C,); None if not measured.
    """
    layer = ranking.layer
    step_of = np.empty(len(ranking.order), dtype=np.int64)
    step_of[ranking.order] = np.arange(1, len(ranking.order) + 1)
    rows = []
    for channel in map(int, places):
        state = channel_state(ranking, channel, is_kept=bool(channel_mask[channel]), is_next=channel == next_channel)
        name = channel_name(layer, channel) if layer.parts else channel
        figures = [float(ranking.activations[channel]), float(ranking.peaks[channel])]
        effect = [] if effects is None else [float(effects[channel])]
        rows.append((name, *figures, *effect, int(step_of[channel]), state))
    mean = "mean activation, share of the layer's largest" if layer.parts else "mean activation"
    columns = ("channel", mean, "largest activation", *([] if effects is None else [EFFECT]), "pruned at step", "state")
    return PlainTable(f"Channels of {', '.join(part.name for part in layer.parts) or layer.name}", columns, tuple(rows))
