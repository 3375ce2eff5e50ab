"""Descriptions whose layers or nested networks are called again and again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.hostile.case import Case, Make, hostile
from tests.hostile.writing import functional, input_layer, layer, write_archive, write_h5_model

Entry = dict[str, Any]


def _nodes(entry: Entry, reads: list[list[str]]) -> Entry:
    """Return a layer with a call for each list of layers that it reads; "name/3" is the fourth call of a layer."""
    places = [[(name.partition("/")[0], int(name.partition("/")[2] or 0)) for name in names] for names in reads]
    return {**entry, "inbound_nodes": [[[name, call, 0, {}] for name, call in call_reads] for call_reads in places]}


def _row(count: int) -> Entry:
    """Describe a layer that reads itself, time after time."""
    reads = [["input"], *([f"again/{call}"] for call in range(count - 1))]
    return functional(
        input_layer(),
        _nodes(layer("ReLU", "again"), reads),
        _nodes(layer("Flatten", "flat"), [[f"again/{count - 1}"]]),
        layer("Dense", "out", ["flat"], units=2),
    )


def _circle() -> Entry:
    """Describe a layer whose first call reads its second one."""
    return functional(
        input_layer(),
        _nodes(layer("ReLU", "again"), [["again/1"], ["again"]]),
        layer("Flatten", "flat", ["again"]),
        layer("Dense", "out", ["flat"], units=2),
    )


def _inside(inner: Entry, name: str, calls: int, *, first: int = 1) -> Entry:
    """Describe a network that calls another one several times, one after the other.

    `first` is the number of a nested network's first call, by which Keras 2 counts.
    """
    own = inner["config"]["name"]
    reads = [["input"], *([f"{own}/{first + call}"] for call in range(calls - 1))]
    again = _nodes({**inner, "name": own}, reads)
    made = functional(input_layer(), again)
    made["config"]["name"] = name
    made["config"]["output_layers"] = [[own, first + calls - 1, 0]]
    return made


def _doubling(depth: int, calls: int = 2) -> Entry:
    """Describe networks in networks, each called several times: calls ** depth layers."""
    made = functional(input_layer(), layer("ReLU", "act", ["input"]))
    made["config"]["name"] = "net_0"
    for level in range(1, depth):
        made = _inside(made, f"net_{level}", calls)
    own = made["config"]["name"]
    return functional(
        input_layer(),
        _nodes({**made, "name": own}, [["input"]]),
        _nodes(layer("Flatten", "flat"), [[f"{own}/1"]]),
        layer("Dense", "out", ["flat"], units=2),
    )


def _itself() -> Entry:
    """Describe a network that contains a network of its own name, called twice."""
    made = functional(input_layer(), layer("ReLU", "net", ["input"]))
    return functional(
        input_layer(),
        _nodes({**made, "name": "net"}, [["input"], ["net/1"]]),
        _nodes(layer("Flatten", "flat"), [["net/7"]]),
        layer("Dense", "out", ["flat"], units=2),
    )


_DESCRIPTIONS: dict[str, tuple[Entry, tuple[str, ...]]] = {
    "one layer called 5,000 times": (_row(5_000), ("unsupported-network",)),
    "a layer whose calls read each other": (_circle(), ("unsupported-network", "damaged-file")),
    "networks in networks, 2⁸ layers of one": (_doubling(8), ("missing-weights", "names-disagree")),
    "networks in networks, 8⁸ layers of one": (_doubling(8, 8), ("file-too-large", "unsupported-network")),
    "networks in networks, 64⁸ layers of one": (_doubling(8, 64), ("file-too-large", "unsupported-network")),
    "networks in networks, 40 levels": (_doubling(40), ("unsupported-network", "file-too-large")),
    "a call that there is not": (_itself(), ("unsupported-network", "damaged-file")),
}


def _h5(description: Entry) -> Make:
    def make(path: Path, marker: Path) -> None:
        write_h5_model(path, description, {})

    return make


def _archive(description: Entry) -> Make:
    def make(path: Path, marker: Path) -> None:
        write_archive(path, description)

    return make


def _cases() -> Iterator[Case]:
    for name, (description, codes) in _DESCRIPTIONS.items():
        yield hostile(f"{name} (.h5)", "model", "model.h5", _h5(description), *codes)
    yield hostile(
        "one layer called 5,000 times (.keras)", "model", "model.keras", _archive(_row(5_000)), "unsupported-network"
    )


SHARED_CASES: list[Case] = list(_cases())
