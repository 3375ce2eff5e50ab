"""A repair method and a pruning order that nobody would use: one object each, as an outsider would add them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.order.order import PruningOrder
from core.registry.setting import PERCENT, Setting
from core.repair.method import RepairMethod

STRENGTH = Setting(
    name="strength",
    option="--strength",
    label="Strength",
    help="How much smaller the last weights become",
    kind=float,
    default=0.25,
    lowest=0,
    highest=100,
    unit=PERCENT,
    decimals=1,
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Shrinking(RepairMethod):
    """Makes the last layer's weights smaller."""

    def run(self, task: Any, monitor: Any) -> Any:
        """Copy the network, and shrink the copy."""
        import keras  # noqa: PLC0415 - a method is listed without Keras

        from core.repair.task import Made  # noqa: PLC0415

        monitor.checkpoint("Shrinking")
        model = keras.models.clone_model(task.network.model)
        factor = 1 - task.choices.own_value(STRENGTH)
        weights = task.network.model.get_weights()
        model.set_weights([*weights[:-2], *(factor * each for each in weights[-2:])])
        return Made(model)


SHRINKING = Shrinking(
    name="shrinking", title="Shrinking weights", help="Makes the last weights smaller.", settings=(STRENGTH,)
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Alternating(PruningOrder):
    """Every other channel first."""

    def arrange(self, layer: Any, activations: Any, scores: Any) -> Any:
        """Channels 1, 3, 5, …, then 0, 2, 4, …"""
        del layer, scores
        places = np.arange(len(activations))
        return np.concatenate([places[1::2], places[::2]])


ALTERNATING = Alternating(
    name="alternating",
    title="every other first",
    help="Channels with odd numbers, then those with even ones",
    detail="odd channels first",
)
