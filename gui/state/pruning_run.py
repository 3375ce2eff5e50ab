"""A run: what it was made with, and its curve, estimated or whole."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.channels import NO_LAYERS, LayerSet
from core.order.order import PruningOrder
from core.order.orders.registry import DEFAULT_ORDER
from core.order.ranking import Ranking
from core.records import PoisonedSet, Scale, SweepPoint
from core.sweep.records import Bypass, Sweep, SweepEstimate

if TYPE_CHECKING:
    from core.sweep.inspection import Inspection

Curve = Sweep | SweepEstimate
"""A pruning curve: the whole one, or as it looks by the images answered so far."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run depends on besides the files.

    Attributes:
        layer: the convolution that is pruned, or several as one; none while no model is open.
        reader: the one reader that stops reading; None prunes the channels' output.
        order: which channels go first.
        scale: the range the person chose; None takes what was found.
    """

    layer: LayerSet = NO_LAYERS
    reader: str | None = None
    order: PruningOrder = DEFAULT_ORDER
    scale: Scale | None = None


@dataclass(slots=True, eq=False)
class Run:
    """A pruning curve, estimated or whole.

    Attributes:
        settings: what it was made with; its scale is the one that was really fed.
        poisoned_sets: what `SweepPoint.poisoned` belongs to, same order.
        ranking: the newest activations, in the order that the curve follows; None until the first measurement.
        bypass: who goes on reading the pruned channels; None when nobody does.
        estimate: the newest estimate of the curve; None before the first one, and when the run is whole.
        inspection: the engine's answer; None until the run is whole.
    """

    settings: Settings
    poisoned_sets: tuple[PoisonedSet, ...] = ()
    ranking: Ranking | None = None
    bypass: Bypass | None = None
    estimate: SweepEstimate | None = None
    inspection: "Inspection | None" = None

    @property
    def curve(self) -> Curve | None:
        """The whole curve, else its newest estimate; None before the first one."""
        return self.inspection.sweep if self.inspection is not None else self.estimate

    @property
    def points(self) -> tuple[SweepPoint, ...]:
        """The steps of the curve, unpruned first; none before the first estimate."""
        return self.curve.points if self.curve is not None else ()

    @property
    def last_step(self) -> int:
        """The step that prunes every channel; 0 while there is no curve."""
        return max(len(self.points) - 1, 0)

    def take_ranking(self, ranking: Ranking) -> None:
        """Keep newer activations; the order stays the one that the curve follows, as its figures belong to it."""
        if self.ranking is None or self.ranking.image_count <= ranking.image_count:
            self.ranking = ranking
        if self.estimate is not None and self.ranking.order is not self.estimate.ranking.order:
            self.ranking = replace(self.ranking, order=self.estimate.ranking.order)

    def take_estimate(self, estimate: SweepEstimate) -> None:
        """Keep a newer estimate, and follow its order."""
        self.estimate = estimate
        self.take_ranking(estimate.ranking)

    def finish(self, inspection: "Inspection") -> None:
        """Become whole."""
        self.inspection = inspection
        self.estimate = None
        self.ranking = inspection.sweep.ranking
        self.bypass = inspection.sweep.bypass
        self.poisoned_sets = inspection.sweep.poisoned_sets
