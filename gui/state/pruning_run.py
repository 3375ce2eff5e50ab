"""A pruning run: its settings and its curve, estimated or complete; and what of it is on the screen."""

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.channels import NO_LAYERS, ChannelTensor, LayerSet
from core.order.order import PruningOrder
from core.order.orders.registry import DEFAULT_ORDER
from core.order.ranking import Ranking
from core.records import PoisonedSet, SweepPoint
from core.scale import Scale
from core.sweep.records import Bypass, Sweep, SweepEstimate

if TYPE_CHECKING:
    from core.sweep.inspection import Inspection

Curve = Sweep | SweepEstimate
"""A complete pruning curve, or an estimate from the images answered so far."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a run.

    Attributes:
        layer: the convolution to prune, or several as one; `NO_LAYERS` while no model is open.
        reader: the only reader that the channels are pruned for; None prunes them for all readers.
        order: the order in which channels are pruned.
        scale: the chosen pixel range; None uses the one that was found.
        tensor: which tensor is ranked and zeroed where a batch normalization follows the activation.
    """

    layer: LayerSet = NO_LAYERS
    reader: str | None = None
    order: PruningOrder = DEFAULT_ORDER
    scale: Scale | None = None
    tensor: ChannelTensor = ChannelTensor.ACTIVATION


@dataclass(slots=True, eq=False, weakref_slot=True)
class Run:
    """A pruning run, in progress or complete.

    Attributes:
        settings: its settings; the scale is the one that was used.
        poisoned_sets: the poisoned sets, in the order of `SweepPoint.poisoned`.
        ranking: the newest activations, in the order of the curve; None until the first measurement.
        bypass: the layers that still read the pruned channels; None if there are none.
        estimate: the newest estimate of the curve; None before the first one and when the run is complete.
        inspection: the engine's result; None until the run is complete.
        name: the name that the person gave it; empty for none.
        number: counts the finished runs of the session.
        colour: the number of its colour in the theme's `runs`.
        is_visible: whether it is drawn beside another run that is shown.
    """

    settings: Settings
    poisoned_sets: tuple[PoisonedSet, ...] = ()
    ranking: Ranking | None = None
    bypass: Bypass | None = None
    estimate: SweepEstimate | None = None
    inspection: "Inspection | None" = None
    name: str = ""
    number: int = 0
    colour: int = 0
    is_visible: bool = True

    @property
    def curve(self) -> Curve | None:
        """The complete curve, else the newest estimate; None before the first one."""
        return self.inspection.sweep if self.inspection is not None else self.estimate

    @property
    def points(self) -> tuple[SweepPoint, ...]:
        """The steps of the curve, unpruned first; empty before the first estimate."""
        return self.curve.points if self.curve is not None else ()

    @property
    def last_step(self) -> int:
        """The step that prunes every channel; 0 while there is no curve."""
        return max(len(self.points) - 1, 0)

    def take_ranking(self, ranking: Ranking) -> None:
        """Set newer activations; the order of an estimated curve is kept, because its figures belong to it."""
        if self.ranking is None or self.ranking.image_count <= ranking.image_count:
            self.ranking = ranking
        if self.estimate is not None and self.ranking.order is not self.estimate.ranking.order:
            self.ranking = replace(self.ranking, order=self.estimate.ranking.order)

    def take_estimate(self, estimate: SweepEstimate) -> None:
        """Set a newer estimate, and take over its order."""
        self.estimate = estimate
        self.take_ranking(estimate.ranking)

    def finish(self, inspection: "Inspection") -> None:
        """Set the result of the complete run."""
        self.inspection = inspection
        self.estimate = None
        self.ranking = inspection.sweep.ranking
        self.bypass = inspection.sweep.bypass
        self.poisoned_sets = inspection.sweep.poisoned_sets


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What is on the screen of a run, as one immutable state that can be shown again.

    Attributes:
        settings: the chosen settings.
        several: the convolutions chosen to be pruned as one.
        run: the shown run; None for none.
        step: the position of the cursor.
        hand_mask: channels kept by hand, (C,) bool, read-only; None while the mask follows the cursor.
        hand_point: the figures of `hand_mask`; None while they are not known.
    """

    settings: Settings
    several: tuple[str, ...]
    run: Run | None
    step: int
    hand_mask: NDArray[np.bool_] | None
    hand_point: SweepPoint | None

    @property
    def values(self) -> dict[str, object]:
        """The fields by name, which are attributes of the session too."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @property
    def has_curve(self) -> bool:
        """Whether there is a curve on the screen."""
        return self.run is not None and self.run.curve is not None

    def is_same_network(self, other: "View") -> bool:
        """Whether both show the same network, whatever is known of it."""
        if (self.settings, self.several, self.step) != (other.settings, other.several, other.step):
            return False
        if self.run is not other.run:
            return False
        if self.hand_mask is None or other.hand_mask is None:
            return self.hand_mask is other.hand_mask
        return np.array_equal(self.hand_mask, other.hand_mask)
