"""The order of layers is that of Keras' `model.layers`, whatever the order in the file."""

from dataclasses import dataclass, field

import keras
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.intake.model.keras_order import in_keras_order
from core.intake.refusal import Refusal


@dataclass
class Node:
    name: str
    inputs: list[str] = field(default_factory=list)


@st.composite
def graphs(draw: st.DrawFn) -> list[Node]:
    """Draw a graph: each layer reads one to three earlier ones; only those that lead to the last one are kept."""
    nodes = [Node("input")]
    for index in range(draw(st.integers(1, 12))):
        reads = draw(st.lists(st.sampled_from([one.name for one in nodes]), min_size=1, max_size=3))
        nodes.append(Node(f"layer_{index}", reads))
    used = {nodes[-1].name}
    for node in reversed(nodes):
        if node.name in used:
            used |= set(node.inputs)
    return [node for node in nodes if node.name in used]


@given(graphs(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_is_that_of_keras(nodes: list[Node], random: object) -> None:
    tensors = {}
    for node in nodes:
        read = [tensors[name] for name in node.inputs]
        if not read:
            tensors[node.name] = keras.Input((2,), name=node.name)
        elif len(read) == 1:
            tensors[node.name] = keras.layers.ReLU(name=node.name)(read[0])
        else:
            tensors[node.name] = keras.layers.Add(name=node.name)(read)
    model = keras.Model(tensors["input"], tensors[nodes[-1].name])
    shuffled = list(nodes)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    ordered = in_keras_order(shuffled, input_name="input", output_name=nodes[-1].name)
    assert [node.name for node in ordered] == [layer.name for layer in model.layers]


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ([Node("in"), Node("a", ["in"]), Node("b", ["in"]), Node("out", ["a"])], "'b' do not lead to its output"),
        ([Node("in"), Node("a", ["b"]), Node("b", ["a"]), Node("out", ["a", "in"])], "'a' and 'b' read each other"),
        ([Node("in"), Node("out", [])], "does not depend on its input 'in'"),
    ],
)
def test_graphs_that_keras_would_read_otherwise_are_refused(nodes: list[Node], words: str) -> None:
    with pytest.raises(Refusal, match=words) as caught:
        in_keras_order(nodes, input_name="in", output_name="out")
    assert caught.value.code == "unsupported-network"
