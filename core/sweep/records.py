"""The results of a pruning sweep: the exact curve, its estimate, and readers that bypass the pruning."""

from dataclasses import dataclass

from core.channels import PrunableLayer
from core.display import Row, TableRecord
from core.metrics.cells import step_cells
from core.order.anp_settings import AnpSettings
from core.order.ranking import Ranking
from core.records import PoisonedSet, SweepPoint
from core.scale import Scale
from core.sweep.stopwatch import Effort
from core.words import joined


@dataclass(frozen=True, slots=True)
class Bypass:
    """Pruned channels that are still read.

    Attributes:
        layer: the convolution whose channels are pruned.
        cut_reader: the one reader that stopped reading them.
        open_readers: the layers that go on reading them.
    """

    layer: str
    cut_reader: str
    open_readers: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sweep(TableRecord):
    """A whole pruning curve.

    Attributes:
        ranking: the order that was followed.
        reader: the one reader that stopped reading; None when the channels' output was pruned.
        points: step 0 (unpruned) first, then one point per channel.
        poisoned_sets: the sets of `SweepPoint.poisoned`, in the same order.
        bypass: the layers that still read the pruned channels; None if there are none.
        scale: the pixel range used.
        settled_count: number of (image, step) predictions that were too close to call and settled by the plain network.
        effort: time and memory used; None if not measured.
        class_count: the network's number of classes; 0 if unknown.
        mask_settings: how the masks that define the order were optimized; None for other orders.
    """

    ranking: Ranking
    reader: str | None
    points: tuple[SweepPoint, ...]
    poisoned_sets: tuple[PoisonedSet, ...]
    bypass: Bypass | None
    scale: Scale
    settled_count: int
    effort: Effort | None = None
    class_count: int = 0
    mask_settings: AnpSettings | None = None

    def as_rows(self) -> tuple[Row, ...]:
        """A row a step: the channel pruned by it (None at step 0), B′, then what G flags."""
        names = [each.name for each in self.poisoned_sets]
        rows = []
        for point in self.points:
            layer, channel = self.ranking.layer.locate(point.channel_index)
            start = {"pruned_count": point.pruned_count, "layer": layer, "channel": channel}
            if channel < 0:
                start |= {"layer": None, "channel": None}
            rows.append({**start, **step_cells(point, poisoned_names=names)})
        return tuple(rows)

    def __repr__(self) -> str:
        return f"Sweep({self.ranking.layer.name}, reader={self.reader}, {len(self.points)} points)"


@dataclass(frozen=True, slots=True, eq=False)
class SweepEstimate:
    """A pruning curve over the images evaluated so far, a random part of every set.

    Attributes:
        ranking: the order that was followed, provisional while `is_order_final` is false.
        points: step 0 (unpruned) first, then one point per channel; totals count the images evaluated so far.
        image_count: number of images of all sets evaluated so far.
        image_total: number of images of all sets.
    """

    ranking: Ranking
    points: tuple[SweepPoint, ...]
    image_count: int
    image_total: int

    @property
    def is_order_final(self) -> bool:
        """Whether every validation image was measured."""
        return self.ranking.image_count == self.ranking.image_total

    def __repr__(self) -> str:
        return f"SweepEstimate({self.image_count} of {self.image_total} images)"


def open_readers_text(bypass: Bypass) -> str:
    """Say which layers still read pruned channels: "fc_1 still reads"."""
    return f"{joined(bypass.open_readers)} still {'reads' if len(bypass.open_readers) == 1 else 'read'}"


def find_bypass(layer: PrunableLayer, *, reader: str | None) -> Bypass | None:
    """Return the layers that still read a layer's channels if only `reader` stops; None if there are none."""
    if reader is None:
        return None
    open_readers = tuple(each.layer for each in layer.readers if each.layer != reader)
    return Bypass(layer=layer.name, cut_reader=reader, open_readers=open_readers) if open_readers else None
