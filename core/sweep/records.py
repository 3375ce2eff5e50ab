"""The results of a pruning sweep: the exact curve, its estimate, and who bypasses it."""

from dataclasses import dataclass

from core.channels import PrunableLayer, Ranking
from core.display import Row, TableRecord, flagged_cells, point_cells
from core.order.anp_settings import AnpSettings
from core.records import PoisonedSet, Scale, SweepPoint
from core.sweep.stopwatch import Effort


@dataclass(frozen=True, slots=True)
class Bypass:
    """Pruned channels that somebody still reads.

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
        points: step 0 (unpruned) first, one a channel.
        poisoned_sets: what `SweepPoint.poisoned` belongs to, same order.
        bypass: who still reads the pruned channels; None when nobody does.
        scale: pixel range that was fed.
        settled_count: (image, step) answers whose two best classes lay so close that the plain network decided.
        effort: what it cost, where it was measured.
        class_count: of the network; 0 where that is not known.
        mask_settings: how the masks were optimized that the order goes by; None where it goes by something else.
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
            cells = point_cells(point, poisoned_names=names) | flagged_cells(point, poisoned_names=names)
            rows.append({**start, **cells})
        return tuple(rows)

    def __repr__(self) -> str:
        return f"Sweep({self.ranking.layer.name}, reader={self.reader}, {len(self.points)} points)"


@dataclass(frozen=True, slots=True, eq=False)
class SweepEstimate:
    """A pruning curve over the images answered so far, a random part of every set.

    Attributes:
        ranking: the order that was followed, provisional while `is_order_final` is false.
        points: step 0 (unpruned) first, one a channel; totals count the images answered so far.
        image_count, image_total: images of all sets answered so far, and there are.
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


def find_bypass(layer: PrunableLayer, *, reader: str | None) -> Bypass | None:
    """Who goes on reading a layer's channels when only `reader` stops; None when nobody does."""
    if reader is None:
        return None
    open_readers = tuple(each.layer for each in layer.readers if each.layer != reader)
    return Bypass(layer=layer.name, cut_reader=reader, open_readers=open_readers) if open_readers else None
