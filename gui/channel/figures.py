"""The figures of a channel as texts, read from the state of the window."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.channels import PrunableLayer
from core.words import NOTHING, counted
from gui.channel.activity_cache import Activity
from gui.state.session import Session
from gui.theme import formatting

if TYPE_CHECKING:
    from core.data.dataset import Dataset

SET_WORDS = ("clean", "triggered")


def pruning_order(session: Session, layer: PrunableLayer) -> NDArray[np.int64] | None:
    """Return a layer's channels in the order in which they are pruned; None if they are not ranked."""
    ranking = session.run.ranking if session.run is not None else None
    if ranking is None:
        return None
    located = [ranking.layer.locate(int(channel)) for channel in ranking.order]
    channels = [channel for name, channel in located if name == layer.name]
    return np.array(channels, np.int64) if channels else None


def channel_row(
    session: Session,
    layer: PrunableLayer,
    channel: int,
    clean: NDArray[np.float64],
    triggered: NDArray[np.float64] | None,
) -> tuple[str, ...]:
    """Return a channel's row: index, state, place in the order, activation on clean and triggered images, change."""
    texts = [formatting.number_text(float(clean[channel])), NOTHING, NOTHING]
    if triggered is not None:
        change = float(triggered[channel] - clean[channel])
        sign = "+" if change > 0 else ""
        texts[1:] = [
            formatting.number_text(float(triggered[channel])),
            f"{sign}{formatting.number_text(change)}".replace("-", "−"),
        ]
    return (str(channel), *_state_and_place(session, layer, channel), *texts)


def _state_and_place(session: Session, layer: PrunableLayer, channel: int) -> tuple[str, str]:
    ranking = session.run.ranking if session.run is not None else None
    overall = ranking.layer.overall(layer.name, channel) if ranking is not None else -1
    if ranking is None or overall < 0:
        return NOTHING, NOTHING
    channel_mask = session.channel_mask
    is_kept = channel_mask is None or bool(channel_mask[overall])
    state = ("next" if overall == session.next_channel else "kept") if is_kept else "pruned"
    if ranking.image_count and bool(ranking.dead[overall]):
        state += ", dead"
    return state, f"{int(np.flatnonzero(ranking.order == overall)[0]) + 1} of {len(ranking.order)}"


def measured_text(activities: "Sequence[tuple[Dataset, Activity]]") -> str:
    """Say how many images the figures are of: "440 clean images, 128 of 436 triggered images, at random"."""
    parts = []
    for (data, activity), word in zip(activities, SET_WORDS, strict=False):
        is_all = activity.done_count == data.image_count
        count = counted(data.image_count, f"{word} image")
        parts.append(count if is_all else f"{activity.done_count} of {count}, at random")
    return ", ".join(parts)
