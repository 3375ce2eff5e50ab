"""Which edges of the graph carry the channels that are pruned, and to whom."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.channels import PrunableLayer
from core.structure.records import Edge, NetworkStructure


@dataclass(frozen=True, slots=True)
class ReaderRoute:
    """The way of a convolution's channels to one of the layers that read them.

    Attributes:
        layer: the convolution.
        reader: the layer that reads its channels.
        is_open: whether it goes on reading the pruned channels, because they are pruned for another reader alone: a
            bypass.
        edges: the edges on the way, from where the channels are measured.
    """

    layer: str
    reader: str
    is_open: bool
    edges: frozenset[Edge]


def find_routes(
    structure: NetworkStructure, layers: Sequence[PrunableLayer], *, reader: str | None = None
) -> tuple[ReaderRoute, ...]:
    """Return the ways of the channels of some convolutions to the layers that read them.

    Args:
        structure: the network.
        layers: single convolutions.
        reader: the only layer that stops reading pruned channels; None if all of them do.
    """
    consumers = structure.consumers()
    routes = []
    for layer in layers:
        names = {each.layer for each in layer.readers}
        reached = _passed(layer.measured_at, names, consumers)
        for each in layer.readers:
            edges = _backwards(structure, each.layer, layer.measured_at, reached)
            routes.append(ReaderRoute(layer.name, each.layer, reader not in (None, each.layer), edges))
    return tuple(routes)


def _passed(start: str, readers: set[str], consumers: dict[str, tuple[str, ...]]) -> set[str]:
    """Return the layers between where channels are measured and their readers, the start included."""
    reached, pending = {start}, [start]
    while pending:
        for name in consumers.get(pending.pop(), ()):
            if name not in readers and name not in reached:
                reached.add(name)
                pending.append(name)
    return reached


def _backwards(structure: NetworkStructure, reader: str, start: str, passed: set[str]) -> frozenset[Edge]:
    """Return the edges by which `reader` reads `start`, through layers in `passed`."""
    edges: set[Edge] = set()
    pending = [reader] if reader in structure else []
    while pending:
        name = pending.pop()
        for source in structure.layer(name).inputs:
            if source in passed and (source, name) not in edges:
                edges.add((source, name))
                if source != start:
                    pending.append(source)
    return frozenset(edges)
