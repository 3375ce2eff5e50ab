"""Places the layers of a network on a plane, from the input at the top to the output at the bottom.

Source: Sugiyama, Tagawa, Toda, "Methods for Visual Understanding of Hierarchical System Structures", 1981: layers by
the longest path, fewer crossings by barycentres. Positions are least squares with the gaps as bounds, by pooling of
adjacent violators, in place of the linear program of Gansner et al., "A Technique for Drawing Directed Graphs", 1993.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.monitor import Monitor
from core.structure.records import Edge, NetworkStructure

Size = tuple[float, float]
Point = tuple[float, float]

ROW_GAP = 44.0  # between two rows, with room for the shapes beside the edges
COLUMN_GAP = 28.0
LANE_WIDTH = 10.0  # of an edge that passes a row
ORDER_ROUNDS = 8
PLACE_ROUNDS = 10
_STRAIGHT = 8.0  # how much straighter an edge is between rows that it only passes


@dataclass(frozen=True, slots=True)
class GraphLayout:
    """Where the layers of a network are drawn.

    Attributes:
        boxes: left, top, width and height of each layer, by name.
        rows: the layers of each row, from the top, each from the left.
        lines: the points of each edge, from the bottom of one box to the top of the other.
        width: of the whole drawing.
        height: of the whole drawing.
    """

    boxes: Mapping[str, tuple[float, float, float, float]]
    rows: tuple[tuple[str, ...], ...]
    lines: Mapping[Edge, tuple[Point, ...]]
    width: float
    height: float


@dataclass(slots=True, eq=False)
class _Node:
    """A layer, or a row that an edge passes (without a name)."""

    name: str
    width: float
    height: float
    row: int
    x: float = 0.0


def lay_out(structure: NetworkStructure, sizes: Mapping[str, Size], *, monitor: Monitor | None = None) -> GraphLayout:
    """Place the layers of a network, and the edges between them.

    Args:
        structure: the network.
        sizes: width and height of each layer's box, by name.
        monitor: can cancel.

    Raises:
        Cancelled: the caller asked to stop.
    """
    monitor = monitor or Monitor()
    rows_of = _rows_of(structure)
    nodes = [_Node(each.name, *sizes[each.name], rows_of[each.name]) for each in structure.layers]
    chains = _chains(structure, nodes)
    above, below = _neighbours(chains, len(nodes))
    rows: list[list[int]] = [[] for _ in range(max(rows_of.values(), default=-1) + 1)]
    for place, node in enumerate(nodes):
        rows[node.row].append(place)
    monitor.stop_if_asked()
    rows = _uncrossed(rows, above, below, monitor)
    _place(rows, nodes, above, below, monitor)
    return _drawn(nodes, rows, chains)


def curve(points: Sequence[Point]) -> Iterator[tuple[Point, Point, Point]]:
    """Return the pieces of an edge as cubic curves: two control points and the end of each; straight where upright."""
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (y0 + y1) / 2
        yield (x0, middle), (x1, middle), (x1, y1)


def _rows_of(structure: NetworkStructure) -> dict[str, int]:
    """Return the row of each layer: below all that it reads."""
    rows: dict[str, int] = {}
    for layer in structure.layers:
        rows[layer.name] = max((rows[source] + 1 for source in layer.inputs if source in rows), default=0)
    return rows


def _chains(structure: NetworkStructure, nodes: list[_Node]) -> dict[Edge, tuple[int, ...]]:
    """Return the nodes of each edge, with a node added for each row that it passes."""
    chains = {}
    for source, target in structure.edges:
        start, end = structure.place(source), structure.place(target)
        chain = [start]
        for row in range(nodes[start].row + 1, nodes[end].row):
            nodes.append(_Node("", LANE_WIDTH, 0.0, row))
            chain.append(len(nodes) - 1)
        chains[source, target] = (*chain, end)
    return chains


def _neighbours(chains: Mapping[Edge, tuple[int, ...]], node_count: int) -> tuple[list[list[int]], list[list[int]]]:
    """Return the nodes that each node is joined with in the row above, and in the row below."""
    above: list[list[int]] = [[] for _ in range(node_count)]
    below: list[list[int]] = [[] for _ in range(node_count)]
    for chain in chains.values():
        for start, end in pairwise(chain):
            below[start].append(end)
            above[end].append(start)
    return above, below


def _uncrossed(
    rows: list[list[int]], above: list[list[int]], below: list[list[int]], monitor: Monitor
) -> list[list[int]]:
    """Sort each row by the mean position of its neighbours, down and up; return the order with the fewest crossings."""
    places = {node: place for row in rows for place, node in enumerate(row)}
    best, fewest = [list(row) for row in rows], _crossings(rows, below, places)
    for turn in range(ORDER_ROUNDS):
        if not fewest:
            break
        monitor.stop_if_asked()
        neighbours = below if turn % 2 else above
        for row in reversed(rows) if turn % 2 else rows:
            keys = {node: _mean([places[each] for each in neighbours[node]], places[node]) for node in row}
            row.sort(key=keys.__getitem__)
            places.update((node, place) for place, node in enumerate(row))
        count = _crossings(rows, below, places)
        if count < fewest:
            best, fewest = [list(row) for row in rows], count
    return best


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else float(otherwise)


def _crossings(rows: Sequence[Sequence[int]], below: Sequence[Sequence[int]], places: Mapping[int, int]) -> int:
    """Count the pairs of edges between neighbouring rows that cross."""
    total = 0
    for row in rows:
        ends = [end for node in row for end in sorted(places[each] for each in below[node])]
        total += _inversions(ends)[1]
    return total


def _inversions(values: list[int]) -> tuple[list[int], int]:
    """Return the values sorted, and how many pairs were in the wrong order."""
    if len(values) < 2:
        return values, 0
    middle = len(values) // 2
    left, left_count = _inversions(values[:middle])
    right, right_count = _inversions(values[middle:])
    merged, count, at = [], left_count + right_count, 0
    for value in right:
        while at < len(left) and left[at] <= value:
            merged.append(left[at])
            at += 1
        count += len(left) - at
        merged.append(value)
    return merged + left[at:], count


def _place(
    rows: Sequence[Sequence[int]],
    nodes: Sequence[_Node],
    above: Sequence[Sequence[int]],
    below: Sequence[Sequence[int]],
    monitor: Monitor,
) -> None:
    """Set the middle of each node so that edges are as upright as the order in the rows and the gaps allow."""
    offsets = {}
    for row in rows:
        at = 0.0
        for before, node in zip((None, *row), row, strict=False):
            at += 0.0 if before is None else _gap(nodes[before], nodes[node])
            offsets[node] = at
            nodes[node].x = at
        for node in row:
            nodes[node].x -= at / 2
    for turn in range(PLACE_ROUNDS):
        monitor.stop_if_asked()
        is_up, is_last = turn % 2 == 1, turn >= PLACE_ROUNDS - 2
        for row in reversed(rows) if is_up else rows:
            wanted, weights = [], []
            for node in row:
                joined = below[node] if is_up else above[node]
                if is_last and not nodes[node].name:
                    joined = (*above[node], *below[node])
                pulls = [_pull(nodes[node], nodes[each]) for each in joined]
                total = sum(pulls)
                mean = sum(pull * nodes[each].x for pull, each in zip(pulls, joined, strict=True))
                wanted.append(mean / total if total else nodes[node].x)
                weights.append(total or 0.1)
            for node, x in zip(row, _pooled(wanted, weights, [offsets[node] for node in row]), strict=True):
                nodes[node].x = x


def _gap(left: _Node, right: _Node) -> float:
    """Return the least distance of the middles of two neighbours in a row."""
    is_lane = not left.name and not right.name
    return (left.width + right.width) / 2 + (LANE_WIDTH if is_lane else COLUMN_GAP)


def _pull(one: _Node, other: _Node) -> float:
    """Return how strongly two joined nodes want to be one above the other."""
    lanes = (not one.name) + (not other.name)
    return (1.0, 2.0, _STRAIGHT)[lanes]


def _pooled(wanted: Sequence[float], weights: Sequence[float], offsets: Sequence[float]) -> list[float]:
    """Return the positions nearest to the wanted ones, by weighted least squares, that keep the gaps.

    Args:
        wanted: one for each node of a row, from the left.
        weights: one for each node, above 0.
        offsets: the position of each node if all were as close as they may be.
    """
    blocks: list[list[float]] = []  # mean, weight, number of nodes
    for want, weight, offset in zip(wanted, weights, offsets, strict=True):
        blocks.append([want - offset, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, total, count = blocks.pop()
            before = blocks[-1]
            before[0] = (before[0] * before[1] + mean * total) / (before[1] + total)
            before[1] += total
            before[2] += count
    means = [mean for mean, _, count in blocks for _ in range(int(count))]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _drawn(
    nodes: Sequence[_Node], rows: Sequence[Sequence[int]], chains: Mapping[Edge, tuple[int, ...]]
) -> GraphLayout:
    left = min((node.x - node.width / 2 for node in nodes), default=0.0)
    tops, heights, at = [], [], 0.0
    for row in rows:
        heights.append(max((nodes[node].height for node in row), default=0.0))
        tops.append(at)
        at += heights[-1] + ROW_GAP
    boxes = {}
    for node in nodes:
        node.x -= left
        if node.name:
            top = tops[node.row] + (heights[node.row] - node.height) / 2
            boxes[node.name] = (node.x - node.width / 2, top, node.width, node.height)
    lines = {}
    for edge, chain in chains.items():
        start, end = boxes[edge[0]], boxes[edge[1]]
        points = [(nodes[chain[0]].x, start[1] + start[3])]
        for place in chain[1:-1]:  # straight through the height of a row that it passes
            node = nodes[place]
            points += [(node.x, tops[node.row]), (node.x, tops[node.row] + heights[node.row])]
        lines[edge] = (*points, (nodes[chain[-1]].x, end[1]))
    return GraphLayout(
        boxes=boxes,
        rows=tuple(tuple(nodes[node].name for node in row if nodes[node].name) for row in rows),
        lines=lines,
        width=max((node.x + node.width / 2 for node in nodes), default=0.0),
        height=max(at - ROW_GAP, 0.0),
    )
