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
    shares: str = ""


@st.composite
def graphs(draw: st.DrawFn) -> list[Node]:
    """Draw a graph: each layer reads one to three earlier ones; only those that lead to the last one are kept."""
    nodes = [Node("input")]
    for index in range(draw(st.integers(1, 12))):
        reads = draw(st.lists(st.sampled_from([one.name for one in nodes]), min_size=1, max_size=3))
        single = [one.name for one in nodes[1:] if len(one.inputs) == 1 and not one.shares]
        shares = draw(st.sampled_from(single)) if single and draw(st.booleans()) else ""
        nodes.append(Node(f"layer_{index}", reads[:1] if shares else reads, shares))
    used = {nodes[-1].name}
    for node in reversed(nodes):
        if node.name in used:
            used |= set(node.inputs)
    kept = [node for node in nodes if node.name in used]
    for node in kept:  # a call of a layer whose first call plays no part is itself the first
        if node.shares and node.shares not in used:
            others = [one for one in kept if one.shares == node.shares]
            for one in others[1:]:
                one.shares = node.name
            node.shares = ""
    return kept


@given(graphs(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_is_that_of_keras(nodes: list[Node], random: object) -> None:
    tensors, layers = {}, {}
    for node in nodes:
        read = [tensors[name] for name in node.inputs]
        if not read:
            tensors[node.name] = keras.Input((2,), name=node.name)
        elif len(read) == 1:
            layer = layers.setdefault(node.shares or node.name, keras.layers.ReLU(name=node.shares or node.name))
            tensors[node.name] = layer(read[0])
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
