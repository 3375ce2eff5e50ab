"""Where layers are drawn: rows from top to bottom, no overlaps, few crossings, upright lines, cancelled at once."""

import random
from itertools import pairwise

import pytest

from core.errors import Cancelled
from core.monitor import Monitor
from core.structure.layout import COLUMN_GAP, GraphLayout, curve, lay_out
from core.structure.records import LayerRecord, NetworkStructure


def build(inputs: dict[str, tuple[str, ...]]) -> NetworkStructure:
    return NetworkStructure(tuple(LayerRecord(name, "Add", (1,), 0, inputs=each) for name, each in inputs.items()))


def place(inputs: dict[str, tuple[str, ...]], width: float = 100.0) -> GraphLayout:
    structure = build(inputs)
    return lay_out(structure, {each.name: (width, 40.0) for each in structure.layers})


def middles(layout: GraphLayout) -> dict[str, float]:
    return {name: left + width / 2 for name, (left, _, width, _) in layout.boxes.items()}


def check(structure: NetworkStructure, layout: GraphLayout) -> None:
    for source, target in structure.edges:
        assert layout.boxes[source][1] + layout.boxes[source][3] < layout.boxes[target][1]  # below what it reads
        points = layout.lines[source, target]
        assert points[0] == pytest.approx((middles(layout)[source], layout.boxes[source][1] + 40))
        assert points[-1] == pytest.approx((middles(layout)[target], layout.boxes[target][1]))
        assert all(one[1] <= other[1] for one, other in pairwise(points))
    for row in layout.rows:
        for left, right in pairwise(row):
            assert layout.boxes[left][0] + layout.boxes[left][2] + COLUMN_GAP <= layout.boxes[right][0] + 1e-6
    assert all(left >= -1e-6 and top >= 0 for left, top, _, _ in layout.boxes.values())
    assert max(left + width for left, _, width, _ in layout.boxes.values()) <= layout.width + 1e-6


def test_a_chain_is_one_upright_line():
    layout = place({"a": (), "b": ("a",), "c": ("b",)})
    assert layout.rows == (("a",), ("b",), ("c",))
    assert len(set(middles(layout).values())) == 1


def test_branches_lie_on_both_sides_of_what_they_join():
    layout = place({"a": (), "left": ("a",), "right": ("a",), "sum": ("left", "right")})
    at = middles(layout)
    assert at["a"] == pytest.approx(at["sum"])
    assert sorted([at["left"], at["right"]]) == pytest.approx([at["a"] - 64, at["a"] + 64])


def test_a_skip_passes_beside_the_boxes_between():
    layout = place({"a": (), "b": ("a",), "c": ("b",), "sum": ("a", "c")})
    passing = layout.lines["a", "sum"][1:-1]
    assert len(passing) == 4  # through two rows
    for x, _ in passing:
        for name in ("b", "c"):
            left, _, width, _ = layout.boxes[name]
            assert x < left or x > left + width


def test_crossings_that_need_not_be_are_undone():
    layout = place({"a": (), "b": ("a",), "c": ("a",), "d": ("a",), "x": ("d",), "y": ("c",), "z": ("b",)})
    at = middles(layout)
    assert [at["x"] < at["y"], at["y"] < at["z"]] == [at["d"] < at["c"], at["c"] < at["b"]]


@pytest.mark.parametrize("seed", range(8))
def test_any_graph_is_placed_without_overlaps(seed):
    rng = random.Random(seed)
    names = [f"n{place}" for place in range(40)]
    inputs = {
        name: tuple(rng.sample(names[:at], k=min(at, rng.choice((1, 1, 1, 2, 3))))) for at, name in enumerate(names)
    }
    structure = build(inputs)
    sizes = {name: (rng.uniform(60, 240), 40.0) for name in names}
    layout = lay_out(structure, sizes)
    check(structure, layout)
    assert layout == lay_out(structure, sizes)  # the same each time


def test_one_layer_alone_and_none():
    assert place({"a": ()}).boxes == {"a": (0.0, 0.0, 100.0, 40.0)}
    empty = lay_out(NetworkStructure(()), {})
    assert (empty.width, empty.height, empty.rows) == (0.0, 0.0, ())


def test_it_stops_when_asked():
    monitor = Monitor()
    monitor.cancel()
    structure = build({"a": (), "b": ("a",)})
    with pytest.raises(Cancelled):
        lay_out(structure, {"a": (1, 1), "b": (1, 1)}, monitor=monitor)


def test_curves_end_where_the_points_are():
    pieces = list(curve([(0, 0), (10, 20), (10, 40)]))
    assert [end for _, _, end in pieces] == [(10, 20), (10, 40)]
    assert pieces[0] == ((0, 10), (10, 10), (10, 20))  # leaves and arrives upright
